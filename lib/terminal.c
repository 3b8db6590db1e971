// SPDX-License-Identifier: Apache-2.0
#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int terminal_open(struct terminal *ret, struct err *err)
{
	ret->tty = open("/dev/tty", O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (ret->tty >= 0 && tcgetattr(ret->tty, &ret->saved) == 0)
		return 0;
	err_set(err, ERR_HOST, "the process wants a terminal, but there is none here");
	return err_hint(err, "--tty=no");
}

/* ---- the runtime's side -------------------------------------------------- */

int terminal_listen(struct terminal *terminal, int dir, const char *name, struct err *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return err_errno(err, name, "cannot make a socket");
	terminal->listener = fd;
	/* A path of any length would not fit. */
	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", dir,
	         name);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 1) < 0)
		return err_errno(err, name, "cannot listen");
	return 0;
}

/* The first descriptor of the message; -1 (EAGAIN: not yet) if there is none. */
static int receive(int connection)
{
	char text[4096];
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec data = { text, sizeof(text) };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof(control.room),
	};
	struct cmsghdr *header;
	int fd;

	if (recvmsg(connection, &message, MSG_CMSG_CLOEXEC) < 0)
		return -1;
	header = CMSG_FIRSTHDR(&message);
	if (!header || header->cmsg_level != SOL_SOCKET ||
	    header->cmsg_type != SCM_RIGHTS || header->cmsg_len != CMSG_LEN(sizeof(int))) {
		errno = EPROTO;
		return -1;
	}
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

static bool is_master(int fd)
{
	int number;

	return ioctl(fd, TIOCGPTN, &number) == 0;
}

/* Whoever connects first is the runtime: nobody else can reach the socket. */
static int accept_once(struct terminal *terminal, struct err *err)
{
	int fd = accept4(terminal->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return errno == EAGAIN ? 0
		                       : err_errno(err, "console socket", "cannot accept");
	close(terminal->listener);
	terminal->listener = fd;
	terminal->connected = true;
	return 0;
}

int terminal_accept(struct terminal *terminal, struct err *err)
{
	auto_close int fd = -1;

	if (!terminal->connected && accept_once(terminal, err) < 0)
		return -1;
	if (!terminal->connected)
		return 0;
	fd = receive(terminal->listener);
	if (fd == -1 && errno == EAGAIN)
		return 0;
	close(steal_fd(&terminal->listener));
	if (fd < 0 || !is_master(fd)) {
		err_set(err, ERR_HOST, "the runtime sent no terminal");
		return err_where(err, "console socket");
	}
	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		return err_errno(err, "console socket", "cannot use the terminal");
	terminal->master = steal_fd(&fd);
	return 1;
}

/* ---- our side ------------------------------------------------------------ */

void terminal_raw(const struct terminal *terminal)
{
	struct termios raw = terminal->saved;

	if (terminal->tty < 0)
		return;
	cfmakeraw(&raw);
	/* In the background this stops us until we are in the foreground. */
	while (tcsetattr(terminal->tty, TCSANOW, &raw) < 0 && errno == EINTR)
		continue;
}

void terminal_resize(const struct terminal *terminal)
{
	struct winsize size;

	if (terminal->master >= 0 && ioctl(terminal->tty, TIOCGWINSZ, &size) == 0 &&
	    size.ws_row && size.ws_col)
		ioctl(terminal->master, TIOCSWINSZ, &size);
}

static int copy_of(int fd, struct err *err)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	return copy < 0 ? err_errno(err, "/dev/tty", "cannot copy a descriptor") : copy;
}

static int add(struct relay *relay, int from, int to, bool input, struct err *err)
{
	auto_close int ours = copy_of(from, err);
	int theirs;

	if (ours < 0)
		return -1;
	theirs = copy_of(to, err);
	if (theirs < 0)
		return -1;
	relay_add(relay, steal_fd(&ours), theirs)->input = input;
	return 0;
}

int terminal_start(struct terminal *terminal, struct relay *relay, struct err *err)
{
	if (add(relay, terminal->tty, terminal->master, true, err) < 0 ||
	    add(relay, terminal->master, terminal->tty, false, err) < 0)
		return -1;
	if (!terminal->sized)
		terminal_resize(terminal);
	terminal_raw(terminal);
	return 0;
}

void terminal_restore(const struct terminal *terminal)
{
	sigset_t stop, before;

	if (terminal->tty < 0)
		return;
	sigemptyset(&stop);
	sigaddset(&stop, SIGTTOU);
	sigprocmask(SIG_BLOCK, &stop, &before);
	tcsetattr(terminal->tty, TCSANOW, &terminal->saved);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

void terminal_close(struct terminal *terminal)
{
	cleanup_close(&terminal->listener);
	cleanup_close(&terminal->master);
	cleanup_close(&terminal->tty);
	terminal->listener = terminal->master = terminal->tty = -1;
}
