/*
 * targets.h - layer 3: directories and files that must exist in the root filesystem
 *
 * Missing ones are made component by component by directory descriptor, so
 * that no link leads outside (CVE-2024-45310, CVE-2026-55686).  Nothing that
 * existed is touched.
 */
#pragma once

#include <sys/types.h>

#include "journal.h"
#include "owner.h"

/*
 * Make the directory `path` and those above it: mode 0755, owned by `owner`.
 * It stays (it is part of the step's result), so it is not journalled.
 */
int target_workdir(int root, const char *path, struct owner owner, struct err *err) CHECKED;

/*
 * Make the mount target `path`, by `mode` (S_IFDIR | 0755) a directory or else an
 * empty file, and the directories above it; all that is made is journalled, to be
 * removed again.
 */
int target_mount(int root, const struct journal *journal, const char *path, mode_t mode,
                 struct owner owner, struct err *err) CHECKED;

/* Remove again what these lines of a journal say was made, if it is still that, and empty.
 */
int targets_undo(int root, const json_t *lines, struct err *err) CHECKED;

/* Refuse a root filesystem whose /dev, /proc or /sys is not a directory (CVE-2026-41579).
 */
int targets_check(int root, struct err *err) CHECKED;

/* Refuse this host's own root, which what is made for a container is not to be made in. */
int targets_check_host(int root, struct err *err) CHECKED;
