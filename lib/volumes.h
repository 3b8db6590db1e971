/*
 * volumes.h - layer 2: what users bound into a container
 */
#pragma once

#include "doc.h"

/*
 * True if users asked for a bind mount, or an overlay over one (B230).  What every
 * container gets, devices, and what a prepare step makes (generated files, caches,
 * secrets) do not count.
 */
bool volumes_any(const json_t *doc);
