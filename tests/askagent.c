// SPDX-License-Identifier: Apache-2.0
/*
 * askagent.c - what a container can do to the socket of an ssh agent ($SSH_AUTH_SOCK)
 *
 *	ask TYPE LENGTH     a message with so many more bytes: what comes back
 *	claim LENGTH        the first five bytes of a longer message than there is
 *	pieces              a request, byte by byte, and again after three seconds
 *	many N              so many connections at once, each with a request
 *	silent N            so many that ask and never read; then one that does
 *	flood SECONDS       as much as goes on many connections, never reading
 *	junk N              so many connections, with bytes at random
 *	last                ask, say so, wait for the other side to end it
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { LIST_KEYS = 11, SIGN = 13 };

static int connect_to(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = getenv("SSH_AUTH_SOCK");
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (!path || strlen(path) >= sizeof(address.sun_path))
		exit(2);
	strcpy(address.sun_path, path);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		perror(path);
		exit(1);
	}
	return fd;
}

static int put(int fd, const void *data, size_t len)
{
	return send(fd, data, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static int put_header(int fd, size_t length, int type)
{
	unsigned char header[5] = { (unsigned char)(length >> 24),
		                    (unsigned char)(length >> 16),
		                    (unsigned char)(length >> 8), (unsigned char)length,
		                    (unsigned char)type };

	return put(fd, header, sizeof(header));
}

static int get(int fd, unsigned char *to, size_t len)
{
	for (ssize_t got; len > 0; to += got, len -= (size_t)got) {
		got = read(fd, to, len);
		if (got <= 0)
			return 0;
	}
	return 1;
}

/* The type of the answer, and how long it is; -1 if there is none. */
static int answer(int fd, size_t *len)
{
	static unsigned char body[1 << 20];
	unsigned char header[4];

	if (!get(fd, header, sizeof(header)))
		return -1;
	*len = (size_t)header[0] << 24 | (size_t)header[1] << 16 | (size_t)header[2] << 8 |
	       header[3];
	if (*len == 0 || *len > sizeof(body) || !get(fd, body, *len))
		return -1;
	return body[0];
}

static void say(int fd)
{
	size_t len;
	int type = answer(fd, &len);

	if (type < 0)
		puts("closed");
	else
		printf("type %d, %zu bytes\n", type, len);
	fflush(stdout);
}

static void ask(int fd, int type, size_t more)
{
	static const unsigned char zeros[4096];

	put_header(fd, 1 + more, type);
	while (more > 0) {
		size_t len = more < sizeof(zeros) ? more : sizeof(zeros);

		if (!put(fd, zeros, len))
			break;
		more -= len;
	}
}

static void pieces(int fd)
{
	static const unsigned char request[] = { 0, 0, 0, 1, LIST_KEYS };

	for (int again = 0; again < 2; again++) {
		for (size_t i = 0; i < sizeof(request); i++) {
			put(fd, request + i, 1);
			usleep(1000);
		}
		say(fd);
		if (!again)
			sleep(3);
	}
}

static void many(int count)
{
	int *fds = calloc((size_t)count, sizeof(*fds)), good = 0;
	size_t len;

	for (int i = 0; i < count; i++)
		fds[i] = connect_to();
	for (int i = 0; i < count; i++)
		ask(fds[i], LIST_KEYS, 0);
	for (int i = 0; i < count; i++)
		good += answer(fds[i], &len) == LIST_KEYS + 1;
	printf("%d answers\n", good);
}

static void silent(int count)
{
	for (int i = 0; i < count; i++)
		ask(connect_to(), LIST_KEYS, 0);
}

/* Long requests of a kind that is passed on, and their answers never read. */
static void flood(int seconds)
{
	enum { CONNECTIONS = 100, MESSAGE = 65536 };
	static const unsigned char message[MESSAGE] = { 0, 0, 0xff, 0xfc, SIGN };
	struct pollfd fds[CONNECTIONS];
	size_t at[CONNECTIONS] = { 0 };
	time_t end = time(NULL) + seconds;
	unsigned long long written = 0;

	for (int i = 0; i < CONNECTIONS; i++)
		fds[i] = (struct pollfd){ .fd = connect_to(), .events = POLLOUT };
	while (time(NULL) < end) {
		poll(fds, CONNECTIONS, 100);
		for (int i = 0; i < CONNECTIONS; i++) {
			ssize_t done = send(fds[i].fd, message + at[i], MESSAGE - at[i],
			                    MSG_NOSIGNAL | MSG_DONTWAIT);

			if (done <= 0)
				continue;
			at[i] = (at[i] + (size_t)done) % MESSAGE;
			written += (unsigned long long)done;
		}
	}
	printf("wrote %s\n", written > 10 << 20 ? "much" : "little");
	fprintf(stderr, "%llu MiB\n", written >> 20);
}

static void junk(int count)
{
	unsigned char data[64];

	for (int i = 0; i < count; i++) {
		int fd = connect_to();
		size_t len = (size_t)rand() % sizeof(data);

		for (size_t n = 0; n < len;
		     n++) /* short lengths, so that all of it is read */
			data[n] = (unsigned char)(n % 9 < 3 ? 0 : rand() % 32);
		put(fd, data, len);
		if (i % 2)
			shutdown(fd, SHUT_WR);
		close(fd);
	}
}

int main(int argc, char *argv[])
{
	const char *mode = argc > 1 ? argv[1] : "";
	int number = argc > 2 ? atoi(argv[2]) : 0;
	int fd = connect_to();

	if (strcmp(mode, "ask") == 0) {
		ask(fd, number, argc > 3 ? (size_t)atol(argv[3]) : 0);
		say(fd);
	} else if (strcmp(mode, "claim") == 0) {
		put_header(fd, strtoul(argv[2], NULL, 10), SIGN);
		say(fd);
	} else if (strcmp(mode, "pieces") == 0) {
		pieces(fd);
	} else if (strcmp(mode, "many") == 0) {
		many(number);
	} else if (strcmp(mode, "silent") == 0) {
		silent(number);
		ask(fd, LIST_KEYS, 0);
		say(fd);
	} else if (strcmp(mode, "flood") == 0) {
		flood(number);
	} else if (strcmp(mode, "junk") == 0) {
		junk(number);
	} else if (strcmp(mode, "last") == 0) {
		ask(fd, LIST_KEYS, 0);
		say(fd);
		say(fd);
	} else {
		return 2;
	}
	return 0;
}
