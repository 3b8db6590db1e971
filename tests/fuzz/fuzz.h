// SPDX-License-Identifier: Apache-2.0
/*
 * fuzz.h - what the fuzzers share
 *
 * A fuzzer gives one parser any bytes: it must refuse them or make something of
 * them, and what it makes must be as it promises.  make fuzz runs all of them.
 */
#pragma once

#include "doc.h"
#include "err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes as a string, which ends at the first NUL; the caller's. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	return xstrndup((const char *)data, size);
}

/* The bytes as JSON, the caller's, or NULL. */
static inline json_t *fuzz_json(const uint8_t *data, size_t size)
{
	struct err err;
	json_t *value;

	return doc_parse((const char *)data, size, &value, &err) < 0 ? NULL : value;
}

/* What must hold; the fuzzer shows the bytes if it does not. */
static inline void fuzz_holds(bool holds)
{
	if (!holds)
		abort();
}
