/*
 * pathlists.h - layer 4: paths that a container may not see, or not change
 *
 * /linux/maskedPaths and /linux/readonlyPaths, as --mask, --unmask and --readonly-path
 * edit them (B106, B107).
 */
#pragma once

#include "doc.h"
#include "opt.h"

/* What an option's `data` says is to be done with the path in its argument. */
enum path_request { PATH_MASK, PATH_UNMASK, PATH_READ_ONLY };

/* Edit both lists, in the order of the options; a path must be absolute (ERR_USAGE). */
int pathlists_edit(json_t *doc, const struct opt_list *paths, struct err *err) CHECKED;
