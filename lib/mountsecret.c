// SPDX-License-Identifier: Apache-2.0
#include "mountsecret.h"

#include <limits.h>
#include <string.h>

#include "here.h"
#include "mountparts.h"
#include "mountrow.h"
#include "parse.h"
#include "valid.h"

/* ---- --secret ------------------------------------------------------------ */

enum key { KEY_ID, KEY_SOURCE, KEY_ENV, KEY_FD, KEY_TYPE, KEYS };

static const struct name keys[] = {
	{ "id", KEY_ID },   { "src", KEY_SOURCE }, { "source", KEY_SOURCE },
	{ "env", KEY_ENV }, { "fd", KEY_FD },      { "type", KEY_TYPE },
	{ NULL, 0 },
};

enum type { TYPE_NONE, TYPE_FILE, TYPE_ENV };

static const struct name types[] = {
	{ "file", TYPE_FILE },
	{ "env", TYPE_ENV },
	{ NULL, 0 },
};

static int take_field(char *field, const char *values[KEYS], struct err *err)
{
	char *value = strchr(field, '=');
	int key;

	if (value)
		*value++ = '\0';
	if (!name_value(keys, field, &key))
		return mount_unknown(field, keys, err);
	if (!value || !*value)
		return err_set(err, ERR_USAGE, "'%s' needs a value", field);
	if (values[key])
		return err_set(err, ERR_USAGE, "two of one kind: '%s' and '%s'",
		               values[key], value);
	values[key] = value;
	return 0;
}

/* 0 to 2 are what the stages of a pipe talk through. */
static int take_fd(const char *text, uint32_t *ret, struct err *err)
{
	if (parse_u32(text, ret) && *ret > 2 && *ret <= INT_MAX)
		return 0;
	return err_set(err, ERR_USAGE, "'%s' is not a descriptor above 2", text);
}

static int take_type(const char *word, enum type *ret, struct err *err)
{
	int type;

	if (!word)
		return 0;
	if (!name_value(types, word, &type))
		return mount_unknown(word, types, err);
	*ret = (enum type)type;
	return 0;
}

/* With type=env src= is the variable's name; without src= the id is. */
static const char *variable(const char *const values[KEYS], enum type type)
{
	const char *source = values[KEY_SOURCE], *id = values[KEY_ID];

	if (values[KEY_ENV])
		return values[KEY_ENV];
	if (type == TYPE_ENV)
		return source ? source : id;
	return type == TYPE_NONE && !source && !values[KEY_FD] && getenv(id) ? id : NULL;
}

/* What a step calls "source". */
static int make_source(const char *const values[KEYS], enum type type, const char *here,
                       json_t **ret, struct err *err)
{
	const char *env = variable(values, type), *file = values[KEY_SOURCE];
	auto_free char *path = NULL;
	uint32_t fd;

	if ((type == TYPE_FILE && env) || (type != TYPE_NONE && values[KEY_FD]))
		return err_set(err, ERR_USAGE, "'type=%s' and '%s' do not go together",
		               values[KEY_TYPE], values[KEY_FD] ? "fd" : "env");
	if (env && strchr(env, '='))
		return err_set(err, ERR_USAGE, "'%s' is not the name of a variable", env);
	if (env) {
		*ret = json_pack("{s:s}", "env", env);
		return 0;
	}
	if (values[KEY_FD]) {
		if (take_fd(values[KEY_FD], &fd, err) < 0)
			return -1;
		*ret = json_pack("{s:o}", "fd", doc_u64(fd));
		return 0;
	}
	path = here_absolute(file ? file : values[KEY_ID], here, err);
	if (!path)
		return -1;
	*ret = json_pack("{s:s}", "file", path);
	return 0;
}

int mountsecret_declare(char *text, const char *here, json_t *secrets, struct err *err)
{
	const char *values[KEYS] = { NULL };
	enum type type = TYPE_NONE;
	json_t *source = NULL;
	char *field;

	for (char *rest = text; rest;)
		if (mount_next_field(&rest, &field, err) < 0 ||
		    take_field(field, values, err) < 0)
			return -1;
	if (!values[KEY_ID])
		return err_set(err, ERR_USAGE, "needs an id");
	if (!!values[KEY_SOURCE] + !!values[KEY_ENV] + !!values[KEY_FD] > 1)
		return err_set(err, ERR_USAGE, "src, env and fd do not go together");
	if (take_type(values[KEY_TYPE], &type, err) < 0 ||
	    make_source(values, type, here, &source, err) < 0)
		return -1;
	json_object_set_new(secrets, values[KEY_ID], source);
	return 0;
}

/* ---- --mount=type=secret ------------------------------------------------- */

/* B186.  An id is a name, and leads nowhere else. */
static int default_target(const char *id, char **ret, struct err *err)
{
	static const char directory[] = "/run/secrets";
	auto_free char *joined = xasprintf("%s/%s", directory, id);

	if (valid_inside(id))
		return mountrow_target(joined, "/", ret, err);
	err_set(err, ERR_USAGE, "the id '%s' leads out of %s", id, directory);
	return err_hint(err, "say target= too");
}

/* The id is the last part of the target, and the target has the id for its last part. */
static int find_names(const struct mount_request *request, const char *workdir,
                      char **target, char **id, struct err *err)
{
	if (!request->target && !request->id)
		return err_set(err, ERR_USAGE, "needs an id");
	if (!request->target) {
		*id = xstrdup(request->id);
		return default_target(request->id, target, err);
	}
	if (mountrow_target(request->target, workdir, target, err) < 0)
		return -1;
	*id = xstrdup(request->id ? request->id : strrchr(*target, '/') + 1);
	return 0;
}

static int no_secret(const struct mount_request *request, const char *id, json_t **ret,
                     struct err *err)
{
	*ret = NULL; /* B187 */
	if (!request->required)
		return 0;
	err_set(err, ERR_USAGE, "there is no secret '%s'", id);
	return err_hint(err, "declare it: --secret=id=%s,src=FILE", id);
}

int mountsecret_make(const struct mount_request *request, const json_t *secrets,
                     const char *workdir, json_t **ret, json_t *steps, struct err *err)
{
	auto_free char *target = NULL, *id = NULL;
	json_t *source;

	if (find_names(request, workdir, &target, &id, err) < 0)
		return -1;
	source = json_object_get(secrets, id);
	if (!source)
		return no_secret(request, id, ret, err);
	json_array_append_new(steps, mountrow_step(request, "secret", target, id, source));
	*ret = mountrow_ours(target, "secret"); /* B191 */
	return 0;
}
