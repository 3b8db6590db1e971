/*
 * mountwords.h - layer 2: what people write to ask for a mount
 *
 * All words come from closed sets.  What is not in them is an error that names
 * it, never an option that the kernel gets to see (CVE-2024-9407).
 */
#pragma once

#include "doc.h"

enum mount_type {
	MOUNT_BIND,
	MOUNT_TMPFS,
	MOUNT_OVERLAY,
	MOUNT_CACHE,
	MOUNT_SSH,
	MOUNT_SECRET
};

/* Words of which a mount has at most one each (B199). */
enum mount_group {
	GROUP_ACCESS,      /* ro rw */
	GROUP_SUID,        /* nosuid suid */
	GROUP_DEV,         /* nodev dev */
	GROUP_EXEC,        /* noexec exec */
	GROUP_PROPAGATION, /* private ... runbindable */
	GROUP_RECURSION,   /* bind rbind */
	GROUP_COPYUP,      /* tmpcopyup notmpcopyup */
	GROUP_LABEL,       /* z Z: not the kernel's, but ocirun's to do; as the next ones */
	GROUP_OWNER,       /* U */
	GROUP_IDMAP,       /* idmap */
	GROUPS
};

/* One request, with pointers into its text. */
struct mount_request {
	enum mount_type type;
	const char *from;   /* a named context, or NULL */
	const char *source; /* as written, or NULL */
	const char *target;
	const char *upper; /* overlay: both or none */
	const char *work;
	const char *group[GROUPS]; /* the word chosen, a literal, or NULL */
	const char *id;            /* cache, ssh, secret: its name, or NULL */
	const char *sharing;       /* cache: a literal */
	uint64_t size;             /* tmpfs: bytes */
	uint32_t mode;             /* tmpfs, cache, ssh, secret */
	uint32_t uid, gid;         /* cache, ssh, secret: the container's */
	bool has_size;
	bool has_mode;
	bool required; /* ssh, secret: there must be such an id */
	bool confined; /* a source of --mount: beneath a context, if there is one */
};

/*
 * Read one value of podman's options --volume, --mount and --tmpfs.  `text` is
 * cut up, and the request points into it.
 */
int mountwords_volume(char *text, struct mount_request *ret, struct err *err) CHECKED;
int mountwords_mount(char *text, struct mount_request *ret, struct err *err) CHECKED;
int mountwords_tmpfs(char *text, struct mount_request *ret, struct err *err) CHECKED;
