/*
 * valid.h - layer 0: what strings and numbers of a document may be
 *
 * What is written by hand, comes from a vendor's file or is in a document already is
 * held to the same.
 */
#pragma once

#include "base.h"

enum {
	VALID_LAST_MAJOR = 0xfff, /* what the kernel's dev_t holds */
	VALID_LAST_MINOR = 0xfffff,
	VALID_LAST_CPU = 8191, /* of the largest kernels */
	VALID_LAST_NODE = 1023,
};

bool valid_filled(const char *text);   /* not empty */
bool valid_absolute(const char *text); /* a path that begins with / */

/* NAME=VALUE: runc refuses an entry without =, crun runs with it (L13). */
bool valid_env_entry(const char *text);

/* A path of which no component is "." or ".."; it may be empty. */
bool valid_inside(const char *text);

/* The letters r, w and m, each at most once, and at least one. */
bool valid_access(const char *text);

/* The name of a network interface, as the kernel takes it. */
bool valid_interface(const char *name);

/* A file name below /sys/fs/resctrl, or "/" for that itself; it may be empty. */
bool valid_rdt_class(const char *text);

/* A line for memory bandwidth in a schemata file: "MB:0=70". */
bool valid_bandwidth(const char *text);
