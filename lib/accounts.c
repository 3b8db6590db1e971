// SPDX-License-Identifier: Apache-2.0
#include "accounts.h"

#include <string.h>

#include "parse.h"

enum { MOST_GROUPS = 65536 /* NGROUPS_MAX */, PASSWD_FIELDS = 7, GROUP_FIELDS = 4 };

/* ---- what people write --------------------------------------------------- */

/* 12, -1, +1, 0x0, 1e20, 1.0: whoever wrote it meant a number. */
static bool looks_numeric(const char *word)
{
	return strchr("0123456789+-.", *word) &&
	       !word[strspn(word, "0123456789+-.,_xXoOabcdefABCDEF")];
}

/* What can stand in a field of passwd(5). */
static bool can_be_name(const char *word)
{
	for (const char *c = word; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f || *c == ':' || *c == ',')
			return false;
	return *word && *word != '+' && *word != '-' && !looks_numeric(word);
}

static int parse_word(const char *text, const char *kind, struct account_word *ret,
                      struct err *err)
{
	if (parse_id(text, &ret->id))
		return 0;
	if (!can_be_name(text))
		return err_set(err, ERR_USAGE, "'%s' is neither a %s's name nor its id",
		               text, kind);
	ret->name = xstrdup(text);
	return 0;
}

int account_parse(const char *text, struct account_words *ret, struct err *err)
{
	const char *colon = strchr(text, ':');
	auto_free char *user = xstrndup(text, strcspn(text, ":"));
	struct account_words words = { .has_colon = colon, .has_group = colon && colon[1] };

	if (parse_word(user, "user", &words.user, err) < 0)
		return -1;
	if (words.has_group && parse_word(colon + 1, "group", &words.group, err) < 0) {
		account_words_free(&words);
		return -1;
	}
	*ret = words;
	return 0;
}

void account_words_free(struct account_words *words)
{
	free(words->user.name);
	free(words->group.name);
	*words = (struct account_words){ 0 };
}

int account_parse_group(const char *text, struct account_word *ret, struct err *err)
{
	*ret = (struct account_word){ 0 };
	return parse_word(text, "group", ret, err);
}

/* ---- passwd and group ---------------------------------------------------- */

/* A piece of the text. */
struct slice {
	const char *at;
	size_t len;
};

static bool slice_is(struct slice slice, const char *text)
{
	return strlen(text) == slice.len && memcmp(slice.at, text, slice.len) == 0;
}

static bool same_slice(struct slice a, struct slice b)
{
	return a.len == b.len && memcmp(a.at, b.at, a.len) == 0;
}

/* Cut the slice at the first `separator`; the rest is what is behind it. */
static struct slice next_piece(struct slice *rest, char separator)
{
	const char *end = memchr(rest->at, separator, rest->len);
	struct slice piece = { rest->at, end ? (size_t)(end - rest->at) : rest->len };

	rest->at += piece.len + (end != NULL);
	rest->len -= piece.len + (end != NULL);
	return piece;
}

static bool slice_id(struct slice slice, uint32_t *ret)
{
	char digits[16];

	if (slice.len >= sizeof(digits) || memchr(slice.at, '\0', slice.len))
		return false;
	memcpy(digits, slice.at, slice.len);
	digits[slice.len] = '\0';
	return parse_id(digits, ret);
}

struct entry {
	struct slice name;
	uint32_t id;
	uint32_t gid;         /* of passwd */
	struct slice members; /* of group */
};

/* One line, or false: what does not parse is skipped (B048), so are NIS's + and -. */
static bool parse_entry(struct slice line, size_t wanted, struct entry *ret)
{
	struct slice fields[PASSWD_FIELDS];
	size_t count = 0, colons = 0;

	for (const char *c = line.at;
	     (c = memchr(c, ':', (size_t)(line.at + line.len - c))); c++)
		if (++colons == wanted)
			return false;
	if (colons != wanted - 1)
		return false;
	while (count < wanted)
		fields[count++] = next_piece(&line, ':');
	*ret = (struct entry){ .name = fields[0], .members = fields[3] };
	return fields[0].len > 0 && !strchr("+-#", *fields[0].at) &&
	       slice_id(fields[2], &ret->id) &&
	       (wanted == GROUP_FIELDS || slice_id(fields[3], &ret->gid));
}

/* The next line that parses; false at the end of the text. */
static bool next_entry(struct slice *rest, size_t fields, struct entry *ret)
{
	while (rest->len > 0)
		if (parse_entry(next_piece(rest, '\n'), fields, ret))
			return true;
	return false;
}

/* The first entry with this name, or, without a name, this id. */
static bool find_entry(const struct buf *text, size_t fields,
                       const struct account_word *word, struct entry *ret)
{
	struct slice rest = { text->data, text->len };

	while (next_entry(&rest, fields, ret))
		if (word->name ? slice_is(ret->name, word->name) : ret->id == word->id)
			return true;
	return false;
}

/* Whole names between commas, not parts of them (B047). */
static bool is_member(struct slice members, struct slice name)
{
	while (members.len > 0)
		if (same_slice(next_piece(&members, ','), name))
			return true;
	return false;
}

/* ---- finding ------------------------------------------------------------- */

static void add_group(struct account *account, uint32_t gid)
{
	account->groups[account->count++] = gid;
}

static int add_supplementary(struct account *account, struct slice name,
                             const struct buf *group, struct err *err)
{
	struct slice rest = { group->data, group->len };
	struct entry entry;

	while (next_entry(&rest, GROUP_FIELDS, &entry)) {
		if (!is_member(entry.members, name))
			continue;
		if (account->count == MOST_GROUPS)
			return err_at(err, "/etc/group",
			              "the user is in more than %d groups", MOST_GROUPS);
		add_group(account, entry.id);
	}
	return 0;
}

int account_find_group(const struct account_word *word, const struct buf *group,
                       uint32_t *ret, struct err *err)
{
	struct entry entry;

	if (!word->name) {
		*ret = word->id;
		return 0;
	}
	if (!find_entry(group, GROUP_FIELDS, word, &entry))
		return err_set(err, ERR_INPUT,
		               "no group '%s' in the root filesystem's /etc/group",
		               word->name);
	*ret = entry.id;
	return 0;
}

int account_find(const struct account_words *words, const struct buf *passwd,
                 const struct buf *group, struct account *ret, struct err *err)
{
	struct entry user;
	bool known = find_entry(passwd, PASSWD_FIELDS, &words->user, &user);
	struct account found = { .uid = words->user.id };

	if (!known && words->user.name)
		return err_set(err, ERR_INPUT,
		               "no user '%s' in the root filesystem's /etc/passwd",
		               words->user.name);
	if (known) {
		found.uid = user.id;
		found.gid = user.gid;
	}
	if (words->has_group &&
	    account_find_group(&words->group, group, &found.gid, err) < 0)
		return -1;
	found.groups = xcalloc(MOST_GROUPS, sizeof(*found.groups));
	add_group(&found, found.gid);
	if (known && !words->has_colon &&
	    add_supplementary(&found, user.name, group, err) < 0) {
		account_free(&found);
		return -1;
	}
	*ret = found;
	return 0;
}

void account_free(struct account *account)
{
	free(account->groups);
	*account = (struct account){ 0 };
}
