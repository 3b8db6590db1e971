/*
 * dir.h - layer 0: directories, opened by their place in another
 */
#pragma once

#include "base.h"

/* The directory `name` in the directory `above`, not if it is a link; -1 and errno. */
int dir_open(int above, const char *name) CHECKED;

/* What is in the directory `dir`, which stays the caller's; NULL and errno. */
DIR *dir_list(int dir) CHECKED;
