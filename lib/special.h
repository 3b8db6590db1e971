/*
 * special.h - layer 2: the mounts every container gets
 *
 * /proc, /dev, /sys and what lies in them depend on the namespaces and
 * mappings (B115 to B123), and the generated files on the network.  ocigen
 * writes them; mounts-apply brings them in line after other stages.
 */
#pragma once

#include "doc.h"

/*
 * Bring the special mounts and the generated files in line with the document's
 * namespaces, mappings and network mode.  Only a mount that has one of the forms
 * this function writes is touched; with `all`, whatever its form.
 */
int special_adjust(json_t *doc, bool all, struct err *err) CHECKED;

/* Put all special mounts, generated files and the working directory into a new document. */
int special_make(json_t *doc, struct err *err) CHECKED;

/* The masked and the read-only paths (B106, B107) of a new document. */
int special_paths(json_t *doc, struct err *err) CHECKED;

/* Where a generated file is mounted: "hosts" is at /etc/hosts; NULL for no such kind. */
const char *special_file_at(const char *kind);

/* A new row of /mounts and a new step for a generated file; `kind` is one of them. */
void special_file(const char *kind, json_t **mount, json_t **step);
