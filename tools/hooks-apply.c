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
#include "precreate.h"
#include "spec.h"
#include "volumes.h"

enum { ALL_STAGES = -1, PRECREATE_SECONDS = 60 };

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
	char *text; /* of the command line, cut up */
	int stage;
	const char *path; /* lies in text */
	json_t *hook;
};

struct hooks_options {
	struct opt_list edits; /* in the order of the command line */
	int bind_mounts;
	uint64_t timeout;
	bool no_precreate;
	bool strict;
	bool explain;

	/* What gather() made of it. */
	struct edit *list;
	size_t count;
	struct hookdir dir;
	bool *matched; /* a verdict on each of the directory's entries */
	char **why;
	json_t *result; /* what precreate hooks made of the document, or NULL */
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

	if (parse_stage(edit->text, &edit->stage, &rest, err) < 0)
		return -1;
	if (!rest || !*rest)
		return err_set(err, ERR_USAGE, "must be %s", use->opt->arg);
	return make_hook(rest, edit, err);
}

static int parse_removal(const struct opt_use *use, struct edit *edit, struct err *err)
{
	char *rest = NULL;

	edit->stage = ALL_STAGES;
	if (strcmp(edit->text, "all") != 0 &&
	    parse_stage(edit->text, &edit->stage, &rest, err) < 0)
		return -1;
	if (edit->stage == HOOK_PRECREATE)
		return err_set(err, ERR_USAGE, "no document has precreate hooks");
	if (rest && !*rest)
		return err_set(err, ERR_USAGE, "must be %s", use->opt->arg);
	edit->path = rest;
	return 0;
}

static int set_timeout(struct opt_use *use, void *to, struct err *err)
{
	if (opt_seconds(use, to, err) < 0)
		return -1;
	return *(uint64_t *)to > 0 ? 0 : err_set(err, ERR_USAGE, "must be above 0");
}

static int parse_edit(const struct opt_use *use, struct edit *edit, struct err *err)
{
	int failed = 0;

	edit->kind = (int)use->opt->data;
	edit->text = xstrdup(use->arg);
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
		.bind_mounts = options->bind_mounts == AUTO ? volumes_any(doc)
		                                            : options->bind_mounts == YES,
	};

	options->matched = xcalloc(options->dir.count, sizeof(*options->matched));
	options->why = xcalloc(options->dir.count, sizeof(*options->why));
	for (size_t i = 0; i < options->dir.count; i++) {
		const struct hookdir_entry *entry = &options->dir.entries[i];
		auto_buf struct buf why = { 0 };

		if (!entry->file.hook)
			continue;
		if (hookwhen_match(&entry->file.when, &facts, &options->matched[i], &why,
		                   err) < 0) {
			auto_free char *pointer = xstrdup(err->where);

			return err_where(err, "%s: %s", entry->path, pointer);
		}
		options->why[i] = buf_steal(&why);
	}
	return 0;
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

static int edit_hooks(json_t *doc, const struct hooks_options *options, struct err *err)
{
	struct hooklist *list = hooklist_new(doc);
	bool added = false;
	int failed;

	for (size_t i = 0; i < options->count; i++) {
		const struct edit *edit = &options->list[i];

		if (edit->kind == REMOVE)
			hooklist_remove(list, edit->stage, edit->path);
		else if (edit->kind == HOOK && edit->stage != HOOK_PRECREATE)
			hooklist_add(list, (enum hook_stage)edit->stage, edit->hook);
		else if (edit->kind == DIRECTORY && !added)
			add_directories(options, list);
		added |= edit->kind == DIRECTORY;
	}
	failed = hooklist_write(list, doc, err);
	hooklist_free(list);
	return failed;
}

/* ---- precreate hooks ----------------------------------------------------- */

/* All of them, in order. */
static json_t *precreate_hooks(const struct hooks_options *options)
{
	json_t *hooks = json_array();
	bool added = false;

	for (size_t i = 0; i < options->count; i++) {
		const struct edit *edit = &options->list[i];

		if (edit->kind == HOOK && edit->stage == HOOK_PRECREATE)
			json_array_append(hooks, edit->hook);
		for (size_t e = 0;
		     edit->kind == DIRECTORY && !added && e < options->dir.count; e++)
			if (options->matched[e] &&
			    options->dir.entries[e].file.stages & 1U << HOOK_PRECREATE)
				json_array_append(hooks, options->dir.entries[e].file.hook);
		added |= edit->kind == DIRECTORY;
	}
	return hooks;
}

/* They see the other hooks in the document. */
static int run_hooks(const json_t *doc, struct hooks_options *options, const json_t *hooks,
                     struct err *err)
{
	uint64_t seconds = options->timeout ? options->timeout : PRECREATE_SECONDS;
	json_t *hook;
	size_t i;

	options->result = json_deep_copy(doc);
	if (edit_hooks(options->result, options, err) < 0)
		return -1;
	json_array_foreach(hooks, i, hook) {
		if (precreate_run(&options->result, hook, seconds, err) < 0)
			return -1;
	}
	return 0;
}

/* Nobody wants the document that is made while an explanation is read at a terminal. */
static int run_precreate(const json_t *doc, struct hooks_options *options, struct err *err)
{
	json_t *hooks;
	int failed = 0;

	if (options->no_precreate || (options->explain && isatty(STDOUT_FILENO)))
		return 0;
	hooks = precreate_hooks(options);
	if (json_array_size(hooks) > 0)
		failed = run_hooks(doc, options, hooks, err);
	json_decref(hooks);
	return failed;
}

static int gather(const json_t *doc, void *data, struct filter_run *run, struct err *err)
{
	struct hooks_options *options = data;

	if (parse_edits(options, err) < 0 ||
	    read_directories(options, run->inputs, err) < 0 ||
	    match_all(doc, options, err) < 0)
		return -1;
	return run_precreate(doc, options, err);
}

static void done(void *data)
{
	struct hooks_options *options = data;

	for (size_t i = 0; i < options->dir.count && options->why; i++)
		free(options->why[i]);
	for (size_t i = 0; i < options->count; i++) {
		json_decref(options->list[i].hook);
		free(options->list[i].text);
	}
	hookdir_free(&options->dir);
	free(options->list);
	free(options->why);
	free(options->matched);
	json_decref(options->result);
}

static int apply(json_t *doc, const void *data, struct err *err)
{
	const struct hooks_options *options = data;

	if (!options->result)
		return edit_hooks(doc, options, err);
	json_object_clear(doc);
	json_object_update(doc, options->result);
	return 0;
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
		buf_printf(to, ": overridden by %s", entry->overridden);
		return;
	}
	explain_stages(entry->file.stages, to);
	if (entry->unavailable)
		buf_printf(to, "left out, there is no %s; ", entry->unavailable);
	buf_printf(to, "%s: %s", options->matched[i] ? "matched" : "not matched",
	           options->why[i]);
}

/* What stands in a document or a file may not move a terminal's cursor. */
static void end_line(struct buf *text, size_t from)
{
	for (char *c = text->data + from; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	buf_char(text, '\n');
}

static int explain(const json_t *doc UNUSED, const void *data, struct buf *to,
                   struct err *err UNUSED)
{
	const struct hooks_options *options = data;

	for (size_t i = 0; i < options->dir.count && options->explain; i++) {
		size_t from = to->len;

		if (!options->dir.entries[i].overridden && !options->why[i])
			continue; /* it went away while we read */
		explain_entry(options, i, to);
		end_line(to, from);
	}
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
	{ .name = "timeout", .arg = "TIME", .set = set_timeout, AT(timeout),
	  .help = "what a precreate hook that says nothing may take (60)" },
	{ .name = "no-precreate", .set = opt_flag, AT(no_precreate),
	  .help = "run no precreate hooks" },
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
