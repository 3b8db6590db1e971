/*
 * cgroupready.h - layer 3: have the kernel ready to move processes between cgroups
 *
 * Forks and exits take no lock against such moves until there is one; so the first
 * waits until every processor has noticed (a grace period of RCU: 10 ms, a third of what
 * a small container takes).  For as long after it others go through at once.
 */
#pragma once

/*
 * Make such a move in a thread, from where we are to where we are, which changes nothing:
 * the runtime, which starts meanwhile, need not wait.  The thread ends by itself, and takes
 * no signal.  Without the right to it, things are only slower.
 */
void cgroup_ready(void);
