// SPDX-License-Identifier: Apache-2.0
#include "sense.h"

#include <inttypes.h>
#include <string.h>

#include "idmap.h"
#include "limitcheck.h"
#include "mountlist.h"
#include "namespaces.h"
#include "spec.h"
#include "sysctl.h"

/* ---- namespaces ---------------------------------------------------------- */

enum state { ABSENT, NEW, JOINED };

static enum state namespace_state(const json_t *doc, const char *type)
{
	const json_t *entry = namespaces_find(doc, type);

	if (!entry)
		return ABSENT;
	return json_object_get(entry, "path") ? JOINED : NEW;
}

static int needs_namespace(const char *where, const char *type, struct err *err)
{
	return err_at(err, where, "needs %s %s namespace", *type == 'i' ? "an" : "a", type);
}

/* "", [] and {} ask for nothing. */
static bool asks(const json_t *value)
{
	const char *text = doc_string(value);

	return text ? *text != '\0' : json_array_size(value) + json_object_size(value) > 0;
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
		{ "/linux/maskedPaths", "mount", false },
		{ "/linux/readonlyPaths", "mount", false },
		{ "/linux/timeOffsets", "time", true },
		{ "/linux/netDevices", "network", false },
		{ "/linux/uidMappings", "user", true },
		{ "/linux/gidMappings", "user", true },
	};

	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		enum state state = namespace_state(doc, rules[i].type);

		if (!asks(spec_get(doc, rules[i].pointer)))
			continue;
		if (state == ABSENT)
			return needs_namespace(rules[i].pointer, rules[i].type, err);
		if (state == JOINED && rules[i].needs_new)
			return err_at(err, rules[i].pointer,
			              "needs a new %s namespace, not a joined one",
			              rules[i].type);
	}
	return 0;
}

/* crun would set it for the whole machine. */
static int check_sysctls(const json_t *doc, struct err *err)
{
	json_t *sysctls = spec_get(doc, "/linux/sysctl"), *value;
	const char *name;

	json_object_foreach(sysctls, name, value) {
		const char *type = sysctl_namespace(name);
		auto_free char *pointer = NULL;

		if (type && namespace_state(doc, type) != ABSENT)
			continue;
		pointer = spec_pointer("/linux/sysctl", name);
		if (!type)
			return err_at(err, pointer, "is not a sysctl of a namespace");
		return needs_namespace(pointer, type, err);
	}
	return 0;
}

/* The network mode says what becomes of the namespace; both are ns-apply's. */
static int check_network(const json_t *doc, struct err *err)
{
	static const char pointer[] = "/ocipipe/network/mode";
	const char *mode = doc_string(spec_get(doc, pointer));
	enum state state = namespace_state(doc, "network");

	if (!mode || strcmp(mode, "host") == 0)
		return mode && state == NEW
		               ? err_at(err, pointer,
		                        "is 'host', but there is a network namespace")
		               : 0;
	if (strcmp(mode, "path") == 0 ? state == JOINED : state == NEW)
		return 0;
	return err_at(err, pointer, "is '%s', but there is no %s network namespace", mode,
	              strcmp(mode, "path") == 0 ? "joined" : "new");
}

/* ---- ids ----------------------------------------------------------------- */

struct ids {
	const char *mappings; /* pointers */
	const char *id;
	const char *more; /* a list, or NULL */
	const char *what;
};

static int check_mapped(const struct idmap *map, const json_t *value, const char *what,
                        struct err *err)
{
	uint64_t id;

	if (!doc_get_u64(value, &id) || idmap_has(map, id))
		return 0;
	err_at(err, "", "is %" PRIu64 ", which no %s mapping has", id, what);
	return err_hint(err, "idmap-apply");
}

/* The process's ids exist in the container (B005, B052, B096). */
static int check_ids(const json_t *doc, const struct ids *ids, const struct idmap *map,
                     struct err *err)
{
	json_t *entry;
	size_t i;

	if (check_mapped(map, spec_get(doc, ids->id), ids->what, err) < 0)
		return err_under(err, ids->id);
	json_array_foreach(ids->more ? spec_get(doc, ids->more) : NULL, i, entry) {
		if (check_mapped(map, entry, ids->what, err) < 0)
			return err_where(err, "%s/%zu", ids->more, i);
	}
	return 0;
}

static int check_mappings(const json_t *doc, struct err *err)
{
	static const struct ids kinds[] = {
		{ "/linux/uidMappings", "/process/user/uid", NULL, "user id" },
		{ "/linux/gidMappings", "/process/user/gid", "/process/user/additionalGids",
		  "group id" },
	};

	if (namespace_state(doc, "user") != NEW)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		const json_t *list = spec_get(doc, kinds[i].mappings);
		struct idmap map = { 0 };
		int ret;

		if (json_array_size(list) == 0) {
			err_at(err, kinds[i].mappings,
			       "must map ids into the new user namespace");
			return err_hint(err, "idmap-apply --uidmap --gidmap");
		}
		idmap_read(list, &map);
		if (idmap_check(&map, err) < 0) {
			err->kind = ERR_INPUT;
			ret = err_where(err, "%s", kinds[i].mappings);
		} else {
			ret = check_ids(doc, &kinds[i], &map, err);
		}
		idmap_free(&map);
		if (ret < 0)
			return -1;
	}
	return 0;
}

/* ---- capabilities -------------------------------------------------------- */

static json_t *set_of(const json_t *list)
{
	json_t *set = json_object(), *entry;
	size_t i;

	json_array_foreach(list, i, entry)
		json_object_set_new(set, doc_string(entry), json_true());
	return set;
}

/* What capset(2) and prctl(2) refuse, and runtimes then do without. */
static int check_capabilities(const json_t *doc, struct err *err)
{
	static const struct {
		const char *inner;
		const char *outer;
	} rules[] = {
		{ "effective", "permitted" },
		{ "inheritable", "bounding" },
		{ "ambient", "permitted" },
		{ "ambient", "inheritable" },
	};
	const json_t *sets = spec_get(doc, "/process/capabilities");

	for (size_t r = 0; r < ARRAY_LEN(rules); r++) {
		json_auto_t *outer = set_of(json_object_get(sets, rules[r].outer));
		json_t *entry;
		size_t i;

		json_array_foreach(json_object_get(sets, rules[r].inner), i, entry) {
			if (json_object_get(outer, doc_string(entry)))
				continue;
			err_at(err, "", "%s is not in the %s set", doc_string(entry),
			       rules[r].outer);
			return err_where(err, "/process/capabilities/%s/%zu",
			                 rules[r].inner, i);
		}
	}
	return 0;
}

/* ---- limits -------------------------------------------------------------- */

static int check_limits(const json_t *doc, struct err *err)
{
	if (rlimits_check(doc, err) == 0)
		return 0;
	err->kind = ERR_INPUT;
	return -1;
}

/* ---- seccomp ------------------------------------------------------------- */

static bool takes_errno(const char *action)
{
	return strcmp(action, "SCMP_ACT_ERRNO") == 0 ||
	       strcmp(action, "SCMP_ACT_TRACE") == 0;
}

static int check_rules(const json_t *seccomp, struct err *err)
{
	json_t *rule;
	size_t i;

	json_array_foreach(json_object_get(seccomp, "syscalls"), i, rule) {
		const char *action = doc_string(json_object_get(rule, "action"));

		if (json_object_get(rule, "errnoRet") && !takes_errno(action)) {
			err_at(err, "", "cannot be with %s", action);
			return err_where(err, "/linux/seccomp/syscalls/%zu/errnoRet", i);
		}
		if (strcmp(action, "SCMP_ACT_NOTIFY") == 0 &&
		    !asks(json_object_get(seccomp, "listenerPath"))) {
			err_at(err, "", "needs a listenerPath");
			return err_where(err, "/linux/seccomp/syscalls/%zu/action", i);
		}
	}
	return 0;
}

static int check_seccomp(const json_t *doc, struct err *err)
{
	const json_t *seccomp = spec_get(doc, "/linux/seccomp");
	const char *action = doc_string(json_object_get(seccomp, "defaultAction"));

	if (!seccomp)
		return 0;
	if (json_object_get(seccomp, "defaultErrnoRet") && !takes_errno(action))
		return err_at(err, "/linux/seccomp/defaultErrnoRet", "cannot be with %s",
		              action);
	if (strcmp(action, "SCMP_ACT_NOTIFY") == 0)
		return err_at(err, "/linux/seccomp/defaultAction",
		              "cannot be SCMP_ACT_NOTIFY: starting the process would wait");
	if (asks(json_object_get(seccomp, "listenerMetadata")) &&
	    !asks(json_object_get(seccomp, "listenerPath")))
		return err_at(err, "/linux/seccomp/listenerMetadata",
		              "needs a listenerPath");
	return check_rules(seccomp, err);
}

/* ---- mounts -------------------------------------------------------------- */

/* What is mounted over the root hides it, and no runtime gets anything done there. */
static int check_destination(const json_t *mount, struct err *err)
{
	const char *to = doc_string(json_object_get(mount, "destination"));
	auto_free char *tidy = to ? mountlist_tidy(to) : NULL;

	if (!tidy || strcmp(tidy, "/") != 0)
		return 0;
	err_at(err, "/destination", "must not be the root");
	return err_hint(err, "ocigen --rootfs says what is there");
}

static int check_mount(const json_t *mount, struct err *err)
{
	const json_t *options = json_object_get(mount, "options");
	bool bind = str_equal(doc_string(json_object_get(mount, "type")), "bind") ||
	            spec_list_has(options, "bind") || spec_list_has(options, "rbind");

	if (check_destination(mount, err) < 0)
		return -1;
	if (bind && !asks(json_object_get(mount, "source")))
		return err_at(err, "/source", "must say what to bind");
	if (asks(json_object_get(mount, "uidMappings")) !=
	    asks(json_object_get(mount, "gidMappings")))
		return err_at(err, "", "must have both uidMappings and gidMappings");
	return 0;
}

/* Also, a step without its mount would prepare what nobody sees. */
static int check_mounts(const json_t *doc, struct err *err)
{
	json_auto_t *destinations = json_object();
	const json_t *mount, *step;
	char place[64];
	size_t i;

	json_array_foreach(json_object_get(doc, "mounts"), i, mount) {
		if (check_mount(mount, err) < 0) {
			snprintf(place, sizeof(place), "/mounts/%zu", i);
			return err_under(err, place);
		}
		json_object_set_new(destinations,
		                    doc_string(json_object_get(mount, "destination")),
		                    json_true());
	}
	json_array_foreach(spec_get(doc, "/ocipipe/prepare"), i, step) {
		const char *to = doc_string(json_object_get(step, "mount"));

		if (!to || json_object_get(destinations, to))
			continue;
		err_at(err, "", "is for %s, but nothing is mounted there", to);
		return err_where(err, "/ocipipe/prepare/%zu/mount", i);
	}
	return 0;
}

int sense_check(const json_t *doc, struct err *err)
{
	static int (*const rules[])(const json_t *doc, struct err *err) = {
		check_namespaced,   check_sysctls, check_network, check_mappings,
		check_capabilities, check_limits,  check_seccomp, check_mounts,
	};

	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		if (rules[i](doc, err) < 0)
			return -1;
	return 0;
}
