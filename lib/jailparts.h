/*
 * jailparts.h - layer 3: what the parts of chroot isolation have in common
 *
 * In the order in which process 1 of the container goes through them, from being
 * root in new namespaces to being the command.  Every part is read back from the
 * kernel; what cannot be had is an error, never left out.  Nothing here looks up
 * a user, a name or a library: the root filesystem would be asked.
 */
#pragma once

#include <sys/types.h>

#include "capbits.h"
#include "scprogram.h"

struct jail {
	const json_t *config;
	const char *bundle_path;
	const char *console;   /* a socket's path, or NULL */
	unsigned int preserve; /* descriptors behind 2 that the command gets */
	bool no_pivot;
	bool no_new_keyring;
	bool outer_pids; /* it has no pid namespace of its own, though it asked for one */
	bool user_namespace; /* of its own, which is made with it */
	struct sc_program filter;
	struct capsets caps;

	/* Descriptors, or -1. */
	int log;
	int bundle;
	int root;       /* the root filesystem, mounted */
	int proc;       /* a new proc, not mounted yet */
	int connection; /* to whoever wants the terminal's other side */
};

/* What could not be had, as errno says; and what the kernel then says that it is not: -1.
 */
int jail_cannot(const char *where, const char *what, struct err *err);
int jail_differs(const char *where, struct err *err);

/* Before there is a process 1: have it in a time namespace, if the document wants one. */
int jail_unshare_time(const struct jail *jail, struct err *err) CHECKED;

/* The new proc, if the document wants one: 1; 0 if the kernel does not let us have it. */
int jail_open_proc(struct jail *jail, struct err *err) CHECKED;

/* Find the bundle, and mount the root filesystem where it can become the root. */
int jail_open_root(struct jail *jail, struct err *err) CHECKED;

/* /mounts, in their order (B360-B366). */
int jail_mount_all(const struct jail *jail, struct err *err) CHECKED;

/* The devices and links in /dev, and /linux/devices. */
int jail_make_devices(const struct jail *jail, struct err *err) CHECKED;

/* Kernel parameters of the new namespaces, while /proc can be written to. */
int jail_set_kernel(const struct jail *jail, struct err *err) CHECKED;

/* Be in the root filesystem, with nothing of the host's around it. */
int jail_pivot(struct jail *jail, struct err *err) CHECKED;

/* Masked and read-only paths (B367-B370), and a read-only root. */
int jail_hide(const struct jail *jail, struct err *err) CHECKED;

/* A new terminal as 0, 1 and 2; its other side goes through the connection. */
int jail_make_terminal(const struct jail *jail, struct err *err) CHECKED;

/* Labels for the execution to come; before jail_pivot(), in the outer /proc. */
int jail_set_labels(const struct jail *jail, struct err *err) CHECKED;

/* Scheduler, I/O priority, memory policy and personality, as who may still set them. */
int jail_schedule(const struct jail *jail, struct err *err) CHECKED;

/*
 * Be in the working directory.  One that root may not enter the process's user may:
 * call it again as that; *entered says whether it was done.
 */
int jail_enter_directory(const struct jail *jail, bool *entered, struct err *err) CHECKED;

/*
 * Groups, limits, capabilities and ids of the process, and its filter where that
 * needs capabilities; then the rest of the filter.  jail_execute() returns only if
 * it fails.
 */
int jail_become(const struct jail *jail, struct err *err) CHECKED;
int jail_confine(const struct jail *jail, struct err *err) CHECKED;
int jail_execute(const struct jail *jail, struct err *err) CHECKED;

/* A line in the log, {"level": LEVEL, "msg": ...}, and one of the level "hint". */
void jail_log(const struct jail *jail, const char *level, const struct err *err);

/* ---- for those parts ------------------------------------------------------ */

/* A copy of the mount that `fd` is on, from there on, or -1 and errno. */
int jail_clone(int fd, bool recursive) CHECKED;

/* Mount a copy at the file or directory `target`; -1 and errno. */
int jail_attach(int tree, int target) CHECKED;

/* Flags (MOUNT_ATTR_*) and propagation (0: as it is) of a mount; -1 and errno. */
struct jail_attr {
	uint64_t set, clear;
	unsigned long propagation;
	bool recursive;
};
int jail_set_attr(int mount, const struct jail_attr *attr) CHECKED;

/* Those of `flags` (MOUNT_ATTR_*) that the mount of `path` in `root` lacks; -1 and errno.
 */
int jail_lacks(int root, const char *path, uint64_t flags, uint64_t *ret) CHECKED;
