// SPDX-License-Identifier: Apache-2.0
#include "mountparts.h"

#include <string.h>

#include "parse.h"

static const struct name words[] = {
	{ "ro", GROUP_ACCESS },
	{ "rw", GROUP_ACCESS },
	{ "nosuid", GROUP_SUID },
	{ "suid", GROUP_SUID },
	{ "nodev", GROUP_DEV },
	{ "dev", GROUP_DEV },
	{ "noexec", GROUP_EXEC },
	{ "exec", GROUP_EXEC },
	{ "private", GROUP_PROPAGATION },
	{ "rprivate", GROUP_PROPAGATION },
	{ "shared", GROUP_PROPAGATION },
	{ "rshared", GROUP_PROPAGATION },
	{ "slave", GROUP_PROPAGATION },
	{ "rslave", GROUP_PROPAGATION },
	{ "unbindable", GROUP_PROPAGATION },
	{ "runbindable", GROUP_PROPAGATION },
	{ "bind", GROUP_RECURSION },
	{ "rbind", GROUP_RECURSION },
	{ "tmpcopyup", GROUP_COPYUP },
	{ "notmpcopyup", GROUP_COPYUP },
	{ "z", GROUP_LABEL },
	{ "Z", GROUP_LABEL },
	{ "U", GROUP_OWNER },
	{ "idmap", GROUP_IDMAP },
	{ NULL, 0 },
};

const struct name mount_types[] = {
	{ "bind", MOUNT_BIND },
	{ "tmpfs", MOUNT_TMPFS },
	{ "overlay", MOUNT_OVERLAY },
	{ "cache", MOUNT_CACHE },
	{ "ssh", MOUNT_SSH },
	{ "secret", MOUNT_SECRET },
	{ NULL, 0 },
};

/* The groups whose words a type of mount takes. */
static bool takes(enum mount_type type, enum mount_group group)
{
	if (type == MOUNT_SSH ||
	    type == MOUNT_SECRET) /* B192, B198, B185: always the same */
		return false;
	switch (group) {
	case GROUP_RECURSION:
	case GROUP_IDMAP:
		return type == MOUNT_BIND;
	case GROUP_PROPAGATION:
	case GROUP_LABEL:
		return type == MOUNT_BIND || type == MOUNT_CACHE;
	case GROUP_OWNER:
		return type != MOUNT_TMPFS;
	case GROUP_COPYUP:
		return type == MOUNT_TMPFS;
	default:
		return true;
	}
}

int mount_unknown(const char *word, const struct name *known, struct err *err)
{
	auto_buf struct buf list = { 0 };

	err_set(err, ERR_USAGE, "unknown option '%s'", word);
	name_list(known, &list);
	return err_hint(err, "known: %s", list.data);
}

int mount_choose(struct mount_request *request, enum mount_group group, const char *word,
                 struct err *err)
{
	if (!takes(request->type, group))
		return err_set(err, ERR_USAGE,
		               "'%s' is not an option of a mount of type %s", word,
		               name_of(mount_types, (int)request->type));
	if (request->group[group])
		return err_set(err, ERR_USAGE, "'%s' and '%s' do not go together",
		               request->group[group], word);
	request->group[group] = word;
	return 0;
}

/* One of the words above, as it stands in the table: the text may be cut up further. */
int mount_take_word(struct mount_request *request, const char *word, struct err *err)
{
	for (const struct name *w = words; w->name; w++)
		if (strcmp(w->name, word) == 0)
			return mount_choose(request, (enum mount_group)w->value, w->name,
			                    err);
	return mount_unknown(word, words, err);
}

/* Docker Desktop's hints, which mean nothing on Linux (B199, B161). */
static bool is_consistency(const char *word)
{
	return strcmp(word, "cached") == 0 || strcmp(word, "delegated") == 0 ||
	       strcmp(word, "consistent") == 0;
}

int mount_take_size(struct mount_request *request, const char *value, struct err *err)
{
	if (!parse_size(value, &request->size))
		return err_set(err, ERR_USAGE, "'%s' is not a size", value);
	request->has_size = true;
	return 0;
}

int mount_take_mode(struct mount_request *request, const char *value, struct err *err)
{
	bool ours = request->type == MOUNT_SECRET || request->type == MOUNT_SSH;

	if (!parse_octal(value, ours ? UINT32_MAX : 07777, &request->mode))
		return err_set(err, ERR_USAGE, "'%s' is not an octal mode", value);
	if (ours) /* B185, B190, B192, B197 */
		request->mode &= 0777;
	request->has_mode = true;
	return 0;
}

/* B140, B144: overlayfs would take a comma for the next option. */
int mount_take_directory(const char **to, const char *value, struct err *err)
{
	if (*to)
		return err_set(err, ERR_USAGE, "two of one kind: '%s' and '%s'", *to,
		               value);
	if (!*value || strchr(value, ','))
		return err_set(err, ERR_USAGE, "'%s' is not a directory without commas",
		               value);
	*to = value;
	return 0;
}

int mount_check_overlay(const struct mount_request *request, struct err *err)
{
	if (!request->upper == !request->work)
		return 0;
	return err_set(err, ERR_USAGE, "upperdir and workdir go together");
}

/* ---- --volume ------------------------------------------------------------ */

/* Cut the field up to the next colon off; "\:" is a colon in it (B132). */
static char *next_field(char **rest)
{
	char *field = *rest, *to = *rest, *from = *rest;

	if (!field)
		return NULL;
	while (*from && *from != ':') {
		if (from[0] == '\\' && from[1] == ':')
			from++;
		*to++ = *from++;
	}
	*rest = *from ? from + 1 : NULL;
	*to = '\0';
	return field;
}

/* "O" makes the mount an overlay, whatever its place among the words. */
static bool asks_for_overlay(const char *options)
{
	while (options) {
		size_t len = strcspn(options, ",");

		if (len == 1 && *options == 'O')
			return true;
		options = options[len] ? options + len + 1 : NULL;
	}
	return false;
}

static int take_volume_word(struct mount_request *request, const char *word,
                            struct err *err)
{
	bool overlay = request->type == MOUNT_OVERLAY;

	if (is_consistency(word) || (overlay && strcmp(word, "O") == 0))
		return 0;
	if (overlay && str_starts(word, "upperdir="))
		return mount_take_directory(&request->upper, word + strlen("upperdir="),
		                            err);
	if (overlay && str_starts(word, "workdir="))
		return mount_take_directory(&request->work, word + strlen("workdir="), err);
	return mount_take_word(request, word, err);
}

int mountwords_volume(char *text, struct mount_request *ret, struct err *err)
{
	char *rest = text, *more;

	*ret = (struct mount_request){ .type = MOUNT_BIND };
	ret->source = next_field(&rest);
	ret->target = next_field(&rest);
	more = next_field(&rest);
	if (!ret->target || rest)
		return err_set(err, ERR_USAGE, "must be SOURCE:TARGET[:OPTIONS]");
	if (!strchr(ret->source, '/')) {
		err_set(err, ERR_USAGE, "'%s' is not a path", ret->source);
		return err_hint(
			err,
			"a path has a slash: ./%s; what should last from run to run "
			"is --mount=type=cache",
			ret->source);
	}
	if (*ret->target != '/')
		return err_set(err, ERR_USAGE, "target '%s' is not absolute", ret->target);
	if (more && !*more) /* B132: a trailing empty field is none */
		more = NULL;
	if (asks_for_overlay(more))
		ret->type = MOUNT_OVERLAY;
	for (char *word; (word = strsep(&more, ","));)
		if (take_volume_word(ret, word, err) < 0)
			return -1;
	if (!ret->group[GROUP_ACCESS])
		ret->group[GROUP_ACCESS] = "rw";
	return mount_check_overlay(ret, err);
}

/* ---- --tmpfs ------------------------------------------------------------- */

static int take_tmpfs_word(struct mount_request *request, const char *word, struct err *err)
{
	if (str_starts(word, "size="))
		return mount_take_size(request, word + strlen("size="), err);
	if (str_starts(word, "mode="))
		return mount_take_mode(request, word + strlen("mode="), err);
	return mount_take_word(request, word, err);
}

int mountwords_tmpfs(char *text, struct mount_request *ret, struct err *err)
{
	char *rest = text, *more;

	*ret = (struct mount_request){ .type = MOUNT_TMPFS };
	ret->target = next_field(&rest);
	more = next_field(&rest);
	if (rest)
		return err_set(err, ERR_USAGE, "must be TARGET[:OPTIONS]");
	if (*ret->target != '/')
		return err_set(err, ERR_USAGE, "target '%s' is not absolute", ret->target);
	for (char *word; (word = strsep(&more, ","));)
		if (take_tmpfs_word(ret, word, err) < 0)
			return -1;
	if (!ret->group[GROUP_ACCESS])
		ret->group[GROUP_ACCESS] = "rw";
	if (!ret->group[GROUP_SUID])
		ret->group[GROUP_SUID] = "nosuid";
	if (!ret->group[GROUP_DEV])
		ret->group[GROUP_DEV] = "nodev";
	if (!ret->has_mode)
		ret->mode = 01777;
	ret->has_mode = true;
	return 0;
}
