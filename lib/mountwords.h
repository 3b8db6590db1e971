/*
 * mountwords.h - layer 2: what people write to ask for a mount
 *
 * All words come from closed sets.  What is not in them is an error that names
 * it, never an option that the kernel gets to see (CVE-2024-9407).
 */
#pragma once

#include "doc.h"

/*
 * A new mount for one value of podman's options --volume, --mount and --tmpfs;
 * a relative source is relative to the current directory.  `text` is cut up.
 * NULL, and *err, if it is wrong.
 */
json_t *mountwords_volume(char *text, struct err *err) CHECKED;
json_t *mountwords_mount(char *text, struct err *err) CHECKED;
json_t *mountwords_tmpfs(char *text, struct err *err) CHECKED;
