// SPDX-License-Identifier: Apache-2.0
#include "imageconfig.h"

#include <string.h>

#include "mountlist.h"
#include "shape.h"
#include "spec.h"
#include "valid.h"

/* ---- shape --------------------------------------------------------------- */

#define MEMBER(member_name, member_shape)                   \
	{                                                   \
		.name = member_name, .shape = &member_shape \
	}
/* clang-format off */
static const struct shape any = { .type = SHAPE_ANY };
static const struct shape string = { .type = SHAPE_STRING };
static const struct shape strings = { .type = SHAPE_LIST, .each = &string };
static const struct shape labels = { .type = SHAPE_MAP, .each = &string,
                                     .valid = valid_filled, .what = "a name" };
static const struct shape set = { .type = SHAPE_MAP, .each = &any };
static const struct shape env_entry = { .type = SHAPE_STRING, .valid = valid_env_entry,
                                        .what = "NAME=VALUE" };
static const struct shape env = { .type = SHAPE_LIST, .each = &env_entry };

static const struct member config_members[] = {
	MEMBER("User", string), MEMBER("Env", env), MEMBER("Entrypoint", strings),
	MEMBER("Cmd", strings), MEMBER("Shell", strings), MEMBER("WorkingDir", string),
	MEMBER("Labels", labels), MEMBER("StopSignal", string), MEMBER("ExposedPorts", set),
	MEMBER("Volumes", set), MEMBER("Hostname", string), { .name = NULL },
};
static const struct shape config = { .type = SHAPE_OBJECT, .members = config_members };

static const struct member image_members[] = {
	MEMBER("config", config), MEMBER("os", string), MEMBER("architecture", string),
	MEMBER("variant", string), MEMBER("os.version", string),
	MEMBER("os.features", strings), MEMBER("author", string), MEMBER("created", string),
	{ .name = NULL },
};
static const struct shape image_shape = { .type = SHAPE_OBJECT, .members = image_members };
/* clang-format on */

/* What Go writes for a list or a map that is not there. */
static void drop_nulls(json_t *object)
{
	const char *name;
	json_t *value;
	void *next;

	json_object_foreach_safe(object, next, name, value) {
		if (json_is_null(value))
			json_object_del(object, name);
	}
}

static int check(json_t *doc, struct err *err)
{
	drop_nulls(doc);
	drop_nulls(json_object_get(doc, "config"));
	if (shape_check_all(&image_shape, doc, err) == 0)
		return 0;
	if (str_starts(err->where, "/config/Env/"))
		return err_hint(err, "an image gets nothing of this host's environment");
	return err_hint(err, "skopeo inspect --config prints what is wanted here");
}

/* ---- members ------------------------------------------------------------- */

static const char *filled_string(const json_t *object, const char *name)
{
	const char *text = doc_string(json_object_get(object, name));

	return text && *text ? text : NULL;
}

static const json_t *filled_list(const json_t *object, const char *name)
{
	const json_t *list = json_object_get(object, name);

	return json_array_size(list) > 0 ? list : NULL;
}

int image_take_new(json_t *doc, struct image *ret, struct err *err)
{
	const json_t *from;

	if (check(doc, err) < 0) {
		json_decref(doc);
		return -1;
	}
	from = json_object_get(doc, "config");
	*ret = (struct image){
		.doc = doc,
		.env = filled_list(from, "Env"),
		.entrypoint = filled_list(from, "Entrypoint"),
		.cmd = filled_list(from, "Cmd"),
		.shell = filled_list(from, "Shell"),
		.labels = json_object_get(from, "Labels"),
		.user = filled_string(from, "User"),
		.workdir = filled_string(from, "WorkingDir"),
		.hostname = filled_string(from, "Hostname"),
	};
	return 0;
}

void image_free(struct image *image)
{
	json_decref(image->doc);
	*image = (struct image){ 0 };
}

/* ---- conversion ---------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The members' names of an object, sorted: a new array. */
static json_t *sorted_names(const json_t *object)
{
	size_t count = json_object_size(object), i = 0;
	auto_free const char **names = xcalloc(count, sizeof(*names));
	json_t *borrowed = (json_t *)(uintptr_t)object, *list = json_array(), *value;
	const char *name;

	json_object_foreach(borrowed, name, value) {
		names[i++] = name;
	}
	qsort(names, count, sizeof(*names), compare);
	for (i = 0; i < count; i++)
		json_array_append_new(list, json_string(names[i]));
	return list;
}

/* "80/tcp,443/tcp" */
static char *join(const json_t *list)
{
	auto_buf struct buf text = { 0 };
	json_t *entry;
	size_t i;

	json_array_foreach(list, i, entry) {
		buf_printf(&text, "%s%s", i ? "," : "", json_string_value(entry));
	}
	return buf_steal(&text);
}

static void annotate(json_t *annotations, const char *name, const char *value)
{
	auto_free char *key = xasprintf("org.opencontainers.image.%s", name);

	if (value && *value && !json_object_get(annotations, key))
		json_object_set_new(annotations, key, json_string(value));
}

json_t *image_annotations(const struct image *image)
{
	static const char *const verbatim[] = {
		"os", "architecture", "variant", "os.version", "author", "created",
	};
	const json_t *from = json_object_get(image->doc, "config");
	json_auto_t *ports = sorted_names(json_object_get(from, "ExposedPorts"));
	auto_free char *features = join(json_object_get(image->doc, "os.features"));
	auto_free char *exposed = join(ports);
	json_t *annotations = json_object();

	json_object_update(annotations, (json_t *)(uintptr_t)image->labels);
	for (size_t i = 0; i < ARRAY_LEN(verbatim); i++)
		annotate(annotations, verbatim[i],
		         doc_string(json_object_get(image->doc, verbatim[i])));
	annotate(annotations, "os.features", features);
	annotate(annotations, "stopSignal",
	         doc_string(json_object_get(from, "StopSignal")));
	annotate(annotations, "exposedPorts", exposed);
	return annotations;
}

json_t *image_volumes(const struct image *image)
{
	json_auto_t *paths = json_object();
	json_t *volumes = spec_get(image->doc, "/config/Volumes"), *value;
	const char *name;

	json_object_foreach(volumes, name, value) {
		auto_free char *rooted = xasprintf("/%s", name);
		auto_free char *path = mountlist_tidy(rooted);

		json_object_set_new(paths, path, json_true());
	}
	return sorted_names(paths);
}

bool image_label_commands(const char *label)
{
	/* crun and runc, systemd through them, criu, Kata Containers, gVisor */
	static const char *const spaces[] = {
		"run.oci.",  "module.wasm.image/", "org.systemd.property.",
		"org.criu.", "io.katacontainers.", "dev.gvisor.",
	};

	for (size_t i = 0; i < ARRAY_LEN(spaces); i++)
		if (str_starts(label, spaces[i]))
			return true;
	return false;
}
