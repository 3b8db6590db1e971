/*
 * undo.h - layer 3: take back what a journal says was done
 *
 * The lines are {"undo": KIND, ...}; those of other forms say what became of
 * the run and are left alone.  A kind is a row of the table in undo.c.
 */
#pragma once

#include "doc.h"

/*
 * Take back all lines, the last first, but for the kinds in `but` (NULL at the
 * end).  Everything is tried; each error is a message of `tool` on standard error.
 * False if something stays.
 */
bool undo_all(const json_t *lines, const char *const *but, const char *tool) CHECKED;
