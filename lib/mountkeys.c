// SPDX-License-Identifier: Apache-2.0
/* mountwords.h: what --mount takes, which is KEY=VALUE as CSV. */
#include <string.h>

#include "mountparts.h"
#include "parse.h"

/* The six that bind-propagation= takes (B167). */
static const struct name propagations[] = {
	{ "private", 0 }, { "rprivate", 0 }, { "shared", 0 }, { "rshared", 0 },
	{ "slave", 0 },   { "rslave", 0 },   { NULL, 0 },
};

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
	KEY_ID,
	KEY_SHARING,
	KEY_UID,
	KEY_GID,
	KEY_REQUIRED,
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
	{ "id", KEY_ID },
	{ "sharing", KEY_SHARING },
	{ "uid", KEY_UID },
	{ "gid", KEY_GID },
	{ "required", KEY_REQUIRED },
	{ NULL, 0 },
};

/* The keys that only some mount_types of mount have. */
static bool has_key(enum mount_type type, enum key key)
{
	if (type == MOUNT_SSH || type == MOUNT_SECRET) /* B192, B185 */
		return key == KEY_TARGET || key == KEY_ID || key == KEY_MODE ||
		       key == KEY_UID || key == KEY_GID || key == KEY_REQUIRED;
	switch (key) {
	case KEY_NON_RECURSIVE:
		return type == MOUNT_BIND;
	case KEY_PROPAGATION:
	case KEY_RELABEL:
		return type == MOUNT_BIND || type == MOUNT_CACHE;
	case KEY_FROM:
	case KEY_SOURCE:
	case KEY_OWNER:
		return type != MOUNT_TMPFS;
	case KEY_SIZE:
		return type == MOUNT_TMPFS;
	case KEY_MODE:
		return type == MOUNT_TMPFS || type == MOUNT_CACHE;
	case KEY_ID:
	case KEY_SHARING:
	case KEY_UID:
	case KEY_GID:
		return type == MOUNT_CACHE;
	case KEY_UPPER:
	case KEY_WORK:
		return type == MOUNT_OVERLAY;
	case KEY_REQUIRED:
		return false;
	default:
		return true;
	}
}

/* A field that begins with a quote ends at the next lone quote. */
int mount_next_field(char **rest, char **field, struct err *err)
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

/* "KEY" and "KEY=true" are yes; the words are Go's. */
static int take_boolean(const char *value, int *ret, struct err *err)
{
	static const struct name booleans[] = {
		{ "true", 1 }, { "True", 1 },  { "TRUE", 1 },  { "t", 1 },     { "T", 1 },
		{ "1", 1 },    { "false", 0 }, { "False", 0 }, { "FALSE", 0 }, { "f", 0 },
		{ "F", 0 },    { "0", 0 },     { NULL, 0 },
	};

	*ret = 1;
	if (!value || name_value(booleans, value, ret))
		return 0;
	return mount_unknown(value, booleans, err);
}

/* "ro" and "ro=true", or "ro=false", which is the other one. */
static int take_access(struct mount_request *request, const char *value, const char *word,
                       const char *other, struct err *err)
{
	int yes;

	if (take_boolean(value, &yes, err) < 0)
		return -1;
	return mount_choose(request, GROUP_ACCESS, yes ? word : other, err);
}

static int take_owner(struct mount_request *request, const char *value, struct err *err)
{
	int yes;

	if (take_boolean(value, &yes, err) < 0)
		return -1;
	return yes ? mount_choose(request, GROUP_OWNER, "U", err) : 0;
}

static int take_required(struct mount_request *request, const char *value, struct err *err)
{
	int yes;

	if (take_boolean(value, &yes, err) < 0)
		return -1;
	request->required = yes;
	return 0;
}

static int take_propagation(struct mount_request *request, const char *value,
                            struct err *err)
{
	int ignored;

	if (!name_value(propagations, value, &ignored))
		return mount_unknown(value, propagations, err);
	return mount_take_word(request, value, err);
}

static int take_relabel(struct mount_request *request, const char *value, struct err *err)
{
	static const struct name labels[] = { { "shared", 'z' },
		                              { "private", 'Z' },
		                              { NULL, 0 } };
	int label;

	if (!name_value(labels, value, &label))
		return mount_unknown(value, labels, err);
	return mount_choose(request, GROUP_LABEL, label == 'z' ? "z" : "Z", err);
}

/* B180; "private", as buildkit has it, is a cache that nobody else uses meanwhile. */
static int take_sharing(struct mount_request *request, const char *value, struct err *err)
{
	static const struct name sharings[] = {
		{ "shared", 0 },
		{ "private", 0 },
		{ "locked", 0 },
		{ NULL, 0 },
	};

	for (const struct name *known = sharings; known->name; known++)
		if (strcmp(known->name, value) == 0) {
			request->sharing = known->name;
			return 0;
		}
	return mount_unknown(value, sharings, err);
}

static int take_id(uint32_t *to, const char *value, struct err *err)
{
	if (parse_id(value, to))
		return 0;
	return err_set(err, ERR_USAGE, "'%s' is not an id", value);
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
		return mount_take_size(request, value, err);
	case KEY_MODE:
		return mount_take_mode(request, value, err);
	case KEY_UPPER:
		return mount_take_directory(&request->upper, value, err);
	case KEY_WORK:
		return mount_take_directory(&request->work, value, err);
	case KEY_ID:
		request->id = value;
		return 0;
	case KEY_SHARING:
		return take_sharing(request, value, err);
	case KEY_UID:
		return take_id(&request->uid, value, err);
	case KEY_GID:
		return take_id(&request->gid, value, err);
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
		return value ? mount_unknown(field, keys, err)
		             : mount_take_word(request, field, err);
	if (!has_key(request->type, (enum key)key))
		return err_set(err, ERR_USAGE,
		               "'%s' is not an option of a mount of type %s", field,
		               name_of(mount_types, (int)request->type));
	switch ((enum key)key) {
	case KEY_READ_ONLY:
		return take_access(request, value, "ro", "rw", err);
	case KEY_READ_WRITE:
		return take_access(request, value, "rw", "ro", err);
	case KEY_NON_RECURSIVE:
		return mount_take_word(request, "bind", err);
	case KEY_OWNER:
		return take_owner(request, value, err);
	case KEY_REQUIRED:
		return take_required(request, value, err);
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

		if (str_starts(fields[i], "type=") && !name_value(mount_types, word, &type))
			return mount_unknown(word, mount_types, err);
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
		if (mount_next_field(&rest, &fields[count++], err) < 0)
			return -1;
	if (find_type(fields, count, ret, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (!str_starts(fields[i], "type=") && take_key(ret, fields[i], err) < 0)
			return -1;
	complete_mount(ret);
	return mount_check_overlay(ret, err);
}
