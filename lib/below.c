// SPDX-License-Identifier: Apache-2.0
#include "below.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "rootfs.h"

static struct below *find(struct below *list, const struct mountprep *prep)
{
	while (list && list->prep != prep)
		list = list->next;
	return list;
}

static void free_one(struct below *below)
{
	cleanup_close(&below->source);
	free(below);
}

/* Take part in the use of the source; NULL with *err filled in. */
static struct below *enter(struct below **list, int run_root, const struct mountprep *prep,
                           struct err *err)
{
	struct below *below = find(*list, prep);
	auto_free char *path = NULL; /* for whoever cleans up after us */

	if (below)
		return below;
	path = xasprintf("%s%s", prep->root ? prep->root : "", prep->source);
	below = xcalloc(1, sizeof(*below));
	below->prep = prep;
	below->lock = (struct rootlock)ROOTLOCK_NONE;
	below->source = mountprep_reopen(prep, err);
	if (below->source < 0 ||
	    rootlock_take(run_root, below->source, path, &below->lock, err) < 0) {
		struct err ignored;

		(void)!rootlock_leave(&below->lock, below->source, &ignored);
		free_one(below);
		return NULL;
	}
	below->next = *list;
	*list = below;
	return below;
}

/* 1 if it is there, 0 if it can be made, -1 if it is neither. */
static int look(const struct mountprep *prep, int source, const char *path, struct err *err)
{
	auto_close int fd = rootfs_open_beneath(source, path, O_PATH);

	if (fd >= 0)
		return 1;
	if (errno == EXDEV) {
		err_set(err, ERR_HOST, "a link leads out of %s", prep->source);
		return err_hint(err, "mount at the place that it leads to");
	}
	if (errno != ENOENT) {
		err_errno(err, prep->source, "has no place for %s", path);
		err->kind = ERR_HOST;
		return -1;
	}
	if (!prep->read_only)
		return 0;
	err_set(err, ERR_HOST, "is missing in %s, which is mounted read-only",
	        prep->source);
	return err_hint(err, "make it there, or mount %s writable", prep->target);
}

/* We take part also if it is there: whoever made it must not remove it under our mount. */
int below_make(struct below **list, int run_root, const struct mountprep *prep,
               const struct below_target *target, struct err *err)
{
	struct below *below = enter(list, run_root, prep, err);
	int there;

	if (!below)
		return -1;
	there = look(prep, below->source, target->path, err);
	if (there != 0)
		return there < 0 ? -1 : 0;
	return target_mount(below->source, &below->lock.journal, target->path, target->mode,
	                    target->owner, err);
}

void below_leave(struct below **list, const char *tool)
{
	while (*list) {
		struct below *below = *list;
		struct err err;

		*list = below->next;
		if (rootlock_leave(&below->lock, below->source, &err) < 0)
			err_report(&err, tool);
		free_one(below);
	}
}
