// SPDX-License-Identifier: Apache-2.0
#include "jailparts.h"

#include <errno.h>
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "names.h"
#include "spec.h"

static int unknown(const char *where, struct err *err)
{
	return err_at(err, where, "has a value that is not known here");
}

/* The flags that a list of words stands for; false if one is none. */
static bool read_flags(const json_t *list, const struct name *table, unsigned int *ret)
{
	const json_t *word;
	size_t i;
	int flag;

	*ret = 0;
	json_array_foreach(list, i, word) {
		if (!name_value(table, doc_string(word), &flag))
			return false;
		*ret |= (unsigned int)flag;
	}
	return true;
}

/* ---- the scheduler -------------------------------------------------------- */

/* The kernel's, which not every C library shows. */
struct scheduling {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

enum { FIFO = 1, RR = 2, DEADLINE = 6 };

static const struct name policies[] = {
	{ "SCHED_OTHER", 0 },
	{ "SCHED_FIFO", FIFO },
	{ "SCHED_RR", RR },
	{ "SCHED_BATCH", 3 },
	{ "SCHED_ISO", 4 },
	{ "SCHED_IDLE", 5 },
	{ "SCHED_DEADLINE", DEADLINE },
	{ NULL, 0 },
};

static const struct name scheduler_flags[] = {
	{ "SCHED_FLAG_RESET_ON_FORK", 0x01 },  { "SCHED_FLAG_RECLAIM", 0x02 },
	{ "SCHED_FLAG_DL_OVERRUN", 0x04 },     { "SCHED_FLAG_KEEP_POLICY", 0x08 },
	{ "SCHED_FLAG_KEEP_PARAMS", 0x10 },    { "SCHED_FLAG_UTIL_CLAMP_MIN", 0x20 },
	{ "SCHED_FLAG_UTIL_CLAMP_MAX", 0x40 }, { NULL, 0 },
};

/* What other policies show as times is the kernel's own. */
static bool is_as_asked(const struct scheduling *how, const struct scheduling *is)
{
	if (is->policy != how->policy || is->priority != how->priority)
		return false;
	if (how->policy == DEADLINE)
		return is->runtime == how->runtime && is->deadline == how->deadline;
	return is->nice == how->nice || how->policy == FIFO || how->policy == RR;
}

static int set_scheduler(const json_t *given, struct err *err)
{
	static const char where[] = "/process/scheduler";
	const char *policy = doc_string(json_object_get(given, "policy"));
	struct scheduling how = { .size = sizeof(how) }, is = { 0 };
	unsigned int flags;
	int64_t nice = 0, priority = 0;
	int value;

	if (!name_value(policies, policy, &value) ||
	    !read_flags(json_object_get(given, "flags"), scheduler_flags, &flags))
		return unknown(where, err);
	(void)!doc_get_i64(json_object_get(given, "nice"), &nice);
	(void)!doc_get_i64(json_object_get(given, "priority"), &priority);
	(void)!doc_get_u64(json_object_get(given, "runtime"), &how.runtime);
	(void)!doc_get_u64(json_object_get(given, "deadline"), &how.deadline);
	(void)!doc_get_u64(json_object_get(given, "period"), &how.period);
	how.policy = (uint32_t)value;
	how.flags = flags;
	how.nice = (int32_t)nice;
	how.priority = (uint32_t)priority;
	if (syscall(SYS_sched_setattr, 0, &how, 0) < 0)
		return jail_cannot(where, "cannot be set", err);
	if (syscall(SYS_sched_getattr, 0, &is, sizeof(is), 0) < 0 ||
	    !is_as_asked(&how, &is))
		return jail_differs(where, err);
	return 0;
}

/* ---- input and output ------------------------------------------------------ */

static const struct name classes[] = {
	{ "IOPRIO_CLASS_RT", IOPRIO_CLASS_RT },
	{ "IOPRIO_CLASS_BE", IOPRIO_CLASS_BE },
	{ "IOPRIO_CLASS_IDLE", IOPRIO_CLASS_IDLE },
	{ NULL, 0 },
};

static int set_io_priority(const json_t *given, struct err *err)
{
	static const char where[] = "/process/ioPriority";
	int64_t priority = 0;
	int class, value;

	if (!name_value(classes, doc_string(json_object_get(given, "class")), &class))
		return unknown(where, err);
	(void)!doc_get_i64(json_object_get(given, "priority"), &priority);
	value = class << IOPRIO_CLASS_SHIFT | (int)priority;
	if (syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, value) < 0)
		return jail_cannot(where, "cannot be set", err);
	return syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0) == value
	               ? 0
	               : jail_differs(where, err);
}

/* ---- memory ---------------------------------------------------------------- */

enum { NODES = 1024, BITS = 8 * sizeof(unsigned long) };

static const struct name modes[] = {
	{ "MPOL_DEFAULT", MPOL_DEFAULT },       { "MPOL_BIND", MPOL_BIND },
	{ "MPOL_INTERLEAVE", MPOL_INTERLEAVE }, { "MPOL_WEIGHTED_INTERLEAVE", 6 },
	{ "MPOL_PREFERRED", MPOL_PREFERRED },   { "MPOL_PREFERRED_MANY", 5 },
	{ "MPOL_LOCAL", MPOL_LOCAL },           { NULL, 0 },
};

static const struct name memory_flags[] = {
	{ "MPOL_F_NUMA_BALANCING", 1 << 13 },
	{ "MPOL_F_RELATIVE_NODES", MPOL_F_RELATIVE_NODES },
	{ "MPOL_F_STATIC_NODES", MPOL_F_STATIC_NODES },
	{ NULL, 0 },
};

/* "0-3,7", whose form has been checked; false if a node is beyond all. */
static bool read_nodes(const char *text, unsigned long *mask)
{
	while (text && *text) {
		char *end;
		unsigned long from = strtoul(text, &end, 10), to = from;

		if (*end == '-')
			to = strtoul(end + 1, &end, 10);
		if (end == text || to >= NODES || (*end && *end != ','))
			return false;
		for (; from <= to; from++)
			mask[from / BITS] |= 1UL << from % BITS;
		text = *end ? end + 1 : end;
	}
	return true;
}

static int set_memory_policy(const json_t *given, struct err *err)
{
	static const char where[] = "/linux/memoryPolicy";
	unsigned long nodes[NODES / BITS] = { 0 };
	const char *list = doc_string(json_object_get(given, "nodes"));
	unsigned int flags;
	int mode, is;

	if (!name_value(modes, doc_string(json_object_get(given, "mode")), &mode) ||
	    !read_flags(json_object_get(given, "flags"), memory_flags, &flags) ||
	    !read_nodes(list, nodes))
		return unknown(where, err);
	if (syscall(SYS_set_mempolicy, mode | (int)flags, list ? nodes : NULL,
	            list ? (unsigned long)NODES + 1 : 0) < 0)
		return jail_cannot(where, "cannot be set", err);
	if (syscall(SYS_get_mempolicy, &is, NULL, 0, NULL, 0) < 0 ||
	    is != (mode | (int)flags))
		return jail_differs(where, err);
	return 0;
}

/* ---- the personality ------------------------------------------------------- */

static int set_personality(const json_t *given, struct err *err)
{
	static const char where[] = "/linux/personality";
	static const struct name domains[] = {
		{ "LINUX", PER_LINUX },
		{ "LINUX32", PER_LINUX32 },
		{ NULL, 0 },
	};
	int domain;

	if (!name_value(domains, doc_string(json_object_get(given, "domain")), &domain) ||
	    json_array_size(json_object_get(given, "flags")) > 0)
		return unknown(where, err);
	if (personality((unsigned long)domain) < 0)
		return jail_cannot(where, "cannot be set", err);
	return personality(0xffffffff) == domain ? 0 : jail_differs(where, err);
}

/* ---- all ------------------------------------------------------------------- */

int jail_schedule(const struct jail *jail, struct err *err)
{
	static const struct {
		const char *pointer;
		int (*set)(const json_t *given, struct err *err);
	} all[] = {
		{ "/process/scheduler", set_scheduler },
		{ "/process/ioPriority", set_io_priority },
		{ "/linux/memoryPolicy", set_memory_policy },
		{ "/linux/personality", set_personality },
	};

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		const json_t *given = spec_get(jail->config, all[i].pointer);

		if (given && all[i].set(given, err) < 0)
			return -1;
	}
	return 0;
}
