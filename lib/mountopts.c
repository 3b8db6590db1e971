// SPDX-License-Identifier: Apache-2.0
#include "mountopts.h"

#include "mountcalls.h"
#include "spec.h"

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
	{ "ro", FLAG, MS_RDONLY, false, MOUNT_ATTR_RDONLY },
	{ "rw", FLAG, MS_RDONLY, true, MOUNT_ATTR_RDONLY },
	{ "nosuid", FLAG, MS_NOSUID, false, MOUNT_ATTR_NOSUID },
	{ "suid", FLAG, MS_NOSUID, true, MOUNT_ATTR_NOSUID },
	{ "nodev", FLAG, MS_NODEV, false, MOUNT_ATTR_NODEV },
	{ "dev", FLAG, MS_NODEV, true, MOUNT_ATTR_NODEV },
	{ "noexec", FLAG, MS_NOEXEC, false, MOUNT_ATTR_NOEXEC },
	{ "exec", FLAG, MS_NOEXEC, true, MOUNT_ATTR_NOEXEC },
	{ "noatime", FLAG, MS_NOATIME, false, MOUNT_ATTR_NOATIME },
	{ "atime", FLAG, MS_NOATIME, true, MOUNT_ATTR_NOATIME },
	{ "strictatime", FLAG, MS_STRICTATIME, false, MOUNT_ATTR_STRICTATIME },
	{ "nostrictatime", FLAG, MS_STRICTATIME, true, MOUNT_ATTR_STRICTATIME },
	{ "relatime", FLAG, MS_RELATIME, false, MOUNT_ATTR_RELATIME },
	{ "norelatime", FLAG, MS_RELATIME, true, MOUNT_ATTR_RELATIME },
	{ "nodiratime", FLAG, MS_NODIRATIME, false, MOUNT_ATTR_NODIRATIME },
	{ "diratime", FLAG, MS_NODIRATIME, true, MOUNT_ATTR_NODIRATIME },
	{ "rro", RECURSIVE_ATTR, 0, false, MOUNT_ATTR_RDONLY },
	{ "rnosuid", RECURSIVE_ATTR, 0, false, MOUNT_ATTR_NOSUID },
	{ "rnodev", RECURSIVE_ATTR, 0, false, MOUNT_ATTR_NODEV },
	{ "rnoexec", RECURSIVE_ATTR, 0, false, MOUNT_ATTR_NOEXEC },
	{ "sync", SUPER, MS_SYNCHRONOUS, false, 0 },
	{ "async", SUPER, MS_SYNCHRONOUS, true, 0 },
	{ "dirsync", SUPER, MS_DIRSYNC, false, 0 },
	{ "mand", SUPER, MS_MANDLOCK, false, 0 },
	{ "nomand", SUPER, MS_MANDLOCK, true, 0 },
	{ "silent", SUPER, MS_SILENT, false, 0 },
	{ "loud", SUPER, MS_SILENT, true, 0 },
	{ "lazytime", SUPER, MS_LAZYTIME, false, 0 },
	{ "nolazytime", SUPER, MS_LAZYTIME, true, 0 },
	{ "private", PROPAGATION, MS_PRIVATE, false, 0 },
	{ "rprivate", PROPAGATION, MS_PRIVATE | MS_REC, false, 0 },
	{ "slave", PROPAGATION, MS_SLAVE, false, 0 },
	{ "rslave", PROPAGATION, MS_SLAVE | MS_REC, false, 0 },
	{ "shared", PROPAGATION, MS_SHARED, false, 0 },
	{ "rshared", PROPAGATION, MS_SHARED | MS_REC, false, 0 },
	{ "unbindable", PROPAGATION, MS_UNBINDABLE, false, 0 },
	{ "runbindable", PROPAGATION, MS_UNBINDABLE | MS_REC, false, 0 },
	{ "bind", BIND, 0, false, 0 },
	{ "rbind", BIND, MS_REC, false, 0 },
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
	static const unsigned long times = MS_NOATIME | MS_STRICTATIME | MS_RELATIME;

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
		opts->propagation = word->flag & ~(unsigned long)MS_REC;
		opts->propagate_all = word->flag & MS_REC;
		break;
	case BIND:
		opts->bind = true;
		opts->recursive = word->flag & MS_REC;
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

bool mount_is_bind(const json_t *mount)
{
	const json_t *options = json_object_get(mount, "options");

	return str_equal(doc_string(json_object_get(mount, "type")), "bind") ||
	       spec_list_has(options, "bind") || spec_list_has(options, "rbind");
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
