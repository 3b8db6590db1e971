// SPDX-License-Identifier: Apache-2.0
#include "hookwhen.h"

#include <ctype.h>
#include <string.h>

#include "spec.h"

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

static void free_patterns(struct hook_pattern *patterns, size_t count)
{
	for (size_t i = 0; i < count; i++)
		regfree(&patterns[i].regex);
	free(patterns);
}

void hookwhen_free(struct hook_when *when)
{
	free_patterns(when->keys, when->annotations);
	free_patterns(when->values, when->annotations);
	free_patterns(when->commands, when->command_count);
}

/* ---- reading ------------------------------------------------------------- */

enum hook_condition hookwhen_condition(const json_t *value)
{
	return !value ? HOOK_UNSAID : json_is_true(value) ? HOOK_ALWAYS : HOOK_NEVER;
}

int hookwhen_commands(const json_t *list, struct hook_when *to, struct err *err)
{
	json_t *value;
	size_t i;

	to->commands = xcalloc(json_array_size(list), sizeof(*to->commands));
	json_array_foreach(list, i, value) {
		if (compile(doc_string(value), &to->commands[i], err) < 0)
			return err_where(err, "/%zu", i);
		to->command_count++;
	}
	return 0;
}

int hookwhen_annotations(const json_t *map, struct hook_when *to, struct err *err)
{
	json_t *value;
	const char *key;

	make_room(to, json_object_size(map));
	json_object_foreach((json_t *)(uintptr_t)map, key, value) {
		auto_free char *pointer = spec_pointer("", key);

		if (compile_pair(key, doc_string(value), to, err) < 0)
			return err_where(err, "%s", pointer);
	}
	return 0;
}

int hookwhen_any_annotation(const char *pattern, struct hook_when *to, struct err *err)
{
	make_room(to, 1);
	return compile_pair("", pattern, to, err);
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

int hookwhen_match(const struct hook_when *when, const struct hook_facts *facts, bool *ret,
                   struct buf *why, struct err *err)
{
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
