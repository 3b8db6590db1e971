// SPDX-License-Identifier: Apache-2.0
#include "processparts.h"

#include <string.h>

#include "accounts.h"
#include "lookup.h"
#include "spec.h"

static const char keep_groups[] = "keep-groups";

/* ---- users and groups ---------------------------------------------------- */

int process_check_user(const char *text, struct err *err)
{
	struct account_words words;

	if (account_parse(text, &words, err) < 0)
		return -1;
	account_words_free(&words);
	return 0;
}

int process_check_group(const char *text, struct err *err)
{
	struct account_word word;

	if (strcmp(text, keep_groups) == 0)
		return 0;
	if (account_parse_group(text, &word, err) < 0)
		return -1;
	free(word.name);
	return 0;
}

/* A list of ids without repetitions, the first of each kept (B050). */
struct groups {
	json_t *list;
	json_t *seen;
};

static void add_group(struct groups *groups, uint64_t gid)
{
	auto_free char *key = xasprintf("%llu", (unsigned long long)gid);

	if (json_object_get(groups->seen, key))
		return;
	json_object_set_new(groups->seen, key, json_true());
	json_array_append_new(groups->list, doc_u64(gid));
}

static int look_up(const struct layers *root, const char *text, struct account *ret,
                   struct filter_run *run, struct err *err)
{
	struct account_words words;
	int failed;

	if (account_parse(text, &words, err) < 0)
		return -1;
	failed = lookup_user(root, &words, ret, run->inputs, err);
	account_words_free(&words);
	return failed;
}

/* Who it is: asked for, or what the image says, or root with root's groups (B040). */
static int gather_account(const struct layers *root, struct process_options *options,
                          struct groups *groups, struct filter_run *run, struct err *err)
{
	const char *image = options->facts.image.user;
	const char *text = options->user ? options->user : image;
	json_t *user = options->facts.user;
	struct account account;

	if (!text && options->default_user)
		text = "0";
	if (!text)
		return 0;
	if (look_up(root, text, &account, run, err) < 0) {
		if (err->where[0])
			return -1;
		if (options->user)
			return err_where(err, "--user");
		err->kind = ERR_INPUT;
		return err_where(err, "%s: /config/User", options->image_config);
	}
	json_object_set_new(user, "uid", doc_u64(account.uid));
	json_object_set_new(user, "gid", doc_u64(account.gid));
	for (size_t i = 0; i < account.count; i++)
		add_group(groups, account.groups[i]);
	account_free(&account);
	return 0;
}

static int add_asked(const struct layers *root, const struct opt_list *list,
                     struct groups *groups, struct filter_run *run, struct err *err)
{
	for (const struct opt_use *use = list->first; use; use = use->next) {
		struct account_word word;
		uint32_t gid;
		int failed;

		if (strcmp(use->arg, keep_groups) == 0) { /* B051 */
			if (list->first == list->last)
				return 0;
			err_set(err, ERR_USAGE, "%s must be the only one", keep_groups);
			return err_where(err, "--group-add");
		}
		if (account_parse_group(use->arg, &word, err) < 0)
			return -1;
		failed = lookup_group(root, &word, &gid, run->inputs, err);
		free(word.name);
		if (failed)
			return err->where[0] ? -1 : err_where(err, "--group-add");
		add_group(groups, gid);
	}
	return 0;
}

static void add_present(const json_t *doc, struct groups *groups)
{
	json_t *entry;
	size_t i;

	json_array_foreach(spec_get(doc, "/process/user/additionalGids"), i, entry) {
		uint64_t gid;

		if (doc_get_u64(entry, &gid))
			add_group(groups, gid);
	}
}

int process_gather_user(const json_t *doc, const struct layers *root,
                        struct process_options *options, struct filter_run *run,
                        struct err *err)
{
	struct groups groups = { json_array(), json_object() };
	json_t *user = options->facts.user = json_object();
	int failed = gather_account(root, options, &groups, run, err);

	if (!failed && !json_object_get(user, "uid"))
		add_present(doc, &groups);
	if (!failed)
		failed = add_asked(root, &options->groups, &groups, run, err);
	if (json_object_get(user, "uid") || options->groups.first)
		json_object_set(user, "additionalGids", groups.list);
	json_decref(groups.list);
	json_decref(groups.seen);
	return failed;
}

/* ---- the command --------------------------------------------------------- */

static void extend(json_t *args, const json_t *list)
{
	json_array_extend(args, (json_t *)(uintptr_t)list);
}

static void extend_words(json_t *args, char **words)
{
	for (; *words; words++)
		json_array_append_new(args, json_string(*words));
}

/* COMMAND is one string for a shell, as RUN's shell form (B027). */
static int shell_form(const struct process_options *options, char **command, json_t *args,
                      struct err *err)
{
	const json_t *shell = options->facts.image.shell;

	if (options->entrypoint) {
		err_set(err, ERR_USAGE, "cannot be with --entrypoint");
		return err_where(err, "--shell");
	}
	if (!command[0] || command[1]) {
		err_set(err, ERR_USAGE, "takes a command of one word");
		err_hint(err, "quote it: ocigen --shell -- 'make && make check'");
		return err_where(err, "--shell");
	}
	if (shell)
		extend(args, shell);
	else
		extend_words(args,
		             (char *[]){ (char[]){ "/bin/sh" }, (char[]){ "-c" }, NULL });
	extend_words(args, command);
	return 0;
}

/* A JSON list, or one word; empty for none. */
static int extend_entrypoint(json_t *args, const char *text, struct err *err)
{
	json_auto_t *list = NULL;
	json_t *entry;
	size_t i;

	if (*text != '[') {
		if (*text)
			json_array_append_new(args, json_string(text));
		return 0;
	}
	if (doc_parse(text, strlen(text), &list, err) < 0) {
		err->kind = ERR_USAGE;
		return err_where(err, "--entrypoint");
	}
	json_array_foreach(list, i, entry) {
		if (!doc_string(entry)) {
			err_set(err, ERR_USAGE, "must be a list of strings");
			return err_where(err, "--entrypoint");
		}
	}
	extend(args, list);
	return 0;
}

/* What there is to run, an empty list for nothing new. */
static int compose(const struct process_options *options, char **command, json_t *args,
                   struct err *err)
{
	const struct image *image = &options->facts.image;
	const struct opt_use *entrypoint = options->entrypoint;

	if (options->shell)
		return shell_form(options, command, args, err);
	if (entrypoint && !entrypoint->arg && !image->doc) {
		err_set(err, ERR_USAGE, "needs --image-config to have one");
		return err_where(err, "--entrypoint");
	}
	if (entrypoint && entrypoint->arg) {
		if (extend_entrypoint(args, entrypoint->arg, err) < 0)
			return -1;
	} else if (entrypoint || !*command) {
		extend(args, image->entrypoint);
	}
	if (*command)
		extend_words(args, command);
	else if (!entrypoint || !entrypoint->arg || !*entrypoint->arg)
		extend(args, image->cmd);
	return 0;
}

/* The first word by the search path, in the root filesystem (B023, B024). */
static void find_command(const json_t *doc, const struct layers *root,
                         const struct process_options *options, json_t *args)
{
	static const char usual[] =
		"/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin";
	const json_t *env =
		options->facts.env ? options->facts.env : spec_get(doc, "/process/env");
	const char *cwd = options->facts.cwd ? options->facts.cwd
	                                     : doc_string(spec_get(doc, "/process/cwd"));
	const char *path = spec_env_get(env, "PATH");
	auto_free char *found =
		lookup_command(root, json_string_value(json_array_get(args, 0)),
	                       path ? path : usual, cwd ? cwd : "/");

	if (found)
		json_array_set_new(args, 0, json_string(found));
}

int process_gather_args(const json_t *doc, const struct layers *root,
                        struct process_options *options, struct filter_run *run,
                        struct err *err)
{
	json_auto_t *args = json_array();

	if (compose(options, run->operands, args, err) < 0)
		return -1;
	if (json_array_size(args) == 0)
		return 0;
	find_command(doc, root, options, args);
	options->facts.args = json_incref(args);
	return 0;
}
