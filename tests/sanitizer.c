/*
 * sanitizer.c - linked into the programs that make asan builds
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The leak checker asks for this by name. */
int __lsan_is_turned_off(void);

/*
 * It looks at its process in /proc, and fails where that shows another process by this
 * number: --trace-hooks runs hooks with the container's processes and the host's /proc.
 */
int __lsan_is_turned_off(void)
{
	char own[32] = "", shown[32] = "";

	snprintf(own, sizeof own, "%d", (int)getpid());
	return readlink("/proc/self", shown, sizeof shown - 1) < 0 ||
	       strcmp(own, shown) != 0;
}
