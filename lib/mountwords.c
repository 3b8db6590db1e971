// SPDX-License-Identifier: Apache-2.0
#include "mountwords.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "mountlist.h"
#include "names.h"
#include "parse.h"

/* Words of which a mount has at most one each (B199). */
enum group { ACCESS, SUID, DEV, EXEC, PROPAGATION, RECURSION, COPYUP, GROUPS };

static const struct name words[] = {
	{ "ro", ACCESS },           { "rw", ACCESS },
	{ "nosuid", SUID },         { "suid", SUID },
	{ "nodev", DEV },           { "dev", DEV },
	{ "noexec", EXEC },         { "exec", EXEC },
	{ "private", PROPAGATION }, { "rprivate", PROPAGATION },
	{ "shared", PROPAGATION },  { "rshared", PROPAGATION },
	{ "slave", PROPAGATION },   { "rslave", PROPAGATION },
	{ "bind", RECURSION },      { "rbind", RECURSION },
	{ "tmpcopyup", COPYUP },    { NULL, 0 },
};

static const struct name propagations[] = {
	{ "private", 0 }, { "rprivate", 0 }, { "shared", 0 }, { "rshared", 0 },
	{ "slave", 0 },   { "rslave", 0 },   { NULL, 0 },
};

struct request {
	const char *type;
	const char *source;
	const char *target;
	const char *group[GROUPS]; /* the word chosen, or NULL */
	uint64_t size;
	uint32_t mode;
	bool has_size;
	bool has_mode;
};

static int unknown(const char *word, const struct name *known, struct err *err)
{
	auto_buf struct buf list = { 0 };

	err_set(err, ERR_USAGE, "unknown option '%s'", word);
	name_list(known, &list);
	return err_hint(err, "known: %s", list.data);
}

static int choose(struct request *request, enum group group, const char *word,
                  struct err *err)
{
	if (request->group[group])
		return err_set(err, ERR_USAGE, "'%s' and '%s' do not go together",
		               request->group[group], word);
	request->group[group] = word;
	return 0;
}

/* One of the words above, if this type of mount has it. */
static int take_word(struct request *request, const char *word, struct err *err)
{
	bool bind = strcmp(request->type, "bind") == 0;
	int group;

	if (!name_value(words, word, &group))
		return unknown(word, words, err);
	if (bind ? group == COPYUP : group == PROPAGATION || group == RECURSION)
		return err_set(err, ERR_USAGE, "'%s' is not an option of a %s mount", word,
		               request->type);
	/* As it stands in the table: the text may be cut up further. */
	for (const struct name *w = words; w->name; w++)
		if (strcmp(w->name, word) == 0)
			word = w->name;
	return choose(request, (enum group)group, word, err);
}

static int take_size(struct request *request, const char *value, struct err *err)
{
	if (!parse_size(value, &request->size))
		return err_set(err, ERR_USAGE, "'%s' is not a size", value);
	request->has_size = true;
	return 0;
}

static int take_mode(struct request *request, const char *value, struct err *err)
{
	if (!parse_octal(value, 07777, &request->mode))
		return err_set(err, ERR_USAGE, "'%s' is not an octal mode", value);
	request->has_mode = true;
	return 0;
}

/* ---- making the mount ---------------------------------------------------- */

static char *absolute_source(const char *source, struct err *err)
{
	auto_free char *cwd = NULL;

	if (*source == '/')
		return mountlist_tidy(source);
	cwd = getcwd(NULL, 0);
	if (!cwd) {
		err_errno(err, source, "cannot tell what it is relative to");
		return NULL;
	}
	auto_free char *joined = xasprintf("%s/%s", cwd, source);

	return mountlist_tidy(joined);
}

/* /proc must stay the kernel's: LSM labels are written there (CVE-2019-16884). */
static int check_target(const char *target, struct err *err)
{
	if (!target || !*target)
		return err_set(err, ERR_USAGE, "has no target");
	if (*target != '/')
		return err_set(err, ERR_USAGE, "target '%s' is not absolute", target);
	if (strlen(target) >= PATH_MAX)
		return err_set(err, ERR_USAGE, "the target is longer than a path can be");
	auto_free char *tidy = mountlist_tidy(target);

	if (strcmp(tidy, "/") == 0)
		return err_set(err, ERR_USAGE, "the target must not be /");
	if (strcmp(tidy, "/proc") == 0 || str_starts(tidy, "/proc/"))
		return err_set(err, ERR_USAGE, "the target must not be in /proc");
	return 0;
}

static void add(json_t *options, const char *word)
{
	if (word)
		json_array_append_new(options, json_string(word));
}

static json_t *options(const struct request *request)
{
	json_t *list = json_array();

	for (size_t i = 0; i < GROUPS; i++)
		add(list, request->group[GROUPS - 1 - i]);
	if (request->has_mode) {
		auto_free char *mode = xasprintf("mode=%o", request->mode);

		add(list, mode);
	}
	if (request->has_size) {
		auto_free char *size =
			xasprintf("size=%llu", (unsigned long long)request->size);

		add(list, size);
	}
	return list;
}

/* Every bind mount says all three, so that no reader has to know a default. */
static void complete_bind(struct request *request, const char *access)
{
	const char **group = request->group;

	if (!group[ACCESS])
		group[ACCESS] = access;
	if (!group[RECURSION])
		group[RECURSION] = "rbind";
	if (!group[PROPAGATION])
		group[PROPAGATION] =
			strcmp(group[RECURSION], "rbind") == 0 ? "rprivate" : "private";
}

static json_t *make(const struct request *request, struct err *err)
{
	auto_free char *target = NULL, *source = NULL;

	if (check_target(request->target, err) < 0)
		return NULL;
	target = mountlist_tidy(request->target);
	source = strcmp(request->type, "bind") == 0 ? absolute_source(request->source, err)
	                                            : xstrdup("tmpfs");
	if (!source)
		return NULL;
	return json_pack("{s:s, s:s, s:s, s:o}", "destination", target, "type",
	                 request->type, "source", source, "options", options(request));
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

static int take_words(struct request *request, char *text, struct err *err)
{
	for (char *word; (word = strsep(&text, ","));)
		if (take_word(request, word, err) < 0)
			return -1;
	return 0;
}

json_t *mountwords_volume(char *text, struct err *err)
{
	struct request request = { .type = "bind" };
	char *rest = text, *more;

	request.source = next_field(&rest);
	request.target = next_field(&rest);
	more = next_field(&rest);
	if (!request.target || rest) {
		err_set(err, ERR_USAGE, "must be SOURCE:TARGET[:OPTIONS]");
		return NULL;
	}
	if (!strchr(request.source, '/')) {
		err_set(err, ERR_USAGE, "'%s' is not a path", request.source);
		err_hint(err, "there are no named volumes; a path has a slash: ./%s",
		         request.source);
		return NULL;
	}
	if (more && take_words(&request, more, err) < 0)
		return NULL;
	complete_bind(&request, "rw");
	return make(&request, err);
}

/* ---- --tmpfs ------------------------------------------------------------- */

static int take_tmpfs_word(struct request *request, const char *word, struct err *err)
{
	if (str_starts(word, "size="))
		return take_size(request, word + strlen("size="), err);
	if (str_starts(word, "mode="))
		return take_mode(request, word + strlen("mode="), err);
	return take_word(request, word, err);
}

static void complete_tmpfs(struct request *request)
{
	if (!request->group[ACCESS])
		request->group[ACCESS] = "rw";
}

json_t *mountwords_tmpfs(char *text, struct err *err)
{
	struct request request = { .type = "tmpfs" };
	char *rest = text, *more;

	request.target = next_field(&rest);
	more = next_field(&rest);
	if (rest) {
		err_set(err, ERR_USAGE, "must be TARGET[:OPTIONS]");
		return NULL;
	}
	for (char *word; (word = strsep(&more, ","));)
		if (take_tmpfs_word(&request, word, err) < 0)
			return NULL;
	complete_tmpfs(&request);
	if (!request.group[SUID])
		request.group[SUID] = "nosuid";
	if (!request.group[DEV])
		request.group[DEV] = "nodev";
	if (!request.has_mode) {
		request.mode = 01777;
		request.has_mode = true;
	}
	return make(&request, err);
}

/* ---- --mount ------------------------------------------------------------- */

enum key {
	TYPE,
	SOURCE,
	TARGET,
	READ_ONLY,
	READ_WRITE,
	BIND_PROPAGATION,
	NON_RECURSIVE,
	SIZE,
	MODE
};

static const struct name keys[] = {
	{ "type", TYPE },
	{ "src", SOURCE },
	{ "source", SOURCE },
	{ "dst", TARGET },
	{ "destination", TARGET },
	{ "target", TARGET },
	{ "ro", READ_ONLY },
	{ "readonly", READ_ONLY },
	{ "rw", READ_WRITE },
	{ "readwrite", READ_WRITE },
	{ "bind-propagation", BIND_PROPAGATION },
	{ "bind-nonrecursive", NON_RECURSIVE },
	{ "tmpfs-size", SIZE },
	{ "tmpfs-mode", MODE },
	{ NULL, 0 },
};

static const struct name types[] = { { "bind", 0 }, { "tmpfs", 0 }, { NULL, 0 } };

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

/* "ro" and "ro=true" or "ro=false", which is the other one. */
static int take_access(struct request *request, const char *value, const char *word,
                       const char *other, struct err *err)
{
	static const struct name booleans[] = {
		{ "true", 1 }, { "1", 1 }, { "false", 0 }, { "0", 0 }, { NULL, 0 },
	};
	int yes = 1;

	if (value && !name_value(booleans, value, &yes))
		return unknown(value, booleans, err);
	return choose(request, ACCESS, yes ? word : other, err);
}

static int needs_value(const char *key, struct err *err)
{
	return err_set(err, ERR_USAGE, "'%s' needs a value", key);
}

static int take_propagation(struct request *request, const char *value, struct err *err)
{
	int ignored;

	if (!name_value(propagations, value, &ignored))
		return unknown(value, propagations, err);
	return take_word(request, value, err);
}

static int take_valued(struct request *request, enum key key, const char *name,
                       const char *value, struct err *err)
{
	bool tmpfs = strcmp(request->type, "tmpfs") == 0;

	if (!value)
		return needs_value(name, err);
	if (tmpfs ? key == SOURCE || key == BIND_PROPAGATION : key == SIZE || key == MODE)
		return err_set(err, ERR_USAGE, "'%s' is not an option of a %s mount", name,
		               request->type);
	switch (key) {
	case SOURCE:
		request->source = value;
		return 0;
	case TARGET:
		request->target = value;
		return 0;
	case BIND_PROPAGATION:
		return take_propagation(request, value, err);
	case SIZE:
		return take_size(request, value, err);
	case MODE:
		return take_mode(request, value, err);
	default:
		return 0; /* TYPE: taken before all others */
	}
}

static int take_key(struct request *request, char *field, struct err *err)
{
	char *value = strchr(field, '=');
	int key;

	if (value)
		*value++ = '\0';
	if (!name_value(keys, field, &key))
		return value ? unknown(field, keys, err) : take_word(request, field, err);
	switch ((enum key)key) {
	case READ_ONLY:
		return take_access(request, value, "ro", "rw", err);
	case READ_WRITE:
		return take_access(request, value, "rw", "ro", err);
	case NON_RECURSIVE:
		return take_word(request, "bind", err);
	default:
		return take_valued(request, (enum key)key, field, value, err);
	}
}

/* The type decides what the other words may be; without one it is bind (B404). */
static int find_type(char **fields, size_t count, struct request *request, struct err *err)
{
	int ignored;

	request->type = "bind";
	for (size_t i = 0; i < count; i++) {
		if (!str_starts(fields[i], "type="))
			continue;
		request->type = fields[i] + strlen("type=");
		if (!name_value(types, request->type, &ignored))
			return unknown(request->type, types, err);
	}
	return 0;
}

static size_t count_commas(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += *text == ',';
	return count;
}

json_t *mountwords_mount(char *text, struct err *err)
{
	auto_free char **fields = xcalloc(count_commas(text) + 1, sizeof(*fields));
	struct request request = { 0 };
	size_t count = 0;

	for (char *rest = text; rest;)
		if (next_csv(&rest, &fields[count++], err) < 0)
			return NULL;
	if (find_type(fields, count, &request, err) < 0)
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (!str_starts(fields[i], "type=") &&
		    take_key(&request, fields[i], err) < 0)
			return NULL;
	if (strcmp(request.type, "tmpfs") == 0) {
		complete_tmpfs(&request);
		return make(&request, err);
	}
	if (!request.source) {
		err_set(err, ERR_USAGE, "a bind mount needs a source");
		return NULL;
	}
	complete_bind(&request, "ro"); /* B162, B163 */
	return make(&request, err);
}
