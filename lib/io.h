/*
 * io.h - layer 0: whole files in, whole files out
 *
 * Reading and writing survive EINTR, EAGAIN and short transfers, check every
 * call and every close, and never block on what is not a file where one is
 * expected.  All descriptors are close-on-exec.
 */
#pragma once

#include <sys/stat.h>

#include "buf.h"
#include "err.h"

/* For a message: the whole path of `name` in the directory `fd` (NULL: of `fd` itself). */
int io_where(int fd, const char *name, struct err *err);

/* Make sure descriptors 0, 1 and 2 are open, so that no later open lands on them. */
int io_secure_standard(struct err *err) CHECKED;

/* All of `fd` into `ret`, at most `max` bytes.  `where` names it in errors. */
int io_read_all(int fd, const char *where, size_t max, struct buf *ret,
                struct err *err) CHECKED;

/*
 * Open the regular file `path` for reading, relative to `dir`.  A FIFO, a
 * device or a directory is an ERR_INPUT, at once.  A descriptor or -1.
 */
int io_open_file(int dir, const char *path, struct err *err) CHECKED;

/* The regular file `path` as a whole. */
int io_read_file(const char *path, size_t max, struct buf *ret, struct err *err) CHECKED;

/* A number that nobody can guess, for a name that nobody has yet. */
int io_random(uint64_t *ret, struct err *err) CHECKED;

/* flock(2), in spite of signals; -1 and errno. */
int io_lock(int fd, int how) CHECKED;

/* True if the open file or directory has no name any more. */
bool io_is_removed(int fd);

/* True of /dev/null, whatever its name. */
bool io_is_null(const struct stat *st);

/* All of it to `fd`; a reader that went away is ERR_QUIET. */
int io_write_all(int fd, const void *data, size_t len, struct err *err) CHECKED;

/* All of it to standard output, which is closed: some file systems say only then that
 * they are full. */
int io_write_output(const void *data, size_t len, struct err *err) CHECKED;

/*
 * Replace `path` by these bytes, by rename(2), so that a reader sees the old
 * file or the new one.  An existing file keeps its mode and, where we may
 * give it away, its owner; a new one has `mode` less the umask.  A symbolic link
 * stays one: the file that it leads to is replaced.  What is not a regular file
 * is written to.  With `if_changed` an equal file is left alone.
 */
int io_write_file(const char *path, const void *data, size_t len, unsigned int mode,
                  bool if_changed, struct err *err) CHECKED;
