// SPDX-License-Identifier: Apache-2.0
/*
 * hooks-apply - attach OCI hooks
 *
 * A hook is a program that the runtime runs at one of six stages of a
 * container's life (runtime-spec, config.md, "POSIX-platform Hooks").  Hook
 * files say under which conditions theirs is attached (oci-hooks(5)).
 */
#include <string.h>
#include <unistd.h>

#include "filter.h"
#include "hookdir.h"
#include "hooklist.h"
#include "mountlist.h"
#include "prepare.h"
#include "spec.h"
#include "special.h"

enum request { DIRECTORY, HOOK, REMOVE };

enum bind_mounts { AUTO, YES, NO };

static const struct name bind_mount_words[] = {
	{ "auto", AUTO },
	{ "yes", YES },
	{ "no", NO },
	{ NULL, 0 },
};

/* What --hook and --remove say; of --hooks-dir only the place matters. */
struct edit {
	int kind;
	int stage;
	const char *path;
	json_t *hook;
};

struct hooks_options {
	struct opt_list edits; /* in the order of the command line */
	int bind_mounts;
	bool strict;
	bool explain;

	/* What gather() made of it. */
	struct edit *list;
	size_t count;
	struct hookdir dir;
	bool *matched; /* a verdict on each of the directory's entries */
	char **why;
};

/* ---- the command line ---------------------------------------------------- */

/* Cut STAGE off "STAGE:REST"; *rest is NULL if there is none. */
static int parse_stage(char *text, int *stage, char **rest, struct err *err)
{
	char *colon = strchr(text, ':');
	auto_buf struct buf known = { 0 };

	if (colon)
		*colon = '\0';
	*rest = colon ? colon + 1 : NULL;
	if (name_value(hook_stages, text, stage))
		return 0;
	name_list(hook_stages, &known);
	err_set(err, ERR_USAGE, "unknown stage '%s'", text);
	return err_hint(err, "known: %s", known.data);
}

/* "PATH[,ARG...]" */
static json_t *hook_of_words(char *text)
{
	json_t *hook = json_pack("{s:s}", "path", strsep(&text, ","));
	json_t *args;

	if (!text)
		return hook;
	args = json_array();
	json_array_append(args, json_object_get(hook, "path"));
	for (char *arg; (arg = strsep(&text, ","));)
		json_array_append_new(args, json_string(arg));
	json_object_set_new(hook, "args", args);
	return hook;
}

static int make_hook(char *text, struct edit *edit, struct err *err)
{
	json_t *hook;

	if (*text != '{')
		hook = hook_of_words(text);
	else if (doc_parse(text, strlen(text), &hook, err) < 0)
		return -1;
	edit->hook = hookfile_hook(hook, err);
	json_decref(hook);
	return edit->hook ? 0 : -1;
}

static int parse_hook(const struct opt_use *use, struct edit *edit, struct err *err)
{
	char *rest;

	if (parse_stage(use->arg, &edit->stage, &rest, err) < 0)
		return -1;
	if (!rest || !*rest)
		return err_set(err, ERR_USAGE, "must be %s", use->opt->arg);
	return make_hook(rest, edit, err);
}

static int parse_removal(const struct opt_use *use, struct edit *edit, struct err *err)
{
	char *rest = NULL;

	edit->stage = HOOK_STAGES;
	if (strcmp(use->arg, "all") != 0 &&
	    parse_stage(use->arg, &edit->stage, &rest, err) < 0)
		return -1;
	if (rest && !*rest)
		return err_set(err, ERR_USAGE, "must be %s", use->opt->arg);
	edit->path = rest;
	return 0;
}

static int parse_edit(const struct opt_use *use, struct edit *edit, struct err *err)
{
	int failed = 0;

	edit->kind = (int)use->opt->data;
	if (edit->kind == HOOK)
		failed = parse_hook(use, edit, err);
	else if (edit->kind == REMOVE)
		failed = parse_removal(use, edit, err);
	if (failed) {
		auto_free char *inner = xstrdup(err->where);

		err->kind = ERR_USAGE;
		return err_where(err, "--%s%s%s", use->opt->name, *inner ? ": " : "",
		                 inner);
	}
	return 0;
}

static int parse_edits(struct hooks_options *options, struct err *err)
{
	size_t count = 0;

	for (const struct opt_use *use = options->edits.first; use; use = use->next)
		count++;
	options->list = xcalloc(count, sizeof(*options->list));
	for (const struct opt_use *use = options->edits.first; use; use = use->next)
		if (parse_edit(use, &options->list[options->count++], err) < 0)
			return -1;
	return 0;
}

/* ---- bind mounts --------------------------------------------------------- */

static bool is_bind(const json_t *mount)
{
	const json_t *options = json_object_get(mount, "options");

	return str_equal(doc_string(json_object_get(mount, "type")), "bind") ||
	       spec_list_has(options, "bind") || spec_list_has(options, "rbind");
}

/* The prepare step of each mount that has one: destination -> kind. */
static json_t *steps_by_mount(const json_t *doc)
{
	json_t *map = json_object(), *step;
	size_t i;

	json_array_foreach(spec_get(doc, "/ocipipe/prepare"), i, step) {
		const char *mount = doc_string(json_object_get(step, "mount"));

		if (mount)
			json_object_set(map, mount, json_object_get(step, "step"));
	}
	return map;
}

/*
 * What a user asked to be bound: a mount that is neither one of those that every
 * container gets nor made by a prepare step, but for an overlay's, which is how a
 * volume with :O looks (B230).
 */
static bool is_volume(const json_t *mount, const json_t *steps)
{
	const char *destination = doc_string(json_object_get(mount, "destination"));
	const char *step = doc_string(json_object_get(steps, destination));

	if (step)
		return strcmp(step, "overlay") == 0;
	return is_bind(mount) && !special_is(destination);
}

static bool has_bind_mounts(const json_t *doc, int words)
{
	json_t *steps, *mount;
	bool found = false;
	size_t i;

	if (words != AUTO)
		return words == YES;
	steps = steps_by_mount(doc);
	json_array_foreach(json_object_get(doc, "mounts"), i, mount)
		found = found || is_volume(mount, steps);
	json_decref(steps);
	return found;
}

/* ---- directories --------------------------------------------------------- */

static int read_directories(struct hooks_options *options, json_t *inputs, struct err *err)
{
	size_t number = 0;

	for (const struct opt_use *use = options->edits.first; use; use = use->next)
		if (use->opt->data == DIRECTORY &&
		    hookdir_list(&options->dir, use->arg, number++, options->strict, err) <
		            0)
			return -1;
	return hookdir_read(&options->dir, options->strict, inputs, err);
}

static int match_all(const json_t *doc, struct hooks_options *options, struct err *err)
{
	const struct hook_facts facts = {
		.annotations = json_object_get(doc, "annotations"),
		.process = json_object_get(doc, "process"),
		.bind_mounts = has_bind_mounts(doc, options->bind_mounts),
	};

	options->matched = xcalloc(options->dir.count, sizeof(*options->matched));
	options->why = xcalloc(options->dir.count, sizeof(*options->why));
	for (size_t i = 0; i < options->dir.count; i++) {
		const struct hookdir_entry *entry = &options->dir.entries[i];
		auto_buf struct buf why = { 0 };

		if (!entry->file.hook)
			continue;
		if (hookfile_match(&entry->file, &facts, &options->matched[i], &why, err) <
		    0) {
			auto_free char *pointer = xstrdup(err->where);

			return err_where(err, "%s: %s", entry->path, pointer);
		}
		options->why[i] = buf_steal(&why);
	}
	return 0;
}

static int gather(const json_t *doc, void *data, struct filter_run *run, struct err *err)
{
	struct hooks_options *options = data;

	if (parse_edits(options, err) < 0 ||
	    read_directories(options, run->inputs, err) < 0)
		return -1;
	return match_all(doc, options, err);
}

static void done(void *data)
{
	struct hooks_options *options = data;

	for (size_t i = 0; i < options->dir.count && options->why; i++)
		free(options->why[i]);
	for (size_t i = 0; i < options->count; i++)
		json_decref(options->list[i].hook);
	hookdir_free(&options->dir);
	free(options->list);
	free(options->why);
	free(options->matched);
}

/* ---- the document -------------------------------------------------------- */

static void add_directories(const struct hooks_options *options, struct hooklist *list)
{
	for (size_t i = 0; i < options->dir.count; i++) {
		const struct hookfile *file = &options->dir.entries[i].file;

		for (int stage = 0; stage < HOOK_STAGES; stage++)
			if (options->matched[i] && file->stages & 1U << stage)
				hooklist_add(list, (enum hook_stage)stage, file->hook);
	}
}

static int apply(json_t *doc, const void *data, struct err *err)
{
	const struct hooks_options *options = data;
	struct hooklist *list = hooklist_new(doc);
	bool added = false;
	int failed;

	for (size_t i = 0; i < options->count; i++) {
		const struct edit *edit = &options->list[i];

		if (edit->kind == REMOVE)
			hooklist_remove(list, (enum hook_stage)edit->stage, edit->path);
		else if (edit->kind == HOOK)
			hooklist_add(list, (enum hook_stage)edit->stage, edit->hook);
		else if (!added)
			add_directories(options, list);
		added |= edit->kind == DIRECTORY;
	}
	failed = hooklist_write(list, doc, err);
	hooklist_free(list);
	return failed;
}

/* ---- explaining ---------------------------------------------------------- */

static void explain_stages(unsigned int stages, struct buf *to)
{
	const char *between = " (";

	for (const struct name *stage = hook_stages; stage->name; stage++)
		if (stages & 1U << stage->value) {
			buf_printf(to, "%s%s", between, stage->name);
			between = ", ";
		}
	buf_text(to, stages ? "): " : ": ");
}

static void explain_entry(const struct hooks_options *options, size_t i, struct buf *to)
{
	const struct hookdir_entry *entry = &options->dir.entries[i];

	buf_text(to, entry->path);
	if (entry->overridden) {
		buf_printf(to, ": overridden by %s\n", entry->overridden);
		return;
	}
	explain_stages(entry->file.stages, to);
	if (entry->unavailable)
		buf_printf(to, "left out, there is no %s; ", entry->unavailable);
	buf_printf(to, "%s: %s\n", options->matched[i] ? "matched" : "not matched",
	           options->why[i]);
}

static int explain(const json_t *doc UNUSED, const void *data, struct buf *to,
                   struct err *err UNUSED)
{
	const struct hooks_options *options = data;

	for (size_t i = 0; i < options->dir.count && options->explain; i++)
		if (options->dir.entries[i].overridden || options->why[i])
			explain_entry(options, i, to);
	return 0;
}

/* clang-format off */
#define AT(member) .at = offsetof(struct hooks_options, member)
static const struct opt options[] = {
	{ .name = "hooks-dir", .arg = "DIR", .set = opt_append, AT(edits), .data = DIRECTORY,
	  .help = "attach the hooks whose files in DIR match" },
	{ .name = "hook", .arg = "STAGE:PATH[,ARG...]", .set = opt_append, AT(edits),
	  .data = HOOK, .help = "attach this one" },
	{ .name = "remove", .arg = "STAGE[:PATH]|all", .set = opt_append, AT(edits),
	  .data = REMOVE, .help = "remove hooks" },
	{ .name = "has-bind-mounts", .arg = "auto|yes|no", .set = opt_word, AT(bind_mounts),
	  .values = bind_mount_words, .help = "what hasBindMounts is matched against" },
	{ .name = "strict", .set = opt_flag, AT(strict),
	  .help = "a directory or executable that is missing is an error" },
	{ .name = "explain", .set = opt_flag, AT(explain),
	  .help = "say which hook matched, and why" },
	{ .name = NULL },
};
/* clang-format on */

static const struct filter hooks_apply = {
	.name = "hooks-apply",
	.summary = "attach OCI hooks",
	.options = options,
	.size = sizeof(struct hooks_options),
	.owns = (const char *const[]){ "/hooks", NULL },
	.reads = (const char *const[]){ "/annotations", "/process/args", "/mounts",
	                                "/ocipipe/prepare", NULL },
	.gather = gather,
	.apply = apply,
	.explain = explain,
	.done = done,
};

int main(int argc, char *argv[])
{
	return filter_main(&hooks_apply, argc, argv);
}
