/*
 * watchparts.h - layer 4: the parts that watch.c is put together from
 */
#pragma once

#include "watch.h"

/* ---- watchclock.c: deadlines --------------------------------------------- */

#define WATCH_NEVER UINT64_MAX

/* Milliseconds of the monotonic clock. */
uint64_t watch_now(void);

void watch_arm(struct watch *watch, enum deadline which, unsigned int seconds);

/* Do what those deadlines are for that have passed. */
void watch_meet_deadlines(struct watch *watch);

/* Milliseconds for poll(2), to the next deadline or to `end`: -1 if neither will come. */
int watch_until(const struct watch *watch, uint64_t end);

/* ---- watchtold.c: what we are told, and tell process 1 ------------------- */

/* One of these descriptors can be read. */
void watch_read_control(struct watch *watch);
void watch_read_signals(struct watch *watch);
void watch_read_pid_event(struct watch *watch);

/* By this signal first, and by SIGKILL when it is asked again or the grace is over. */
void watch_ask_for_end(struct watch *watch, int signal);

/* By SIGKILL; the signal is what the user is told, if nobody asked before. */
void watch_force_end(struct watch *watch, int signal);

/* ---- watchchildren.c: which is process 1, and how each ended ------------- */

void watch_reap_all(struct watch *watch);
