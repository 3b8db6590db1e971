// SPDX-License-Identifier: Apache-2.0
#include "cdidir.h"

#include <errno.h>
#include <string.h>

struct file {
	char *path;
	size_t priority; /* of its directory */
	json_t *text;
	bool used; /* its own edits have been visited */
};

struct device {
	size_t file;
	size_t entry;         /* in the file's list */
	const char *conflict; /* the file of the same priority that has it too, or NULL */
};

struct cdidir {
	struct file *files;
	size_t count;
	size_t room;
	struct device *devices;
	size_t device_count;
	size_t device_room;
	json_t *at;    /* qualified name -> place in devices */
	json_t *kinds; /* the names in use */
};

/* ---- files --------------------------------------------------------------- */

static bool ends_with(const char *name, const char *end)
{
	size_t len = strlen(name), end_len = strlen(end);

	return len >= end_len && strcmp(name + len - end_len, end) == 0;
}

static int add_file(struct cdidir *dir, const char *path, const char *name, size_t priority,
                    struct err *err)
{
	auto_free char *full = xasprintf("%s/%s", path, name);
	json_t *text = doc_string_new(full);

	if (!text)
		return err_at(err, path, "has a file whose name is not UTF-8");
	json_decref(text);
	if (ends_with(name, ".yaml")) {
		err_at(err, full, "is YAML; CDI files are read as JSON");
		return err_hint(err, "yq(1) makes JSON of it; then move this file away");
	}
	if (dir->count == dir->room) {
		dir->room = dir->room ? dir->room * 2 : 8;
		dir->files = xrealloc(dir->files, dir->room * sizeof(*dir->files));
	}
	dir->files[dir->count++] =
		(struct file){ .path = steal(&full), .priority = priority };
	return 0;
}

static int list_files(struct cdidir *dir, const char *path, size_t priority,
                      struct err *err)
{
	auto_dir DIR *stream = opendir(path);
	const struct dirent *entry;

	if (!stream && errno == ENOENT)
		return 0;
	if (!stream) {
		err_errno(err, path, "cannot open");
		err->kind = ERR_INPUT;
		return -1;
	}
	while (errno = 0, (entry = readdir(stream)))
		if ((ends_with(entry->d_name, ".json") ||
		     ends_with(entry->d_name, ".yaml")) &&
		    add_file(dir, path, entry->d_name, priority, err) < 0)
			return -1;
	return errno ? err_errno(err, path, "cannot read") : 0;
}

static int compare(const void *left, const void *right)
{
	const struct file *a = left, *b = right;

	if (a->priority != b->priority)
		return a->priority < b->priority ? -1 : 1;
	return strcmp(a->path, b->path);
}

/* ---- devices ------------------------------------------------------------- */

static const json_t *list_of(const struct file *file)
{
	return json_object_get(file->text, "devices");
}

static const char *kind_of(const struct file *file)
{
	return doc_string(json_object_get(file->text, "kind"));
}

/* A device of a higher priority replaces one, one of the same is in conflict with it. */
static void add_device(struct cdidir *dir, size_t file, size_t entry)
{
	const struct file *from = &dir->files[file];
	const json_t *device = json_array_get(list_of(from), entry);
	auto_free char *name = xasprintf("%s=%s", kind_of(from),
	                                 doc_string(json_object_get(device, "name")));
	const json_t *place = json_object_get(dir->at, name);
	struct device *old = place ? &dir->devices[json_integer_value(place)] : NULL;

	if (old && dir->files[old->file].priority == from->priority) {
		old->conflict = from->path;
		return;
	}
	if (old) {
		*old = (struct device){ file, entry, NULL };
		return;
	}
	if (dir->device_count == dir->device_room) {
		dir->device_room = dir->device_room ? dir->device_room * 2 : 16;
		dir->devices =
			xrealloc(dir->devices, dir->device_room * sizeof(*dir->devices));
	}
	json_object_set_new(dir->at, name, json_integer((json_int_t)dir->device_count));
	dir->devices[dir->device_count++] = (struct device){ file, entry, NULL };
}

static int read_file(struct cdidir *dir, size_t i, json_t *inputs, struct err *err)
{
	struct file *file = &dir->files[i];

	if (doc_parse_file(file->path, DOC_MAX_INPUT, &file->text, err) < 0)
		return -1;
	if (cdi_check(file->text, err) < 0) {
		err_under(err, err->where[0] ? ": " : "");
		return err_under(err, file->path);
	}
	json_array_append_new(inputs, json_string(file->path));
	json_object_set_new(dir->kinds, kind_of(file), json_true());
	for (size_t entry = 0; entry < json_array_size(list_of(file)); entry++)
		add_device(dir, i, entry);
	return 0;
}

struct cdidir *cdidir_read(const char *const *paths, size_t count, json_t *inputs,
                           struct err *err)
{
	struct cdidir *dir = xcalloc(1, sizeof(*dir));
	int failed = 0;

	dir->at = json_object();
	dir->kinds = json_object();
	for (size_t i = 0; i < count && failed == 0; i++)
		failed = list_files(dir, paths[i], i, err);
	if (dir->count)
		qsort(dir->files, dir->count, sizeof(*dir->files), compare);
	for (size_t i = 0; i < dir->count && failed == 0; i++)
		failed = read_file(dir, i, inputs, err);
	if (failed == 0)
		return dir;
	cdidir_free(dir);
	return NULL;
}

void cdidir_free(struct cdidir *dir)
{
	if (!dir)
		return;
	for (size_t i = 0; i < dir->count; i++) {
		free(dir->files[i].path);
		json_decref(dir->files[i].text);
	}
	json_decref(dir->at);
	json_decref(dir->kinds);
	free(dir->files);
	free(dir->devices);
	free(dir);
}

/* ---- finding ------------------------------------------------------------- */

static int visit_file(struct file *file, cdidir_visitor *visit, void *to, struct err *err)
{
	auto_free char *place = xasprintf("%s: /containerEdits", file->path);
	const json_t *edits = json_object_get(file->text, "containerEdits");

	if (file->used)
		return 0;
	file->used = true;
	return edits ? visit(to, place, edits, err) : 0;
}

static int visit_device(struct cdidir *dir, const struct device *device,
                        cdidir_visitor *visit, void *to, struct err *err)
{
	struct file *file = &dir->files[device->file];
	const json_t *entry = json_array_get(list_of(file), device->entry);
	auto_free char *place =
		xasprintf("%s: /devices/%zu/containerEdits", file->path, device->entry);

	if (device->conflict)
		return err_at(err, file->path, "describes %s=%s, and so does %s",
		              kind_of(file), doc_string(json_object_get(entry, "name")),
		              device->conflict);
	if (visit_file(file, visit, to, err) < 0)
		return -1;
	return visit(to, place, json_object_get(entry, "containerEdits"), err);
}

static int visit_all(struct cdidir *dir, const char *kind, cdidir_visitor *visit, void *to,
                     struct err *err)
{
	for (size_t i = 0; i < dir->device_count; i++) {
		const struct device *device = &dir->devices[i];

		if (strcmp(kind_of(&dir->files[device->file]), kind) == 0 &&
		    visit_device(dir, device, visit, to, err) < 0)
			return -1;
	}
	return 0;
}

static void list_names(const json_t *names, const char *prefix, struct buf *to)
{
	json_t *borrowed = (json_t *)(uintptr_t)names, *value;
	const char *name;

	json_object_foreach(borrowed, name, value) {
		if (str_starts(name, prefix))
			buf_printf(to, "%s%s", to->len ? ", " : "", name + strlen(prefix));
	}
}

static int not_found(const struct cdidir *dir, const char *name, const char *kind,
                     struct err *err)
{
	auto_free char *prefix = xasprintf("%s=", kind);
	auto_buf struct buf known = { 0 };

	err_set(err, ERR_HOST, "there is no such CDI device");
	err_where(err, "%s", name);
	list_names(dir->at, prefix, &known);
	if (known.len)
		return err_hint(err, "of this kind there are: %s", known.data);
	list_names(dir->kinds, "", &known);
	if (known.len)
		return err_hint(err, "there are the kinds: %s", known.data);
	return err_hint(err, "no CDI file was found; --cdi-dir says where they are");
}

int cdidir_find(struct cdidir *dir, const char *name, cdidir_visitor *visit, void *to,
                struct err *err)
{
	const json_t *place = json_object_get(dir->at, name);
	const char *equals = strchr(name, '=');
	auto_free char *kind = xstrndup(name, (size_t)(equals - name));

	if (place)
		return visit_device(dir, &dir->devices[json_integer_value(place)], visit,
		                    to, err);
	if (strcmp(equals + 1, "all") == 0 && json_object_get(dir->kinds, kind))
		return visit_all(dir, kind, visit, to, err);
	return not_found(dir, name, kind, err);
}
