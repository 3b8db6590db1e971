// SPDX-License-Identifier: Apache-2.0
/* USER:GROUP on the first line, looked up in the rest as passwd(5) and as group(5). */
#include <string.h>

#include "accounts.h"
#include "fuzz.h"

static void find(const struct account_words *words, const struct buf *file)
{
	struct account account = { 0 };
	struct err err;

	if (account_find(words, file, file, &account, &err) < 0)
		return;
	/* Nobody becomes root by being called something else. */
	fuzz_holds(account.uid != UINT32_MAX && account.gid != UINT32_MAX);
	fuzz_holds(account.count > 0 && account.groups[0] == account.gid);
	account_free(&account);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	struct account_words words = { 0 };
	auto_free char *word = NULL;
	auto_buf struct buf file = { 0 };
	struct err err;

	if (!end)
		return 0;
	word = fuzz_text(data, (size_t)(end - data));
	buf_add(&file, end + 1, size - (size_t)(end - data) - 1);
	if (account_parse(word, &words, &err) == 0) {
		find(&words, &file);
		account_words_free(&words);
	}
	return 0;
}
