/*
 * entries.h - layer 2: what tells the entries of OCI's lists apart
 */
#pragma once

#include "facts.h"

enum entries_by {
	ENTRIES_BY_MEMBERS,  /* the members in `keys` */
	ENTRIES_BY_VALUE,    /* a word or a number by itself */
	ENTRIES_BY_NAME,     /* "NAME=VALUE" by NAME */
	ENTRIES_BY_SYSCALLS, /* rules for several system calls each */
};

struct entries {
	const char *list; /* a pointer; "*" stands for any member or entry */
	enum entries_by by;
	const char *keys;
	bool ordered; /* the order has a meaning */
};

/* What is known about the list at `pointer` (of which a token may be "*", too), or NULL. */
const struct entries *entries_find(const char *pointer);

/* Go through `keys`, from *len = 0: the next key and its length, which is 0 at the end. */
const char *entries_next_key(const char *keys, size_t *len);

/* The same number for entries with the same identity, rarely for others. */
uint64_t entries_number(const struct entries *entries, struct facts *facts,
                        const json_t *entry);

/* How much of "NAME=VALUE" is the name. */
size_t entries_name_length(const char *text);
