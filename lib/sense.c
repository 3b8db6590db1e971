// SPDX-License-Identifier: Apache-2.0
#include "sense.h"

#include <string.h>

#include "spec.h"

/* The namespace of this type, or NULL; *joined says whether it has a path. */
static const json_t *namespace(const json_t *doc, const char *type, bool *joined)
{
	const json_t *list = spec_get(doc, "/linux/namespaces");
	ptrdiff_t at = spec_find_entry(list, "type", type);
	const json_t *entry = at < 0 ? NULL : json_array_get(list, (size_t)at);

	*joined = json_object_get(entry, "path") != NULL;
	return entry;
}

/* Members that act on a namespace of their own, and would act on the host's without. */
static int check_namespaced(const json_t *doc, struct err *err)
{
	static const struct {
		const char *pointer;
		const char *type;
		bool needs_new;
	} rules[] = {
		{ "/hostname", "uts", false },
		{ "/domainname", "uts", false },
		{ "/linux/timeOffsets", "time", true },
		{ "/linux/netDevices", "network", false },
		{ "/linux/uidMappings", "user", true },
		{ "/linux/gidMappings", "user", true },
	};

	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		bool joined;

		if (!spec_get(doc, rules[i].pointer))
			continue;
		if (!namespace(doc, rules[i].type, &joined))
			return err_at(err, rules[i].pointer, "needs a %s namespace",
			              rules[i].type);
		if (joined && rules[i].needs_new)
			return err_at(err, rules[i].pointer,
			              "needs a new %s namespace, not a joined one",
			              rules[i].type);
	}
	return 0;
}

static int check_mappings(const json_t *doc, struct err *err)
{
	static const char *const lists[] = { "/linux/uidMappings", "/linux/gidMappings" };
	bool joined;

	if (!namespace(doc, "user", &joined) || joined)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		if (json_array_size(spec_get(doc, lists[i])) > 0)
			continue;
		err_at(err, lists[i], "must map ids into the new user namespace");
		return err_hint(err, "idmap-apply --uidmap --gidmap");
	}
	return 0;
}

/* A step without its mount would prepare what nobody sees. */
static int check_steps(const json_t *doc, struct err *err)
{
	const json_t *mounts = spec_get(doc, "/mounts");
	const json_t *step;
	size_t i;

	json_array_foreach(spec_get(doc, "/ocipipe/prepare"), i, step) {
		const char *mount = doc_string(json_object_get(step, "mount"));

		if (!mount || spec_find_entry(mounts, "destination", mount) >= 0)
			continue;
		err_at(err, "", "is for %s, but nothing is mounted there", mount);
		return err_where(err, "/ocipipe/prepare/%zu/mount", i);
	}
	return 0;
}

int sense_check(const json_t *doc, struct err *err)
{
	if (check_namespaced(doc, err) < 0 || check_mappings(doc, err) < 0)
		return -1;
	return check_steps(doc, err);
}
