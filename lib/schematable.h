/*
 * schematable.h - layer 2: every Linux and common property of runtime-spec 1.3
 *
 * The table is constant data: nothing is set up at start.  schema.c walks a
 * document along it.  What is more than JSON's types (ranges, words, absolute
 * paths) is what the runtime-spec says, and beyond that only what a runtime would
 * silently read as something else: an id of 2^32-1, a device number of 2^33.
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

enum since { V1_0_0, V1_0_2, V1_1_0, V1_2_1, V1_3_0 };

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
	int (*rule)(const json_t *object, struct err *err); /* between members, or NULL */
};

struct member {
	const char *name;
	const struct shape *shape;
	enum need need;
	enum since since;
};

/* The document itself. */
extern const struct shape schema_document;
