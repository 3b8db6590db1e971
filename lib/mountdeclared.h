/*
 * mountdeclared.h - layer 4: what a command line declares for its mounts to use
 *
 * Contexts, ssh agents, secrets, image volumes and subscriptions are named by options of
 * their own; mounts then refer to them.
 */
#pragma once

#include "filter.h"
#include "mountrow.h"

/* As typed. */
struct mount_asked {
	struct opt_list contexts; /* --context, and with `data` set --build-context */
	struct opt_list agents;
	struct opt_list secrets;
	struct opt_list lists; /* --default-mounts-file */
	bool fips;
	const struct opt_use *image_volumes;
	const char *image_volume_dir;
};

/* As it is meant; all owned. */
struct mount_declared {
	char *cwd;
	struct mount_context *contexts; /* their paths too */
	size_t count;
	json_t *agents;
	json_t *secrets;
	json_t *volumes;  /* of the image configuration that was named, or NULL */
	char *volume_dir; /* absolute, or NULL */
	json_t *subscriptions;
	json_t *subscription_steps; /* an array for each of their destinations */
};

/*
 * Complete *ret, which mountdeclared_free() frees also after a failure.  Reads the files
 * that are named, and looks into the document's root file system for FIPS mode.
 */
int mountdeclared_gather(const struct mount_asked *asked, const json_t *doc,
                         struct filter_run *run, struct mount_declared *ret,
                         struct err *err) CHECKED;

void mountdeclared_free(struct mount_declared *declared);
