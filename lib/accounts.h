/*
 * accounts.h - layer 2: users and groups, as passwd(5) and group(5) spell them
 *
 * The texts come from a root filesystem and are hostile.  An identity is never
 * made up: what looks like a number is one or an error, never a name, and what
 * cannot be an id is never 0 (CVE-2016-3697, CVE-2024-40635, CVE-2026-46680).
 */
#pragma once

#include "buf.h"
#include "err.h"

/* One side of USER:GROUP: an id, or, where `name` is not NULL, a name. */
struct account_word {
	char *name; /* owned */
	uint32_t id;
};

struct account_words {
	struct account_word user;
	struct account_word group;
	bool has_group; /* there is a group behind the colon */
	bool has_colon; /* there is a colon: no supplementary groups (B044, B046) */
};

/* "USER", "USER:GROUP" or "USER:", each a name or a decimal id (B040). */
int account_parse(const char *text, struct account_words *ret, struct err *err) CHECKED;
void account_words_free(struct account_words *words);

/* A group that is to be added: a name or a decimal id. */
int account_parse_group(const char *text, struct account_word *ret,
                        struct err *err) CHECKED;

/* Who the process is; `groups` begins with the primary group (B050). */
struct account {
	uint32_t uid;
	uint32_t gid;
	uint32_t *groups;
	size_t count;
};

/* Find the words in the texts of passwd and group (B041 to B048). */
int account_find(const struct account_words *words, const struct buf *passwd,
                 const struct buf *group, struct account *ret, struct err *err) CHECKED;
void account_free(struct account *account);

/* The id of the group, which has the text of group to look in. */
int account_find_group(const struct account_word *word, const struct buf *group,
                       uint32_t *ret, struct err *err) CHECKED;
