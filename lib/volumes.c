// SPDX-License-Identifier: Apache-2.0
#include "volumes.h"

#include <string.h>

#include "devbind.h"
#include "mountopts.h"
#include "spec.h"

static bool is_one_of(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(*words, text) == 0)
			return true;
	return false;
}

/* Destinations of mounts, as the names in an object, by what is prepared for them. */
struct prepared {
	json_t *overlays;
	json_t *made; /* what is mounted there is nobody's file */
};

static struct prepared prepared(const json_t *doc)
{
	/* These do something to what a user bound. */
	static const char *const others[] = { "source", "chown", "relabel", "idmap", NULL };
	struct prepared ret = { json_object(), json_object() };
	json_t *step;
	size_t i;

	json_array_foreach(spec_get(doc, "/ocipipe/prepare"), i, step) {
		const char *mount = doc_string(json_object_get(step, "mount"));
		const char *kind = doc_string(json_object_get(step, "step"));

		if (mount && kind && !is_one_of(kind, others))
			json_object_set_new(strcmp(kind, "overlay") == 0 ? ret.overlays
			                                                 : ret.made,
			                    mount, json_true());
	}
	return ret;
}

/* The host's own /proc, /sys and the like, where no new one can be mounted. */
static bool is_special(const json_t *mount, const char *destination)
{
	static const char *const paths[] = { "/proc",       "/sys",           "/dev/shm",
		                             "/dev/mqueue", "/sys/fs/cgroup", NULL };

	return str_equal(doc_string(json_object_get(mount, "source")), destination) &&
	       is_one_of(destination, paths);
}

static bool is_volume(const json_t *mount, const struct prepared *steps)
{
	const char *destination = doc_string(json_object_get(mount, "destination"));

	if (json_object_get(steps->made, destination))
		return false;
	if (json_object_get(steps->overlays, destination))
		return true;
	return mount_is_bind(mount) && !is_special(mount, destination) &&
	       !devbind_is(mount);
}

bool volumes_any(const json_t *doc)
{
	struct prepared steps = prepared(doc);
	bool found = false;
	json_t *mount;
	size_t i;

	json_array_foreach(json_object_get(doc, "mounts"), i, mount)
		found = found || is_volume(mount, &steps);
	json_decref(steps.overlays);
	json_decref(steps.made);
	return found;
}
