// SPDX-License-Identifier: Apache-2.0
#include "secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"
#include "spec.h"

enum { LARGEST = 16 * 1024 * 1024, DEFAULT_MODE = 0400 };

static bool is_secret(const json_t *wish)
{
	return strcmp(step_text(wish, "step"), "secret") == 0;
}

/* ---- guarding ------------------------------------------------------------ */

int secrets_guard(void)
{
	int before = prctl(PR_GET_DUMPABLE);

	prctl(PR_SET_DUMPABLE, 0);
	return before;
}

void secrets_unguard(int before)
{
	if (before == 1)
		prctl(PR_SET_DUMPABLE, 1);
}

/* ---- taking -------------------------------------------------------------- */

static int cannot_take(const char *from, struct err *err)
{
	err_errno(err, from, "cannot be read");
	err->kind = ERR_HOST;
	return -1;
}

/* What splice(2) and sendfile(2) do not take: sockets, terminals. */
static ssize_t copy_by_hand(int from, int to)
{
	char block[4096];
	struct err ignored;
	ssize_t got;

	do
		got = read(from, block, sizeof(block));
	while (got < 0 && errno == EINTR);
	if (got > 0 && io_write_all(to, block, (size_t)got, &ignored) < 0)
		got = -1;
	explicit_bzero(block, sizeof(block));
	return got;
}

/* Some bytes, from kernel to kernel where that goes; 0 at the end, else try again. */
static ssize_t copy_some(int from, int to)
{
	ssize_t got = sendfile(to, from, NULL, LARGEST);

	if (got < 0 && (errno == EINVAL || errno == ESPIPE))
		got = splice(from, NULL, to, NULL, LARGEST, 0);
	if (got < 0 && (errno == EINVAL || errno == ESPIPE))
		got = copy_by_hand(from, to);
	if (got >= 0 || (errno != EINTR && errno != EAGAIN))
		return got;
	if (errno == EAGAIN) /* whoever opened it wants no waits */
		poll(&(struct pollfd){ .fd = from, .events = POLLIN }, 1, -1);
	return 1;
}

static int copy_all(int from, int to, const char *name, struct err *err)
{
	struct stat st = { 0 };
	ssize_t got;

	do
		got = copy_some(from, to);
	while (got > 0 && fstat(to, &st) == 0 && st.st_size <= LARGEST);
	if (got < 0)
		return cannot_take(name, err);
	if (st.st_size <= LARGEST)
		return 0;
	err_set(err, ERR_HOST, "is more than %d MiB", LARGEST / (1024 * 1024));
	return err_where(err, "%s", name);
}

static int take_file(const char *path, int to, struct err *err)
{
	auto_close int from = io_open_file(AT_FDCWD, path, err);

	if (from >= 0)
		return copy_all(from, to, path, err);
	err->kind = ERR_HOST;
	return -1;
}

/* All entries of that name, where /proc/PID/environ shows them. */
static void wipe(const char *name)
{
	size_t len = strlen(name);

	for (char **entry = environ; *entry; entry++)
		if (strncmp(*entry, name, len) == 0 && (*entry)[len] == '=')
			explicit_bzero(*entry + len + 1, strlen(*entry + len + 1));
	unsetenv(name);
}

static int take_variable(const char *name, int to, struct err *err)
{
	const char *value = getenv(name);

	if (!value) {
		err_set(err, ERR_HOST, "is not set");
		err_where(err, "$%s", name);
		return err_hint(err, "sudo drops variables: sudo --preserve-env=%s", name);
	}
	if (io_write_all(to, value, strlen(value), err) < 0)
		return -1;
	wipe(name);
	return 0;
}

static int take_descriptor(int number, unsigned int preserve, int to, struct err *err)
{
	auto_free char *name = xasprintf("descriptor %d", number);
	int ret;

	if (number <= STDERR_FILENO + (int)preserve) {
		err_set(err, ERR_USAGE, "would be the command's, too");
		err_where(err, "%s", name);
		return err_hint(err, "--preserve-fds=%d", number - STDERR_FILENO - 1);
	}
	ret = copy_all(number, to, name, err);
	close(number);
	return ret;
}

static int take(const json_t *source, unsigned int preserve, int to, struct err *err)
{
	const char *env = step_text(source, "env"), *file = step_text(source, "file");
	uint64_t fd = 0;

	if (env)
		return take_variable(env, to, err);
	if (file)
		return take_file(file, to, err);
	(void)!doc_get_u64(json_object_get(source, "fd"), &fd);
	return take_descriptor((int)fd, preserve, to, err);
}

static int seal(int fd, struct err *err)
{
	enum { SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

	if (fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		return err_errno(err, "", "cannot be sealed");
	return 0;
}

static const struct secret *find(const struct secret *list, const json_t *source)
{
	while (list && !json_equal(list->source, source))
		list = list->next;
	return list;
}

static int add(struct secret **list, const json_t *source, unsigned int preserve,
               struct err *err)
{
	auto_close int fd = memfd_create("secret", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct secret *secret;

	if (fd < 0)
		return err_errno(err, "", "no memory for it");
	if (take(source, preserve, fd, err) < 0 || seal(fd, err) < 0)
		return -1;
	secret = xcalloc(1, sizeof(*secret));
	*secret = (struct secret){ *list, source, steal_fd(&fd) };
	*list = secret;
	return 0;
}

static int blame(const json_t *wish, struct err *err)
{
	auto_free char *above =
		xasprintf("%s%s", step_text(wish, "mount"), err->where[0] ? ": " : "");

	err_under(err, above);
	return step_blame("secret", err);
}

/* A number that is not open may soon be a descriptor of ours. */
static int check_open(const json_t *doc, struct err *err)
{
	const json_t *wish;
	size_t i;

	json_array_foreach(spec_get(doc, "/ocipipe/prepare"), i, wish) {
		const json_t *number =
			json_object_get(json_object_get(wish, "source"), "fd");
		uint64_t fd = 0;

		if (!is_secret(wish) || !doc_get_u64(number, &fd) ||
		    fcntl((int)fd, F_GETFD) >= 0)
			continue;
		err_set(err, ERR_HOST, "is not open");
		err_where(err, "descriptor %d", (int)fd);
		err_hint(err, "open it for the whole pipe: { ... | ocirun; } %d<FILE",
		         (int)fd);
		return blame(wish, err);
	}
	return 0;
}

int secrets_take(const json_t *doc, unsigned int preserve, struct secret **ret,
                 struct err *err)
{
	const json_t *wish;
	size_t i;

	if (check_open(doc, err) < 0)
		return -1;
	json_array_foreach(spec_get(doc, "/ocipipe/prepare"), i, wish) {
		const json_t *source = json_object_get(wish, "source");

		if (is_secret(wish) && !find(*ret, source) &&
		    add(ret, source, preserve, err) < 0)
			return blame(wish, err);
	}
	return 0;
}

void secrets_release(struct secret **list)
{
	while (*list) {
		struct secret *secret = *list;

		*list = secret->next;
		close(secret->fd);
		free(secret);
	}
}

/* ---- deciding ------------------------------------------------------------ */

/* What --dry-run shows of where it is from. */
static json_t *origin(const json_t *source)
{
	const char *env = step_text(source, "env"), *file = step_text(source, "file");
	uint64_t fd = 0;

	if (env)
		return json_sprintf("$%s", env);
	if (file)
		return json_string(file);
	(void)!doc_get_u64(json_object_get(source, "fd"), &fd);
	return json_sprintf("descriptor %d", (int)fd);
}

void secrets_plan(struct plan *plan, const json_t *doc)
{
	step_add_shown(plan, doc, "secret", origin);
}

/* ---- acting -------------------------------------------------------------- */

int secrets_place(const struct acting *acting, struct err *err)
{
	return step_place(acting, "secrets", true, err);
}

static int copy_sealed(int from, int to, struct err *err)
{
	struct stat st;
	off_t at = 0; /* the descriptor's own is shared with the supervisor */

	if (fstat(from, &st) < 0)
		return err_errno(err, "", "cannot be shown");
	while (at < st.st_size)
		if (sendfile(to, from, &at, (size_t)(st.st_size - at)) <= 0)
			return err_errno(err, "", "cannot be shown");
	return 0;
}

static int show(const struct acting *acting, const json_t *step, struct err *err)
{
	const struct secret *secret =
		find(acting->secrets, json_object_get(step, "source"));
	auto_close int dir = secrets_place(acting, err), file = -1;
	uint64_t mode = DEFAULT_MODE;
	struct owner owner;

	if (dir < 0 || step_owner(acting, step, &owner, err) < 0)
		return -1;
	(void)!doc_get_u64(json_object_get(step, "mode"), &mode);
	file = openat(dir, step_text(step, "name"),
	              O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file < 0)
		return err_errno(err, "", "cannot be shown");
	if (copy_sealed(secret->fd, file, err) < 0)
		return -1;
	if (fchown(file, owner.uid, owner.gid) < 0 || fchmod(file, (mode_t)mode & 0777) < 0)
		return err_errno(err, "", "cannot be given to %u:%u", owner.uid, owner.gid);
	return 0;
}

int secrets_act(const struct acting *acting, const json_t *step, struct err *err)
{
	if (show(acting, step, err) == 0)
		return 0;
	return err->where[0] ? -1 : err_where(err, "%s", step_text(step, "path"));
}
