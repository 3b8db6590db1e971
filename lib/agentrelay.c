// SPDX-License-Identifier: Apache-2.0
#include "agentrelay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	MOST_TALKS = 128,
	PIECE = 4096,
	LONGEST = 256 * 1024, /* message: OpenSSH's own limit */
	LENGTH = 4,
	HEADER = LENGTH + 1,
	PAUSE = 1000 /* ms */
};

enum message { FAILURE = 5, LIST_KEYS = 11, SIGN = 13 };

/* What is awaited next, and so from whom. */
enum stage {
	ASKING,    /* the first bytes of a request */
	PASSING,   /* the rest of it, for the agent */
	DROPPING,  /* the rest of one that is refused */
	ANSWERING, /* the length of the answer, from the agent */
	RETURNING, /* the rest of it, for the client */
};

struct talk {
	int client;
	int agent; /* -1 until something is to be asked */
	enum stage stage;
	size_t left;    /* of the message */
	size_t at, len; /* what has been read and not written */
	unsigned char data[PIECE];
};

struct relay_state {
	int listener, agent;
	struct talk **talks;
	size_t count, most;
	bool paused; /* there are no descriptors to be had */
};

/* ---- the agent ----------------------------------------------------------- */

int agentrelay_connect(int agent)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const struct timeval patience = { .tv_sec = 1 }; /* with a long queue before us */
	auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d", agent);
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0 ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		return -1;
	return steal_fd(&fd);
}

/* ---- moving: false is the end of it -------------------------------------- */

static bool would_block(void)
{
	return errno == EAGAIN || errno == EINTR;
}

/* Read no more than `most` bytes behind those that are there. */
static bool fill(struct talk *talk, int from, size_t most)
{
	ssize_t got = read(from, talk->data + talk->len, most);

	if (got > 0)
		talk->len += (size_t)got;
	return got > 0 || (got < 0 && would_block());
}

static bool flush(struct talk *talk, int to)
{
	ssize_t done = send(to, talk->data + talk->at, talk->len - talk->at, MSG_NOSIGNAL);

	if (done < 0)
		return would_block();
	talk->at += (size_t)done;
	if (talk->at == talk->len)
		talk->at = talk->len = 0;
	return true;
}

/* Of a message of `left` more bytes: out with what is there, or in with more. */
static bool move(struct talk *talk, int from, int to, enum stage next)
{
	size_t most = talk->left < PIECE ? talk->left : PIECE;

	if (talk->len > 0) {
		if (!flush(talk, to))
			return false;
	} else {
		if (!fill(talk, from, most))
			return false;
		talk->left -= talk->len;
	}
	if (talk->len == 0 && talk->left == 0)
		talk->stage = next;
	return true;
}

static size_t length_of(const unsigned char *data)
{
	return (size_t)data[0] << 24 | (size_t)data[1] << 16 | (size_t)data[2] << 8 |
	       data[3];
}

static void refuse(struct talk *talk)
{
	static const unsigned char failure[HEADER] = { 0, 0, 0, 1, FAILURE };

	for (talk->len = 0; talk->len < HEADER; talk->len++)
		talk->data[talk->len] = failure[talk->len];
	talk->stage = RETURNING;
}

static bool ask(struct talk *talk, int agent)
{
	if (!fill(talk, talk->client, HEADER - talk->len))
		return false;
	if (talk->len < HEADER)
		return true;
	talk->left = length_of(talk->data);
	if (talk->left == 0 || talk->left > LONGEST)
		return false;
	talk->left--;
	if (talk->data[LENGTH] == LIST_KEYS || talk->data[LENGTH] == SIGN) {
		if (talk->agent < 0)
			talk->agent = agentrelay_connect(agent);
		talk->stage = PASSING;
		return talk->agent >= 0;
	}
	talk->len = 0;
	talk->stage = DROPPING;
	if (talk->left == 0)
		refuse(talk);
	return true;
}

static bool drop(struct talk *talk)
{
	size_t most = talk->left < PIECE ? talk->left : PIECE;

	if (!fill(talk, talk->client, most))
		return false;
	talk->left -= talk->len;
	talk->len = 0;
	if (talk->left == 0)
		refuse(talk);
	return true;
}

static bool answer(struct talk *talk)
{
	if (!fill(talk, talk->agent, LENGTH - talk->len))
		return false;
	if (talk->len < LENGTH)
		return true;
	talk->left = length_of(talk->data);
	talk->stage = RETURNING;
	return talk->left > 0 && talk->left <= LONGEST;
}

static bool go_on(struct talk *talk, int agent)
{
	switch (talk->stage) {
	case ASKING:
		return ask(talk, agent);
	case PASSING:
		return move(talk, talk->client, talk->agent, ANSWERING);
	case DROPPING:
		return drop(talk);
	case ANSWERING:
		return answer(talk);
	default:
		return move(talk, talk->agent, talk->client, ASKING);
	}
}

/* ---- waiting ------------------------------------------------------------- */

static bool writes(const struct talk *talk)
{
	return (talk->stage == PASSING || talk->stage == RETURNING) && talk->len > 0;
}

static bool waits_for_client(const struct talk *talk)
{
	switch (talk->stage) {
	case PASSING:
		return !writes(talk);
	case RETURNING:
		return writes(talk);
	default:
		return talk->stage != ANSWERING;
	}
}

/* Two entries: the client, the agent.  Of the one that we do not wait for, its end. */
static void watch_talk(const struct talk *talk, struct pollfd fds[2])
{
	short events = writes(talk) ? POLLOUT : POLLIN;
	bool client = waits_for_client(talk);

	fds[0] = (struct pollfd){ .fd = talk->client, .events = client ? events : 0 };
	fds[1] = (struct pollfd){ .fd = talk->agent, .events = client ? 0 : events };
}

/* False when it is over.  Whoever has hung up may have said something before. */
static bool work(struct talk *talk, const struct pollfd fds[2], int agent)
{
	const struct pollfd *active = &fds[waits_for_client(talk) ? 0 : 1];
	const struct pollfd *other = &fds[waits_for_client(talk) ? 1 : 0];

	if (other->revents & (POLLHUP | POLLERR))
		return false;
	if (!active->revents)
		return true;
	return go_on(talk, agent);
}

static void end(struct relay_state *state, size_t i)
{
	struct talk *talk = state->talks[i];

	close(talk->client);
	if (talk->agent >= 0)
		close(talk->agent);
	free(talk);
	state->talks[i] = state->talks[--state->count];
	state->paused = false;
}

static void begin(struct relay_state *state)
{
	int client = accept4(state->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct talk *talk;

	if (client < 0) {
		state->paused = !would_block() && errno != ECONNABORTED;
		return;
	}
	talk = xmalloc(sizeof(*talk));
	talk->client = client;
	talk->agent = -1;
	talk->stage = ASKING;
	talk->left = talk->at = talk->len = 0;
	state->talks[state->count++] = talk;
}

/* Those whose descriptors there are. */
static size_t most_talks(void)
{
	enum { OTHERS = 16 };
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
	    limit.rlim_cur > 2 * MOST_TALKS + OTHERS)
		return MOST_TALKS;
	return (size_t)(limit.rlim_cur - OTHERS) / 2;
}

static void wait_once(struct relay_state *state, struct pollfd *fds)
{
	bool open = state->count < state->most && !state->paused;

	fds[0] = (struct pollfd){ .fd = open ? state->listener : -1, .events = POLLIN };
	for (size_t i = 0; i < state->count; i++)
		watch_talk(state->talks[i], fds + 1 + 2 * i);
	if (poll(fds, 1 + 2 * state->count, state->paused ? PAUSE : -1) < 0)
		return;
	state->paused = false;
	/* The last first: the place of one that ends is taken by one that is done. */
	for (size_t i = state->count; i-- > 0;)
		if (!work(state->talks[i], fds + 1 + 2 * i, state->agent))
			end(state, i);
	if (fds[0].revents)
		begin(state);
}

_Noreturn void agentrelay_run(int listener, int agent)
{
	struct relay_state state = {
		.listener = listener,
		.agent = agent,
		.most = most_talks(),
	};
	struct pollfd *fds = xcalloc(1 + 2 * state.most, sizeof(*fds));

	state.talks = xcalloc(state.most, sizeof(struct talk *));
	for (;;)
		wait_once(&state, fds);
}
