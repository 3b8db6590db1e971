// SPDX-License-Identifier: Apache-2.0
#include "mountwords.h"

#include <string.h>

#include "names.h"
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

/* The six that bind-propagation= takes (B167). */
static const struct name propagations[] = {
	{ "private", 0 }, { "rprivate", 0 }, { "shared", 0 }, { "rshared", 0 },
	{ "slave", 0 },   { "rslave", 0 },   { NULL, 0 },
};

static const struct name types[] = {
	{ "bind", MOUNT_BIND },
	{ "tmpfs", MOUNT_TMPFS },
	{ "overlay", MOUNT_OVERLAY },
	{ NULL, 0 },
};

/* The groups whose words a type of mount takes. */
static bool takes(enum mount_type type, enum mount_group group)
{
	switch (group) {
	case GROUP_PROPAGATION:
	case GROUP_RECURSION:
	case GROUP_IDMAP:
	case GROUP_LABEL:
		return type == MOUNT_BIND;
	case GROUP_OWNER:
		return type != MOUNT_TMPFS;
	case GROUP_COPYUP:
		return type == MOUNT_TMPFS;
	default:
		return true;
	}
}

static int unknown(const char *word, const struct name *known, struct err *err)
{
	auto_buf struct buf list = { 0 };

	err_set(err, ERR_USAGE, "unknown option '%s'", word);
	name_list(known, &list);
	return err_hint(err, "known: %s", list.data);
}

static int choose(struct mount_request *request, enum mount_group group, const char *word,
                  struct err *err)
{
	if (!takes(request->type, group))
		return err_set(err, ERR_USAGE,
		               "'%s' is not an option of a mount of type %s", word,
		               name_of(types, (int)request->type));
	if (request->group[group])
		return err_set(err, ERR_USAGE, "'%s' and '%s' do not go together",
		               request->group[group], word);
	request->group[group] = word;
	return 0;
}

/* One of the words above, as it stands in the table: the text may be cut up further. */
static int take_word(struct mount_request *request, const char *word, struct err *err)
{
	for (const struct name *w = words; w->name; w++)
		if (strcmp(w->name, word) == 0)
			return choose(request, (enum mount_group)w->value, w->name, err);
	return unknown(word, words, err);
}

/* Docker Desktop's hints, which mean nothing on Linux (B199, B161). */
static bool is_consistency(const char *word)
{
	return strcmp(word, "cached") == 0 || strcmp(word, "delegated") == 0 ||
	       strcmp(word, "consistent") == 0;
}

static int take_size(struct mount_request *request, const char *value, struct err *err)
{
	if (!parse_size(value, &request->size))
		return err_set(err, ERR_USAGE, "'%s' is not a size", value);
	request->has_size = true;
	return 0;
}

static int take_mode(struct mount_request *request, const char *value, struct err *err)
{
	if (!parse_octal(value, 07777, &request->mode))
		return err_set(err, ERR_USAGE, "'%s' is not an octal mode", value);
	request->has_mode = true;
	return 0;
}

/* B140, B144: overlayfs would take a comma for the next option. */
static int take_directory(const char **to, const char *value, struct err *err)
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

static int check_overlay(const struct mount_request *request, struct err *err)
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
		return take_directory(&request->upper, word + strlen("upperdir="), err);
	if (overlay && str_starts(word, "workdir="))
		return take_directory(&request->work, word + strlen("workdir="), err);
	return take_word(request, word, err);
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
	return check_overlay(ret, err);
}

/* ---- --tmpfs ------------------------------------------------------------- */

static int take_tmpfs_word(struct mount_request *request, const char *word, struct err *err)
{
	if (str_starts(word, "size="))
		return take_size(request, word + strlen("size="), err);
	if (str_starts(word, "mode="))
		return take_mode(request, word + strlen("mode="), err);
	return take_word(request, word, err);
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

/* ---- --mount ------------------------------------------------------------- */

enum key {
	KEY_TYPE,
	KEY_FROM,
	KEY_SOURCE,
	KEY_TARGET,
	KEY_READ_ONLY,
	KEY_READ_WRITE,
	KEY_PROPAGATION,
	KEY_NON_RECURSIVE,
	KEY_RELABEL,
	KEY_OWNER,
	KEY_CONSISTENCY,
	KEY_SIZE,
	KEY_MODE,
	KEY_UPPER,
	KEY_WORK,
};

static const struct name keys[] = {
	{ "type", KEY_TYPE },
	{ "from", KEY_FROM },
	{ "src", KEY_SOURCE },
	{ "source", KEY_SOURCE },
	{ "dst", KEY_TARGET },
	{ "destination", KEY_TARGET },
	{ "target", KEY_TARGET },
	{ "ro", KEY_READ_ONLY },
	{ "readonly", KEY_READ_ONLY },
	{ "rw", KEY_READ_WRITE },
	{ "readwrite", KEY_READ_WRITE },
	{ "bind-propagation", KEY_PROPAGATION },
	{ "bind-nonrecursive", KEY_NON_RECURSIVE },
	{ "relabel", KEY_RELABEL },
	{ "U", KEY_OWNER },
	{ "chown", KEY_OWNER },
	{ "consistency", KEY_CONSISTENCY },
	{ "tmpfs-size", KEY_SIZE },
	{ "size", KEY_SIZE },
	{ "tmpfs-mode", KEY_MODE },
	{ "mode", KEY_MODE },
	{ "upperdir", KEY_UPPER },
	{ "workdir", KEY_WORK },
	{ NULL, 0 },
};

/* The keys that only some types of mount have. */
static bool has_key(enum mount_type type, enum key key)
{
	switch (key) {
	case KEY_PROPAGATION:
	case KEY_NON_RECURSIVE:
	case KEY_RELABEL:
		return type == MOUNT_BIND;
	case KEY_FROM:
	case KEY_SOURCE:
	case KEY_OWNER:
		return type != MOUNT_TMPFS;
	case KEY_SIZE:
	case KEY_MODE:
		return type == MOUNT_TMPFS;
	case KEY_UPPER:
	case KEY_WORK:
		return type == MOUNT_OVERLAY;
	default:
		return true;
	}
}

/* Cut one CSV field off: a field that begins with a quote ends at the next lone quote. */
static int next_csv(char **rest, char **field, struct err *err)
{
	char *from = *rest, *to = *rest;

	*field = *rest;
	if (*from != '"') {
		strsep(rest, ",");
		return 0;
	}
	for (from++; *from && !(from[0] == '"' && from[1] != '"'); from++) {
		if (*from == '"')
			from++;
		*to++ = *from;
	}
	if (*from != '"' || (from[1] && from[1] != ','))
		return err_set(err, ERR_USAGE, "a quoted field does not end");
	*rest = from[1] ? from + 2 : NULL;
	*to = '\0';
	return 0;
}

/* "KEY" and "KEY=true" are yes. */
static int take_boolean(const char *value, int *ret, struct err *err)
{
	static const struct name booleans[] = {
		{ "true", 1 }, { "1", 1 }, { "false", 0 }, { "0", 0 }, { NULL, 0 },
	};

	*ret = 1;
	if (!value || name_value(booleans, value, ret))
		return 0;
	return unknown(value, booleans, err);
}

/* "ro" and "ro=true", or "ro=false", which is the other one. */
static int take_access(struct mount_request *request, const char *value, const char *word,
                       const char *other, struct err *err)
{
	int yes;

	if (take_boolean(value, &yes, err) < 0)
		return -1;
	return choose(request, GROUP_ACCESS, yes ? word : other, err);
}

static int take_owner(struct mount_request *request, const char *value, struct err *err)
{
	int yes;

	if (take_boolean(value, &yes, err) < 0)
		return -1;
	return yes ? choose(request, GROUP_OWNER, "U", err) : 0;
}

static int take_propagation(struct mount_request *request, const char *value,
                            struct err *err)
{
	int ignored;

	if (!name_value(propagations, value, &ignored))
		return unknown(value, propagations, err);
	return take_word(request, value, err);
}

static int take_relabel(struct mount_request *request, const char *value, struct err *err)
{
	static const struct name labels[] = { { "shared", 'z' },
		                              { "private", 'Z' },
		                              { NULL, 0 } };
	int label;

	if (!name_value(labels, value, &label))
		return unknown(value, labels, err);
	return choose(request, GROUP_LABEL, label == 'z' ? "z" : "Z", err);
}

static int take_valued(struct mount_request *request, enum key key, const char *value,
                       struct err *err)
{
	switch (key) {
	case KEY_FROM:
		request->from = value;
		return 0;
	case KEY_SOURCE:
		request->source = value;
		return 0;
	case KEY_TARGET:
		request->target = value;
		return 0;
	case KEY_PROPAGATION:
		return take_propagation(request, value, err);
	case KEY_RELABEL:
		return take_relabel(request, value, err);
	case KEY_SIZE:
		return take_size(request, value, err);
	case KEY_MODE:
		return take_mode(request, value, err);
	case KEY_UPPER:
		return take_directory(&request->upper, value, err);
	case KEY_WORK:
		return take_directory(&request->work, value, err);
	default:
		return 0; /* KEY_TYPE: taken before all others */
	}
}

static int take_key(struct mount_request *request, char *field, struct err *err)
{
	char *value = strchr(field, '=');
	int key;

	if (value)
		*value++ = '\0';
	if (!name_value(keys, field, &key))
		return value ? unknown(field, keys, err) : take_word(request, field, err);
	if (!has_key(request->type, (enum key)key))
		return err_set(err, ERR_USAGE,
		               "'%s' is not an option of a mount of type %s", field,
		               name_of(types, (int)request->type));
	switch ((enum key)key) {
	case KEY_READ_ONLY:
		return take_access(request, value, "ro", "rw", err);
	case KEY_READ_WRITE:
		return take_access(request, value, "rw", "ro", err);
	case KEY_NON_RECURSIVE:
		return take_word(request, "bind", err);
	case KEY_OWNER:
		return take_owner(request, value, err);
	case KEY_CONSISTENCY:
		return 0;
	default:
		if (!value || !*value)
			return err_set(err, ERR_USAGE, "'%s' needs a value", field);
		return take_valued(request, (enum key)key, value, err);
	}
}

/* The type decides what the other words may be; without one it is bind (B404). */
static int find_type(char **fields, size_t count, struct mount_request *request,
                     struct err *err)
{
	int type = MOUNT_BIND;

	for (size_t i = 0; i < count; i++) {
		const char *word = fields[i] + strlen("type=");

		if (str_starts(fields[i], "type=") && !name_value(types, word, &type))
			return unknown(word, types, err);
	}
	request->type = (enum mount_type)type;
	return 0;
}

static size_t count_commas(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += *text == ',';
	return count;
}

/* B162, B163, B171: what is not said. */
static void complete_mount(struct mount_request *request)
{
	if (!request->group[GROUP_ACCESS])
		request->group[GROUP_ACCESS] = request->type == MOUNT_BIND ? "ro" : "rw";
}

int mountwords_mount(char *text, struct mount_request *ret, struct err *err)
{
	auto_free char **fields = xcalloc(count_commas(text) + 1, sizeof(*fields));
	size_t count = 0;

	*ret = (struct mount_request){ .confined = true };
	for (char *rest = text; rest;)
		if (next_csv(&rest, &fields[count++], err) < 0)
			return -1;
	if (find_type(fields, count, ret, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (!str_starts(fields[i], "type=") && take_key(ret, fields[i], err) < 0)
			return -1;
	complete_mount(ret);
	return check_overlay(ret, err);
}
