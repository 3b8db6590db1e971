/*
 * devlist.h - layer 2: the device nodes of a document, and what cgroups allow
 *
 * Nodes are known by their path.  Rules are applied in order, the last one that
 * matches counts: a rule is there already only if nothing of the other kind
 * comes after it.  A node brings its rule: those that were there for just its
 * numbers go when it comes or goes, unless another node has the same numbers.
 */
#pragma once

#include "doc.h"

struct devlist;

/* The devices and rules of a document whose shape has been checked. */
struct devlist *devlist_new(const json_t *doc) CHECKED;

/* Add a node, or replace the one with the same path in place; steals. */
void devlist_put_new(struct devlist *list, json_t *node);

/* Add a rule at the end; steals. */
void devlist_allow_new(struct devlist *list, json_t *rule);

/* The rule that gives a node this access: a new value, or NULL if it needs none (a FIFO).
 */
json_t *devlist_rule_of(const json_t *node, const char *access) CHECKED;

/* Remove the node at `path` (NULL: all); none there is no error. */
void devlist_remove(struct devlist *list, const char *path);

/* Remove the rules that say the same as this one. */
void devlist_remove_rule(struct devlist *list, const json_t *rule);

/* Put what changed back into the document. */
int devlist_write(struct devlist *list, json_t *doc, struct err *err) CHECKED;

void devlist_free(struct devlist *list);
