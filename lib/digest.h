/*
 * digest.h - layer 1: SHA-256 of values
 */
#pragma once

#include "doc.h"

/* Of these bytes, as 64 hexadecimal digits; owned. */
char *digest_bytes(const void *data, size_t len) CHECKED;

/* Of the value's text in the compact style; owned. */
char *digest_value(const json_t *value) CHECKED;
