// SPDX-License-Identifier: Apache-2.0
#include "devbind.h"

#include <string.h>

/* ro and rw are the same form. */
static const char *const options[] = { "slave", "nosuid", "noexec", NULL, "rbind" };

json_t *devbind_make(const char *host, const char *path, bool writable)
{
	json_t *list = json_array();

	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		json_array_append_new(list, json_string(options[i] ? options[i]
		                                        : writable ? "rw"
		                                                   : "ro"));
	return json_pack("{s:s, s:s, s:s, s:o}", "destination", path, "type", "bind",
	                 "source", host, "options", list);
}

bool devbind_is(const json_t *mount)
{
	const json_t *list = json_object_get(mount, "options");

	if (!str_equal(doc_string(json_object_get(mount, "type")), "bind") ||
	    json_array_size(list) != ARRAY_LEN(options))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		const char *option = doc_string(json_array_get(list, i));

		if (options[i] ? strcmp(option, options[i]) != 0
		               : strcmp(option, "ro") != 0 && strcmp(option, "rw") != 0)
			return false;
	}
	return true;
}

bool devbind_left_out(const char *path, const json_t *there)
{
	return (there && !devbind_is(there)) || strcmp(path, "/dev/ptmx") == 0 ||
	       str_starts(path, "/dev/tty");
}
