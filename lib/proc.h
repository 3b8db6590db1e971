/*
 * proc.h - layer 3: other processes, named so that no newcomer is mistaken for them
 *
 * A pid alone may have been given to another process meanwhile; with the time
 * that the process started at it cannot.
 */
#pragma once

#include <sys/types.h>

#include "buf.h"

/* The number behind "NAME:" in /proc/PID/status, in this base. */
bool proc_number(pid_t pid, const char *name, int base, uint64_t *ret) CHECKED;

/* When it started, in clock ticks since the machine did. */
bool proc_started(pid_t pid, uint64_t *ret) CHECKED;

/* Its name, which is a zombie's too; owned, or NULL. */
char *proc_name(pid_t pid) CHECKED;

/* The number of the system call that it is in, or -1. */
long proc_syscall(pid_t pid);

/* Which boot of the machine this is; owned. */
char *proc_boot(void) CHECKED;

/* A descriptor of the process, or -1 and errno. */
int proc_open(pid_t pid) CHECKED;

/* The same, of the very process that started then; else -1. */
int proc_open_started(pid_t pid, uint64_t started) CHECKED;

void proc_signal(int pidfd, int signal);

/* Wait until it has ended, at most so many milliseconds (-1: for ever); true if it has. */
bool proc_ended(int pidfd, int milliseconds);

/* Our children's pids, separated by blanks; none if there are no more. */
void proc_children(struct buf *ret);
