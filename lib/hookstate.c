// SPDX-License-Identifier: Apache-2.0
#include "hookstate.h"

#include <sys/mman.h>
#include <unistd.h>

#include "io.h"

const char hookstate_word[] = "--as-hook-with-state";

int hookstate_read(struct buf *ret, struct err *err)
{
	enum { MOST = 16 * 1024 * 1024 };

	return io_read_all(STDIN_FILENO, "the state", MOST, ret, err);
}

int hookstate_open(const struct buf *state, struct err *err)
{
	auto_close int fd = memfd_create("state", MFD_CLOEXEC);

	if (fd < 0 || io_write_all(fd, state->data, state->len, err) < 0 ||
	    lseek(fd, 0, SEEK_SET) < 0)
		return err_errno(err, "", "cannot pass the state on");
	return steal_fd(&fd);
}

static int become(char *const *words, struct err *err)
{
	auto_buf struct buf state = { 0 };
	auto_close int fd = -1;

	if (hookstate_read(&state, err) < 0)
		return -1;
	fd = hookstate_open(&state, err);
	if (fd < 0)
		return -1;
	if (dup2(fd, STDIN_FILENO) >= 0)
		execv(words[0], words + 1);
	return err_errno(err, words[0], "cannot be started");
}

int hookstate_main(char *const *words)
{
	enum { FAILED = 1 };
	struct err err = { 0 };

	/* The caller is ourselves. */
	if (!words[0] || !words[1])
		return FAILED;
	if (become(words, &err) < 0)
		err_report(&err, "ocirun");
	return FAILED;
}
