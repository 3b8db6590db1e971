/*
 * shapewords.h - layer 2: the words in which tables of shapes are written
 */
#pragma once

#include "shape.h"
#include "valid.h"

/* clang-format off */
#define SHAPE(...) (&(const struct shape){ __VA_ARGS__ })
#define STRING(check, text) SHAPE(.type = SHAPE_STRING, .valid = check, .what = text)
#define WORDS(...) \
	SHAPE(.type = SHAPE_STRING, .words = (const char *const[]){ __VA_ARGS__, NULL })
#define RANGE(from, to) SHAPE(.type = SHAPE_INTEGER, .min = from, .max = to)
#define LIST(of) SHAPE(.type = SHAPE_LIST, .each = of)
#define TEXT SHAPE(.type = SHAPE_STRING)
#define ABSOLUTE STRING(valid_absolute, "an absolute path")
#define BOOL SHAPE(.type = SHAPE_BOOL)

#define OBJECT(...) \
	SHAPE(.type = SHAPE_OBJECT, .members = (const struct member[]){ __VA_ARGS__, END })
#define CLOSED(...) \
	SHAPE(.type = SHAPE_OBJECT, .closed = true, \
	      .members = (const struct member[]){ __VA_ARGS__, END })
#define END { .name = NULL }

/* Rows of OBJECT() and CLOSED(): a name, a shape and, if not the first, a version. */
#define MAY(member, ...) { .name = member, .shape = __VA_ARGS__ }
#define MUST(member, ...) { .need = REQUIRED, .name = member, .shape = __VA_ARGS__ }
/* clang-format on */
