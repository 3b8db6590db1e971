// SPDX-License-Identifier: Apache-2.0
#include "isolation.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "capbits.h"
#include "namespaces.h"
#include "spec.h"

const struct name isolation_names[] = {
	{ "oci", ISOLATION_OCI },
	{ "default", ISOLATION_OCI },
	{ "rootless", ISOLATION_ROOTLESS },
	{ "chroot", ISOLATION_CHROOT },
	{ NULL, 0 },
};

/* ---- choosing ---------------------------------------------------------------- */

/* As buildah takes them: in any case (B410). */
static bool read_word(const char *word, int *ret)
{
	for (const struct name *n = isolation_names; n->name; n++) {
		if (strcasecmp(n->name, word) != 0)
			continue;
		*ret = n->value;
		return true;
	}
	return false;
}

int isolation_set(struct opt_use *use, void *to, struct err *err)
{
	*(int *)to = ISOLATION_UNSET;
	if (!*use->arg || read_word(use->arg, to))
		return 0;
	return opt_word(use, to, err); /* which says what is wrong */
}

enum isolation isolation_choose(int given, const char *environment, bool rootless,
                                bool *unknown)
{
	int ret;

	*unknown = false;
	if (given != ISOLATION_UNSET)
		return (enum isolation)given;
	if (!environment || !*environment)
		return rootless ? ISOLATION_ROOTLESS : ISOLATION_OCI;
	*unknown = !read_word(environment, &ret);
	return *unknown ? ISOLATION_OCI : (enum isolation)ret;
}

bool isolation_is_rootless(void)
{
	struct capsets caps;
	struct err ignored;

	if (geteuid() != 0)
		return true;
	return capsets_get(&caps, &ignored) == 0 &&
	       !(caps.effective >> cap_number("CAP_SYS_ADMIN") & 1);
}

/* ---- namespaces --------------------------------------------------------------- */

int isolation_check_oci(const json_t *doc, struct err *err)
{
	if (!namespaces_have(doc, "user") || namespaces_have(doc, "pid"))
		return 0;
	err_at(err, "/linux/namespaces", "a user namespace needs a pid namespace too");
	return err_hint(err, "ns-apply --pid=private");
}

static int refuse(const char *where, const char *what, struct err *err)
{
	err_set(err, ERR_HOST, "chroot isolation %s", what);
	return err_where(err, "%s", where);
}

static int check_namespaces(const json_t *doc, struct err *err)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(spec_get(doc, "/linux/namespaces"), i, entry) {
		if (json_object_get(entry, "path")) {
			refuse("", "joins no namespace", err);
			return err_where(err, "/linux/namespaces/%zu/path", i);
		}
	}
	return 0;
}

/* ---- the network ----------------------------------------------------------------- */

static void say(struct buf *said, const char *what)
{
	buf_printf(said, "%s%s", said->len ? ", " : "", what);
}

/*
 * The host's, whatever the document leaves to us (B248, B386); what it asks for by
 * name cannot be had.
 */
static int adapt_network(json_t *doc, struct buf *said, struct err *err)
{
	const char *mode = doc_string(spec_get(doc, "/ocipipe/network/mode"));
	json_t *namespaces = spec_get(doc, "/linux/namespaces");

	if (str_equal(mode, "host") || (!mode && !namespaces_have(doc, "network")))
		return 0;
	if (!str_equal(mode, "private")) {
		refuse(mode ? "/ocipipe/network/mode" : "/linux/namespaces",
		       "shares the host's network and can keep no other", err);
		return err_hint(err, "ns-apply --network=host");
	}
	say(said, "the network is the host's");
	spec_drop_entry(namespaces, "type", "network");
	return spec_put_new(doc, "/ocipipe/network/mode", json_string("host"), err);
}

/* ---- limits ------------------------------------------------------------------------ */

/* Everything that needs a cgroup, or that we do not know how to set. */
static int check_limits(const json_t *doc, struct err *err)
{
	static const struct {
		const char *pointer, *what;
	} none[] = {
		{ "/linux/cgroupsPath", "makes no cgroup" },
		{ "/ocipipe/cgroup", "makes no cgroup" },
		{ "/linux/intelRdt", "has no resource control" },
		{ "/linux/netDevices", "shares the host's network" },
		{ "/linux/mountLabel", "labels no mounts" },
		{ "/linux/seccomp/listenerPath", "has no seccomp listener" },
	};
	const json_t *resources = spec_get(doc, "/linux/resources");
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)resources, name, value) {
		if (strcmp(name, "devices") == 0 || json_is_null(value) ||
		    (json_is_object(value) && json_object_size(value) == 0) ||
		    (json_is_array(value) && json_array_size(value) == 0))
			continue;
		refuse("", "has no cgroup and can keep no limit", err);
		return err_where(err, "/linux/resources/%s", name);
	}
	for (size_t i = 0; i < ARRAY_LEN(none); i++)
		if (spec_get(doc, none[i].pointer))
			return refuse(none[i].pointer, none[i].what, err);
	return 0;
}

static bool holds_cap(const json_t *doc, const char *name)
{
	return spec_list_has(spec_get(doc, "/process/capabilities/bounding"), name) ||
	       spec_list_has(spec_get(doc, "/process/capabilities/permitted"), name);
}

/* No cgroup keeps it from using a device that it made; in a user namespace it makes none.
 */
static int check_devices(const json_t *doc, struct err *err)
{
	if (namespaces_have(doc, "user") || !holds_cap(doc, "CAP_MKNOD"))
		return 0;
	refuse("/process/capabilities",
	       "cannot keep a process with CAP_MKNOD from the host's devices", err);
	return err_hint(err, "caps-apply --cap-drop=MKNOD");
}

/* ---- mounts ---------------------------------------------------------------------- */

static int check_mount(const json_t *mount, struct err *err)
{
	const char *type = doc_string(json_object_get(mount, "type"));
	const json_t *options = json_object_get(mount, "options");

	if (type && str_starts(type, "cgroup") && !spec_list_has(options, "ro"))
		return refuse("/options",
		              "shows cgroups only read-only: they are not its own", err);
	if (json_object_get(mount, "uidMappings"))
		return refuse("/uidMappings", "maps no ids of a mount", err);
	return 0;
}

static int check_mounts(const json_t *doc, struct err *err)
{
	const json_t *mount;
	char place[32];
	size_t i;

	json_array_foreach(json_object_get(doc, "mounts"), i, mount) {
		if (check_mount(mount, err) == 0)
			continue;
		snprintf(place, sizeof(place), "/mounts/%zu", i);
		return err_under(err, place);
	}
	return 0;
}

int isolation_adapt_chroot(json_t *doc, struct buf *said, struct err *err)
{
	if (adapt_network(doc, said, err) < 0 || check_namespaces(doc, err) < 0 ||
	    check_limits(doc, err) < 0 || check_devices(doc, err) < 0 ||
	    check_mounts(doc, err) < 0)
		return -1;
	if (json_object_size(json_object_get(doc, "hooks")) > 0)
		say(said, "hooks are not run");
	json_object_del(doc, "hooks");
	return 0;
}
