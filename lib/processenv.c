// SPDX-License-Identifier: Apache-2.0
#include "processparts.h"

#include <string.h>
#include <unistd.h>

#include "envfile.h"
#include "envlist.h"
#include "spec.h"

/* B029; in upper case too. */
static const char *const proxies[] = {
	"http_proxy", "https_proxy", "ftp_proxy", "no_proxy",
	"HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY",
};

int process_check_env(const char *text, struct err *err)
{
	if (*text && *text != '=')
		return 0;
	return err_set(err, ERR_USAGE, "'%s' has no name", text);
}

/* Programs that write HOME into passwd(5) must not write a line of its choice. */
static bool is_hostile_home(const char *name, const char *value)
{
	if (strcmp(name, "HOME") != 0)
		return false;
	for (; *value; value++)
		if ((unsigned char)*value < ' ' || *value == 0x7f)
			return true;
	return false;
}

static int put(struct envlist *list, const char *name, const char *value, struct err *err)
{
	if (is_hostile_home(name, value))
		return err_set(err, ERR_INPUT, "HOME has a control character in it");
	if (envlist_put(list, name, value) < 0)
		return err_set(err, ERR_INPUT, "the value of %s is not UTF-8", name);
	return 0;
}

static int put_text(struct envlist *list, const char *text, struct err *err)
{
	auto_free char *name = xstrndup(text, strcspn(text, "="));

	return put(list, name, text + strlen(name) + 1, err);
}

/* All of our own variables whose names begin so; "*" is all of them (B413). */
static int put_matching(struct envlist *list, const char *pattern, struct err *err)
{
	size_t len = strlen(pattern) - 1;

	for (char **at = environ; *at; at++)
		if (strchr(*at, '=') && **at != '=' && strncmp(*at, pattern, len) == 0 &&
		    put_text(list, *at, err) < 0)
			return -1;
	return 0;
}

/* NAME without a value: our own, or nothing. */
static int put_ours(struct envlist *list, const char *name, struct err *err)
{
	const char *value;

	if (name[strlen(name) - 1] == '*')
		return put_matching(list, name, err);
	value = getenv(name);
	return value ? put(list, name, value, err) : 0;
}

/* ---- --env-merge --------------------------------------------------------- */

/* NAME=BEFORE${NAME}AFTER */
struct merge {
	char *name; /* owned */
	const char *before;
	size_t before_len;
	const char *after; /* NULL: its old value is not mentioned */
};

static int parse_merge(const char *text, struct merge *ret, struct err *err)
{
	const char *equals = strchr(text, '=');
	auto_free char *name = NULL, *mention = NULL;
	const char *at;

	if (!equals || equals == text)
		return err_set(err, ERR_USAGE, "'%s' is not NAME=VALUE", text);
	name = xstrndup(text, (size_t)(equals - text));
	mention = xasprintf("${%s}", name);
	at = strstr(equals + 1, "${");
	if (at && (!str_starts(at, mention) || strstr(at + 1, "${")))
		return err_set(err, ERR_USAGE, "only %s, once, can be in its value",
		               mention);
	*ret = (struct merge){
		.before = equals + 1,
		.before_len = at ? (size_t)(at - equals - 1) : strlen(equals + 1),
		.after = at ? at + strlen(mention) : NULL,
	};
	ret->name = steal(&name);
	return 0;
}

int process_check_merge(const char *text, struct err *err)
{
	struct merge merge;

	if (parse_merge(text, &merge, err) < 0)
		return -1;
	free(merge.name);
	return 0;
}

/* A value that has both ends already was merged before: twice is once. */
static bool is_merged(const struct merge *merge, const char *value)
{
	size_t len = strlen(value), after = strlen(merge->after);

	return len >= merge->before_len + after &&
	       strncmp(value, merge->before, merge->before_len) == 0 &&
	       strcmp(value + len - after, merge->after) == 0;
}

static int apply_merge(struct envlist *list, const char *text, struct err *err)
{
	auto_free char *name = NULL, *value = NULL;
	const char *old;
	struct merge merge;

	if (parse_merge(text, &merge, err) < 0)
		return -1;
	name = merge.name;
	old = envlist_get(list, name);
	if (old && merge.after && is_merged(&merge, old))
		return 0;
	value = xasprintf("%.*s%s%s", (int)merge.before_len, merge.before,
	                  merge.after && old ? old : "", merge.after ? merge.after : "");
	return put(list, name, value, err);
}

/* ---- all of it ----------------------------------------------------------- */

static int put_image(struct envlist *list, const struct process_options *options,
                     struct err *err)
{
	json_t *entry;
	size_t i;

	json_array_foreach(options->facts.image.env, i, entry) {
		if (put_text(list, json_string_value(entry), err) < 0)
			return err_where(err, "%s: /config/Env/%zu", options->image_config,
			                 i);
	}
	return 0;
}

/* What the image or the document says about a proxy counts more. */
static int put_proxies(struct envlist *list, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(proxies); i++)
		if (!envlist_get(list, proxies[i]) && put_ours(list, proxies[i], err) < 0)
			return err_where(err, "--http-proxy");
	return 0;
}

static int put_line(void *to, const char *name, const char *value, struct err *err)
{
	return value ? put(to, name, value, err) : put_ours(to, name, err);
}

static int put_file(struct envlist *list, const char *path, struct filter_run *run,
                    struct err *err)
{
	auto_buf struct buf text = { 0 };

	if (filter_read_text(run, path, &text, err) < 0)
		return -1;
	return envfile_read(&text, path, put_line, list, err);
}

static int put_option(struct envlist *list, const struct opt_use *use, struct err *err)
{
	int failed = 0;

	switch ((enum process_edit)use->opt->data) {
	case EDIT_PUT:
		failed = strchr(use->arg, '=') ? put_text(list, use->arg, err)
		                               : put_ours(list, use->arg, err);
		break;
	case EDIT_MERGE:
		failed = apply_merge(list, use->arg, err);
		break;
	case EDIT_DROP:
		envlist_drop(list, use->arg);
		break;
	}
	return failed ? err_where(err, "--%s", use->opt->name) : 0;
}

static int edit(struct envlist *list, const struct process_options *options,
                struct filter_run *run, struct err *err)
{
	const struct opt_use *use;

	if (put_image(list, options, err) < 0)
		return -1;
	if (options->http_proxy && put_proxies(list, err) < 0)
		return -1;
	for (use = options->env_files.first; use; use = use->next)
		if (put_file(list, use->arg, run, err) < 0)
			return -1;
	for (use = options->env.first; use; use = use->next)
		if (put_option(list, use, err) < 0)
			return -1;
	if (options->tty == SWITCH_ON && !envlist_get(list, "TERM"))
		return put(list, "TERM", "xterm", err);
	return 0;
}

int process_gather_env(const json_t *doc, struct process_options *options,
                       struct filter_run *run, struct err *err)
{
	const json_t *old = spec_get(doc, "/process/env");
	struct envlist *list = envlist_new(old);
	int failed = edit(list, options, run, err);

	if (!failed)
		options->facts.env = envlist_array(list);
	envlist_free(list);
	/* No empty list where there was none. */
	if (!old && json_array_size(options->facts.env) == 0) {
		json_decref(options->facts.env);
		options->facts.env = NULL;
	}
	return failed;
}
