/*
 * base.h - layer 0: attributes, cleanup and allocation that every file uses
 *
 * Owned locals are declared auto_* and leave a function by `return steal(&x)`.
 * Allocation never returns NULL: running out ends the program in one clear line.
 */
#pragma once

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECKED __attribute__((warn_unused_result))
#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define UNUSED __attribute__((unused))
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#define auto_free __attribute__((cleanup(cleanup_free)))
#define auto_close __attribute__((cleanup(cleanup_close)))
#define auto_fclose __attribute__((cleanup(cleanup_fclose)))
#define auto_dir __attribute__((cleanup(cleanup_dir)))

/* Hand over an owned pointer: its value, the variable becomes NULL. */
#define steal(p)                                 \
	({                                       \
		__auto_type steal_value_ = *(p); \
		*(p) = NULL;                     \
		steal_value_;                    \
	})

void cleanup_free(void *p);    /* void ** */
void cleanup_close(int *fd);   /* nothing if negative */
void cleanup_fclose(FILE **f); /* nothing if NULL */
void cleanup_dir(DIR **dir);   /* nothing if NULL */

/* The descriptor, which the caller now owns; *fd becomes -1. */
int steal_fd(int *fd);

/* As malloc(3) and friends, but running out of memory ends the program. */
void *xmalloc(size_t size) CHECKED;
void *xcalloc(size_t count, size_t size) CHECKED;
void *xrealloc(void *p, size_t size) CHECKED;
char *xstrdup(const char *s) CHECKED;
char *xstrndup(const char *s, size_t len) CHECKED;
char *xasprintf(const char *fmt, ...) PRINTF(1, 2) CHECKED;

/* What they do then, for a library that only says ENOMEM. */
_Noreturn void out_of_memory(void);

/* The exit status of a program that ran out of memory: 4; ocirun has its own, 125. */
extern const int out_of_memory_status;

const char *base_name(const char *path); /* what is behind the last slash */

bool str_starts(const char *s, const char *prefix);
bool str_equal(const char *a, const char *b); /* NULL equals NULL only */
