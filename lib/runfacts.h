/*
 * runfacts.h - layer 4: what ocirun must know of this host to plan a run
 */
#pragma once

#include "cgroupplace.h"
#include "isolation.h"
#include "netchoice.h"
#include "runargs.h"
#include "rundoc.h"
#include "runtime.h"

struct runfacts {
	/* The caller's. */
	enum isolation isolation;
	bool rootless;

	/* Ours: they last as long as the program. */
	char *name;   /* of the container */
	char *bundle; /* to prepare in, or NULL */
	char *run_root;
	char *data_root;
	char *cache_dir;
	char *hook_records; /* or NULL */
	char *program;      /* our own, to record them */
	int input;          /* the command's, or -1 */
	struct runtime runtime;
	struct netchoice network;
	struct cgroup_place cgroups;
	bool makes_cgroups; /* in that place */
};

/*
 * That the descriptors of --preserve-fds are open.  Before we open any, which could be
 * taken for the user's.
 */
int runfacts_check_preserved(const struct runargs *args, struct err *err) CHECKED;

/* The rest, for a document that has been checked.  Nothing is made on this host. */
int runfacts_gather(const struct runargs *args, const struct rundoc *from,
                    struct runfacts *ret, struct err *err) CHECKED;
