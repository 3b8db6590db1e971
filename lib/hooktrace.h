/*
 * hooktrace.h - layer 4: have hooks recorded
 *
 * In what the runtime sees, each hook is called through ourselves (hookrecord.h);
 * those of startContainer are not, as they run where we are not.  The document
 * stays as it is.
 */
#pragma once

#include "step.h"

/* This program's path: owned; NULL, and *err. */
char *hooktrace_program(struct err *err) CHECKED;

/* Change the hooks of a configuration; `dir` is where the records go, absolute. */
void hooktrace_put(json_t *config, const char *program, const char *dir);

/* The step "hooks": make the directory, and a file for each record. */
int hooktrace_act(const struct acting *acting, const json_t *step, struct err *err) CHECKED;
