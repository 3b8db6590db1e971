// SPDX-License-Identifier: Apache-2.0
#include "feed.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { READ_AHEAD = 64 * 1024, LAST_WORDS = 4096, REAP_SECONDS = 10 };

enum end { READ_END, WRITE_END };

/* What we poll. */
enum { INPUT, OUTPUT, ERRORS, PROCESS, SIGNALS, POLLED };

struct program {
	const struct feed *feed;
	struct pollfd polled[POLLED];
	pid_t pid;
	size_t fed;
	struct buf *output;
	struct buf words; /* the end of its standard error */
	struct timespec deadline;
};

/* How signals were before, since they may not stay as they have to be meanwhile. */
struct signals {
	sigset_t mask;
	struct sigaction pipe;
	struct sigaction child;
};

/* ---- starting ------------------------------------------------------------ */

static void set_signals(struct signals *old, sigset_t *ending)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	const struct sigaction standard = { .sa_handler = SIG_DFL };

	sigemptyset(ending);
	sigaddset(ending, SIGINT);
	sigaddset(ending, SIGTERM);
	sigaddset(ending, SIGHUP);
	sigaddset(ending, SIGQUIT);
	sigprocmask(SIG_BLOCK, ending, &old->mask);
	sigaction(SIGPIPE, &ignore, &old->pipe);
	/* If SIGCHLD was ignored the kernel would throw the exit status away. */
	sigaction(SIGCHLD, &standard, &old->child);
}

/* A signal that came meanwhile is delivered now. */
static void restore_signals(const struct signals *old)
{
	sigaction(SIGPIPE, &old->pipe, NULL);
	sigaction(SIGCHLD, &old->child, NULL);
	sigprocmask(SIG_SETMASK, &old->mask, NULL);
}

_Noreturn static void become(const struct feed *feed, const int child[3], int failure,
                             pid_t parent)
{
	const struct sigaction standard = { .sa_handler = SIG_DFL };
	sigset_t none;
	int error;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (dup2(child[fd], fd) < 0)
			_exit(1);
	close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
	sigaction(SIGPIPE, &standard, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (chdir("/") == 0)
		execve(feed->path, feed->argv, feed->envp);
	error = errno;
	(void)!write(failure, &error, sizeof(error));
	_exit(1);
}

/* Nothing if it was started, else why not. */
static int read_failure(int fd, const char *path, struct err *err)
{
	int error;
	ssize_t got;

	do
		got = read(fd, &error, sizeof(error));
	while (got < 0 && errno == EINTR);
	if (got != (ssize_t)sizeof(error))
		return 0;
	errno = error;
	err_errno(err, path, "cannot be started");
	err->kind = ERR_HOST;
	return -1;
}

struct pipes {
	int fd[4][2]; /* standard input, output, errors; and why exec failed */
};

static void close_pipes(const struct pipes *pipes)
{
	for (size_t i = 0; i < ARRAY_LEN(pipes->fd); i++)
		for (int end = READ_END; end <= WRITE_END; end++)
			if (pipes->fd[i][end] >= 0)
				close(pipes->fd[i][end]);
}

static int open_pipes(struct pipes *pipes, struct err *err)
{
	memset(pipes, -1, sizeof(*pipes));
	for (size_t i = 0; i < ARRAY_LEN(pipes->fd); i++)
		if (pipe2(pipes->fd[i], O_CLOEXEC) < 0)
			return err_errno(err, "", "cannot make a pipe");
	return 0;
}

/* Take one end over as ours, not blocking, and close the program's. */
static void adopt(struct program *program, struct pipes *pipes, int which, enum end ours)
{
	int fd = pipes->fd[which][ours];

	close(pipes->fd[which][!ours]);
	pipes->fd[which][ours] = pipes->fd[which][!ours] = -1;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	program->polled[which] =
		(struct pollfd){ .fd = fd, .events = ours == WRITE_END ? POLLOUT : POLLIN };
}

static int spawn(struct program *program, struct pipes *pipes, struct err *err)
{
	const int child[] = { pipes->fd[INPUT][READ_END], pipes->fd[OUTPUT][WRITE_END],
		              pipes->fd[ERRORS][WRITE_END] };
	int *failure = pipes->fd[3];
	pid_t parent = getpid();

	program->pid = fork();
	if (program->pid < 0)
		return err_errno(err, "", "cannot start a process");
	if (program->pid == 0)
		become(program->feed, child, failure[WRITE_END], parent);
	setpgid(program->pid, program->pid); /* whoever comes first */
	close(failure[WRITE_END]);
	failure[WRITE_END] = -1;
	adopt(program, pipes, INPUT, WRITE_END);
	adopt(program, pipes, OUTPUT, READ_END);
	adopt(program, pipes, ERRORS, READ_END);
	if (read_failure(failure[READ_END], program->feed->path, err) < 0) {
		waitpid(program->pid, NULL, 0);
		return -1;
	}
	program->polled[PROCESS].fd = pidfd_open(program->pid, 0);
	if (program->polled[PROCESS].fd >= 0)
		return 0;
	err_errno(err, "", "cannot watch a process");
	kill(-program->pid, SIGKILL);
	waitpid(program->pid, NULL, 0);
	return -1;
}

/* ---- meanwhile ----------------------------------------------------------- */

static void hang_up(struct pollfd *polled)
{
	close(polled->fd);
	polled->fd = -1;
}

/* One that does not read its input is not wrong. */
static void feed_more(struct program *program)
{
	const struct feed *feed = program->feed;
	size_t left = feed->len - program->fed;
	ssize_t put = 0;

	if (left > 0) /* else the input may be NULL */
		put = write(program->polled[INPUT].fd,
		            (const char *)feed->input + program->fed, left);
	if (put < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (put > 0)
		program->fed += (size_t)put;
	if (put < 0 || program->fed == feed->len)
		hang_up(&program->polled[INPUT]);
}

/* True if something came; at the end of file the descriptor is closed. */
static bool read_some(struct pollfd *polled, struct buf *to)
{
	ssize_t got;

	if (polled->fd < 0)
		return false;
	got = read(polled->fd, buf_reserve(to, READ_AHEAD), READ_AHEAD);
	if (got > 0)
		to->len += (size_t)got;
	else if (got == 0 || (errno != EAGAIN && errno != EINTR))
		hang_up(polled);
	return got > 0;
}

static bool read_words(struct program *program)
{
	struct buf *words = &program->words;
	bool came = read_some(&program->polled[ERRORS], words);

	if (words->len > LAST_WORDS) {
		memmove(words->data, words->data + words->len - LAST_WORDS, LAST_WORDS);
		words->len = LAST_WORDS;
	}
	return came;
}

static int read_output(struct program *program, bool *came, struct err *err)
{
	*came = read_some(&program->polled[OUTPUT], program->output);
	if (program->output->len > program->feed->max_output)
		return err_set(err, ERR_HOST, "printed more than %zu bytes",
		               program->feed->max_output);
	return 0;
}

static struct timespec from_now(uint64_t seconds)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	now.tv_sec += (time_t)seconds;
	return now;
}

/* Until the deadline, rounded up so that it is reached; 0 from then on. */
static int milliseconds_left(const struct timespec *deadline)
{
	struct timespec now = from_now(0);
	int64_t left = (deadline->tv_sec - now.tv_sec) * INT64_C(1000) +
	               (deadline->tv_nsec - now.tv_nsec) / 1000000 + 1;

	return left <= 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
}

/* 1 once it has ended, 0 to go on. */
static int attend(struct program *program, struct err *err)
{
	struct pollfd *polled = program->polled;
	int left = milliseconds_left(&program->deadline);
	bool came;

	if (left == 0)
		return err_set(err, ERR_HOST, "did not end within %llu s",
		               (unsigned long long)program->feed->seconds);
	if (poll(polled, POLLED, left) < 0)
		return errno == EINTR ? 0 : err_errno(err, "", "cannot wait");
	if (polled[SIGNALS].fd >= 0 && polled[SIGNALS].revents)
		return err_set(err, ERR_QUIET, "a signal came");
	if (polled[INPUT].fd >= 0 && polled[INPUT].revents)
		feed_more(program);
	if (polled[ERRORS].revents)
		read_words(program);
	if (polled[OUTPUT].revents && read_output(program, &came, err) < 0)
		return -1;
	return polled[PROCESS].revents != 0;
}

/* ---- ending -------------------------------------------------------------- */

/* What is in the pipes already. */
static int drain(struct program *program, struct err *err)
{
	bool came;

	do
		if (read_output(program, &came, err) < 0)
			return -1;
	while (came);
	for (size_t left = 1024 * 1024 / READ_AHEAD; left > 0 && read_words(program);)
		left--;
	return 0;
}

/* Kill what is left of the group, then reap; killed, that takes no time unless it is stuck
 * in the kernel. */
static int reap(struct program *program, siginfo_t *how, struct err *err)
{
	kill(-program->pid, SIGKILL);
	if (poll(&program->polled[PROCESS], 1, REAP_SECONDS * 1000) == 0)
		return err_set(err, ERR_HOST, "cannot be killed");
	if (waitid(P_PID, (id_t)program->pid, how, WEXITED) < 0)
		return err_errno(err, "", "cannot learn how it ended");
	return 0;
}

/* The last line that says something; cut up. */
static const char *last_line(struct buf *words)
{
	char *line;

	while (words->len > 0 && strchr("\n\r\t ", words->data[words->len - 1]))
		words->len--;
	if (words->len == 0)
		return "";
	words->data[words->len] = '\0';
	line = memrchr(words->data, '\n', words->len);
	return line ? line + 1 : words->data;
}

static int how_it_ended(const siginfo_t *how, struct err *err)
{
	if (how->si_code != CLD_EXITED)
		return err_set(err, ERR_HOST, "was killed by signal %d (%s)",
		               how->si_status, strsignal(how->si_status));
	if (how->si_status != 0)
		return err_set(err, ERR_HOST, "exited with status %d", how->si_status);
	return 0;
}

static void add_last_words(struct program *program, struct err *err)
{
	const char *words = last_line(&program->words);
	size_t len = strlen(err->what);

	snprintf(err->what + len, sizeof(err->what) - len, "%s%s", *words ? ": " : "",
	         words);
}

/* Let it run to its end, whatever that is. */
static int converse(struct program *program, struct err *err)
{
	struct err first = { 0 };
	siginfo_t how = { 0 };
	int ended;

	program->deadline = from_now(program->feed->seconds);
	while ((ended = attend(program, &first)) == 0)
		;
	if (reap(program, &how, err) < 0)
		return -1;
	if (ended < 0)
		*err = first;
	else if (drain(program, err) == 0 && how_it_ended(&how, err) == 0)
		return 0;
	add_last_words(program, err);
	return -1;
}

static int start(struct program *program, const sigset_t *ending, struct err *err)
{
	struct pipes pipes;
	int failed = open_pipes(&pipes, err);

	program->polled[SIGNALS].fd = signalfd(-1, ending, SFD_CLOEXEC);
	if (failed == 0)
		failed = spawn(program, &pipes, err);
	close_pipes(&pipes);
	return failed;
}

int feed_run(const struct feed *feed, struct buf *output, struct err *err)
{
	struct program program = { .feed = feed, .output = output };
	struct signals old;
	sigset_t ending;
	int failed;

	for (size_t i = 0; i < POLLED; i++)
		program.polled[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
	set_signals(&old, &ending);
	failed = start(&program, &ending, err);
	if (failed == 0)
		failed = converse(&program, err);
	for (size_t i = 0; i < POLLED; i++)
		if (program.polled[i].fd >= 0)
			close(program.polled[i].fd);
	buf_free(&program.words);
	restore_signals(&old);
	return failed && !err->where[0] ? err_where(err, "%s", feed->path) : failed;
}
