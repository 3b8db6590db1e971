/*
 * etcfiles.h - layer 3: /etc/hosts, /etc/resolv.conf and their like for a container
 */
#pragma once

#include "doc.h"

struct etc_context {
	const json_t *config;  /* the finished document */
	const json_t *step;    /* that asks for the file, with what users add to it */
	const char *name;      /* the container's */
	const char *host_name; /* what it sees as its host name */
	bool rootless;
	const json_t *network; /* who connects it, as in /ocipipe/network, or NULL */
};

/* The text of a generated file: "hosts", "hostname", "resolv.conf", "containerenv". */
int etc_file(const char *kind, const struct etc_context *context, struct buf *ret,
             struct err *err) CHECKED;
