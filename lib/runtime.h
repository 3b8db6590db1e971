/*
 * runtime.h - layer 3: runc and crun
 */
#pragma once

#include <jansson.h>
#include <sys/types.h>

#include "err.h"

struct runtime {
	char *path;      /* owned */
	const char *why; /* it was chosen, for people */
};

/*
 * The runtime `wanted` (a name or a path), or, if it is NULL, the first of crun
 * and runc that can run on this host.
 */
int runtime_find(const char *wanted, struct runtime *ret, struct err *err) CHECKED;

/* True if the runtime (a path or name) is of this name: what suits it suits not all. */
bool runtime_is(const char *runtime, const char *name);

/* A command line; the words are borrowed. */
struct words {
	const char *words[96];
	size_t count;
};

void words_add(struct words *to, const char *word);
void words_add_all(struct words *to,
                   const char *const *words); /* NULL at the end, or NULL */
void words_add_list(struct words *to, const json_t *list);
char *const *words_argv(struct words *words);

/* A call of it that did not do what was asked. */
struct runtime_call {
	const char *runtime; /* its path */
	const char *phase;   /* "create" */
	int code, status;    /* as waitid(2) gives them */
	int data;            /* the directory that its runtime.log is in */
	const char *said;    /* on standard error, as far as we heard it */
};

/* Say that it was in this call: "runc create". */
void runtime_at(const char *runtime, const char *phase, struct err *err);

/* Say on standard error what it warns of in its log. */
void runtime_report_warnings(int data, const char *tool);

/* The first error in its log, runtime.log in `data`; owned, or NULL. */
char *runtime_cause(int data) CHECKED;

/*
 * Fill in *err with the first cause.  The exit status for the user: 125, or 126
 * and 127 if it says that the command could not be executed or found.
 */
int runtime_failed(const struct runtime_call *call, struct err *err);
