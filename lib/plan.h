/*
 * plan.h - layer 4: what ocirun will do to this host, as data
 *
 * plan_make() decides and touches nothing; plan_print() shows; run_plan()
 * (run.h) acts.  So --dry-run prints just what would be done.
 */
#pragma once

#include "doc.h"
#include "mountprep.h"

/* What the decision rests on besides the document. */
struct plan_facts {
	const char *name;    /* of the container */
	const char *runtime; /* path of the runtime */
	const char *why;     /* it was chosen, for --dry-run */
	const char *
		run_root; /* covered while we run; the bundle and the rootfs appear there */
	const char *data_root;
	const char *base; /* what relative paths in the document are relative to */
	bool rootless;    /* not root: the document's user namespace is ours to make */
	bool cgroups;     /* can be written here */
};

enum act {
	ACT_STAGE,   /* the root filesystem, to a place nobody else can reach */
	ACT_SOURCE,  /* pin and prepare what a mount shows */
	ACT_WORKDIR, /* make it in the root filesystem */
	ACT_TARGET,  /* make a mount's target there */
	ACT_FILE,    /* write a generated file into the bundle */
	ACT_CONFIG,  /* write config.json */
	ACT_CGROUP,  /* have it removed afterwards */
	ACT_RUN,     /* the runtime */
};

struct step {
	enum act act;
	char *path;         /* in the root filesystem, in the bundle or on the host */
	char *detail;       /* the source of a mount, the kind of a file, or NULL */
	bool directory;     /* ACT_TARGET whose source need not be looked at */
	size_t prep;        /* ACT_SOURCE: which of the plan's */
	const json_t *asks; /* ACT_FILE: the document's step; borrowed */
};

struct plan {
	struct plan_facts facts;
	char *rootfs;    /* absolute, on the host */
	char *bundle;    /* where the runtime will see it */
	char *host_name; /* what the container sees */
	json_t *config;  /* what the runtime will see */
	json_t *maps;    /* the document's /linux, where its mappings are */
	bool user_namespace;
	bool no_network;         /* nothing but loopback was asked for */
	struct mountprep *preps; /* of the mounts that show something of the host */
	size_t prep_count;
	struct step *steps;
	size_t count;
};

/* The document has been checked.  Everything in *ret is the plan's; facts are borrowed. */
int plan_make(const json_t *doc, const struct plan_facts *facts, struct plan *ret,
              struct err *err) CHECKED;

/* A line a step, or with `compact` all of it as one line of JSON. */
void plan_print(const struct plan *plan, bool compact, struct buf *to);

void plan_free(struct plan *plan);
