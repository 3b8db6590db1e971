// SPDX-License-Identifier: Apache-2.0
/*
 * ocigen - make the base document, every section of it
 *
 * A preset is a whole document, and confined; the options edit it.  What rests
 * on their outcome (capabilities, the seccomp filter) is filled in last.  With
 * --base the options edit a document that somebody else made, and that is all.
 */
#include "preset.h"
#include "process.h"
#include "schema.h"
#include "spec.h"
#include "subids.h"

struct ocigen_options {
	struct process_options process; /* first: the table's offsets begin here */
	json_t *start;
	struct preset_maps maps;
};

static const char *base(const void *data)
{
	const struct ocigen_options *options = data;

	return options->process.base;
}

static int check_maps(const struct preset_maps *maps, struct err *err)
{
	if (idmap_check(&maps->uid, err) < 0)
		return err_where(err, "/etc/subuid");
	return idmap_check(&maps->gid, err) < 0 ? err_where(err, "/etc/subgid") : 0;
}

static int gather(const json_t *doc, void *data, struct filter_run *run, struct err *err)
{
	struct ocigen_options *options = data;
	struct process_options *process = &options->process;

	if (process->base && process->preset) {
		err_set(err, ERR_USAGE, "makes a document, but --base is to edit one");
		return err_where(err, "--preset");
	}
	if (process->base)
		return process_gather(doc, process, run, err);
	if (!process->preset)
		process->preset = PRESET_BUILD;
	process->default_user =
		process->preset == PRESET_BUILD || process->preset == PRESET_ROOTLESS;
	if (process->preset == PRESET_ROOTLESS &&
	    (subids_add_rootless(&options->maps.uid, &options->maps.gid, err) < 0 ||
	     check_maps(&options->maps, err) < 0))
		return -1;
	options->start = json_object();
	if (preset_start((enum preset)process->preset, options->start, err) < 0)
		return -1;
	return process_gather(options->start, process, run, err);
}

/* B075: the image's, where it has one; else ocirun gives the container's name. */
static int apply_hostname(json_t *doc, const struct process_options *options,
                          struct err *err)
{
	static const char *const pointers[] = { "/hostname", NULL };
	const char *name = options->facts.image.hostname;
	json_t *env;

	if (!name || !options->default_user)
		return 0;
	if (spec_put_new(doc, "/hostname", json_string(name), err) < 0 ||
	    spec_ensure_array(doc, "/process/env", &env, err) < 0)
		return -1;
	if (schema_check(doc, pointers, err) < 0)
		return err_where(err, "%s: /config/Hostname", options->image_config);
	return spec_env_get(env, "HOSTNAME") ? 0 : spec_env_put(env, "HOSTNAME", name, err);
}

static int apply(json_t *doc, const void *data, struct err *err)
{
	const struct ocigen_options *options = data;
	const struct process_options *process = &options->process;

	if (process->base)
		return process_apply(doc, process, err);
	json_object_update(doc, options->start);
	if (process_apply(doc, process, err) < 0 || apply_hostname(doc, process, err) < 0)
		return -1;
	return preset_finish((enum preset)process->preset, &options->maps, doc, err);
}

static void done(void *data)
{
	struct ocigen_options *options = data;

	json_decref(options->start);
	idmap_free(&options->maps.uid);
	idmap_free(&options->maps.gid);
	process_done(&options->process);
}

static const struct filter ocigen = {
	.name = "ocigen",
	.summary = "make the base document, every section of it",
	.operands = "[--] [COMMAND [ARG...]]",
	.options = process_options,
	.size = sizeof(struct ocigen_options),
	.owns = process_owns,
	.makes = true,
	.base = base,
	.gather = gather,
	.apply = apply,
	.done = done,
};

int main(int argc, char *argv[])
{
	return filter_main(&ocigen, argc, argv);
}
