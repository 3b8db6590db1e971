// SPDX-License-Identifier: Apache-2.0
/*
 * once.c - in the place of a fuzzing engine: give a fuzzer each file of a directory, once
 *
 * Options are for the real engine.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>

#include "dir.h"
#include "fuzz/fuzz.h"
#include "io.h"

static size_t feed(const char *directory)
{
	auto_close int dir = dir_open(AT_FDCWD, directory);
	auto_dir DIR *list = dir < 0 ? NULL : dir_list(dir);
	size_t count = 0;

	fuzz_holds(list != NULL);
	for (struct dirent *entry; (entry = readdir(list));) {
		auto_close int fd = openat(dir, entry->d_name, O_RDONLY | O_CLOEXEC);
		auto_buf struct buf text = { 0 };
		struct err err;

		if (entry->d_name[0] == '.')
			continue;
		fuzz_holds(io_read_all(fd, entry->d_name, DOC_MAX_INPUT, &text, &err) == 0);
		LLVMFuzzerTestOneInput((const uint8_t *)text.data, text.len);
		count++;
	}
	return count;
}

int main(int argc, char **argv)
{
	size_t count = 0;

	for (int i = 1; i < argc; i++)
		if (argv[i][0] != '-')
			count += feed(argv[i]);
	fprintf(stderr, "Done %zu runs in 0 second(s)\n", count);
	return count > 0 ? 0 : 1;
}
