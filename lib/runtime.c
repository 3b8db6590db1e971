// SPDX-License-Identifier: Apache-2.0
#include "runtime.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgrouphost.h"
#include "doc.h"
#include "program.h"

/* ---- finding ------------------------------------------------------------- */

/* `name`, also where distributions put runtimes (B277); owned. */
static char *search(const char *name)
{
	return program_find(name, "/usr/bin:/usr/sbin:/usr/local/bin:/usr/local/sbin:"
	                          "/sbin:/bin");
}

/* cgroup v1 with a v2 hierarchy beside it, which crun refuses to work with. */
static bool hybrid_cgroups(void)
{
	return cgroup_is_v2("/sys/fs/cgroup/unified");
}

/* crun takes it for version 1 or 2 by what is mounted there. */
static bool no_cgroups(void)
{
	struct statfs fs;

	if (cgroup_host_is_v2())
		return false;
	return statfs("/sys/fs/cgroup", &fs) < 0 || fs.f_type != TMPFS_MAGIC;
}

static int not_found(const char *name, struct err *err)
{
	err_set(err, ERR_HOST, "there is no runtime %s", name);
	return err_hint(err, "install runc or crun, or name one with --runtime");
}

static int find_named(const char *wanted, struct runtime *ret, struct err *err)
{
	ret->why = "as asked";
	if (!strchr(wanted, '/')) {
		ret->path = search(wanted);
		return ret->path ? 0 : not_found(wanted, err);
	}
	ret->path = realpath(wanted, NULL);
	if (!ret->path)
		return not_found(wanted, err);
	if (program_can_run(ret->path))
		return 0;
	free(steal(&ret->path));
	return err_set(err, ERR_HOST, "%s is not an executable file", wanted);
}

int runtime_find(const char *wanted, struct runtime *ret, struct err *err)
{
	*ret = (struct runtime){ 0 };
	if (wanted)
		return find_named(wanted, ret, err);
	if (!hybrid_cgroups() && !no_cgroups()) {
		ret->path = search("crun");
		ret->why = "crun comes first";
	}
	if (!ret->path) {
		ret->path = search("runc");
		ret->why = hybrid_cgroups() ? "crun does not run on hybrid cgroups"
		           : no_cgroups()   ? "crun does not run without cgroups"
		                            : "no crun here";
	}
	return ret->path ? 0 : not_found("runc or crun", err);
}

bool runtime_is(const char *runtime, const char *name)
{
	return str_equal(base_name(runtime), name);
}

/* ---- command lines ------------------------------------------------------- */

void words_add(struct words *to, const char *word)
{
	if (to->count < ARRAY_LEN(to->words) - 1)
		to->words[to->count++] = word;
}

void words_add_all(struct words *to, const char *const *words)
{
	for (; words && *words; words++)
		words_add(to, *words);
}

void words_add_list(struct words *to, const json_t *list)
{
	const json_t *word;
	size_t i;

	json_array_foreach(list, i, word)
		words_add(to, doc_string(word));
}

char *const *words_argv(struct words *words)
{
	words->words[words->count] = NULL;
	return (char *const *)(uintptr_t)words->words;
}

/* ---- how it ended -------------------------------------------------------- */

enum { LARGEST = 1024 * 1024, FAILED = 125, NOT_EXECUTABLE = 126, NOT_FOUND = 127 };

/* The message of a line {"level": LEVEL, "msg": ...}, owned, or NULL for another line. */
static char *message_of(const char *line, size_t len, const char *level)
{
	json_auto_t *entry = NULL;
	const char *message;
	struct err ignored;

	if (doc_parse(line, len, &entry, &ignored) < 0)
		return NULL;
	message = doc_string(json_object_get(entry, "msg"));
	if (!message || !str_equal(doc_string(json_object_get(entry, "level")), level))
		return NULL;
	return xstrdup(message);
}

/* As much of it as a cause can be in. */
static void read_log(int data, struct buf *ret)
{
	auto_close int fd =
		openat(data, "runtime.log", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	ssize_t got = 0;

	if (fd >= 0)
		got = read(fd, buf_reserve(ret, LARGEST), LARGEST);
	ret->len = got > 0 ? (size_t)got : 0;
	buf_add(ret, "", 0);
}

/* The first message of one of two levels, owned, or NULL. */
static char *first_message(int data, const char *level, const char *other)
{
	auto_buf struct buf text = { 0 };
	const char *line;

	read_log(data, &text);
	for (line = text.data; *line;) {
		size_t len = strcspn(line, "\n");
		char *message = message_of(line, len, level);

		if (!message)
			message = message_of(line, len, other);
		if (message)
			return message;
		line += len + (line[len] == '\n');
	}
	return NULL;
}

char *runtime_cause(int data)
{
	return first_message(data, "error", "fatal");
}

/* Only chroot isolation has such a level. */
static void add_hint(int data, struct err *err)
{
	auto_free char *hint = first_message(data, "hint", "hint");

	if (hint)
		err_hint(err, "%s", hint);
}

void runtime_report_warnings(int data, const char *tool)
{
	auto_buf struct buf text = { 0 };

	read_log(data, &text);
	for (const char *line = text.data; *line;) {
		size_t len = strcspn(line, "\n");
		auto_free char *message = message_of(line, len, "warning");

		if (message)
			fprintf(stderr, "%s: %s\n", tool, message);
		line += len + (line[len] == '\n');
	}
}

/* What runc and crun say of a command that the kernel would not execute. */
static int cause_status(const char *cause)
{
	static const struct {
		const char *text;
		int status;
	} ends[] = {
		{ "no such file or directory", NOT_FOUND },
		{ "not a directory", NOT_EXECUTABLE },
		{ "permission denied", NOT_EXECUTABLE },
		{ "operation not permitted", NOT_EXECUTABLE },
		{ "exec format error", NOT_EXECUTABLE },
	};

	if (strstr(cause, "executable file") && strstr(cause, "not found"))
		return NOT_FOUND;
	if (!strstr(cause, "exec: ") && !str_starts(cause, "exec ") &&
	    !str_starts(cause, "open executable"))
		return FAILED;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		if (strcasestr(cause, ends[i].text))
			return ends[i].status;
	return FAILED;
}

void runtime_at(const char *runtime, const char *phase, struct err *err)
{
	err_where(err, "%s %s", base_name(runtime), phase);
}

/* The last line of what it said. */
static char *last_words(const char *said)
{
	size_t len = said ? strlen(said) : 0;
	const char *line;

	while (len > 0 && said[len - 1] == '\n')
		len--;
	if (len == 0)
		return NULL;
	line = memrchr(said, '\n', len);
	line = line ? line + 1 : said;
	return xstrndup(line, len - (size_t)(line - said));
}

int runtime_failed(const struct runtime_call *call, struct err *err)
{
	auto_free char *cause = runtime_cause(call->data);
	int status = FAILED;

	if (!cause)
		cause = last_words(call->said);
	if (call->code != CLD_EXITED) {
		err_set(err, ERR_HOST, "was killed by signal %d", call->status);
	} else if (cause) {
		err_set(err, ERR_HOST, "%s", cause);
		add_hint(call->data, err);
		status = cause_status(cause);
	} else {
		err_set(err, ERR_HOST, "ended with status %d and said nothing",
		        call->status);
	}
	runtime_at(call->runtime, call->phase, err);
	return status;
}
