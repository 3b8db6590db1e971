// SPDX-License-Identifier: Apache-2.0
#include "capbits.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* In the order of their numbers (linux/capability.h). */
static const char *const names[] = {
	"CAP_CHOWN",
	"CAP_DAC_OVERRIDE",
	"CAP_DAC_READ_SEARCH",
	"CAP_FOWNER",
	"CAP_FSETID",
	"CAP_KILL",
	"CAP_SETGID",
	"CAP_SETUID",
	"CAP_SETPCAP",
	"CAP_LINUX_IMMUTABLE",
	"CAP_NET_BIND_SERVICE",
	"CAP_NET_BROADCAST",
	"CAP_NET_ADMIN",
	"CAP_NET_RAW",
	"CAP_IPC_LOCK",
	"CAP_IPC_OWNER",
	"CAP_SYS_MODULE",
	"CAP_SYS_RAWIO",
	"CAP_SYS_CHROOT",
	"CAP_SYS_PTRACE",
	"CAP_SYS_PACCT",
	"CAP_SYS_ADMIN",
	"CAP_SYS_BOOT",
	"CAP_SYS_NICE",
	"CAP_SYS_RESOURCE",
	"CAP_SYS_TIME",
	"CAP_SYS_TTY_CONFIG",
	"CAP_MKNOD",
	"CAP_LEASE",
	"CAP_AUDIT_WRITE",
	"CAP_AUDIT_CONTROL",
	"CAP_SETFCAP",
	"CAP_MAC_OVERRIDE",
	"CAP_MAC_ADMIN",
	"CAP_SYSLOG",
	"CAP_WAKE_ALARM",
	"CAP_BLOCK_SUSPEND",
	"CAP_AUDIT_READ",
	"CAP_PERFMON",
	"CAP_BPF",
	"CAP_CHECKPOINT_RESTORE",
};

enum { BITS_OF_WORD = 32, MOST_CAPS = 64 };

static uint64_t bit(int cap)
{
	return UINT64_C(1) << cap;
}

int cap_number(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_equal(names[i], name))
			return (int)i;
	return -1;
}

const char *cap_first(uint64_t set)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (set & bit((int)i))
			return names[i];
	return "a capability without a name";
}

static uint64_t read_set(const json_t *list)
{
	uint64_t set = 0;
	const json_t *name;
	size_t i;

	json_array_foreach(list, i, name) {
		int cap = cap_number(doc_string(name));

		if (cap >= 0) /* the schema knows no others */
			set |= bit(cap);
	}
	return set;
}

void capsets_read(const json_t *sets, struct capsets *ret)
{
	*ret = (struct capsets){
		.bounding = read_set(json_object_get(sets, "bounding")),
		.effective = read_set(json_object_get(sets, "effective")),
		.permitted = read_set(json_object_get(sets, "permitted")),
		.inheritable = read_set(json_object_get(sets, "inheritable")),
		.ambient = read_set(json_object_get(sets, "ambient")),
	};
}

/* ---- the kernel's -------------------------------------------------------- */

static uint64_t join(uint32_t low, uint32_t high)
{
	return (uint64_t)high << BITS_OF_WORD | low;
}

/* Capabilities that this kernel does not have are in no set. */
static uint64_t ask_each(int (*ask)(int cap))
{
	uint64_t set = 0;

	for (int cap = 0; cap < MOST_CAPS; cap++) {
		int held = ask(cap);

		if (held < 0)
			break;
		if (held)
			set |= bit(cap);
	}
	return set;
}

static int is_bounding(int cap)
{
	return prctl(PR_CAPBSET_READ, (unsigned long)cap, 0, 0, 0);
}

static int is_ambient(int cap)
{
	return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, (unsigned long)cap, 0, 0);
}

int capsets_get(struct capsets *ret, struct err *err)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data) < 0)
		return err_errno(err, "capabilities", "cannot be read");
	*ret = (struct capsets){
		.bounding = ask_each(is_bounding),
		.effective = join(data[0].effective, data[1].effective),
		.permitted = join(data[0].permitted, data[1].permitted),
		.inheritable = join(data[0].inheritable, data[1].inheritable),
		.ambient = ask_each(is_ambient),
	};
	return 0;
}

int capsets_bound(uint64_t keep, struct err *err)
{
	for (int cap = 0; cap < MOST_CAPS; cap++) {
		if (keep & bit(cap))
			continue;
		if (prctl(PR_CAPBSET_DROP, (unsigned long)cap, 0, 0, 0) == 0)
			continue;
		if (errno == EINVAL)
			break; /* the kernel has no more */
		return err_errno(err, cap_first(bit(cap)),
		                 "cannot be dropped from the bounding set");
	}
	return 0;
}

static int put_ambient(uint64_t set, struct err *err)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return err_errno(err, "capabilities", "cannot clear the ambient set");
	for (int cap = 0; cap < MOST_CAPS; cap++)
		if (set & bit(cap) && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE,
		                            (unsigned long)cap, 0, 0) < 0)
			return err_errno(err, cap_first(bit(cap)),
			                 "cannot be put into the ambient set");
	return 0;
}

int capsets_put(const struct capsets *sets, struct err *err)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		data[i] = (struct __user_cap_data_struct){
			.effective = (uint32_t)(sets->effective >> (i * BITS_OF_WORD)),
			.permitted = (uint32_t)(sets->permitted >> (i * BITS_OF_WORD)),
			.inheritable = (uint32_t)(sets->inheritable >> (i * BITS_OF_WORD)),
		};
	if (syscall(SYS_capset, &header, data) < 0)
		return err_errno(err, "capabilities", "cannot be set");
	return put_ambient(sets->ambient, err);
}
