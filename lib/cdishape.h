/*
 * cdishape.h - layer 2: the members of a CDI file, one table for all versions
 */
#pragma once

#include "doc.h"
#include "names.h"

enum cdi_version { CDI_0_3, CDI_0_4, CDI_0_5, CDI_0_6, CDI_0_7, CDI_0_8, CDI_1_0, CDI_1_1 };

/* "0.3.0" and so on. */
extern const struct name cdi_versions[];

/* Check kinds, values and versions of all members of an object. */
int cdishape_check(const json_t *file, enum cdi_version version, struct err *err) CHECKED;

/* "vendor.com/class", `len` bytes of it. */
bool cdi_is_kind(const char *text, size_t len);

bool cdi_is_device_name(const char *text);
