// SPDX-License-Identifier: Apache-2.0
#include "relay.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 64 * 1024, WIDTH = 256 * 1024 };

static bool is_pipe(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode);
}

/* Every move wakes the one that writes and the one that reads: few and large ones do. */
static void widen(int pipe)
{
	(void)!fcntl(pipe, F_SETPIPE_SZ, WIDTH);
}

struct channel *relay_add(struct relay *relay, int from, int to)
{
	struct channel *channel = &relay->channels[relay->count++];

	*channel = (struct channel){ .from = from, .to = to, .piece = PIECE };
	channel->spliced = is_pipe(from) && is_pipe(to);
	if (channel->spliced) {
		widen(from);
		widen(to);
	}
	return channel;
}

static void finish(struct channel *channel)
{
	cleanup_close(&channel->from);
	cleanup_close(&channel->to);
	free(steal(&channel->data));
	channel->from = channel->to = -1;
}

static void fail(struct channel *channel)
{
	if (errno != EPIPE)
		channel->error = errno;
	finish(channel);
}

/* ---- moving -------------------------------------------------------------- */

static size_t allowed(const struct channel *channel)
{
	size_t most = channel->spliced ? WIDTH : PIECE;

	return channel->limited && channel->left < most ? channel->left : most;
}

static void count(struct channel *channel, size_t moved)
{
	if (channel->limited)
		channel->left -= moved;
}

static bool would_block(void)
{
	return errno == EAGAIN || errno == EINTR;
}

static void move_spliced(struct channel *channel)
{
	ssize_t moved = splice(channel->from, NULL, channel->to, NULL, allowed(channel),
	                       SPLICE_F_NONBLOCK | SPLICE_F_MOVE);

	if (moved > 0) {
		count(channel, (size_t)moved);
		channel->full = false;
	} else if (moved < 0 && would_block()) {
		/* It was readable, so it is the other side that cannot. */
		channel->full = !channel->full;
	} else if (moved < 0) {
		fail(channel);
	} else {
		finish(channel);
	}
}

/* A socket that blocks need not; a pipe or a terminal is written to when it has room. */
static ssize_t put(int fd, const char *data, size_t len)
{
	ssize_t done = send(fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);

	return done < 0 && errno == ENOTSOCK ? write(fd, data, len) : done;
}

static void flush(struct channel *channel)
{
	size_t len = channel->len < channel->piece ? channel->len : channel->piece;
	ssize_t done = put(channel->to, channel->data + channel->at, len);

	if (done < 0 && would_block()) {
		channel->full = true;
		return;
	}
	if (done < 0) {
		fail(channel);
		return;
	}
	channel->at += (size_t)done;
	channel->len -= (size_t)done;
	channel->full = channel->len > 0;
}

static void move_copied(struct channel *channel)
{
	ssize_t got;

	if (channel->len > 0) {
		flush(channel);
		return;
	}
	if (!channel->data)
		channel->data = xmalloc(PIECE);
	got = read(channel->from, channel->data, allowed(channel));
	if (got < 0 && would_block())
		return;
	if (got <= 0) { /* EIO is how a terminal says that nobody has it open */
		finish(channel);
		return;
	}
	count(channel, (size_t)got);
	channel->at = 0;
	channel->len = (size_t)got;
	flush(channel);
}

static void work(struct channel *channel, short from, short to)
{
	if (channel->to < 0)
		return;
	/* The reader went away; whoever writes to us shall know. */
	if (to & (POLLERR | POLLHUP | POLLNVAL)) {
		finish(channel);
		return;
	}
	if (channel->full ? !(to & POLLOUT) : !from)
		return;
	if (channel->spliced)
		move_spliced(channel);
	else
		move_copied(channel);
	if (channel->limited && channel->left == 0 && channel->len == 0)
		finish(channel);
}

/* ---- waiting ------------------------------------------------------------- */

void relay_watch(const struct relay *relay, struct pollfd *fds)
{
	for (size_t i = 0; i < RELAY_MOST; i++) {
		const struct channel *channel = &relay->channels[i];
		bool over = i >= relay->count || channel->to < 0;

		fds[2 * i] = (struct pollfd){ .fd = -1, .events = POLLIN };
		fds[2 * i + 1] = (struct pollfd){ .fd = over ? -1 : channel->to };
		if (over)
			continue;
		if (channel->full)
			fds[2 * i + 1].events = POLLOUT;
		else if (!channel->quiet)
			fds[2 * i].fd = channel->from;
	}
}

void relay_work(struct relay *relay, const struct pollfd *fds)
{
	for (size_t i = 0; i < relay->count; i++)
		work(&relay->channels[i], fds[2 * i].revents, fds[2 * i + 1].revents);
}

/* ---- ending -------------------------------------------------------------- */

void relay_close_input(struct relay *relay)
{
	for (size_t i = 0; i < relay->count; i++)
		if (relay->channels[i].input)
			finish(&relay->channels[i]);
}

bool relay_is_over(const struct relay *relay)
{
	for (size_t i = 0; i < relay->count; i++)
		if (relay->channels[i].to >= 0 && !relay->channels[i].input)
			return false;
	return true;
}

void relay_limit(struct relay *relay)
{
	for (size_t i = 0; i < relay->count; i++) {
		struct channel *channel = &relay->channels[i];
		int there = 0;

		if (channel->to < 0)
			continue;
		(void)!ioctl(channel->from, FIONREAD, &there);
		channel->limited = true;
		channel->left = there > 0 ? (size_t)there : 0;
		if (channel->left == 0 && channel->len == 0)
			finish(channel);
	}
}

void relay_close(struct relay *relay)
{
	for (size_t i = 0; i < relay->count; i++)
		finish(&relay->channels[i]);
}
