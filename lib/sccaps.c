// SPDX-License-Identifier: Apache-2.0
#include "sccaps.h"

#include <string.h>

/* capabilities(7) and the manual pages of the calls */
/* clang-format off */
static const struct sc_need needs[] = {
	{ "acct", "CAP_SYS_PACCT", NULL },
	{ "adjtimex", "CAP_SYS_TIME", "to set the clock" },
	{ "bind", "CAP_NET_BIND_SERVICE", "for ports below 1024" },
	{ "bpf", "CAP_BPF", "unless the host lets everybody" },
	{ "chroot", "CAP_SYS_CHROOT", NULL },
	{ "clock_adjtime", "CAP_SYS_TIME", "to set the clock" },
	{ "clock_adjtime64", "CAP_SYS_TIME", "to set the clock" },
	{ "clock_settime", "CAP_SYS_TIME", NULL },
	{ "clock_settime64", "CAP_SYS_TIME", NULL },
	{ "clone", "CAP_SYS_ADMIN", "for new namespaces but a user namespace" },
	{ "clone3", "CAP_SYS_ADMIN", "for new namespaces but a user namespace" },
	{ "delete_module", "CAP_SYS_MODULE", NULL },
	{ "fanotify_init", "CAP_SYS_ADMIN", "to watch more than single files" },
	{ "finit_module", "CAP_SYS_MODULE", NULL },
	{ "fsconfig", "CAP_SYS_ADMIN", NULL },
	{ "fsmount", "CAP_SYS_ADMIN", NULL },
	{ "fsopen", "CAP_SYS_ADMIN", NULL },
	{ "fspick", "CAP_SYS_ADMIN", NULL },
	{ "init_module", "CAP_SYS_MODULE", NULL },
	{ "ioperm", "CAP_SYS_RAWIO", NULL },
	{ "iopl", "CAP_SYS_RAWIO", NULL },
	{ "kcmp", "CAP_SYS_PTRACE", "for processes of others" },
	{ "kexec_file_load", "CAP_SYS_BOOT", NULL },
	{ "kexec_load", "CAP_SYS_BOOT", NULL },
	{ "lookup_dcookie", "CAP_SYS_ADMIN", NULL },
	{ "mbind", "CAP_SYS_NICE", "to move pages that others use too" },
	{ "migrate_pages", "CAP_SYS_NICE", "for processes of others" },
	{ "mknod", "CAP_MKNOD", "for devices" },
	{ "mknodat", "CAP_MKNOD", "for devices" },
	{ "mount", "CAP_SYS_ADMIN", NULL },
	{ "mount_setattr", "CAP_SYS_ADMIN", NULL },
	{ "move_mount", "CAP_SYS_ADMIN", NULL },
	{ "move_pages", "CAP_SYS_NICE", "for pages that others use too" },
	{ "open_by_handle_at", "CAP_DAC_READ_SEARCH", NULL },
	{ "open_tree", "CAP_SYS_ADMIN", "to clone a tree" },
	{ "perf_event_open", "CAP_PERFMON", "unless the host lets everybody" },
	{ "pidfd_getfd", "CAP_SYS_PTRACE", "for processes of others" },
	{ "pivot_root", "CAP_SYS_ADMIN", NULL },
	{ "process_madvise", "CAP_SYS_PTRACE", "for processes of others" },
	{ "process_vm_readv", "CAP_SYS_PTRACE", "for processes of others" },
	{ "process_vm_writev", "CAP_SYS_PTRACE", "for processes of others" },
	{ "ptrace", "CAP_SYS_PTRACE", "for processes of others" },
	{ "quotactl", "CAP_SYS_ADMIN", "to change quotas" },
	{ "reboot", "CAP_SYS_BOOT", NULL },
	{ "sched_setattr", "CAP_SYS_NICE", "for real-time policies" },
	{ "sched_setscheduler", "CAP_SYS_NICE", "for real-time policies" },
	{ "set_mempolicy", "CAP_SYS_NICE", "to move pages that others use too" },
	{ "setdomainname", "CAP_SYS_ADMIN", NULL },
	{ "setgid", "CAP_SETGID", "for other groups than its own" },
	{ "setgroups", "CAP_SETGID", NULL },
	{ "sethostname", "CAP_SYS_ADMIN", NULL },
	{ "setns", "CAP_SYS_ADMIN", NULL },
	{ "settimeofday", "CAP_SYS_TIME", NULL },
	{ "setuid", "CAP_SETUID", "for other users than its own" },
	{ "socket", "CAP_NET_RAW", "for raw sockets" },
	{ "stime", "CAP_SYS_TIME", NULL },
	{ "swapoff", "CAP_SYS_ADMIN", NULL },
	{ "swapon", "CAP_SYS_ADMIN", NULL },
	{ "syslog", "CAP_SYSLOG", "for most of what it does" },
	{ "umount", "CAP_SYS_ADMIN", NULL },
	{ "umount2", "CAP_SYS_ADMIN", NULL },
	{ "unshare", "CAP_SYS_ADMIN", "for new namespaces but a user namespace" },
	{ "userfaultfd", "CAP_SYS_PTRACE", "for faults in the kernel" },
	{ "vhangup", "CAP_SYS_TTY_CONFIG", NULL },
};
/* clang-format on */

const struct sc_need *sc_need_of(const char *call)
{
	for (size_t i = 0; i < ARRAY_LEN(needs); i++)
		if (strcmp(needs[i].call, call) == 0)
			return &needs[i];
	return NULL;
}
