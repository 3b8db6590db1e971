/*
 * imageconfig.h - layer 2: the configuration of an OCI or Docker image
 *
 * Whoever made the image may be hostile: nothing in here ever selects anything
 * of this host (CVE-2026-57231).
 */
#pragma once

#include "doc.h"

struct image {
	json_t *doc;              /* owned; the rest lies in it, or is NULL */
	const json_t *env;        /* strings, each NAME=VALUE */
	const json_t *entrypoint; /* strings, at least one; so below */
	const json_t *cmd;
	const json_t *shell;
	const json_t *labels;
	const char *user;    /* not empty; so below */
	const char *workdir; /* absolute or relative to / */
	const char *hostname;
};

/* Check the document, which is stolen; an error's `where` is a pointer into it. */
int image_take_new(json_t *doc, struct image *ret, struct err *err) CHECKED;
void image_free(struct image *image);

/*
 * What the image-spec's conversion rules make annotations of: a new object.  The
 * image's labels win over what follows from other members.
 */
json_t *image_annotations(const struct image *image) CHECKED;

/*
 * The paths of its VOLUMEs, tidy and sorted, each once: a new array.  One that does not
 * begin with a slash is relative to /.
 */
json_t *image_volumes(const struct image *image) CHECKED;

/* True for an annotation that tells a runtime what to do with the host. */
bool image_label_commands(const char *label);
