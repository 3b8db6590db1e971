// SPDX-License-Identifier: Apache-2.0
#include "digest.h"

#include <sha2.h>

char *digest_bytes(const void *data, size_t len)
{
	char *hex = xmalloc(SHA256_DIGEST_STRING_LENGTH);

	return SHA256Data(data, len, hex);
}

char *digest_value(const json_t *value)
{
	auto_buf struct buf text = { 0 };

	doc_print(value, DOC_COMPACT, &text);
	return digest_bytes(text.data, text.len);
}
