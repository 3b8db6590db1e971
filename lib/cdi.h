/*
 * cdi.h - layer 2: files of the Container Device Interface
 *
 * A file describes the devices of one kind ("vendor.com/class") by the edits
 * that a container needs to use them: CDI specification 0.3.0 to 1.1.0.  Files
 * are read strictly: what is not known would silently not be done.
 */
#pragma once

#include "doc.h"

/* Check a file's content; the error's `where` is a pointer. */
int cdi_check(const json_t *file, struct err *err) CHECKED;

/* True if `text` is meant as a device's qualified name, "vendor.com/class=name". */
bool cdi_is_name(const char *text);

/* Refuse a qualified name that is not in order. */
int cdi_check_name(const char *text, struct err *err) CHECKED;
