/*
 * sanitizer.c - linked into the programs that make asan builds
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The sanitizers ask for these by name. */
int __lsan_is_turned_off(void);
const char *__asan_default_options(void);

/* Tests preload libraries, which then come before the sanitizer's. */
const char *__asan_default_options(void)
{
	return "verify_asan_link_order=0";
}

/* Is /proc that of our processes?  Hooks see the host's among the container's. */
static bool proc_is_ours(void)
{
	char own[32] = "", shown[32] = "";

	snprintf(own, sizeof own, "%d", (int)getpid());
	return readlink("/proc/self", shown, sizeof shown - 1) > 0 &&
	       strcmp(own, shown) == 0;
}

static bool is_traced(void)
{
	char line[128];
	int tracer = -1;
	FILE *status = fopen("/proc/self/status", "re");

	while (status && tracer < 0 && fgets(line, sizeof line, status))
		sscanf(line, "TracerPid: %d", &tracer);
	if (status)
		fclose(status);
	return tracer != 0;
}

/* It traces the process that it looks at, and finds its threads in /proc. */
int __lsan_is_turned_off(void)
{
	return !proc_is_ours() || is_traced();
}
