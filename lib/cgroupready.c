// SPDX-License-Identifier: Apache-2.0
#include "cgroupready.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "cgroup.h"
#include "cgrouphost.h"
#include "cgroupplace.h"

enum { STACK = 64 * 1024 };

/* A sanitizer's locks, which the thread may hold, would stay held in what is forked
 * meanwhile. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) && !defined(SANITIZED)
#define SANITIZED 1
#endif
#ifndef SANITIZED
#define SANITIZED 0 /* the C library's own are let go by fork(3) */
#endif

static int open_own(void)
{
	bool v2 = cgroup_host_is_v2();
	auto_free char *own = cgroup_place_own(v2 ? NULL : "pids");
	auto_free char *path = xasprintf("/sys/fs/cgroup%s%s/cgroup.procs",
	                                 v2 ? "" : "/pids", own ? own : "");

	return open(path, O_WRONLY | O_CLOEXEC);
}

static void *move_nowhere(void *arg)
{
	int fd = (int)(intptr_t)arg;
	char pid[16];
	int len = snprintf(pid, sizeof(pid), "%d", getpid());

	(void)!write(fd, pid, (size_t)len);
	close(fd);
	return NULL;
}

/* A signal is for the thread that waits for one. */
static int start(pthread_attr_t *attr, int fd)
{
	sigset_t all, before;
	pthread_t thread;
	int ret;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	ret = pthread_create(&thread, attr, move_nowhere, (void *)(intptr_t)fd);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return ret;
}

void cgroup_ready(void)
{
	int fd = !SANITIZED && cgroup_writable() ? open_own() : -1;
	pthread_attr_t attr;

	if (fd < 0)
		return;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK);
	if (start(&attr, fd) != 0)
		close(fd);
	pthread_attr_destroy(&attr);
}
