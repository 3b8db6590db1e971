/*
 * longlists.h - layer 1: arrays of a document that are edited very often
 *
 * To insert into jansson's arrays, or to remove from them, moves all entries
 * behind.  So the entries of a long array live in pieces of their own while it
 * is edited, and the array is empty; longlists_restore() puts them back.  All
 * access to arrays must go through here until then.
 */
#pragma once

#include "doc.h"

struct longlists;

struct longlists *longlists_new(void) CHECKED;

size_t longlists_size(const struct longlists *lists, const json_t *array);

/* The entry, borrowed, or NULL. */
json_t *longlists_get(const struct longlists *lists, const json_t *array, size_t i);

/* At an index that exists, or for insert is the size; they steal `value`. */
void longlists_set_new(struct longlists *lists, json_t *array, size_t i, json_t *value);
void longlists_insert_new(struct longlists *lists, json_t *array, size_t i, json_t *value);
void longlists_remove(struct longlists *lists, json_t *array, size_t i);

/* Make the arrays in `value` whole, for those who look at it without these functions. */
void longlists_restore(struct longlists *lists, const json_t *value);

/* Make all of them whole. */
void longlists_free(struct longlists *lists);
