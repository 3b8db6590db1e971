/*
 * cdidir.h - layer 3: directories of CDI files
 */
#pragma once

#include "cdi.h"

struct cdidir;

/*
 * Read the files of all directories; those of later ones go before, and one that
 * does not exist has none.  What was read is appended to `inputs`.  NULL, and
 * *err, if a file is not in order.
 */
struct cdidir *cdidir_read(const char *const *paths, size_t count, json_t *inputs,
                           struct err *err) CHECKED;

/* Edits that are due; `place` says where they are written, "FILE: POINTER". */
typedef int cdidir_visitor(void *to, const char *place, const json_t *edits,
                           struct err *err);

/*
 * Visit the edits for the device with this qualified name ("all": all of the kind,
 * unless one is named so), those of its file first, once for all devices.
 */
int cdidir_find(struct cdidir *dir, const char *name, cdidir_visitor *visit, void *to,
                struct err *err) CHECKED;

void cdidir_free(struct cdidir *dir);
