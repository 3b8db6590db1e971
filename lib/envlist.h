/*
 * envlist.h - layer 1: process.env, edited by name
 *
 * A variable keeps its place when its value changes; a new one goes to the end.
 * Changing a name that was there twice leaves it once; what is not changed
 * stays as it was.  Each change takes the same time however many there are.
 */
#pragma once

#include "doc.h"

struct envlist;

/* A list with the entries of `env` (NULL for none), whose shape has been checked. */
struct envlist *envlist_new(const json_t *env) CHECKED;

/* The value of the variable, or NULL; borrowed, and only until it changes. */
const char *envlist_get(const struct envlist *list, const char *name);

/* -1 if the value is not UTF-8. */
int envlist_put(struct envlist *list, const char *name, const char *value) CHECKED;
void envlist_drop(struct envlist *list, const char *name);

/* The entries as a new array. */
json_t *envlist_array(const struct envlist *list) CHECKED;

void envlist_free(struct envlist *list);
