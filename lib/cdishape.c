// SPDX-License-Identifier: Apache-2.0
#include "cdishape.h"

#include <ctype.h>
#include <string.h>

#include "hookshape.h"
#include "shapewords.h"
#include "spec.h"

/* ---- values -------------------------------------------------------------- */

static bool is_word(const char *text, size_t len, const char *others)
{
	if (len == 0 || !isalnum((unsigned char)text[0]) ||
	    !isalnum((unsigned char)text[len - 1]))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)text[i]) && !strchr(others, text[i]))
			return false;
	return true;
}

bool cdi_is_kind(const char *text, size_t len)
{
	enum { LONGEST_VENDOR = 253, LONGEST_CLASS = 63 };
	const char *slash = memchr(text, '/', len);
	size_t vendor = slash ? (size_t)(slash - text) : 0;
	size_t class = slash ? len - vendor - 1 : 0;

	return vendor <= LONGEST_VENDOR && class <= LONGEST_CLASS &&
	       is_word(text, vendor, "_-.") && isalpha((unsigned char)text[0]) &&
	       is_word(slash + 1, class, "_-.") && isalpha((unsigned char)slash[1]);
}

bool cdi_is_device_name(const char *text)
{
	return is_word(text, strlen(text), "_-.:");
}

static bool is_kind(const char *text)
{
	return cdi_is_kind(text, strlen(text));
}

static bool is_type(const char *text)
{
	return *text && !text[1] && strchr("bcup", *text);
}

/* An empty one is as good as none at all. */
static bool is_access(const char *text)
{
	return !*text || strcmp(text, "none") == 0 || valid_access(text);
}

/* What is bound must be absolute; the source of another file system is a word. */
static int check_mount(const json_t *mount, struct err *err)
{
	const char *type = doc_string(json_object_get(mount, "type"));
	const json_t *options = json_object_get(mount, "options");

	if (type && strcmp(type, "bind") != 0 && !spec_list_has(options, "bind") &&
	    !spec_list_has(options, "rbind"))
		return 0;
	if (shape_check_all(ABSOLUTE, json_object_get(mount, "hostPath"), err) == 0)
		return 0;
	return err_under(err, "/hostPath");
}

/* ---- the tables ---------------------------------------------------------- */

const struct name cdi_versions[] = {
	{ "0.3.0", CDI_0_3 }, { "0.4.0", CDI_0_4 }, { "0.5.0", CDI_0_5 },
	{ "0.6.0", CDI_0_6 }, { "0.7.0", CDI_0_7 }, { "0.8.0", CDI_0_8 },
	{ "1.0.0", CDI_1_0 }, { "1.1.0", CDI_1_1 }, { NULL, 0 },
};

/* clang-format off */
#define INTERFACE STRING(valid_interface, "an interface's name")
#define ID RANGE(0, UINT32_MAX - 1)
#define ANNOTATIONS SHAPE(.type = SHAPE_MAP, .each = TEXT)

static const struct shape edits = { .type = SHAPE_OBJECT, .closed = true,
	.members = (const struct member[]){
		MAY("env", LIST(STRING(valid_env_entry, "NAME=VALUE"))),
		MAY("deviceNodes", LIST(CLOSED(
			MUST("path", ABSOLUTE),
			MAY("hostPath", ABSOLUTE, CDI_0_5),
			MAY("type", STRING(is_type, "b, c, u or p")),
			MAY("major", RANGE(0, VALID_LAST_MAJOR)),
			MAY("minor", RANGE(0, VALID_LAST_MINOR)),
			MAY("fileMode", RANGE(0, 0777)),
			MAY("permissions", STRING(is_access, "of the letters r, w, m, or none")),
			MAY("uid", ID),
			MAY("gid", ID)))),
		MAY("netDevices", LIST(CLOSED(
			MUST("hostInterfaceName", INTERFACE),
			MUST("name", INTERFACE))), CDI_1_1),
		MAY("mounts", LIST(SHAPE(.type = SHAPE_OBJECT, .closed = true, .rule = check_mount,
			.members = (const struct member[]){
				MUST("hostPath", STRING(valid_filled, "a word")),
				MUST("containerPath", ABSOLUTE),
				MAY("options", LIST(TEXT)),
				MAY("type", TEXT, CDI_0_4),
				END }))),
		MAY("hooks", LIST(CLOSED(
			MUST("hookName", WORDS(HOOKSHAPE_STAGES)),
			HOOKSHAPE_MEMBERS))),
		MAY("additionalGids", LIST(ID), CDI_0_7),
		MAY("intelRdt", CLOSED(
			MAY("closID", STRING(valid_rdt_class, "a file name")),
			MAY("l3CacheSchema", TEXT),
			MAY("memBwSchema", STRING(valid_bandwidth, "a line MB:...")),
			MAY("enableCMT", BOOL, .last = CDI_1_0),
			MAY("enableMBM", BOOL, .last = CDI_1_0),
			MAY("schemata", LIST(TEXT), CDI_1_1),
			MAY("enableMonitoring", BOOL, CDI_1_1)), CDI_0_7),
		END } };

static const struct shape cdi_file = { .type = SHAPE_OBJECT, .closed = true,
	.members = (const struct member[]){
		MUST("cdiVersion", TEXT),
		MUST("kind", STRING(is_kind, "vendor.com/class")),
		MAY("annotations", ANNOTATIONS, CDI_0_6),
		MUST("devices", LIST(CLOSED(
			MUST("name", STRING(cdi_is_device_name, "a name")),
			MAY("annotations", ANNOTATIONS, CDI_0_6),
			MUST("containerEdits", &edits)))),
		MAY("containerEdits", &edits),
		END } };
/* clang-format on */

/* ---- checking ------------------------------------------------------------ */

static int check_version(const struct member *member, void *data, struct err *err)
{
	const enum cdi_version *version = data;

	if ((int)*version < member->since)
		return err_at(err, "", "needs cdiVersion %s",
		              name_of(cdi_versions, member->since));
	if (member->last && (int)*version > member->last)
		return err_at(err, "", "is not there any more since cdiVersion %s",
		              name_of(cdi_versions, member->last + 1));
	return 0;
}

int cdishape_check(const json_t *file, enum cdi_version version, struct err *err)
{
	if (shape_check_all(&cdi_file, file, err) < 0)
		return -1;
	return shape_visit(&cdi_file, file, check_version, &version, err);
}
