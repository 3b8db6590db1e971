// SPDX-License-Identifier: Apache-2.0
#include "cdishape.h"

#include <ctype.h>
#include <string.h>

#include "hookfile.h"
#include "hooklist.h"
#include "spec.h"
#include "valid.h"

/* ---- values -------------------------------------------------------------- */

static int refuse(const json_t *value, const char *what, struct err *err)
{
	auto_free char *text = doc_text(value);

	return err_at(err, "", "must be %s, but is %s", what, text);
}

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

static int check_kind(const json_t *value, struct err *err)
{
	const char *text = doc_string(value);

	return cdi_is_kind(text, strlen(text)) ? 0 : refuse(value, "vendor.com/class", err);
}

static int check_device_name(const json_t *value, struct err *err)
{
	return cdi_is_device_name(doc_string(value)) ? 0 : refuse(value, "a name", err);
}

static int check_entry(const json_t *value, struct err *err)
{
	return valid_env_entry(doc_string(value)) ? 0 : refuse(value, "NAME=VALUE", err);
}

static int check_filled(const json_t *value, struct err *err)
{
	return valid_filled(doc_string(value)) ? 0 : refuse(value, "a word", err);
}

static int check_interface(const json_t *value, struct err *err)
{
	return valid_interface(doc_string(value))
	               ? 0
	               : refuse(value, "an interface's name", err);
}

static int check_absolute(const json_t *value, struct err *err)
{
	return valid_absolute(doc_string(value)) ? 0
	                                         : refuse(value, "an absolute path", err);
}

static int check_type(const json_t *value, struct err *err)
{
	const char *text = doc_string(value);

	return *text && !text[1] && strchr("bcup", *text)
	               ? 0
	               : refuse(value, "b, c, u or p", err);
}

static int check_number(const json_t *value, uint64_t max, struct err *err)
{
	uint64_t number;

	if (doc_get_u64(value, &number) && number <= max)
		return 0;
	auto_free char *text = doc_text(value);

	return err_at(err, "", "must be from 0 to %llu, but is %s", (unsigned long long)max,
	              text);
}

/* What the kernel's dev_t holds. */
static int check_major(const json_t *value, struct err *err)
{
	return check_number(value, VALID_LAST_MAJOR, err);
}

static int check_minor(const json_t *value, struct err *err)
{
	return check_number(value, VALID_LAST_MINOR, err);
}

static int check_mode(const json_t *value, struct err *err)
{
	return check_number(value, 0777, err);
}

static int check_id(const json_t *value, struct err *err)
{
	return check_number(value, UINT32_MAX - 1, err);
}

static int check_permissions(const json_t *value, struct err *err)
{
	const char *text = doc_string(value);

	/* An empty one is as good as none at all. */
	return !*text || strcmp(text, "none") == 0 || valid_access(text)
	               ? 0
	               : refuse(value, "of the letters r, w, m, or none", err);
}

static int check_hook(const json_t *value, struct err *err)
{
	auto_buf struct buf known = { 0 };
	json_t *copy, *made;
	int stage;

	if (!name_value(hook_stages, doc_string(json_object_get(value, "hookName")),
	                &stage) ||
	    stage == HOOK_PRECREATE) {
		name_list(hook_stages, &known);
		known.data[strlen(known.data) - strlen(", precreate")] = '\0';
		err_at(err, "/hookName", "unknown hook name '%s'",
		       doc_string(json_object_get(value, "hookName")));
		return err_hint(err, "known: %s", known.data);
	}
	copy = json_copy((json_t *)(uintptr_t)value);
	json_object_del(copy, "hookName");
	made = hookfile_hook(copy, err);
	json_decref(copy);
	json_decref(made);
	return made ? 0 : -1;
}

/* What is bound must be absolute; the source of another file system is a word. */
static int check_mount(const json_t *value, struct err *err)
{
	const char *type = doc_string(json_object_get(value, "type"));
	const json_t *options = json_object_get(value, "options");

	if (type && strcmp(type, "bind") != 0 && !spec_list_has(options, "bind") &&
	    !spec_list_has(options, "rbind"))
		return 0;
	if (check_absolute(json_object_get(value, "hostPath"), err) < 0)
		return err_where(err, "/hostPath");
	return 0;
}

static int check_class(const json_t *value, struct err *err)
{
	return valid_rdt_class(doc_string(value)) ? 0 : refuse(value, "a file name", err);
}

static int check_bandwidth(const json_t *value, struct err *err)
{
	return valid_bandwidth(doc_string(value)) ? 0 : refuse(value, "a line MB:...", err);
}

/* ---- the shape ----------------------------------------------------------- */

const struct name cdi_versions[] = {
	{ "0.3.0", CDI_0_3 }, { "0.4.0", CDI_0_4 }, { "0.5.0", CDI_0_5 },
	{ "0.6.0", CDI_0_6 }, { "0.7.0", CDI_0_7 }, { "0.8.0", CDI_0_8 },
	{ "1.0.0", CDI_1_0 }, { "1.1.0", CDI_1_1 }, { NULL, 0 },
};

struct field {
	const char *name;
	enum doc_kind kind;
	enum doc_kind each;         /* of a list, or of an object whose names are data */
	const struct field *fields; /* of the object, or of each of the list's */
	bool required;
	enum cdi_version since;
	enum cdi_version last; /* 0: still there */
	int (*check)(const json_t *value, struct err *err);
};

/* clang-format off */
#define END { .name = NULL }

static const struct field device_node[] = {
	{ .name = "path", .kind = DOC_STRING, .required = true, .check = check_absolute },
	{ .name = "hostPath", .kind = DOC_STRING, .since = CDI_0_5,
	  .check = check_absolute },
	{ .name = "type", .kind = DOC_STRING, .check = check_type },
	{ .name = "major", .kind = DOC_NUMBER, .check = check_major },
	{ .name = "minor", .kind = DOC_NUMBER, .check = check_minor },
	{ .name = "fileMode", .kind = DOC_NUMBER, .check = check_mode },
	{ .name = "permissions", .kind = DOC_STRING, .check = check_permissions },
	{ .name = "uid", .kind = DOC_NUMBER, .check = check_id },
	{ .name = "gid", .kind = DOC_NUMBER, .check = check_id },
	END
};

static const struct field net_device[] = {
	{ .name = "hostInterfaceName", .kind = DOC_STRING, .required = true,
	  .check = check_interface },
	{ .name = "name", .kind = DOC_STRING, .required = true, .check = check_interface },
	END
};

static const struct field mount[] = {
	{ .name = "hostPath", .kind = DOC_STRING, .required = true, .check = check_filled },
	{ .name = "containerPath", .kind = DOC_STRING, .required = true,
	  .check = check_absolute },
	{ .name = "options", .kind = DOC_ARRAY, .each = DOC_STRING },
	{ .name = "type", .kind = DOC_STRING, .since = CDI_0_4 },
	END
};

/* What is in it is checked with the hook as a whole. */
static const struct field hook[] = {
	{ .name = "hookName", .kind = DOC_STRING, .required = true },
	{ .name = "path", .kind = DOC_STRING },
	{ .name = "args", .kind = DOC_ARRAY },
	{ .name = "env", .kind = DOC_ARRAY },
	{ .name = "timeout", .kind = DOC_NUMBER },
	END
};

static const struct field intel_rdt[] = {
	{ .name = "closID", .kind = DOC_STRING, .check = check_class },
	{ .name = "l3CacheSchema", .kind = DOC_STRING },
	{ .name = "memBwSchema", .kind = DOC_STRING, .check = check_bandwidth },
	{ .name = "enableCMT", .kind = DOC_BOOL, .last = CDI_1_0 },
	{ .name = "enableMBM", .kind = DOC_BOOL, .last = CDI_1_0 },
	{ .name = "schemata", .kind = DOC_ARRAY, .each = DOC_STRING, .since = CDI_1_1 },
	{ .name = "enableMonitoring", .kind = DOC_BOOL, .since = CDI_1_1 },
	END
};

static const struct field edits[] = {
	{ .name = "env", .kind = DOC_ARRAY, .each = DOC_STRING, .check = check_entry },
	{ .name = "deviceNodes", .kind = DOC_ARRAY, .each = DOC_OBJECT,
	  .fields = device_node },
	{ .name = "netDevices", .kind = DOC_ARRAY, .each = DOC_OBJECT,
	  .fields = net_device, .since = CDI_1_1 },
	{ .name = "mounts", .kind = DOC_ARRAY, .each = DOC_OBJECT, .fields = mount,
	  .check = check_mount },
	{ .name = "hooks", .kind = DOC_ARRAY, .each = DOC_OBJECT, .fields = hook,
	  .check = check_hook },
	{ .name = "additionalGids", .kind = DOC_ARRAY, .each = DOC_NUMBER,
	  .since = CDI_0_7, .check = check_id },
	{ .name = "intelRdt", .kind = DOC_OBJECT, .fields = intel_rdt, .since = CDI_0_7 },
	END
};

static const struct field device[] = {
	{ .name = "name", .kind = DOC_STRING, .required = true,
	  .check = check_device_name },
	{ .name = "annotations", .kind = DOC_OBJECT, .each = DOC_STRING, .since = CDI_0_6 },
	{ .name = "containerEdits", .kind = DOC_OBJECT, .fields = edits, .required = true },
	END
};

static const struct field cdi_file[] = {
	{ .name = "cdiVersion", .kind = DOC_STRING, .required = true },
	{ .name = "kind", .kind = DOC_STRING, .required = true, .check = check_kind },
	{ .name = "annotations", .kind = DOC_OBJECT, .each = DOC_STRING, .since = CDI_0_6 },
	{ .name = "devices", .kind = DOC_ARRAY, .each = DOC_OBJECT, .fields = device,
	  .required = true },
	{ .name = "containerEdits", .kind = DOC_OBJECT, .fields = edits },
	END
};
/* clang-format on */

/* ---- walking ------------------------------------------------------------- */

static int check_object(const json_t *object, const struct field *fields,
                        enum cdi_version version, struct err *err);

static int under(struct err *err, const char *name)
{
	auto_free char *pointer = spec_pointer("", name);

	return err_under(err, pointer);
}

static int wrong_kind(const json_t *value, enum doc_kind wanted, struct err *err)
{
	return err_at(err, "", "must be %s, but is %s", doc_kind_name(wanted),
	              doc_kind_name(doc_kind(value)));
}

static int check_each(const json_t *entry, const struct field *field,
                      enum cdi_version version, struct err *err)
{
	if (doc_kind(entry) != field->each)
		return wrong_kind(entry, field->each, err);
	if (field->fields && check_object(entry, field->fields, version, err) < 0)
		return -1;
	return field->check ? field->check(entry, err) : 0;
}

static int check_list(const json_t *list, const struct field *field,
                      enum cdi_version version, struct err *err)
{
	json_t *entry;
	size_t i;

	json_array_foreach(list, i, entry) {
		char pointer[32];

		if (check_each(entry, field, version, err) == 0)
			continue;
		snprintf(pointer, sizeof(pointer), "/%zu", i);
		return err_under(err, pointer);
	}
	return 0;
}

static int check_map(const json_t *map, const struct field *field, enum cdi_version version,
                     struct err *err)
{
	json_t *borrowed = (json_t *)(uintptr_t)map, *value;
	const char *name;

	json_object_foreach(borrowed, name, value) {
		if (check_each(value, field, version, err) < 0)
			return under(err, name);
	}
	return 0;
}

static int check_value(const json_t *value, const struct field *field,
                       enum cdi_version version, struct err *err)
{
	if (doc_kind(value) != field->kind)
		return wrong_kind(value, field->kind, err);
	if (version < field->since)
		return err_at(err, "", "needs cdiVersion %s",
		              name_of(cdi_versions, (int)field->since));
	if (field->last && version > field->last)
		return err_at(err, "", "is not there any more since cdiVersion %s",
		              name_of(cdi_versions, (int)field->last + 1));
	if (field->kind == DOC_ARRAY && field->each)
		return check_list(value, field, version, err);
	if (field->kind == DOC_OBJECT && field->each)
		return check_map(value, field, version, err);
	if (field->kind == DOC_OBJECT)
		return check_object(value, field->fields, version, err);
	return field->check ? field->check(value, err) : 0;
}

static int unknown_field(const struct field *fields, const char *name, struct err *err)
{
	struct nearest search;

	err_at(err, "", "is not a known member");
	nearest_start(&search, name);
	for (; fields->name; fields++)
		nearest_offer(&search, fields->name);
	return search.best ? err_hint(err, "\"%s\"?", search.best) : -1;
}

static int check_object(const json_t *object, const struct field *fields,
                        enum cdi_version version, struct err *err)
{
	json_t *borrowed = (json_t *)(uintptr_t)object, *value;
	const struct field *field;
	const char *name;

	json_object_foreach(borrowed, name, value) {
		for (field = fields; field->name && strcmp(field->name, name) != 0;)
			field++;
		if (!field->name ? unknown_field(fields, name, err)
		                 : check_value(value, field, version, err))
			return under(err, name);
	}
	for (field = fields; field->name; field++) {
		if (!field->required || json_object_get(object, field->name))
			continue;
		err_at(err, "", "is missing");
		return under(err, field->name);
	}
	return 0;
}

int cdishape_check(const json_t *file, enum cdi_version version, struct err *err)
{
	return check_object(file, cdi_file, version, err);
}
