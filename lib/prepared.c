// SPDX-License-Identifier: Apache-2.0
#include "prepared.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle.h"
#include "digest.h"
#include "io.h"
#include "parse.h"
#include "rmtree.h"
#include "rootfs.h"
#include "spec.h"
#include "step.h"
#include "userns.h"

enum { LARGEST_RECORD = 16 * 1024 * 1024 };

static const char config_name[] = "config.json", record_name[] = ".ocirun";

/* ---- what is ours -------------------------------------------------------- */

/* Only such names does a plan make; a record that says others is somebody else's. */
static bool is_made_name(const char *name)
{
	uint64_t ignored;

	if (!name)
		return false;
	return strcmp(name, "files") == 0 ||
	       (str_starts(name, "overlay-") && parse_u64(name + 8, &ignored));
}

/* "bundle/overlay-3" -> "overlay-3" */
static const char *last_part(const char *path)
{
	return strrchr(path, '/') + 1;
}

static json_t *made_names(const struct plan *plan)
{
	json_t *names = json_array();
	const json_t *step;
	size_t i;

	json_array_append_new(names, json_string("files"));
	json_array_foreach(plan->steps, i, step) {
		json_t *number = json_object_get(step, "number");
		const struct mountprep *prep =
			number ? &plan->preps[json_integer_value(number)] : NULL;

		if (prep && prep->writes)
			json_array_append_new(names, json_string(last_part(prep->writes)));
	}
	return names;
}

static char *digest_of_config(const struct plan *plan)
{
	auto_buf struct buf text = { 0 };

	doc_print(plan->config, DOC_INDENTED, &text);
	buf_char(&text, '\n');
	return digest_bytes(text.data, text.len);
}

static json_t *make_record(const struct plan *plan)
{
	auto_free char *digest = digest_of_config(plan);

	return json_pack("{s:s, s:o}", "config", digest, "made", made_names(plan));
}

/* What an earlier ocirun wrote down; NULL if there is nothing, or nothing of ours. */
static json_t *read_record(int dir)
{
	auto_buf struct buf text = { 0 };
	struct err ignored;
	auto_close int fd = io_open_file(dir, record_name, &ignored);
	json_t *record = NULL;

	if (fd < 0 || io_read_all(fd, "", LARGEST_RECORD, &text, &ignored) < 0 ||
	    doc_parse(text.data, text.len, &record, &ignored) < 0)
		return NULL;
	return record;
}

static int not_ours(const char *name, struct err *err)
{
	err_set(err, ERR_HOST, "is there already, and not as ocirun made it");
	err_where(err, "%s", name);
	return err_hint(err, "move it away, or prepare in another directory");
}

/* Somebody may have edited it since: then it is not ours any more. */
static int check_config(int dir, const json_t *record, struct err *err)
{
	auto_buf struct buf text = { 0 };
	auto_free char *digest = NULL;
	auto_close int fd = -1;

	if (faccessat(dir, config_name, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
		return 0;
	fd = io_open_file(dir, config_name, err);
	if (fd < 0 || io_read_all(fd, config_name, DOC_MAX_INPUT, &text, err) < 0)
		return -1;
	digest = digest_bytes(text.data, text.len);
	if (str_equal(doc_string(json_object_get(record, "config")), digest))
		return 0;
	return not_ours(config_name, err);
}

static int remove_made(int dir, const json_t *record, struct err *err)
{
	const json_t *name;
	size_t i;

	json_array_foreach(json_object_get(record, "made"), i, name)
		if (is_made_name(doc_string(name)) &&
		    rmtree(dir, doc_string(name), err) < 0)
			return -1;
	if (unlinkat(dir, config_name, 0) < 0 && errno != ENOENT)
		return err_errno(err, config_name, "cannot remove");
	if (unlinkat(dir, record_name, 0) < 0 && errno != ENOENT)
		return err_errno(err, record_name, "cannot remove");
	return 0;
}

/* Without a record nothing is ours, and nothing is touched. */
static int make_room(int dir, struct err *err)
{
	json_auto_t *record = read_record(dir);

	if (check_config(dir, record, err) < 0)
		return -1;
	return record ? remove_made(dir, record, err) : 0;
}

/* What is to be made must not be there, or it would be taken for ours if we fail. */
static int check_absent(int dir, const json_t *record, struct err *err)
{
	const json_t *name;
	size_t i;

	json_array_foreach(json_object_get(record, "made"), i, name)
		if (faccessat(dir, doc_string(name), F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			return not_ours(doc_string(name), err);
	return 0;
}

static int write_record(const struct plan *plan, const json_t *record, struct err *err)
{
	const struct bundle_file file = {
		.bundle = plan->bundle,
		.path = record_name,
		.mode = 0600,
		.owner = { geteuid(), getegid() },
	};
	auto_buf struct buf text = { 0 };

	doc_print(record, DOC_COMPACT, &text);
	buf_char(&text, '\n');
	return bundle_write(&file, &text, err);
}

/* ---- acting -------------------------------------------------------------- */

/* Who the container's root will be on this host. */
static struct owner container_root(const struct plan *plan)
{
	struct owner self = { geteuid(), getegid() };

	/* An ordinary user is that himself. */
	if (!plan_maps_ids(plan))
		return self;
	return userns_owner(plan->maps, (struct owner){ 0, 0 });
}

static int act(const struct acting *acting, struct err *err)
{
	const json_t *step;
	size_t i;

	json_array_foreach(acting->plan->steps, i, step) {
		const char *name = step_text(step, "step");
		const struct step_kind *kind = step_kind(name);

		if (kind && kind->act && kind->act(acting, step, err) < 0)
			return step_blame(name, err);
	}
	return 0;
}

static int open_root(const struct plan *plan, struct err *err)
{
	auto_close int root = rootfs_open(plan->rootfs, err);
	struct stat st;

	if (root < 0 || targets_check(root, err) < 0 || targets_check_host(root, err) < 0)
		return -1;
	if (fstat(root, &st) < 0)
		return err_errno(err, plan->rootfs, "cannot examine");
	if (!plan_wants_idmap(plan, &st))
		return steal_fd(&root);
	return plan_needs_us("rootfs", "an idmapped root file system", err);
}

int prepared_make(const struct plan *plan, struct err *err)
{
	auto_close int dir = open(plan->bundle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_close int root = -1;
	json_auto_t *record = make_record(plan);
	struct acting acting = { .plan = plan, .in_layer = { .fd = -1 } };
	struct err later;

	if (dir < 0)
		return err_errno(err, plan->bundle, "cannot open the bundle");
	root = open_root(plan, err);
	if (root < 0 || make_room(dir, err) < 0 || check_absent(dir, record, err) < 0 ||
	    write_record(plan, record, err) < 0)
		return -1;
	acting.root = root;
	acting.owner = acting.root_ids = container_root(plan);
	if (act(&acting, err) == 0)
		return 0;
	(void)!remove_made(dir, record, &later);
	return -1;
}
