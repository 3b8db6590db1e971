// SPDX-License-Identifier: Apache-2.0
#include "mountprep.h"

#include <string.h>

#include "digest.h"
#include "mountopts.h"
#include "spec.h"

/* The steps for each mount, by destination: {kind: step}. */
static json_t *index_steps(const json_t *doc)
{
	const json_t *steps = spec_get(doc, "/ocipipe/prepare");
	json_t *index = json_object(), *step;
	size_t i;

	json_array_foreach(steps, i, step) {
		const char *mount = doc_string(json_object_get(step, "mount"));
		json_t *of_mount = mount ? json_object_get(index, mount) : NULL;

		if (!mount)
			continue;
		if (!of_mount) {
			of_mount = json_object();
			json_object_set_new(index, mount, of_mount);
		}
		json_object_set(of_mount, doc_string(json_object_get(step, "step")), step);
	}
	return index;
}

static const char *member(const json_t *steps, const char *kind, const char *name)
{
	return doc_string(json_object_get(json_object_get(steps, kind), name));
}

static char *absolute(const char *path, const char *base)
{
	return *path == '/' ? xstrdup(path) : xasprintf("%s/%s", base, path);
}

/* overlayfs and the runtimes part options at commas, and lowerdir at colons. */
static int check_overlay_path(const char *path, struct err *err)
{
	if (!strpbrk(path, ",:\\"))
		return 0;
	err_set(err, ERR_HOST, "%s cannot be part of an overlay: it has a , : or \\", path);
	return err_hint(err, "--run-root and --data-root choose other directories");
}

static void add_option(json_t *mount, const char *name, const char *value)
{
	auto_free char *option = xasprintf("%s%s", name, value);
	json_t *options = json_object_get(mount, "options");

	if (!options) {
		options = json_array();
		json_object_set_new(mount, "options", options);
	}
	json_array_append_new(options, json_string(option));
}

static int complete_overlay(struct mountprep *prep, const json_t *steps, size_t number,
                            const struct mountprep_places *places, json_t *mount,
                            struct err *err)
{
	const char *kept = member(steps, "overlay", "upper");
	auto_free char *upper = NULL, *work = NULL;

	if (!kept)
		prep->writes = xasprintf("%s/overlay-%zu", places->bundle, number);
	prep->upper = kept;
	prep->work = member(steps, "overlay", "work");
	upper = kept ? xstrdup(kept) : xasprintf("%s/upper", prep->writes);
	work = kept ? xstrdup(member(steps, "overlay", "work"))
	            : xasprintf("%s/work", prep->writes);
	if (check_overlay_path(prep->staged, err) < 0 ||
	    check_overlay_path(upper, err) < 0 || check_overlay_path(work, err) < 0)
		return -1;
	add_option(mount, "lowerdir=", prep->staged);
	add_option(mount, "upperdir=", upper);
	add_option(mount, "workdir=", work);
	if (places->user_namespace)
		add_option(mount, "userxattr", "");
	return 0;
}

char *mountprep_name(const char *text)
{
	enum { DIGITS = 16 };
	auto_free char *digest = digest_bytes(text, strlen(text));

	return xstrndup(digest, DIGITS);
}

/* What it lies in; some are in places of ours (caches.h, imagevolumes.h, ...). */
static void find_root(struct mountprep *prep, const json_t *steps,
                      const struct mountprep_places *places, const char **source)
{
	const char *root = member(steps, "source", "root");
	const char *id = member(steps, "cache", "id");

	if (root) {
		prep->root = xstrdup(root);
		*source = member(steps, "source", "subpath");
	} else if (id) {
		auto_free char *name = mountprep_name(id);
		const char *below = member(steps, "cache", "subpath");

		prep->root = xasprintf("%s/cache-%s", places->staging, name);
		prep->inner = true;
		*source = below ? below : "/";
	} else if (json_object_get(steps, "volume")) {
		auto_free char *name = mountprep_name(prep->target);

		prep->root = xasprintf("%s/volume-%s", places->staging, name);
		prep->inner = member(steps, "volume", "dir") != NULL;
		*source = "/";
	} else if (json_object_get(steps, "secret") ||
	           json_object_get(steps, "subscription")) {
		prep->root = xasprintf("%s/secrets", places->staging);
		prep->source = mountprep_name(prep->target);
	} else if (json_object_get(steps, "ssh")) {
		prep->root = xasprintf("%s/agents", places->staging);
		prep->source = mountprep_name(prep->target);
	}
}

/* Where it comes from; false for a mount that shows nothing of the host's. */
static bool find_source(struct mountprep *prep, const json_t *mount, const json_t *steps,
                        const struct mountprep_places *places)
{
	const char *source = doc_string(json_object_get(mount, "source"));

	prep->overlay = json_object_get(steps, "overlay") != NULL;
	if (json_object_get(steps, "file") || (!prep->overlay && !mount_is_bind(mount)))
		return false;
	if (prep->overlay)
		source = member(steps, "overlay", "lower");
	find_root(prep, steps, places, &source);
	if (prep->source)
		return true;
	if (!source)
		return false;
	prep->source = absolute(source, places->base);
	return true;
}

/* What lies in the bundle can move with it; an overlay's directories must be absolute. */
static char *from_bundle(const struct mountprep *prep,
                         const struct mountprep_places *places)
{
	size_t len = strlen(places->bundle);

	if (!prep->overlay && str_starts(prep->source, places->bundle) &&
	    prep->source[len] == '/')
		return xstrdup(prep->source + len + 1);
	return xstrdup(prep->source);
}

static int decide(json_t *mount, const json_t *steps, size_t number,
                  const struct mountprep_places *places, struct mountprep *ret,
                  struct err *err)
{
	const json_t *label = json_object_get(steps, "relabel");

	*ret = (struct mountprep){
		.mount = number,
		.target = doc_string(json_object_get(mount, "destination")),
		.read_only = spec_list_has(json_object_get(mount, "options"), "ro"),
		.idmap = json_object_get(steps, "idmap") != NULL,
		.chown = json_object_get(steps, "chown") != NULL,
		.relabel = label != NULL,
		.shared = json_is_true(json_object_get(label, "shared")),
	};
	if (!find_source(ret, mount, steps, places))
		return 0;
	ret->direct = !places->staging;
	ret->staged = ret->direct ? from_bundle(ret, places)
	                          : xasprintf("%s/source-%zu", places->staging, number);
	if (ret->overlay)
		return complete_overlay(ret, steps, number, places, mount, err);
	json_object_set_new(mount, "source", json_string(ret->staged));
	return 0;
}

int mountprep_make(const json_t *doc, json_t *config, const struct mountprep_places *places,
                   struct mountprep **ret, size_t *count, struct err *err)
{
	json_t *mounts = json_object_get(config, "mounts"), *mount;
	json_auto_t *index = index_steps(doc);
	struct mountprep *list = xcalloc(json_array_size(mounts), sizeof(*list));
	size_t i, n = 0;

	json_array_foreach(mounts, i, mount) {
		const char *to = doc_string(json_object_get(mount, "destination"));

		if (decide(mount, json_object_get(index, to), i, places, &list[n], err) <
		    0) {
			char where[32];

			mountprep_free(list, n + 1);
			snprintf(where, sizeof(where), "/mounts/%zu", i);
			return err_under(err, where);
		}
		n += list[n].staged != NULL;
	}
	*ret = list;
	*count = n;
	return 0;
}

void mountprep_free(struct mountprep *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(list[i].source);
		free(list[i].root);
		free(list[i].staged);
		free(list[i].writes);
	}
	free(list);
}
