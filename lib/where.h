/*
 * where.h - layer 3: names and places of a run, as options and environment choose them
 */
#pragma once

#include "err.h"

/* Names become directories, cgroups and host names (CVE-2026-33747). */
int where_check_name(const char *name, struct err *err) CHECKED;

/* A name that nobody has; owned. */
int where_new_name(char **ret, struct err *err) CHECKED;

/* The path as an absolute one; owned. */
char *where_absolute(const char *path) CHECKED;

/*
 * Our state: `asked`, or /run/ocipipe; an ordinary user's is in $XDG_RUNTIME_DIR or
 * /tmp.  Owned, absolute.
 */
char *where_run_root(const char *asked) CHECKED;

/* What is large: `asked`, or $TMPDIR, or /var/tmp.  Owned, absolute. */
char *where_data_root(const char *asked) CHECKED;

/*
 * What lasts from run to run: `asked`, or $OCIPIPE_CACHE_DIR, or /var/cache/ocipipe; an
 * ordinary user's is in $XDG_CACHE_HOME or ~/.cache.  Owned, absolute.
 */
char *where_cache_dir(const char *asked) CHECKED;

/* True if `path` is `above` or lies in it; both are absolute. */
bool where_is_below(const char *path, const char *above);
