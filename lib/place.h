/*
 * place.h - layer 4: the directories of a run, and its lock
 *
 * In the run root, which is ours alone, each run has a directory of its
 * container's name: its lock is held as long as one of our two processes
 * lives, and its journal says what to take back.  A directory whose lock nobody
 * holds is a dead run's.  What is large lies elsewhere, in the run's own
 * directory in the data root.
 */
#pragma once

#include "journal.h"
#include "rootlock.h"

struct place {
	int run_root;
	char *run_root_path; /* owned */
	int run;             /* run_root/NAME, locked */
	char *name;          /* owned */
	int data;            /* the run's own directory */
	char *data_path;     /* owned */
	struct journal journal;
	struct rootlock rootlock;
	int root; /* the root filesystem */
};

#define PLACE_NONE                                                              \
	{                                                                       \
		.run_root = -1, .run = -1, .data = -1, .journal = { .fd = -1 }, \
		.rootlock = ROOTLOCK_NONE, .root = -1                           \
	}

/* Open the run root, made if it is not there.  Must be ours alone. */
int place_open_root(const char *path, int *ret, struct err *err) CHECKED;

/* Hold this while a run directory is made and locked, or found to be unlocked. */
int place_lock_root(int run_root, struct err *err) CHECKED;
void place_unlock_root(int run_root);

/* Remove the run root, if nothing is in it. */
void place_remove_root(int run_root, const char *path);

/* Make and lock the run directory, write down what the run is (steals), open the journal.
 */
int place_make_run(const char *run_root, const char *name, json_t *about, struct place *ret,
                   struct err *err) CHECKED;

/* Make the run's own directory, with a "bundle" and a "state" in it. */
int place_make_data(const char *data_root, struct place *place, struct err *err) CHECKED;

/* Remove the run directory; and the run root, if it was the last in it. */
int place_remove_run(struct place *place, struct err *err) CHECKED;

void place_close(struct place *place);
