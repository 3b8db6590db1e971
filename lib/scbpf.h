/*
 * scbpf.h - layer 2: a filter as the kernel gets it, made quickly
 *
 * libseccomp takes longer for the default profile than all the rest of a small
 * container does.  This makes a program of the same decisions, by a search tree,
 * for the filters that are not odd; the odd ones are libseccomp's (scprogram.h).
 */
#pragma once

#include "scprogram.h"

/*
 * 1, or 0 if the filter must be left to libseccomp: it is for other architectures,
 * it has conditions that contradict each other or cannot hold, or it is too large.
 */
int sc_bpf_make(const json_t *filter, enum sc_arch native, struct sc_program *ret) CHECKED;
