// SPDX-License-Identifier: Apache-2.0
#include "process.h"

#include "mountlist.h"
#include "parse.h"
#include "prepare.h"
#include "processparts.h"
#include "spec.h"

const char *const process_owns[] = {
	"/process",
	"!/process/capabilities",
	"!/process/rlimits",
	"!/process/oomScoreAdj",
	"!/process/scheduler",
	"!/process/ioPriority",
	"!/process/execCPUAffinity",
	"/root",
	"/annotations",
	"/linux/personality",
	"/ociVersion",
	"/ocipipe/rootfs",
	NULL,
};

/* ---- facts --------------------------------------------------------------- */

static int gather_image(struct process_options *options, struct filter_run *run,
                        struct err *err)
{
	json_t *doc;

	if (!options->image_config)
		return 0;
	if (filter_read(run, options->image_config, &doc, err) < 0)
		return -1;
	if (image_take_new(doc, &options->facts.image, err) == 0)
		return 0;
	if (err->where[0])
		err_under(err, ": ");
	return err_under(err, options->image_config);
}

/* Clean, and absolute: an image's may be relative to / (B036, B037). */
static void gather_cwd(struct process_options *options)
{
	const char *image = options->facts.image.workdir;

	if (options->workdir || image)
		options->facts.cwd =
			mountlist_tidy(options->workdir ? options->workdir : image);
}

/* A root filesystem that nothing is asked of need not be there yet. */
static bool looks_into_root(const struct process_options *options,
                            const struct filter_run *run)
{
	const struct image *image = &options->facts.image;

	return options->user || options->default_user || options->groups.first ||
	       options->entrypoint || *run->operands || image->user || image->entrypoint ||
	       image->cmd;
}

static int gather_in_root(const json_t *doc, struct process_options *options,
                          struct filter_run *run, struct err *err)
{
	struct layers root = { 0 };
	int failed;

	if (looks_into_root(options, run) &&
	    process_open_root(doc, options, &root, err) < 0)
		return -1;
	failed = process_gather_user(doc, &root, options, run, err);
	if (!failed)
		failed = process_gather_args(doc, &root, options, run, err);
	layers_free(&root);
	return failed;
}

int process_gather(const json_t *doc, struct process_options *options,
                   struct filter_run *run, struct err *err)
{
	if (gather_image(options, run, err) < 0 ||
	    process_gather_root(doc, options, err) < 0 ||
	    process_gather_env(doc, options, run, err) < 0 ||
	    process_gather_annotations(options, err) < 0)
		return -1;
	gather_cwd(options);
	return gather_in_root(doc, options, run, err);
}

void process_done(struct process_options *options)
{
	struct process_facts *facts = &options->facts;

	image_free(&facts->image);
	json_decref(facts->rootfs);
	free(facts->root_name);
	free(facts->root_path);
	free(facts->cwd);
	json_decref(facts->env);
	json_decref(facts->args);
	json_decref(facts->user);
	json_decref(facts->annotations);
}

/* ---- the document -------------------------------------------------------- */

/* Set it, or leave it alone if there is nothing new. */
static int put(json_t *doc, const char *pointer, json_t *value, struct err *err)
{
	return value ? spec_put_new(doc, pointer, json_incref(value), err) : 0;
}

static int put_string(json_t *doc, const char *pointer, const char *value, struct err *err)
{
	return value ? spec_put_new(doc, pointer, json_string(value), err) : 0;
}

static int put_switch(json_t *doc, const char *pointer, int choice, struct err *err)
{
	if (choice == SWITCH_ON)
		return spec_put_new(doc, pointer, json_true(), err);
	if (choice == SWITCH_OFF)
		spec_drop(doc, pointer);
	return 0;
}

/* Set it, or remove it for an empty word, or leave it alone for none. */
static int put_word(json_t *doc, const char *pointer, const char *word, json_t *value,
                    struct err *err)
{
	if (word && *word)
		return spec_put_new(doc, pointer, value, err);
	json_decref(value);
	if (word)
		spec_drop(doc, pointer);
	return 0;
}

static int apply_user(json_t *doc, const struct process_options *options, struct err *err)
{
	uint32_t mask = 0;
	json_t *to;

	if (json_object_size(options->facts.user) > 0) {
		if (spec_ensure_object(doc, "/process/user", &to, err) < 0)
			return -1;
		json_object_update(to, options->facts.user);
	}
	if (options->umask && *options->umask && !parse_octal(options->umask, 0777, &mask))
		return err_set(err, ERR_USAGE, "'%s' is not a mask", options->umask);
	return put_word(doc, "/process/user/umask", options->umask, doc_u64(mask), err);
}

static int apply_terminal(json_t *doc, const struct process_options *options,
                          struct err *err)
{
	uint32_t rows = 0, columns = 0;
	json_t *size;

	if (put_switch(doc, "/process/terminal", options->tty, err) < 0)
		return -1;
	if (options->console_size && *options->console_size &&
	    !process_parse_console(options->console_size, &rows, &columns))
		return err_set(err, ERR_USAGE, "'%s' is not a size", options->console_size);
	size = json_object();
	json_object_set_new(size, "height", doc_u64(rows));
	json_object_set_new(size, "width", doc_u64(columns));
	return put_word(doc, "/process/consoleSize", options->console_size, size, err);
}

static int apply_process(json_t *doc, const struct process_options *options,
                         struct err *err)
{
	const struct process_facts *facts = &options->facts;

	if (apply_terminal(doc, options, err) < 0 || apply_user(doc, options, err) < 0 ||
	    put(doc, "/process/args", facts->args, err) < 0 ||
	    put(doc, "/process/env", facts->env, err) < 0 ||
	    put_string(doc, "/process/cwd", facts->cwd, err) < 0)
		return -1;
	return process_apply_security(doc, &options->security, err);
}

static int apply_root(json_t *doc, const struct process_options *options, struct err *err)
{
	json_t *rootfs = options->facts.rootfs;

	if (put_string(doc, "/root/path", options->facts.root_path, err) < 0 ||
	    put_switch(doc, "/root/readonly", options->read_only, err) < 0)
		return -1;
	if (rootfs && json_object_size(rootfs) == 0)
		spec_drop(doc, "/ocipipe/rootfs");
	else if (rootfs && (prepare_ensure(doc, err) < 0 ||
	                    put(doc, "/ocipipe/rootfs", rootfs, err) < 0))
		return -1;
	return 0;
}

static int apply_annotations(json_t *doc, json_t *annotations, struct err *err)
{
	const char *name;
	json_t *value, *to;

	json_object_foreach(annotations, name, value) {
		if (json_is_null(value)) {
			json_object_del(spec_get(doc, "/annotations"), name);
			continue;
		}
		if (spec_ensure_object(doc, "/annotations", &to, err) < 0)
			return -1;
		json_object_set(to, name, value);
	}
	if (json_object_size(annotations) > 0)
		spec_drop_empty(doc, "/annotations");
	return 0;
}

int process_apply(json_t *doc, const struct process_options *options, struct err *err)
{
	const char *personality = options->personality;

	if (apply_process(doc, options, err) < 0 || apply_root(doc, options, err) < 0 ||
	    apply_annotations(doc, options->facts.annotations, err) < 0 ||
	    put_string(doc, "/ociVersion", options->oci_version, err) < 0)
		return -1;
	return put_word(doc, "/linux/personality", personality,
	                json_pack("{s:s*}", "domain", personality), err);
}
