// SPDX-License-Identifier: Apache-2.0
#include "watchparts.h"

#include <limits.h>
#include <signal.h>
#include <time.h>

enum { MILLI = 1000, NANO_IN_MILLI = 1000000 };

uint64_t watch_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * MILLI + (uint64_t)time.tv_nsec / NANO_IN_MILLI;
}

void watch_arm(struct watch *watch, enum deadline which, unsigned int seconds)
{
	watch->deadlines[which] = watch_now() + (uint64_t)seconds * MILLI + 1;
}

static void kill_call(const struct watch *watch)
{
	if (watch->call && !watch->call_end.over)
		kill(-watch->call, SIGKILL); /* it leads a session of its own */
}

static void meet(struct watch *watch, enum deadline which)
{
	bool again = watch->forced;

	switch (which) {
	case DEADLINE_TIMEOUT:
		watch->timed_out = true;
		watch_ask_for_end(watch, SIGTERM);
		break;
	case DEADLINE_GRACE:
		watch_force_end(watch, SIGKILL);
		if (again || !watch->init)
			kill_call(watch);
		break;
	case DEADLINE_CALL:
		kill_call(watch);
		break;
	case DEADLINE_READY:
		watch->helper_late = true;
		kill(-watch->helper, SIGKILL); /* it leads a session, too */
		break;
	case DEADLINE_DRAIN:
		relay_limit(&watch->streams->relay);
		break;
	case DEADLINES:
		break;
	}
}

void watch_meet_deadlines(struct watch *watch)
{
	uint64_t time = watch_now();

	for (enum deadline i = 0; i < DEADLINES; i++) {
		if (!watch->deadlines[i] || time < watch->deadlines[i])
			continue;
		watch->deadlines[i] = 0;
		meet(watch, i);
	}
}

int watch_until(const struct watch *watch, uint64_t end)
{
	uint64_t time = watch_now(), next = end;

	for (enum deadline i = 0; i < DEADLINES; i++)
		if (watch->deadlines[i] && watch->deadlines[i] < next)
			next = watch->deadlines[i];
	if (next == WATCH_NEVER)
		return -1;
	if (next <= time)
		return 0;
	return next - time > INT_MAX ? INT_MAX : (int)(next - time);
}
