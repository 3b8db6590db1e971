/*
 * journal.h - layer 3: what is to be undone, written down before it is done
 *
 * One JSON object a line, appended in one write before the action, taken back
 * in reverse order afterwards; whoever has the run directory's lock can do it,
 * also when the process that acted is long dead.  undo.h knows what the lines mean.
 */
#pragma once

#include "doc.h"

struct journal {
	int fd;
};

/* Create `name` in `dir` (0600), or open one that is there. */
int journal_create(int dir, const char *name, struct journal *ret, struct err *err) CHECKED;
int journal_open(int dir, const char *name, struct journal *ret, struct err *err) CHECKED;

/* Append one line; steals it. */
int journal_add_new(const struct journal *journal, json_t *line, struct err *err) CHECKED;

/*
 * All lines in their order, as a new array.  One that was cut short is left out:
 * its writer died, so what it announced was not done.
 */
int journal_read(const struct journal *journal, json_t **ret, struct err *err) CHECKED;

/* Forget all lines. */
int journal_empty(const struct journal *journal, struct err *err) CHECKED;
