/*
 * cacheclean.h - layer 4: remove the caches that nobody uses
 */
#pragma once

#include <stdbool.h>

/*
 * Remove the caches in `dir` that nobody uses, and say on standard output how large
 * each was, and its id; false if one stays that cannot be removed.
 */
bool cacheclean(const char *dir, const char *tool);
