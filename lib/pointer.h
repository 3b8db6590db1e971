/*
 * pointer.h - layer 1: JSON pointers (RFC 6901)
 */
#pragma once

#include "doc.h"

/* Empty, or tokens that each begin with '/', in which '~' is followed by 0 or 1. */
bool pointer_valid(const char *pointer);

/* Cut the first token off *pointer, unescaped, into an owned string. */
char *pointer_next(const char **pointer) CHECKED;

/* An array index as RFC 6901 writes it; false if `token` is none. */
bool pointer_index(const char *token, size_t *ret) CHECKED;

/* The member or entry that `token` names, borrowed, or NULL. */
json_t *pointer_child(const json_t *parent, const char *token);

/* Append "/TOKEN", escaped (~ is ~0, / is ~1). */
void pointer_add(const char *token, struct buf *to);

/* True if `pointer` is `above` or beneath it. */
bool pointer_beneath(const char *pointer, const char *above);
