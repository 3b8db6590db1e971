// SPDX-License-Identifier: Apache-2.0
#include "jailparts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include "rootfs.h"
#include "spec.h"
#include "targets.h"

enum { PTMX_MAJOR = 5, PTMX_MINOR = 2, OWNER_ONLY = 0620 };

static int cannot(const char *what, struct err *err)
{
	err_errno(err, "/dev/pts", "%s", what);
	err->kind = ERR_HOST;
	return -1;
}

/* In the container's own devpts: what it opens as /dev/tty has a name there. */
static int open_master(const struct jail *jail, struct err *err)
{
	auto_close int fd = -1;
	struct stat st;
	int locked = 0;

	fd = rootfs_openat(jail->root, "/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0)
		return cannot("has no terminals: ptmx cannot be opened", err);
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(PTMX_MAJOR, PTMX_MINOR) ||
	    ioctl(fd, TIOCSPTLCK, &locked) < 0)
		return cannot("the terminal cannot be unlocked", err);
	return steal_fd(&fd);
}

static uint16_t size_of(const struct jail *jail, const char *pointer)
{
	uint64_t value;

	return doc_get_u64(spec_get(jail->config, pointer), &value) ? (uint16_t)value : 0;
}

static int set_up(const struct jail *jail, int tty, struct err *err)
{
	const struct winsize size = {
		.ws_row = size_of(jail, "/process/consoleSize/height"),
		.ws_col = size_of(jail, "/process/consoleSize/width"),
	};
	uint64_t uid = 0;

	if (!doc_get_u64(spec_get(jail->config, "/process/user/uid"), &uid))
		return err_at(err, "/process/user/uid", "must be a number");
	if (size.ws_row && size.ws_col && ioctl(tty, TIOCSWINSZ, &size) < 0)
		return cannot("the terminal's size cannot be set", err);
	/* The group is the document's: an option of the mount. */
	if (fchown(tty, (uid_t)uid, (gid_t)-1) < 0 || fchmod(tty, OWNER_ONLY) < 0)
		return cannot("the terminal cannot be given to the process's user", err);
	return 0;
}

static int show_console(const struct jail *jail, int tty, struct err *err)
{
	static const struct owner container_root = { 0, 0 };
	auto_close int tree = jail_clone(tty, false), to = -1;

	if (tree < 0)
		return cannot("the terminal cannot be shown as /dev/console", err);
	if (target_mount(jail->root, NULL, "/dev/console", S_IFREG, container_root, err) <
	    0)
		return -1;
	to = rootfs_openat(jail->root, "/dev/console", O_PATH);
	if (to < 0 || jail_attach(tree, to) < 0)
		return cannot("the terminal cannot be shown as /dev/console", err);
	return 0;
}

static int send_master(int connection, int master, struct err *err)
{
	static char name[] = "/dev/ptmx";
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec data = { name, sizeof(name) };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof(control.room),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &master, sizeof(master));
	if (sendmsg(connection, &message, MSG_NOSIGNAL) < 0)
		return cannot("the terminal cannot be handed over", err);
	return 0;
}

int jail_make_terminal(const struct jail *jail, struct err *err)
{
	auto_close int master = -1, tty = -1;

	if (jail->connection < 0)
		return 0;
	master = open_master(jail, err);
	if (master < 0)
		return -1;
	tty = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (tty < 0)
		return cannot("the terminal cannot be opened", err);
	if (set_up(jail, tty, err) < 0 || show_console(jail, tty, err) < 0 ||
	    send_master(jail->connection, master, err) < 0)
		return -1;
	if (ioctl(tty, TIOCSCTTY, 0) < 0)
		return cannot("the terminal cannot become the controlling one", err);
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (dup2(tty, fd) < 0)
			return cannot("the terminal cannot become the standard streams",
			              err);
	return 0;
}
