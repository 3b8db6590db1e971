// SPDX-License-Identifier: Apache-2.0
#include "preset.h"

#include "prepare.h"
#include "profile.h"
#include "spec.h"
#include "special.h"

/* B072, sorted. */
static const char *const default_capabilities[] = {
	"CAP_CHOWN",   "CAP_DAC_OVERRIDE",     "CAP_FOWNER",     "CAP_FSETID",
	"CAP_KILL",    "CAP_NET_BIND_SERVICE", "CAP_SETFCAP",    "CAP_SETGID",
	"CAP_SETPCAP", "CAP_SETUID",           "CAP_SYS_CHROOT",
};

static const char *const namespaces[] = {
	"pid", "network", "ipc", "uts", "mount", "cgroup",
};

static json_t *string_list(const char *const *words, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_string(words[i]));
	return list;
}

/* In effect for root only; nobody inherits any (B066, B071). */
static json_t *capabilities(bool root)
{
	static const char *const sets[] = { "bounding", "effective", "permitted" };
	json_t *all = json_object();

	for (size_t i = 0; i < (root ? ARRAY_LEN(sets) : 1); i++)
		json_object_set_new(all, sets[i],
		                    string_list(default_capabilities,
		                                ARRAY_LEN(default_capabilities)));
	return all;
}

int preset_start(enum preset preset UNUSED, json_t *doc, struct err *err UNUSED)
{
	static const char path[] =
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

	/* The lowest version: ocirun raises it to what the finished document needs. */
	json_object_set_new(doc, "ociVersion", json_string("1.0.0"));
	json_object_set_new(doc, "process",
	                    json_pack("{s:{s:i, s:i, s:[i]}, s:[s], s:s}", "user", "uid", 0,
	                              "gid", 0, "additionalGids", 0, "env", path, "cwd",
	                              "/"));
	json_object_set_new(doc, "root", json_pack("{s:s}", "path", "rootfs"));
	return 0;
}

static json_t *make_linux(void)
{
	json_t *list = json_array();

	for (size_t i = 0; i < ARRAY_LEN(namespaces); i++)
		json_array_append_new(list, json_pack("{s:s}", "type", namespaces[i]));
	return json_pack("{s:{s:[{s:b, s:s}]}, s:o}", "resources", "devices", "allow", 0,
	                 "access", "rwm", "namespaces", list);
}

int preset_finish(enum preset preset UNUSED, json_t *doc, struct err *err)
{
	uint64_t uid;
	bool root = doc_get_u64(spec_get(doc, "/process/user/uid"), &uid) && uid == 0;

	if (spec_put_new(doc, "/process/capabilities", capabilities(root), err) < 0 ||
	    spec_put_new(doc, "/linux", make_linux(), err) < 0 ||
	    prepare_ensure(doc, err) < 0 ||
	    spec_put_new(doc, "/ocipipe/network", json_pack("{s:s}", "mode", "private"),
	                 err) < 0 ||
	    special_make(doc, err) < 0 || special_paths(doc, err) < 0)
		return -1;
	return profile_apply_default(doc, err);
}
