// SPDX-License-Identifier: Apache-2.0
#include "mountopts.h"

#include <linux/mount.h>

#include "spec.h"

/* <sys/mount.h> and <linux/mount.h> do not go together everywhere. */
enum {
	RDONLY = 1,
	NOSUID = 2,
	NODEV = 4,
	NOEXEC = 8,
	SYNCHRONOUS = 16,
	MANDLOCK = 64,
	DIRSYNC = 128,
	NOATIME = 1024,
	NODIRATIME = 2048,
	RECURSIVE = 16384,
	SILENT = 32768,
	UNBINDABLE = 1 << 17,
	PRIVATE = 1 << 18,
	SLAVE = 1 << 19,
	SHARED = 1 << 20,
	RELATIME = 1 << 21,
	STRICTATIME = 1 << 24,
	LAZYTIME = 1 << 25,
};

enum word_kind { FLAG, SUPER, PROPAGATION, BIND, RECURSIVE_ATTR, NOTHING, COPY_UP };

struct word {
	const char *name;
	enum word_kind kind;
	unsigned long flag;
	bool off;
	uint64_t attr;
};

/* B363 */
/* clang-format off */
static const struct word words[] = {
	{ "defaults", NOTHING, 0, false, 0 },
	{ "ro", FLAG, RDONLY, false, MOUNT_ATTR_RDONLY },
	{ "rw", FLAG, RDONLY, true, MOUNT_ATTR_RDONLY },
	{ "nosuid", FLAG, NOSUID, false, MOUNT_ATTR_NOSUID },
	{ "suid", FLAG, NOSUID, true, MOUNT_ATTR_NOSUID },
	{ "nodev", FLAG, NODEV, false, MOUNT_ATTR_NODEV },
	{ "dev", FLAG, NODEV, true, MOUNT_ATTR_NODEV },
	{ "noexec", FLAG, NOEXEC, false, MOUNT_ATTR_NOEXEC },
	{ "exec", FLAG, NOEXEC, true, MOUNT_ATTR_NOEXEC },
	{ "noatime", FLAG, NOATIME, false, MOUNT_ATTR_NOATIME },
	{ "atime", FLAG, NOATIME, true, MOUNT_ATTR_NOATIME },
	{ "strictatime", FLAG, STRICTATIME, false, MOUNT_ATTR_STRICTATIME },
	{ "nostrictatime", FLAG, STRICTATIME, true, MOUNT_ATTR_STRICTATIME },
	{ "relatime", FLAG, RELATIME, false, MOUNT_ATTR_RELATIME },
	{ "norelatime", FLAG, RELATIME, true, MOUNT_ATTR_RELATIME },
	{ "nodiratime", FLAG, NODIRATIME, false, MOUNT_ATTR_NODIRATIME },
	{ "diratime", FLAG, NODIRATIME, true, MOUNT_ATTR_NODIRATIME },
	{ "rro", RECURSIVE_ATTR, 0, false, MOUNT_ATTR_RDONLY },
	{ "rnosuid", RECURSIVE_ATTR, 0, false, MOUNT_ATTR_NOSUID },
	{ "rnodev", RECURSIVE_ATTR, 0, false, MOUNT_ATTR_NODEV },
	{ "rnoexec", RECURSIVE_ATTR, 0, false, MOUNT_ATTR_NOEXEC },
	{ "sync", SUPER, SYNCHRONOUS, false, 0 },
	{ "async", SUPER, SYNCHRONOUS, true, 0 },
	{ "dirsync", SUPER, DIRSYNC, false, 0 },
	{ "mand", SUPER, MANDLOCK, false, 0 },
	{ "nomand", SUPER, MANDLOCK, true, 0 },
	{ "silent", SUPER, SILENT, false, 0 },
	{ "loud", SUPER, SILENT, true, 0 },
	{ "lazytime", SUPER, LAZYTIME, false, 0 },
	{ "nolazytime", SUPER, LAZYTIME, true, 0 },
	{ "private", PROPAGATION, PRIVATE, false, 0 },
	{ "rprivate", PROPAGATION, PRIVATE | RECURSIVE, false, 0 },
	{ "slave", PROPAGATION, SLAVE, false, 0 },
	{ "rslave", PROPAGATION, SLAVE | RECURSIVE, false, 0 },
	{ "shared", PROPAGATION, SHARED, false, 0 },
	{ "rshared", PROPAGATION, SHARED | RECURSIVE, false, 0 },
	{ "unbindable", PROPAGATION, UNBINDABLE, false, 0 },
	{ "runbindable", PROPAGATION, UNBINDABLE | RECURSIVE, false, 0 },
	{ "bind", BIND, 0, false, 0 },
	{ "rbind", BIND, RECURSIVE, false, 0 },
	{ "tmpcopyup", COPY_UP, 0, false, 0 },
	{ "notmpcopyup", NOTHING, 0, false, 0 },
};
/* clang-format on */

static const struct word *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_equal(words[i].name, name))
			return &words[i];
	return NULL;
}

/* Times of access exclude each other: the last word wins. */
static void take_flag(const struct word *word, struct mountopts *opts)
{
	static const unsigned long times = NOATIME | STRICTATIME | RELATIME;

	if (word->flag & times) {
		opts->flags &= ~times;
		opts->clear |= MOUNT_ATTR__ATIME;
		opts->set &= ~(uint64_t)MOUNT_ATTR__ATIME;
		if (word->off)
			return;
		opts->flags |= word->flag;
		opts->set |= word->attr;
		return;
	}
	if (word->off) {
		opts->flags &= ~word->flag;
		opts->set &= ~word->attr;
		opts->clear |= word->attr;
	} else {
		opts->flags |= word->flag;
		opts->set |= word->attr;
		opts->clear &= ~word->attr;
	}
}

static void take(const struct word *word, struct mountopts *opts)
{
	switch (word->kind) {
	case FLAG:
		take_flag(word, opts);
		break;
	case SUPER:
		opts->flags =
			word->off ? opts->flags & ~word->flag : opts->flags | word->flag;
		break;
	case PROPAGATION:
		opts->propagation = word->flag & ~(unsigned long)RECURSIVE;
		opts->propagate_all = word->flag & RECURSIVE;
		break;
	case BIND:
		opts->bind = true;
		opts->recursive = word->flag & RECURSIVE;
		break;
	case RECURSIVE_ATTR:
		opts->set_all |= word->attr;
		break;
	case COPY_UP:
		opts->copy_up = true;
		break;
	case NOTHING:
		break;
	}
}

int mountopts_read(const json_t *mount, struct mountopts *ret, struct err *err)
{
	const json_t *list = json_object_get(mount, "options"), *option;
	size_t i;

	*ret = (struct mountopts){
		.bind = str_equal(doc_string(json_object_get(mount, "type")), "bind"),
	};
	ret->recursive = ret->bind && !spec_list_has(list, "bind");
	json_array_foreach(list, i, option) {
		const char *name = doc_string(option);
		const struct word *word = find(name);

		if (word)
			take(word, ret);
		else
			buf_printf(&ret->data, "%s%s", ret->data.len ? "," : "", name);
	}
	if (!ret->bind || ret->data.len == 0)
		return 0;
	err_at(err, "/options", "a bind mount has no option '%s'", ret->data.data);
	mountopts_free(ret);
	return -1;
}

void mountopts_free(struct mountopts *opts)
{
	buf_free(&opts->data);
}
