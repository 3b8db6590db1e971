// SPDX-License-Identifier: Apache-2.0
/* clockjump - for LD_PRELOAD: the time of day leaps years back and forth, at every look */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long leap(void)
{
	static const long leaps[] = { 400000000, -900000000, 3, 2000000000, -1500000000 };
	static unsigned int next;

	return leaps[next++ % (sizeof(leaps) / sizeof(*leaps))];
}

int clock_gettime(clockid_t clock, struct timespec *to)
{
	long ret = syscall(SYS_clock_gettime, clock, to);

	if (ret == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
		to->tv_sec += leap();
	return (int)ret;
}

int gettimeofday(struct timeval *restrict to, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	*to = (struct timeval){ now.tv_sec, now.tv_nsec / 1000 };
	return 0;
}

time_t time(time_t *to)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (to)
		*to = now.tv_sec;
	return now.tv_sec;
}
