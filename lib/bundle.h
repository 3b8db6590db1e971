/*
 * bundle.h - layer 3: write files into a bundle
 */
#pragma once

#include "buf.h"
#include "targets.h"

struct bundle_file {
	const char *bundle; /* its directory */
	const char *path;   /* in there; directories above it are made */
	mode_t mode;
	struct owner owner;
};

/* Make the file, which must not be there. */
int bundle_write(const struct bundle_file *file, const struct buf *text,
                 struct err *err) CHECKED;
