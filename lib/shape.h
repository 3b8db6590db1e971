/*
 * shape.h - layer 2: what a JSON value must look like, as a table
 *
 * A table is constant data: nothing is set up at start.  Members that it does not
 * know pass, unless one equals a known one but for letter case as Go folds it:
 * runc would obey it.
 */
#pragma once

#include "doc.h"

enum shape_type {
	SHAPE_ANY,
	SHAPE_BOOL,
	SHAPE_INTEGER,
	SHAPE_STRING,
	SHAPE_LIST,
	SHAPE_MAP, /* an object whose members' names are data */
	SHAPE_OBJECT
};

enum need {
	OPTIONAL,
	REQUIRED,        /* wherever the object is that it belongs to */
	REQUIRED_TO_RUN, /* at the end of a pipe */
};

struct member;

struct shape {
	enum shape_type type;

	int64_t min; /* integers: both ends are allowed */
	uint64_t max;

	const char *const *words;        /* strings: one of these, NULL at the end */
	bool (*valid)(const char *text); /* strings, and the names in a map */
	const char *what;                /* a valid one is: "an absolute path" */

	const struct shape *each; /* lists and maps */
	const char *unique; /* lists: entries must differ in this member, which has words */
	enum need filled;   /* lists: at least one entry */

	const struct member *members; /* objects; ends with a NULL name; at most 64 */
	bool closed;                  /* objects: there may be no other member */
	int (*rule)(const json_t *object, struct err *err); /* between members, or NULL */
};

struct member {
	const char *name;
	const struct shape *shape;
	int since; /* the version that brought it, in the table's own numbers */
	enum need need;
	int last; /* the version that had it last; 0: it is still there */
};

/* Which entries of a list are checked: others are somebody else's. */
struct shape_selector {
	char *name;
	char *value;  /* of the entries' member `name`; NULL: they are strings NAME... */
	bool negated; /* any value but this one */
};

enum { SHAPE_MOST_OTHERS = 24 };

/* How much is checked; a zeroed struct is all, of a document that is not finished. */
struct shape_scope {
	bool running; /* a runtime acts on it next: everything needed must be there */
	const struct shape_selector *selector; /* the value is a list, or NULL */

	/* Pointers, from the value on, to what somebody else owns. */
	size_t others;
	const char *other[SHAPE_MOST_OTHERS];
};

/* The error's `where` is a pointer from `value` on. */
int shape_check(const struct shape *shape, const json_t *value,
                const struct shape_scope *scope, struct err *err) CHECKED;

/* The same, of the whole value, which may be unfinished. */
int shape_check_all(const struct shape *shape, const json_t *value,
                    struct err *err) CHECKED;

/* Call `see` for each member in a checked value that the table knows, until one fails. */
int shape_visit(const struct shape *shape, const json_t *value,
                int (*see)(const struct member *member, void *data, struct err *err),
                void *data, struct err *err) CHECKED;

/* Refuse a member of the object that differs from `known` in letter case only. */
int shape_check_case(const json_t *object, const char *known, struct err *err) CHECKED;

/* "must be an array, but is a string" */
int shape_wrong_type(const struct shape *shape, const json_t *value, struct err *err);

/* The member of an object's shape, or NULL. */
const struct member *shape_member(const struct shape *shape, const char *name);
