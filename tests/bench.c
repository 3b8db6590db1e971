// SPDX-License-Identifier: Apache-2.0
/*
 * bench - how long one pipe of commands takes beside another
 *
 *	bench [-n ROUNDS] [-i INPUT] [-p PAUSE] A [ARG...] [:: B...] -- C [ARG...] [:: D...]
 *
 * Runs A | B and C | D in turn, each with INPUT as its standard input and
 * /dev/null as its output, and prints one line: the median of the rounds of
 * each in microseconds, the median of the rounds' ratios, and the most memory
 * a command of the first pipe held, in KiB.  What disturbs the machine
 * disturbs both, and the ratio hardly.  A command that fails ends the bench.
 *
 * The kernel is still at work for the last run when the next one begins, which
 * that one gains or loses by: moving a process into a cgroup waits for all
 * processors unless somebody else has just done it.  PAUSE milliseconds before
 * each run let all begin alike.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_STAGES = 32 };

struct line {
	char **stages[MOST_STAGES];
	int count;
};

struct times {
	double *values;
	int count;
};

static const char *input = "/dev/null";
static unsigned int pause_ms;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Start one command; the descriptors are its own from here on. */
static pid_t start(char **argv, int in, int out)
{
	posix_spawn_file_actions_t actions;
	extern char **environ;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	errno = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	if (errno)
		err(1, "%s", argv[0]);
	posix_spawn_file_actions_destroy(&actions);
	close(in);
	close(out);
	return pid;
}

static void start_all(const struct line *line, pid_t *pids)
{
	int in = open(input, O_RDONLY | O_CLOEXEC);

	if (in < 0)
		err(1, "%s", input);
	for (int i = 0; i < line->count; i++) {
		int ends[2] = { -1, -1 };

		if (i + 1 < line->count && pipe2(ends, O_CLOEXEC) < 0)
			err(1, "pipe");
		if (i + 1 == line->count)
			ends[1] = open("/dev/null", O_WRONLY | O_CLOEXEC);
		pids[i] = start(line->stages[i], in, ends[1]);
		in = ends[0];
	}
}

/* The microseconds until the last of them has ended; *rss grows to the largest. */
static double run(const struct line *line, long *rss)
{
	pid_t pids[MOST_STAGES];
	double begin;

	usleep(pause_ms * 1000);
	begin = now();
	start_all(line, pids);
	for (int i = 0; i < line->count; i++) {
		struct rusage usage;
		int status;

		if (wait4(pids[i], &status, 0, &usage) < 0)
			err(1, "wait4");
		if (status != 0)
			errx(1, "%s failed", line->stages[i][0]);
		if (usage.ru_maxrss > *rss)
			*rss = usage.ru_maxrss;
	}
	return now() - begin;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(struct times *times)
{
	qsort(times->values, (size_t)times->count, sizeof(double), compare);
	return times->values[times->count / 2];
}

/* Cut a command line into its stages; what is left of argv. */
static char **parse(char **argv, struct line *line)
{
	line->stages[line->count++] = argv;
	for (; *argv && strcmp(*argv, "--") != 0; argv++) {
		if (strcmp(*argv, "::") != 0)
			continue;
		*argv = NULL;
		if (line->count == MOST_STAGES)
			errx(2, "more than %d stages", MOST_STAGES);
		line->stages[line->count++] = argv + 1;
	}
	return argv;
}

static void measure(const struct line *a, const struct line *b, int rounds)
{
	size_t n = (size_t)rounds;
	struct times first = { calloc(n, sizeof(double)), rounds };
	struct times second = { calloc(n, sizeof(double)), rounds };
	struct times ratio = { calloc(n, sizeof(double)), rounds };
	long rss = 0, ignored = 0;

	if (!first.values || !second.values || !ratio.values)
		err(1, "calloc");
	run(a, &rss); /* into the page cache */
	run(b, &ignored);
	for (int i = 0; i < rounds; i++) {
		/* Who comes first takes turns, too. */
		if (i % 2)
			second.values[i] = run(b, &ignored);
		first.values[i] = run(a, &rss);
		if (i % 2 == 0)
			second.values[i] = run(b, &ignored);
		ratio.values[i] = first.values[i] / second.values[i];
	}
	printf("%.0f %.0f %.3f %ld\n", median(&first), median(&second), median(&ratio),
	       rss);
	free(first.values);
	free(second.values);
	free(ratio.values);
}

int main(int argc, char *argv[])
{
	struct line a = { .count = 0 }, b = { .count = 0 };
	int rounds = 200, option;
	char **rest;

	while ((option = getopt(argc, argv, "+n:i:p:")) != -1) {
		if (option == 'n')
			rounds = atoi(optarg);
		else if (option == 'i')
			input = optarg;
		else if (option == 'p')
			pause_ms = (unsigned int)atoi(optarg);
		else
			return 2;
	}
	rest = parse(argv + optind, &a);
	if (!*rest || rounds < 1)
		errx(2, "usage: bench [-n ROUNDS] [-i INPUT] [-p PAUSE] A... [:: B...] -- "
		        "C... [:: "
		        "D...]");
	*rest = NULL;
	parse(rest + 1, &b);
	measure(&a, &b, rounds);
	return 0;
}
