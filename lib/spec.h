/*
 * spec.h - layer 1: find and change parts of a document by JSON pointer
 *
 * Pointers are RFC 6901.  A literal pointer in the code never needs escaping;
 * one built from user text goes through spec_pointer().  Functions whose name
 * ends in _new or that say so steal the value, also when they fail.
 */
#pragma once

#include "doc.h"

/* What is at `pointer`, borrowed, or NULL. */
json_t *spec_get(const json_t *doc, const char *pointer);

/* "PARENT/MEMBER" with the member escaped (~ is ~0, / is ~1); owned. */
char *spec_pointer(const char *parent, const char *member) CHECKED;

/*
 * The object or array at `pointer`, made (with the objects above it) if it is
 * not there.  *ret is borrowed.  Something of another kind on the way is an error.
 */
int spec_ensure_object(json_t *doc, const char *pointer, json_t **ret,
                       struct err *err) CHECKED;
int spec_ensure_array(json_t *doc, const char *pointer, json_t **ret,
                      struct err *err) CHECKED;

/* Set the member at `pointer`, in place if it exists; steals `value`. */
int spec_put_new(json_t *doc, const char *pointer, json_t *value, struct err *err) CHECKED;

/* Remove what is at `pointer`; nothing there is no error. */
void spec_drop(json_t *doc, const char *pointer);

/* Drop the object or array at `pointer` if it is empty. */
void spec_drop_empty(json_t *doc, const char *pointer);

/*
 * Lists of objects that one string member tells apart (namespaces by type,
 * mounts by destination).  The index of the entry, or -1.
 */
ptrdiff_t spec_find_entry(const json_t *array, const char *key, const char *value);

/* Replace the entry in place or append it; steals `entry`. */
void spec_put_entry_new(json_t *array, const char *key, const char *value, json_t *entry);
void spec_drop_entry(json_t *array, const char *key, const char *value);

/* Entries of a list of strings that begin "NAME=" (process.env): the last one counts. */
const char *spec_env_get(const json_t *env, const char *name);
int spec_env_put(json_t *env, const char *name, const char *value, struct err *err) CHECKED;
void spec_env_drop(json_t *env, const char *name);

/* True if `text` is in the list of strings. */
bool spec_list_has(const json_t *list, const char *text);
