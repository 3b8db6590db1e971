/*
 * mountprep.h - layer 3: what mounts show, pinned, and made ready for a container
 *
 * A source is looked up once, where the document says (in its context, links
 * resolved inside), to a descriptor; that is what is mounted at a place in our
 * own mount namespace, and only that place does the runtime get to see.  So
 * nobody can put another file in the way between our look and the runtime's
 * (CVE-2024-1753, CVE-2024-11218, CVE-2024-23651).
 */
#pragma once

#include <sys/types.h>

#include "doc.h"
#include "targets.h"

/* One mount's; the texts that are not owned lie in the document. */
struct mountprep {
	size_t mount; /* its index in /mounts */
	const char *target;
	char *source;      /* owned; absolute, in `root` if there is one */
	char *root;        /* owned; the context or cache that it lies in, or NULL */
	char *staged;      /* owned; where the runtime finds it */
	char *writes;      /* owned; an overlay's own directory in the bundle, or NULL: */
	const char *upper; /* the user's own directory takes the writes, */
	const char *work;  /* with this one for scratch */
	bool overlay;      /* `staged` is its lower directory */
	bool direct;    /* `staged` is the source itself: nobody will be there to pin it */
	bool read_only; /* no target can be made below it */
	bool idmap;     /* its owners are to be mapped */
	bool inner;     /* they are the container's ids already, to be shown as such */
	bool chown;     /* U */
	bool relabel;   /* z, Z */
	bool shared;    /* z */
};

/* Where things are for the runtime. */
struct mountprep_places {
	const char *base;    /* what relative paths of the document are relative to */
	const char *staging; /* a directory in our own mount namespace, or NULL: none */
	const char *bundle;
	bool user_namespace; /* overlays are mounted without the host's privileges */
};

/* A name for a cache's id or a secret's target, which leads out of no directory; owned. */
char *mountprep_name(const char *text) CHECKED;

/*
 * Decide for all mounts, in their order, and write into `config` where the
 * runtime will find them.  Touches nothing.  *ret is an array of *count, one for
 * each mount that has a source; mountprep_free() it.
 */
int mountprep_make(const json_t *doc, json_t *config, const struct mountprep_places *places,
                   struct mountprep **ret, size_t *count, struct err *err) CHECKED;

void mountprep_free(struct mountprep *list, size_t count);

/* Whose files are whose. */
struct mountprep_owners {
	const json_t *maps;  /* the document's /linux, where its mappings are */
	const json_t *user;  /* /process/user */
	bool outside;        /* we are not in the container's user namespace */
	bool user_namespace; /* the container has one of its own */
	const char *label;   /* /linux/mountLabel, or NULL */
};

/* Pin and prepare one, in our mount namespace; its staging directory exists. */
int mountprep_act(const struct mountprep *prep, const struct mountprep_owners *owners,
                  struct err *err) CHECKED;

/*
 * The source of one that was pinned, as it is on disk: another descriptor of the
 * same directory, which no mount maps.  ERR_HOST if there is another one now.
 */
int mountprep_reopen(const struct mountprep *prep, struct err *err) CHECKED;

/*
 * Who the container's root is on disk there.  Owners that the mount maps are the
 * container's own ids.
 */
struct owner mountprep_root(const struct mountprep *prep,
                            const struct mountprep_owners *owners);
