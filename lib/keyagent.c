// SPDX-License-Identifier: Apache-2.0
#include "keyagent.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "call.h"
#include "program.h"

enum { PATIENCE = 10 /* seconds */, MILLI = 1000, LARGEST_KEY = 100 * 1024 /* B412 */ };

static const char announcement[] = "SSH_AUTH_SOCK=";

static char *find(const char *name, struct err *err)
{
	char *path = program_find(name, "/usr/bin:/bin");

	if (path)
		return path;
	err_set(err, ERR_HOST, "cannot be found");
	err_where(err, "%s", name);
	err_hint(err, "it comes with OpenSSH's client; or give --ssh an agent's socket");
	return NULL;
}

/* ---- ssh-agent ----------------------------------------------------------- */

static pid_t launch(const char *program, int dir, const char *name, int said,
                    struct err *err)
{
	auto_close int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	const char *const words[] = { program, "-D", "-a", name, NULL };
	const struct call call = {
		.phase = "ssh-agent",
		.argv = (char *const *)(uintptr_t)words,
		.dir = dir,
		.streams = { null, said, said },
		.dies_with_us = true,
		.unprivileged = true,
		.env = (const char *const[]){ "LANG=C", NULL },
	};

	if (null < 0)
		return err_errno(err, "/dev/null", "cannot open");
	return call_start(&call, err);
}

/* It says where it listens, and by then it does; or what keeps it from that. */
static int await(struct watch *watch, int said, struct err *err)
{
	char text[512] = "";
	int ready = watch_other(watch, said, PATIENCE * MILLI);

	if (ready < 0)
		return err_set(err, ERR_QUIET, "told to end");
	if (ready > 0 && read(said, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	if (str_starts(text, announcement))
		return 0;
	text[strcspn(text, "\r\n")] = '\0';
	err_set(err, ERR_HOST, "%s%s%s", ready ? "did not start" : "was not ready in time",
	        *text ? ": " : "", text);
	return err_where(err, "ssh-agent");
}

static int start(struct watch *watch, int dir, const char *name, struct err *err)
{
	auto_free char *program = find("ssh-agent", err);
	auto_close int said = -1;
	int ends[2];
	pid_t pid;

	if (!program)
		return -1;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno(err, "", "cannot make a pipe");
	said = ends[0];
	pid = launch(program, dir, name, ends[1], err);
	close(ends[1]);
	return pid < 0 ? -1 : await(watch, said, err);
}

/* ---- ssh-add ------------------------------------------------------------- */

static int open_key(const char *path, struct err *err)
{
	auto_close int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		err_errno(err, path, "cannot be read");
		err->kind = ERR_HOST;
		return -1;
	}
	if (S_ISREG(st.st_mode) && st.st_size <= LARGEST_KEY)
		return steal_fd(&fd);
	err_set(err, ERR_HOST,
	        S_ISREG(st.st_mode) ? "is larger than a key"
	                            : "is neither a key nor an only socket");
	return err_where(err, "%s", path);
}

/* The last line, without its end; NULL if there is none. */
static const char *last_line(struct buf *said)
{
	char *start;

	if (!said->data)
		return NULL;
	while (said->len > 0 && strchr("\r\n", said->data[said->len - 1]))
		said->data[--said->len] = '\0';
	start = strrchr(said->data, '\n');
	start = start ? start + 1 : said->data;
	return *start ? start : NULL;
}

static int blame(struct watch *watch, const char *path, struct err *err)
{
	const char *said = last_line(&watch->said);

	if (watch_asked(watch))
		return err_set(err, ERR_QUIET, "told to end");
	if (said && str_starts(said, "Enter passphrase"))
		err_set(err, ERR_HOST,
		        "needs a passphrase, and nobody is there to type it");
	else
		err_set(err, ERR_HOST, "ssh-add does not take it%s%s", said ? ": " : "",
		        said ? said : "");
	err_where(err, "%s", path);
	return err_hint(err, "an agent that has it can be given to --ssh instead");
}

/* Through standard input: so it is the file that was looked at, whoever may read it. */
static int load(struct watch *watch, const char *program, int dir, const char *name,
                const char *path, struct err *err)
{
	auto_free char *where = xasprintf("%s%s", announcement, name);
	auto_close int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	auto_close int key = open_key(path, err);
	auto_close int said = key < 0 ? -1 : watch_listen(watch, err);
	const char *const words[] = { program, "-", NULL };
	const struct call call = {
		.phase = "ssh-add",
		.argv = (char *const *)(uintptr_t)words,
		.dir = dir,
		.streams = { key, null, said },
		.dies_with_us = true,
		.unprivileged = true,
		.env = (const char *const[]){ where, "SSH_ASKPASS_REQUIRE=never", "LANG=C",
		                              NULL },
	};
	pid_t pid;

	if (key < 0 || said < 0)
		return -1;
	if (null < 0)
		return err_errno(err, "/dev/null", "cannot open");
	pid = call_start(&call, err);
	if (pid < 0)
		return -1;
	watch_call(watch, pid, PATIENCE);
	if (watch->call_end.code == CLD_EXITED && watch->call_end.status == 0)
		return 0;
	return blame(watch, path, err);
}

int keyagent_start(struct watch *watch, int dir, const char *name, const json_t *paths,
                   struct err *err)
{
	auto_free char *program = find("ssh-add", err);
	const json_t *path;
	size_t i;

	if (!program || start(watch, dir, name, err) < 0)
		return -1;
	json_array_foreach(paths, i, path)
		if (load(watch, program, dir, name, doc_string(path), err) < 0)
			return -1;
	buf_free(&watch->said); /* or the runtime would be said to have said it */
	return 0;
}
