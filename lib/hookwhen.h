/*
 * hookwhen.h - layer 2: the conditions on which a hook file's hook is attached
 */
#pragma once

#include <regex.h>

#include "doc.h"

/* A POSIX extended regular expression, found anywhere in the text (B229). */
struct hook_pattern {
	const char *text;
	regex_t regex;
};

enum hook_condition { HOOK_UNSAID, HOOK_NEVER, HOOK_ALWAYS };

/* The patterns' texts are those of the JSON values they were read from. */
struct hook_when {
	bool any; /* of the conditions is enough (0.1.0), else all are needed (1.0.0) */
	enum hook_condition always;
	enum hook_condition bind_mounts;
	struct hook_pattern *keys;   /* of annotations */
	struct hook_pattern *values; /* the same number */
	size_t annotations;
	struct hook_pattern *commands;
	size_t command_count;
};

/* What hooks are matched against. */
struct hook_facts {
	const json_t *annotations;
	const json_t *process; /* NULL: its command is not asked for */
	bool bind_mounts;
};

/* Of a boolean, or of NULL. */
enum hook_condition hookwhen_condition(const json_t *value);

/* The patterns of a list, or NULL.  An error's `where` is a pointer from the list on. */
int hookwhen_commands(const json_t *list, struct hook_when *to, struct err *err) CHECKED;

/* The same for an object of patterns for names and values; all of them are needed. */
int hookwhen_annotations(const json_t *map, struct hook_when *to, struct err *err) CHECKED;

/* One for the value of any annotation. */
int hookwhen_any_annotation(const char *pattern, struct hook_when *to,
                            struct err *err) CHECKED;

/* Whether the hook is to be attached, and by which condition: words for people. */
int hookwhen_match(const struct hook_when *when, const struct hook_facts *facts, bool *ret,
                   struct buf *why, struct err *err) CHECKED;

/* Also after a failure. */
void hookwhen_free(struct hook_when *when);
