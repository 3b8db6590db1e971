// SPDX-License-Identifier: Apache-2.0
#include "hookrecord.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "doc.h"
#include "hookstate.h"
#include "io.h"
#include "parse.h"

const char hookrecord_word[] = "--as-hook";

enum { FAILED = 1, MOST_KEPT = 64 * 1024 };

/* One of its outputs: what is kept of it, and how long it was. */
struct output {
	int fd; /* what we read from; -1: it is over */
	int to; /* ours */
	struct buf kept;
	uint64_t len;
};

struct recorder {
	const char *file;
	const char *stage;
	uint64_t seconds; /* 0: without end */
	const char *path;
	char *const *argv;
	struct buf state;
	struct output outputs[2];
	pid_t pid;
	int pidfd;
	struct timespec start;
	time_t at;
	bool timed_out;
	int failed; /* errno, if it could not be started */
	siginfo_t how;
};

/* ---- the hook ------------------------------------------------------------ */

_Noreturn static void become(const struct recorder *recorder, const int streams[3],
                             int failed, pid_t parent)
{
	int error;

	signal(SIGPIPE, SIG_DFL);
	/* A runtime that loses its patience ends us, and means the hook. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent &&
	    dup2(streams[0], STDIN_FILENO) >= 0 && dup2(streams[1], STDOUT_FILENO) >= 0 &&
	    dup2(streams[2], STDERR_FILENO) >= 0)
		execv(recorder->path, recorder->argv);
	error = errno;
	(void)!write(failed, &error, sizeof(error));
	_exit(FAILED);
}

static int spawn(struct recorder *recorder, struct err *err)
{
	auto_close int state = hookstate_open(&recorder->state, err);
	int out[2], errors[2], failed[2];
	pid_t parent = getpid();

	if (state < 0)
		return -1;
	if (pipe2(out, O_CLOEXEC) < 0 || pipe2(errors, O_CLOEXEC) < 0 ||
	    pipe2(failed, O_CLOEXEC) < 0)
		return err_errno(err, "", "cannot make pipes");
	recorder->pid = fork();
	if (recorder->pid == 0)
		become(recorder, (int[]){ state, out[1], errors[1] }, failed[1], parent);
	close(out[1]);
	close(errors[1]);
	close(failed[1]);
	recorder->outputs[0].fd = out[0];
	recorder->outputs[1].fd = errors[0];
	if (recorder->pid < 0)
		return err_errno(err, "", "cannot start a process");
	if (read(failed[0], &recorder->failed, sizeof(recorder->failed)) < 0)
		recorder->failed = errno;
	close(failed[0]);
	recorder->pidfd = pidfd_open(recorder->pid, 0);
	return recorder->pidfd < 0 ? err_errno(err, "", "cannot watch the hook") : 0;
}

/* ---- meanwhile ----------------------------------------------------------- */

static double elapsed(const struct recorder *recorder)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - recorder->start.tv_sec) +
	       (double)(now.tv_nsec - recorder->start.tv_nsec) / 1e9;
}

static void take(struct output *output)
{
	char data[16 * 1024];
	ssize_t got = read(output->fd, data, sizeof(data));
	size_t room = MOST_KEPT - output->kept.len;
	struct err ignored;

	if (got < 0 && errno == EINTR)
		return;
	if (got <= 0) {
		close(output->fd);
		output->fd = -1;
		return;
	}
	buf_add(&output->kept, data, (size_t)got < room ? (size_t)got : room);
	output->len += (uint64_t)got;
	if (output->to >= 0 && io_write_all(output->to, data, (size_t)got, &ignored) < 0)
		output->to = -1; /* nobody listens */
}

/* Milliseconds until the time is over, rounded up; -1 for ever. */
static int left(const struct recorder *recorder)
{
	double rest;

	if (recorder->seconds == 0 || recorder->timed_out)
		return -1;
	rest = (double)recorder->seconds - elapsed(recorder);
	return rest <= 0 ? 0 : rest > 3600 ? 3600 * 1000 : (int)(rest * 1000) + 1;
}

/* Take what there is; true once the hook has ended. */
static bool attend(struct recorder *recorder, int wait)
{
	struct pollfd fds[] = { { .fd = recorder->outputs[0].fd, .events = POLLIN },
		                { .fd = recorder->outputs[1].fd, .events = POLLIN },
		                { .fd = recorder->pidfd, .events = POLLIN } };
	int got = poll(fds, ARRAY_LEN(fds), wait);

	for (int i = 0; got > 0 && i < 2; i++)
		if (fds[i].revents)
			take(&recorder->outputs[i]);
	return got > 0 && fds[2].revents;
}

/* What it printed last; who else holds its output is not waited for. */
static void drain(struct recorder *recorder)
{
	enum { MOST_PIECES = 64 };

	for (int i = 0; i < MOST_PIECES; i++)
		(void)attend(recorder, 0);
}

static void accompany(struct recorder *recorder)
{
	while (!attend(recorder, left(recorder))) {
		if (left(recorder) != 0)
			continue;
		recorder->timed_out = true;
		(void)pidfd_send_signal(recorder->pidfd, SIGKILL, NULL, 0);
	}
	drain(recorder);
	while (waitid(P_PIDFD, (id_t)recorder->pidfd, &recorder->how, WEXITED) < 0)
		if (errno != EINTR)
			return;
}

/* ---- the record ---------------------------------------------------------- */

/* How much of it is whole letters, if the last one was cut in two. */
static size_t whole_letters(const struct buf *data)
{
	size_t len = data->len;

	if (len < MOST_KEPT)
		return len;
	while (len > data->len - 3 && (data->data[len - 1] & 0xc0) == 0x80)
		len--;
	return (data->data[len - 1] & 0xc0) == 0xc0 ? len - 1 : len;
}

/* As text; bytes that are none become U+FFFD. */
static json_t *text_of(const struct buf *data)
{
	auto_buf struct buf ascii = { 0 };
	json_t *ret = NULL;

	if (data->len == 0)
		return json_string("");
	if (!memchr(data->data, '\0', data->len))
		ret = json_stringn(data->data, data->len);
	if (!ret && data->len == MOST_KEPT && !memchr(data->data, '\0', data->len))
		ret = json_stringn(data->data, whole_letters(data));
	if (ret)
		return ret;
	for (size_t i = 0; i < data->len; i++) {
		if ((unsigned char)data->data[i] - 1U < 0x7f)
			buf_char(&ascii, data->data[i]);
		else
			buf_text(&ascii, "\xef\xbf\xbd");
	}
	return json_string(ascii.data);
}

static json_t *words_of(char *const *words)
{
	json_t *ret = json_array();

	for (; *words; words++) {
		const struct buf word = { .data = *words, .len = strlen(*words) };

		json_array_append_new(ret, text_of(&word));
	}
	return ret;
}

static json_t *state_of(const struct recorder *recorder)
{
	struct err ignored;
	json_t *state;

	if (recorder->state.len > 0 &&
	    doc_parse(recorder->state.data, recorder->state.len, &state, &ignored) == 0)
		return state;
	return text_of(&recorder->state);
}

static void put_output(json_t *record, const char *name, const struct output *output)
{
	auto_free char *length = xasprintf("%sLength", name);

	json_object_set_new(record, name, text_of(&output->kept));
	if (output->len > output->kept.len)
		json_object_set_new(record, length, doc_u64(output->len));
}

static void put_end(json_t *record, const struct recorder *recorder)
{
	if (recorder->failed)
		json_object_set_new(record, "error",
		                    json_string(strerror(recorder->failed)));
	else if (recorder->how.si_code == CLD_EXITED)
		json_object_set_new(record, "exit", json_integer(recorder->how.si_status));
	else
		json_object_set_new(record, "signal",
		                    json_integer(recorder->how.si_status));
	if (recorder->timed_out)
		json_object_set_new(record, "timedOut", json_true());
}

static json_t *make_record(const struct recorder *recorder)
{
	char started[32] = "";
	struct tm broken;
	json_t *ret;

	if (gmtime_r(&recorder->at, &broken))
		strftime(started, sizeof(started), "%Y-%m-%dT%H:%M:%SZ", &broken);
	ret = json_pack("{s:s, s:s, s:o, s:o, s:o}", "stage", recorder->stage, "path",
	                recorder->path, "args", words_of(recorder->argv), "env",
	                words_of(environ), "state", state_of(recorder));
	put_output(ret, "stdout", &recorder->outputs[0]);
	put_output(ret, "stderr", &recorder->outputs[1]);
	put_end(ret, recorder);
	json_object_set_new(ret, "started", json_string(started));
	json_object_set_new(ret, "milliseconds",
	                    doc_u64((uint64_t)(elapsed(recorder) * 1000)));
	return ret;
}

static int write_record(const struct recorder *recorder, struct err *err)
{
	auto_close int fd =
		open(recorder->file, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC);
	json_auto_t *record = make_record(recorder);
	auto_buf struct buf text = { 0 };

	if (fd < 0)
		return err_errno(err, recorder->file, "cannot be written");
	doc_print(record, DOC_INDENTED, &text);
	buf_char(&text, '\n');
	return io_write_all(fd, text.data, text.len, err) < 0
	               ? err_where(err, "%s", recorder->file)
	               : 0;
}

/* ---- all of it ----------------------------------------------------------- */

/* As the hook ended, for whoever called it. */
static int end(const struct recorder *recorder, struct err *err)
{
	if (recorder->failed) {
		errno = recorder->failed;
		return err_errno(err, recorder->path, "cannot be started");
	}
	if (recorder->timed_out) {
		err_set(err, ERR_HOST, "was not done within %llu s",
		        (unsigned long long)recorder->seconds);
		return err_where(err, "%s", recorder->path);
	}
	if (recorder->how.si_code == CLD_EXITED)
		return recorder->how.si_status;
	signal(recorder->how.si_status, SIG_DFL);
	raise(recorder->how.si_status);
	return FAILED;
}

static int record(struct recorder *recorder, struct err *err)
{
	if (hookstate_read(&recorder->state, err) < 0 || spawn(recorder, err) < 0)
		return -1;
	accompany(recorder);
	return write_record(recorder, err);
}

/* The caller is ourselves: what is not understood is our own mistake. */
static bool parse(char *const *words, struct recorder *recorder)
{
	size_t count = 0;

	while (words[count])
		count++;
	if (count < 5 || !parse_u64(words[2], &recorder->seconds))
		return false;
	recorder->file = words[0];
	recorder->stage = words[1];
	recorder->path = words[3];
	recorder->argv = words + 4;
	return true;
}

int hookrecord_main(char *const *words)
{
	struct recorder recorder = {
		.pidfd = -1,
		.outputs = { { .fd = -1, .to = STDOUT_FILENO },
		             { .fd = -1, .to = STDERR_FILENO } },
	};
	struct err err = { 0 };
	int status;

	if (!parse(words, &recorder) || io_secure_standard(&err) < 0)
		return FAILED;
	signal(SIGPIPE, SIG_IGN);
	clock_gettime(CLOCK_MONOTONIC, &recorder.start);
	recorder.at = time(NULL);
	status = record(&recorder, &err);
	if (status == 0)
		status = end(&recorder, &err);
	if (err.kind != ERR_NONE)
		err_report(&err, "ocirun");
	for (int i = 0; i < 2; i++) {
		if (recorder.outputs[i].fd >= 0)
			close(recorder.outputs[i].fd);
		buf_free(&recorder.outputs[i].kept);
	}
	if (recorder.pidfd >= 0)
		close(recorder.pidfd);
	buf_free(&recorder.state);
	return status < 0 ? FAILED : status;
}
