// SPDX-License-Identifier: Apache-2.0
#include "hookfile.h"

#include <ctype.h>
#include <string.h>

#include "hooklist.h"
#include "spec.h"

/* ---- members ------------------------------------------------------------- */

struct member {
	const char *name;
	enum doc_kind kind;
};

static const struct member file_members[] = {
	{ "version", DOC_STRING }, { "hook", DOC_OBJECT }, { "when", DOC_OBJECT },
	{ "stages", DOC_ARRAY },   { NULL, DOC_NOTHING },
};

static const struct member hook_members[] = {
	{ "path", DOC_STRING },    { "args", DOC_ARRAY }, { "env", DOC_ARRAY },
	{ "timeout", DOC_NUMBER }, { NULL, DOC_NOTHING },
};

static const struct member when_members[] = {
	{ "always", DOC_BOOL },    { "annotations", DOC_OBJECT },
	{ "commands", DOC_ARRAY }, { "hasBindMounts", DOC_BOOL },
	{ NULL, DOC_NOTHING },
};

static const struct member old_members[] = {
	{ "version", DOC_STRING },   { "hook", DOC_STRING },
	{ "arguments", DOC_ARRAY },  { "stages", DOC_ARRAY },
	{ "stage", DOC_ARRAY },      { "cmds", DOC_ARRAY },
	{ "cmd", DOC_ARRAY },        { "annotations", DOC_ARRAY },
	{ "annotation", DOC_ARRAY }, { "hasbindmounts", DOC_BOOL },
	{ NULL, DOC_NOTHING },
};

static int unknown_member(const struct member *known, const char *name, struct err *err)
{
	auto_free char *pointer = spec_pointer("", name);
	struct nearest search;

	err_at(err, pointer, "is not a known member");
	nearest_start(&search, name);
	for (; known->name; known++)
		nearest_offer(&search, known->name);
	return search.best ? err_hint(err, "\"%s\"?", search.best) : -1;
}

static int check_members(const json_t *object, const struct member *known, struct err *err)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)object, name, value) {
		const struct member *member = known;
		enum doc_kind kind = doc_kind(value);

		while (member->name && strcmp(member->name, name) != 0)
			member++;
		if (!member->name)
			return unknown_member(known, name, err);
		if (kind != member->kind) {
			err_at(err, "", "must be %s, but is %s",
			       doc_kind_name(member->kind), doc_kind_name(kind));
			return err_where(err, "/%s", name);
		}
	}
	return 0;
}

static int entry_error(struct err *err, const char *list, size_t i)
{
	return err_where(err, "/%s/%zu", list, i);
}

static int check_strings(const json_t *object, const char *name, struct err *err)
{
	json_t *value;
	size_t i;

	json_array_foreach(json_object_get(object, name), i, value) {
		if (doc_string(value))
			continue;
		err_at(err, "", "must be a string, but is %s",
		       doc_kind_name(doc_kind(value)));
		return entry_error(err, name, i);
	}
	return 0;
}

static int missing(const char *pointer, struct err *err)
{
	return err_at(err, pointer, "is missing");
}

/* ---- the hook ------------------------------------------------------------ */

static int check_path(const char *path, const char *pointer, struct err *err)
{
	if (!path)
		return missing(pointer, err);
	if (*path != '/')
		return err_at(err, pointer, "'%s' is not an absolute path", path);
	return 0;
}

static int check_env(const json_t *hook, struct err *err)
{
	json_t *value;
	size_t i;

	if (check_strings(hook, "env", err) < 0)
		return -1;
	json_array_foreach(json_object_get(hook, "env"), i, value) {
		const char *text = doc_string(value), *equals = strchr(text, '=');

		if (equals && equals != text)
			continue;
		err_at(err, "", "'%s' is not NAME=VALUE", text);
		return entry_error(err, "env", i);
	}
	return 0;
}

static int check_timeout(const json_t *timeout, struct err *err)
{
	uint64_t seconds;

	if (timeout &&
	    (!doc_get_u64(timeout, &seconds) || seconds == 0 || seconds > INT32_MAX))
		return err_at(err, "/timeout", "must be a whole number of seconds above 0");
	return 0;
}

static void put(json_t *to, const char *name, const json_t *value)
{
	if (value)
		json_object_set_new(to, name, json_incref((json_t *)(uintptr_t)value));
}

json_t *hookfile_hook(const json_t *hook, struct err *err)
{
	const json_t *path = json_object_get(hook, "path");
	const json_t *env = json_object_get(hook, "env");
	const json_t *timeout = json_object_get(hook, "timeout");
	json_t *made;

	if (check_members(hook, hook_members, err) < 0 ||
	    check_path(doc_string(path), "/path", err) < 0 ||
	    check_strings(hook, "args", err) < 0 || check_env(hook, err) < 0 ||
	    check_timeout(timeout, err) < 0)
		return NULL;
	made = json_object();
	put(made, "path", path);
	put(made, "args", json_object_get(hook, "args"));
	if (env)
		put(made, "env", env);
	else
		json_object_set_new(made, "env", json_array());
	put(made, "timeout", timeout);
	return made;
}

/* ---- patterns ------------------------------------------------------------ */

/* What an escaped letter or digit means differs between dialects; these are the same in
 * all. */
static bool portable_escapes(const char *pattern)
{
	for (const char *c = strchr(pattern, '\\'); c && c[1]; c = strchr(c + 2, '\\'))
		if (isalnum((unsigned char)c[1]) && !strchr("wWsSbB", c[1]))
			return false;
	return true;
}

static int compile(const char *text, struct hook_pattern *to, struct err *err)
{
	char why[128];
	int code;

	if (!portable_escapes(text)) {
		err_at(err, "", "'%s' is not a POSIX extended regular expression", text);
		return err_hint(err, "a digit is [0-9]; there are no back references");
	}
	code = regcomp(&to->regex, text, REG_EXTENDED | REG_NOSUB);
	if (code == 0) {
		to->text = text;
		return 0;
	}
	regerror(code, &to->regex, why, sizeof(why));
	return err_at(err, "", "'%s' is not a POSIX extended regular expression: %s", text,
	              why);
}

static bool found(const struct hook_pattern *pattern, const char *text)
{
	return regexec(&pattern->regex, text, 0, NULL, 0) == 0;
}

static int compile_commands(const json_t *when, const char *name, struct hook_when *to,
                            struct err *err)
{
	const json_t *list = json_object_get(when, name);
	json_t *value;
	size_t i;

	if (check_strings(when, name, err) < 0)
		return -1;
	to->commands = xcalloc(json_array_size(list), sizeof(*to->commands));
	json_array_foreach(list, i, value) {
		if (compile(doc_string(value), &to->commands[i], err) < 0)
			return entry_error(err, name, i);
		to->command_count++;
	}
	return 0;
}

static int compile_pair(const char *key, const char *value, struct hook_when *to,
                        struct err *err)
{
	size_t at = to->annotations;

	if (compile(key, &to->keys[at], err) < 0)
		return -1;
	if (compile(value, &to->values[at], err) < 0) {
		regfree(&to->keys[at].regex);
		return -1;
	}
	to->annotations++;
	return 0;
}

static void make_room(struct hook_when *to, size_t annotations)
{
	to->keys = xcalloc(annotations, sizeof(*to->keys));
	to->values = xcalloc(annotations, sizeof(*to->values));
}

static int compile_annotations(const json_t *when, struct hook_when *to, struct err *err)
{
	json_t *list = json_object_get(when, "annotations"), *value;
	const char *key;

	make_room(to, json_object_size(list));
	json_object_foreach(list, key, value) {
		auto_free char *pointer = spec_pointer("/annotations", key);

		if (!doc_string(value))
			return err_at(err, pointer, "must be a string, but is %s",
			              doc_kind_name(doc_kind(value)));
		if (compile_pair(key, doc_string(value), to, err) < 0)
			return err_where(err, "%s", pointer);
	}
	return 0;
}

static enum hook_condition condition(const json_t *value)
{
	return !value ? HOOK_UNSAID : json_is_true(value) ? HOOK_ALWAYS : HOOK_NEVER;
}

/* ---- the file ------------------------------------------------------------ */

static int parse_stages(const json_t *text, const char *name, unsigned int *ret,
                        struct err *err)
{
	json_t *value;
	size_t i;

	if (check_strings(text, name, err) < 0)
		return -1;
	json_array_foreach(json_object_get(text, name), i, value) {
		auto_buf struct buf known = { 0 };
		int stage;

		if (name_value(hook_stages, doc_string(value), &stage)) {
			*ret |= 1U << stage;
			continue;
		}
		name_list(hook_stages, &known);
		err_at(err, "", "unknown stage '%s'", doc_string(value));
		err_hint(err, "known: %s", known.data);
		return entry_error(err, name, i);
	}
	return 0;
}

static int parse_when(const json_t *when, struct hook_when *to, struct err *err)
{
	if (check_members(when, when_members, err) < 0)
		return -1;
	to->always = condition(json_object_get(when, "always"));
	to->bind_mounts = condition(json_object_get(when, "hasBindMounts"));
	if (compile_annotations(when, to, err) < 0)
		return -1;
	return compile_commands(when, "commands", to, err);
}

static int parse_current(struct hookfile *file, struct err *err)
{
	const json_t *text = file->text;

	if (check_members(text, file_members, err) < 0)
		return -1;
	if (!json_object_get(text, "hook"))
		return missing("/hook", err);
	if (!json_object_get(text, "stages"))
		return missing("/stages", err);
	file->hook = hookfile_hook(json_object_get(text, "hook"), err);
	if (!file->hook)
		return err_under(err, "/hook");
	if (parse_when(json_object_get(text, "when"), &file->when, err) < 0)
		return err_under(err, "/when");
	return parse_stages(text, "stages", &file->stages, err);
}

/* ---- the old schema ------------------------------------------------------ */

/* Which of two spellings of a member there is: both are an error, none is `a`. */
static const char *spelling(const json_t *text, const char *a, const char *b,
                            struct err *err)
{
	if (!json_object_get(text, b))
		return a;
	if (!json_object_get(text, a))
		return b;
	err_set(err, ERR_INPUT, "is the same as \"%s\", and both are there", a);
	err_where(err, "/%s", b);
	return NULL;
}

/* {"hook": PATH, "arguments": [...]} as the runtime-spec writes it. */
static int old_hook(struct hookfile *file, struct err *err)
{
	json_t *path = json_object_get(file->text, "hook"), *args;
	const json_t *arguments = json_object_get(file->text, "arguments");

	if (check_path(doc_string(path), "/hook", err) < 0 ||
	    check_strings(file->text, "arguments", err) < 0)
		return -1;
	file->hook = json_object();
	put(file->hook, "path", path);
	if (arguments) {
		args = json_array();
		json_array_append(args, path);
		json_array_extend(args, (json_t *)(uintptr_t)arguments);
		json_object_set_new(file->hook, "args", args);
	}
	json_object_set_new(file->hook, "env", json_array());
	return 0;
}

/* A list of patterns for the value of any annotation: one of them has to be found (B232).
 */
static int old_annotations(struct hookfile *file, struct err *err)
{
	const char *name = spelling(file->text, "annotations", "annotation", err);
	auto_buf struct buf joined = { 0 };
	json_t *value, *pattern;
	size_t i;

	if (!name || check_strings(file->text, name, err) < 0)
		return -1;
	if (json_array_size(json_object_get(file->text, name)) == 0)
		return 0;
	json_array_foreach(json_object_get(file->text, name), i, value)
		buf_printf(&joined, "%s%s", i ? "|" : "", doc_string(value));
	/* The pattern's text lives in the file's. */
	pattern = json_string(joined.data);
	json_object_set_new(file->text, "joined", pattern);
	make_room(&file->when, 1);
	return compile_pair("", doc_string(pattern), &file->when, err) < 0
	               ? err_where(err, "/%s", name)
	               : 0;
}

static int parse_old(struct hookfile *file, struct err *err)
{
	const json_t *text = file->text;
	const char *stages, *commands;

	if (check_members(text, old_members, err) < 0)
		return -1;
	stages = spelling(text, "stages", "stage", err);
	if (!stages)
		return -1;
	if (!json_object_get(text, stages))
		return missing("/stages", err);
	commands = spelling(text, "cmds", "cmd", err);
	if (!commands || old_hook(file, err) < 0)
		return -1;
	file->when.any = true;
	file->when.bind_mounts = condition(json_object_get(text, "hasbindmounts"));
	if (old_annotations(file, err) < 0 ||
	    compile_commands(text, commands, &file->when, err) < 0)
		return -1;
	return parse_stages(text, stages, &file->stages, err);
}

int hookfile_parse(json_t *text, struct hookfile *ret, struct err *err)
{
	const json_t *version = json_object_get(text, "version");
	const char *name = doc_string(version);

	ret->text = text;
	if (doc_kind(text) != DOC_OBJECT)
		return err_at(err, "", "must be an object, but is %s",
		              doc_kind_name(doc_kind(text)));
	if (version && !name)
		return err_at(err, "/version", "must be a string, but is %s",
		              doc_kind_name(doc_kind(version)));
	if (!name || !*name || strcmp(name, "0.1.0") == 0)
		return parse_old(ret, err);
	if (strcmp(name, "1.0.0") == 0)
		return parse_current(ret, err);
	err_at(err, "/version", "unknown version '%s'", name);
	return err_hint(err, "known: 1.0.0, 0.1.0");
}

static void free_patterns(struct hook_pattern *patterns, size_t count)
{
	for (size_t i = 0; i < count; i++)
		regfree(&patterns[i].regex);
	free(patterns);
}

void hookfile_free(struct hookfile *file)
{
	free_patterns(file->when.keys, file->when.annotations);
	free_patterns(file->when.values, file->when.annotations);
	free_patterns(file->when.commands, file->when.command_count);
	json_decref(file->hook);
	json_decref(file->text);
}

/* ---- matching ------------------------------------------------------------ */

enum verdict { ABSENT, HOLDS, FAILS, NO_COMMAND };

static enum verdict match_always(const struct hook_when *when, struct buf *why)
{
	if (when->always == HOOK_UNSAID)
		return ABSENT;
	buf_printf(why, "always is %s", when->always == HOOK_ALWAYS ? "true" : "false");
	return when->always == HOOK_ALWAYS ? HOLDS : FAILS;
}

static enum verdict match_bind_mounts(const struct hook_when *when,
                                      const struct hook_facts *facts, struct buf *why)
{
	if (when->bind_mounts == HOOK_UNSAID)
		return ABSENT;
	if (when->bind_mounts == HOOK_NEVER) { /* not the opposite of true (B226) */
		buf_text(why, "hasBindMounts is false, which never matches");
		return FAILS;
	}
	buf_text(why,
	         facts->bind_mounts ? "there are bind mounts" : "there are no bind mounts");
	return facts->bind_mounts ? HOLDS : FAILS;
}

static enum verdict match_pair(const struct hook_when *when, size_t at,
                               const struct hook_facts *facts, struct buf *why)
{
	const char *key = when->keys[at].text, *pattern = when->values[at].text, *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)facts->annotations, name, value) {
		if (!found(&when->keys[at], name) ||
		    !found(&when->values[at], doc_string(value)))
			continue;
		buf_printf(why, "annotation %s=%s matches '%s%s%s'", name,
		           doc_string(value), key, *key ? "' = '" : "", pattern);
		return HOLDS;
	}
	if (*key)
		buf_printf(why, "no annotation matches '%s' = '%s'", key, pattern);
	else
		buf_printf(why, "no annotation's value matches '%s'", pattern);
	return FAILS;
}

static enum verdict match_command(const struct hook_when *when, const char *command,
                                  struct buf *why)
{
	if (!command)
		return NO_COMMAND;
	for (size_t i = 0; i < when->command_count; i++) {
		if (!found(&when->commands[i], command))
			continue;
		buf_printf(why, "command %s matches '%s'", command, when->commands[i].text);
		return HOLDS;
	}
	buf_printf(why, "command %s matches no pattern", command);
	return FAILS;
}

/* Condition number `i`, in the order in which they are looked at; ABSENT beyond the last.
 */
static enum verdict judge(const struct hook_when *when, const struct hook_facts *facts,
                          size_t i, struct buf *why)
{
	const json_t *args = json_object_get(facts->process, "args");

	if (i == 0)
		return match_always(when, why);
	if (i == 1)
		return match_bind_mounts(when, facts, why);
	if (i < when->annotations + 2)
		return match_pair(when, i - 2, facts, why);
	if (when->command_count == 0 || !facts->process) /* B228 */
		return ABSENT;
	return match_command(when, doc_string(json_array_get(args, 0)), why);
}

int hookfile_match(const struct hookfile *file, const struct hook_facts *facts, bool *ret,
                   struct buf *why, struct err *err)
{
	const struct hook_when *when = &file->when;
	auto_buf struct buf all = { 0 };

	for (size_t i = 0; i < when->annotations + 3; i++) {
		auto_buf struct buf reason = { 0 };
		enum verdict verdict = judge(when, facts, i, &reason);

		if (verdict == NO_COMMAND)
			return err_at(err, "/process/args",
			              "is empty, and a hook asks for the command");
		if (verdict == (when->any ? HOLDS : FAILS)) {
			*ret = verdict == HOLDS;
			buf_text(why, reason.data);
			return 0;
		}
		if (verdict != ABSENT)
			buf_printf(&all, "%s%s", all.len ? "; " : "", reason.data);
	}
	/* All of them hold, or none does; a hook without conditions is never attached. */
	*ret = !when->any && all.len > 0;
	buf_text(why, all.len ? all.data : "it has no condition");
	return 0;
}
