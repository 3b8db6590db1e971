// SPDX-License-Identifier: Apache-2.0
/*
 * nomemory - a library to preload: the allocation numbered $FAIL_AT fails
 *
 * It counts from the program's first on.  At the end it says so on standard
 * error if there were not as many.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *p, size_t size);

static long left; /* 0: nothing is to fail, or it has failed */

__attribute__((constructor)) static void start(void)
{
	const char *number = getenv("FAIL_AT");

	left = number ? atol(number) : 0;
}

__attribute__((destructor)) static void end(void)
{
	static const char text[] = "fewer allocations\n";

	if (left > 0 && write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(1);
}

static int failing(void)
{
	if (left == 0 || --left > 0)
		return 0;
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t size)
{
	return failing() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return failing() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *p, size_t size)
{
	return failing() ? NULL : __libc_realloc(p, size);
}
