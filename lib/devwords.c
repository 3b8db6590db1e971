// SPDX-License-Identifier: Apache-2.0
#include "devwords.h"

#include <string.h>

#include "mountlist.h"
#include "names.h"
#include "parse.h"
#include "valid.h"

char *devwords_path(const char *text, struct err *err)
{
	auto_free char *path = mountlist_tidy(text);

	if (*text != '/')
		err_set(err, ERR_USAGE, "'%s' is not an absolute path", text);
	else if (strstr(path, "/../") ||
	         (strlen(path) > 2 && strcmp(path + strlen(path) - 3, "/..") == 0))
		err_set(err, ERR_USAGE, "'%s' must not go up", text);
	else if (strcmp(path, "/") == 0)
		err_set(err, ERR_USAGE, "'%s' is no place for a device", text);
	else
		return steal(&path);
	return NULL;
}

int devwords_device(char *text, struct device_words *ret, struct err *err)
{
	const char *path = NULL;
	char *rest = text, *field;

	ret->host = strsep(&rest, ":");
	ret->access = NULL;
	while ((field = strsep(&rest, ":"))) {
		if (*field == '/' && !path && !ret->access)
			path = field;
		else if (valid_access(field) && !ret->access)
			ret->access = field;
		else
			return err_set(err, ERR_USAGE,
			               "must be HOST[:CONTAINER][:rwm], but has '%s'",
			               field);
	}
	if (*ret->host != '/') {
		err_set(err, ERR_USAGE, "'%s' is not an absolute path", ret->host);
		return err_hint(err,
		                "/dev/NAME, or vendor.com/class=name for a CDI device");
	}
	ret->path = devwords_path(path ? path : ret->host, err);
	return ret->path ? 0 : -1;
}

/* ---- nodes ------------------------------------------------------------- */

static const struct name types[] = {
	{ "c", 'c' }, { "b", 'b' }, { "u", 'u' }, { "p", 'p' }, { NULL, 0 },
};

enum node_word { MODE, UID, GID, ACCESS };

static const struct name node_words[] = {
	{ "mode", MODE }, { "uid", UID }, { "gid", GID }, { "access", ACCESS }, { NULL, 0 },
};

/* A number that the kernel's dev_t has room for. */
static int put_number(json_t *node, const char *name, const char *text, uint32_t max,
                      struct err *err)
{
	uint32_t value;

	if (!text || !parse_u32(text, &value) || value > max)
		return err_set(err, ERR_USAGE, "'%s' is not a %s number, 0 to %u",
		               text ? text : "", name, max);
	json_object_set_new(node, name, doc_u64(value));
	return 0;
}

static int put_node_word(json_t *node, const char **access, char *text, struct err *err)
{
	char *value = text;
	const char *name = strsep(&value, "=");
	uint32_t number;
	int word;

	if (!value || !name_value(node_words, name, &word)) {
		err_set(err, ERR_USAGE, "unknown '%s'", name);
		return err_hint(err, "known: mode=, uid=, gid=, access=");
	}
	if (word == ACCESS) {
		*access = value;
		return valid_access(value) || strcmp(value, "none") == 0
		               ? 0
		               : err_set(err, ERR_USAGE,
		                         "'%s' is not of the letters r, w, m, or none",
		                         value);
	}
	if (word == MODE ? !parse_octal(value, 0777, &number) : !parse_id(value, &number))
		return err_set(err, ERR_USAGE, "%s '%s' is not %s", name, value,
		               word == MODE ? "an octal mode, 0 to 777" : "an id");
	json_object_set_new(node, word == MODE ? "fileMode" : name, doc_u64(number));
	return 0;
}

/* "TYPE:MAJOR:MINOR[:WORD,...]", of which a FIFO has no numbers. */
static int put_node(json_t *node, const char **access, char *text, struct err *err)
{
	char *rest = text, *word;
	const char *type = strsep(&rest, ":");
	int letter;

	if (!type || !name_value(types, type, &letter))
		return err_set(err, ERR_USAGE, "unknown type '%s': must be c, b, u or p",
		               type ? type : "");
	json_object_set_new(node, "type", json_string(type));
	if (letter != 'p' &&
	    (put_number(node, "major", strsep(&rest, ":"), VALID_LAST_MAJOR, err) < 0 ||
	     put_number(node, "minor", strsep(&rest, ":"), VALID_LAST_MINOR, err) < 0))
		return -1;
	while ((word = strsep(&rest, ",")))
		if (put_node_word(node, access, word, err) < 0)
			return -1;
	return 0;
}

json_t *devwords_node(char *text, const char **access, struct err *err)
{
	char *rest = text;
	auto_free char *path = devwords_path(strsep(&rest, ":"), err);
	json_t *node;

	if (!path)
		return NULL;
	node = json_pack("{s:s}", "path", path);
	*access = "rwm";
	if (put_node(node, access, rest, err) == 0)
		return node;
	json_decref(node);
	return NULL;
}

/* ---- rules --------------------------------------------------------------- */

/* "10" or "*", which is not written. */
static int put_rule_number(json_t *rule, const char *name, const char *text, uint32_t max,
                           struct err *err)
{
	return text && strcmp(text, "*") == 0 ? 0 : put_number(rule, name, text, max, err);
}

static bool is_rule_type(const char *text)
{
	return text && *text && !text[1] && strchr("abc", *text);
}

int devwords_check_all(const json_t *rule, struct err *err)
{
	const char *access = doc_string(json_object_get(rule, "access"));

	if (json_object_get(rule, "type") ||
	    (!json_object_get(rule, "major") && !json_object_get(rule, "minor") &&
	     strlen(access) == strlen("rwm")))
		return 0;
	err_set(err, ERR_USAGE, "a is every device, for any access: 'a *:* rwm'");
	return err_hint(err, "the kernel would not look at the numbers; say c or b");
}

json_t *devwords_rule(char *text, struct err *err)
{
	char *rest = text, *numbers;
	const char *type = strsep(&rest, " "), *access, *major;
	bool deny = strcmp(type, "deny") == 0;
	json_t *rule;

	if (deny || strcmp(type, "allow") == 0)
		type = strsep(&rest, " ");
	numbers = strsep(&rest, " ");
	access = rest;
	if (!is_rule_type(type) || !numbers || !access || !valid_access(access)) {
		err_set(err, ERR_USAGE, "must be [deny] TYPE MAJOR:MINOR ACCESS");
		err_hint(err, "such as 'c 10:229 rwm', 'b 8:* r', 'deny a *:* rwm'");
		return NULL;
	}
	rule = json_pack("{s:b}", "allow", !deny);
	if (*type != 'a')
		json_object_set_new(rule, "type", json_string(type));
	major = strsep(&numbers, ":");
	if (put_rule_number(rule, "major", major, VALID_LAST_MAJOR, err) == 0 &&
	    put_rule_number(rule, "minor", numbers, VALID_LAST_MINOR, err) == 0) {
		json_object_set_new(rule, "access", json_string(access));
		return rule;
	}
	json_decref(rule);
	return NULL;
}
