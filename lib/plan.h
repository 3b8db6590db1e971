/*
 * plan.h - layer 4: what ocirun will do to this host, as data
 *
 * plan_make() decides and touches nothing; plan_print() shows; run_plan()
 * (run.h) acts.  So --dry-run prints just what would be done.
 */
#pragma once

#include <sys/stat.h>

#include "cgroupplace.h"
#include "doc.h"
#include "mountprep.h"
#include "netchoice.h"

/* What the decision rests on besides the document. */
struct plan_facts {
	const char *name;      /* of the container */
	const char *runtime;   /* path of the runtime */
	const char *why;       /* it was chosen, for --dry-run */
	const char *run_root;  /* covered while we run; bundle and rootfs appear there */
	const char *cache_dir; /* where caches last from run to run */
	const char *data_root; /* where the run's own directory is made */
	const char *bundle;    /* absolute: the directory to prepare in, or NULL: our own */
	const char *base;      /* what relative paths in the document are relative to */
	bool rootless;         /* not root: the document's user namespace is ours to make */
	const struct cgroup_place *cgroups; /* where they can be made; NULL: we make none */
	const struct netchoice *network;    /* who connects it */
	bool prepare_only;                  /* the bundle is for somebody else to run */
	bool unseen; /* the bundle goes with the run: nobody looks at it later */
	const char *hook_records; /* absolute: where hooks are recorded, or NULL */
	const char *program;      /* that records them: ourselves */
};

struct plan {
	struct plan_facts facts;
	char *rootfs;    /* absolute, on the host */
	char *bundle;    /* where the runtime will see it */
	char *host_name; /* what the container sees */
	char *cgroup;    /* that is ours to remove, or NULL */
	json_t *config;  /* what the runtime will see */
	json_t *maps;    /* uidMappings and gidMappings, as the document has them */
	json_t *layers;  /* the document's /ocipipe/rootfs, or NULL */
	bool user_namespace;
	const json_t *network;   /* who connects it, as in /ocipipe/network, or NULL */
	struct mountprep *preps; /* of the mounts that show something of the host */
	size_t prep_count;
	json_t *steps; /* objects, in order: {"step": KIND, ...} */
};

/* The document has been checked.  Everything in *ret is the plan's; facts are borrowed. */
int plan_make(const json_t *doc, const struct plan_facts *facts, struct plan *ret,
              struct err *err) CHECKED;

/* True if the user namespace is ours to make, an ordinary user's; the runtime sees none. */
bool plan_makes_user_namespace(const struct plan *plan);
/* True if the runtime makes one: the container's ids are others on this host. */
bool plan_maps_ids(const struct plan *plan);

/*
 * True if files of this owner must be seen through the document's mappings: as
 * root, and with a user namespace, they would be nobody's otherwise.
 */
bool plan_wants_idmap(const struct plan *plan, const struct stat *st);
/* True if the container gets a cgroup that we can find. */
bool plan_makes_cgroup(const struct plan *plan);

/* With prepare_only: the step cannot be done, as it needs `what`; -1. */
int plan_needs_us(const char *step, const char *what, struct err *err);

/* For kinds of steps: add one to the end; steals. */
void plan_add_new(struct plan *plan, json_t *step);

/* A line a step, or with `compact` all of it as one line of JSON. */
void plan_print(const struct plan *plan, bool compact, struct buf *to);

void plan_free(struct plan *plan);
