// SPDX-License-Identifier: Apache-2.0
#include "cdi.h"

#include <ctype.h>
#include <string.h>

#include "cdishape.h"

/* ---- the file ------------------------------------------------------------ */

static int check_version(const json_t *file, int *ret, struct err *err)
{
	const json_t *value = json_object_get(file, "cdiVersion");
	const char *text = doc_string(value);
	auto_buf struct buf known = { 0 };

	if (!text)
		return err_at(err, "/cdiVersion", "must be a string, but is %s",
		              doc_kind_name(doc_kind(value)));
	if (name_value(cdi_versions, text + (*text == 'v'), ret))
		return 0;
	name_list(cdi_versions, &known);
	err_at(err, "/cdiVersion", "unknown version '%s'", text);
	return err_hint(err, "known: %s", known.data);
}

/* What 0.5.0 and 0.6.0 allow in names. */
static int check_name_versions(const json_t *file, int version, struct err *err)
{
	const char *class = strchr(doc_string(json_object_get(file, "kind")), '/');
	json_t *entry;
	size_t i;

	if (version < CDI_0_6 && strchr(class, '.'))
		return err_at(err, "/kind", "a class with a dot needs cdiVersion 0.6.0");
	json_array_foreach(json_object_get(file, "devices"), i, entry) {
		const char *name = doc_string(json_object_get(entry, "name"));

		if (version >= CDI_0_5 || !isdigit((unsigned char)*name))
			continue;
		err_at(err, "", "a name that begins with a digit needs cdiVersion 0.5.0");
		return err_where(err, "/devices/%zu/name", i);
	}
	return 0;
}

/* No interface may be moved, or named, twice. */
static int check_interfaces(const json_t *edits, struct err *err)
{
	static const char *const names[] = { "hostInterfaceName", "name" };
	const json_t *list = json_object_get(edits, "netDevices");
	int failed = 0;

	for (size_t n = 0; n < ARRAY_LEN(names) && failed == 0; n++) {
		json_t *seen = json_object(), *entry;
		size_t i;

		json_array_foreach(list, i, entry) {
			const char *text = doc_string(json_object_get(entry, names[n]));

			if (json_object_get(seen, text)) {
				failed = err_at(err, "", "'%s' is there twice", text);
				err_where(err, "/containerEdits/netDevices/%zu/%s", i,
				          names[n]);
				break;
			}
			json_object_set_new(seen, text, json_true());
		}
		json_decref(seen);
	}
	return failed;
}

/* True if there is something to do. */
static bool has_edits(const json_t *edits)
{
	json_t *borrowed = (json_t *)(uintptr_t)edits, *value;
	const char *name;

	json_object_foreach(borrowed, name, value) {
		if (json_is_object(value) || json_array_size(value) > 0)
			return true;
	}
	return false;
}

static int check_device(const json_t *entry, json_t *seen, struct err *err)
{
	const char *name = doc_string(json_object_get(entry, "name"));

	if (json_object_get(seen, name))
		return err_at(err, "/name", "'%s' is there twice", name);
	json_object_set_new(seen, name, json_true());
	if (!has_edits(json_object_get(entry, "containerEdits")))
		return err_at(err, "/containerEdits", "must have an edit, but is empty");
	return check_interfaces(json_object_get(entry, "containerEdits"), err);
}

static int check_devices(const json_t *list, struct err *err)
{
	json_t *seen = json_object(), *entry;
	int failed = 0;
	size_t i;

	if (json_array_size(list) == 0)
		failed = err_at(err, "/devices", "must have an entry, but is empty");
	json_array_foreach(list, i, entry) {
		char pointer[48];

		if (check_device(entry, seen, err) == 0)
			continue;
		snprintf(pointer, sizeof(pointer), "/devices/%zu", i);
		failed = err_under(err, pointer);
		break;
	}
	json_decref(seen);
	return failed;
}

int cdi_check(const json_t *file, struct err *err)
{
	int version;

	if (doc_kind(file) != DOC_OBJECT)
		return err_at(err, "", "must be an object, but is %s",
		              doc_kind_name(doc_kind(file)));
	if (check_version(file, &version, err) < 0 ||
	    cdishape_check(file, (enum cdi_version)version, err) < 0 ||
	    check_name_versions(file, version, err) < 0 ||
	    check_interfaces(json_object_get(file, "containerEdits"), err) < 0)
		return -1;
	return check_devices(json_object_get(file, "devices"), err);
}

/* ---- names --------------------------------------------------------------- */

bool cdi_is_name(const char *text)
{
	const char *slash = strchr(text, '/'), *equals = strchr(text, '=');

	return *text != '/' && slash && equals && slash < equals;
}

int cdi_check_name(const char *text, struct err *err)
{
	const char *equals = strchr(text, '=');

	if (equals && cdi_is_kind(text, (size_t)(equals - text)) &&
	    cdi_is_device_name(equals + 1))
		return 0;
	return err_set(err, ERR_USAGE, "'%s' is not a name like vendor.com/class=name",
	               text);
}
