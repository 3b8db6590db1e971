// SPDX-License-Identifier: Apache-2.0
#include "mountagent.h"

#include <string.h>
#include <sys/un.h>

#include "here.h"
#include "mountrow.h"
#include "spec.h"

static const char variable[] = "SSH_AUTH_SOCK";

/* ---- --ssh --------------------------------------------------------------- */

static int add_path(json_t *paths, const char *path, size_t len, const char *here,
                    struct err *err)
{
	auto_free char *given = xstrndup(path, len);
	auto_free char *absolute = NULL;

	if (!len)
		return err_set(err, ERR_USAGE, "has an empty path");
	absolute = here_absolute(given, here, err);
	if (!absolute)
		return -1;
	json_array_append_new(paths, json_string(absolute));
	return 0;
}

static int read_paths(const char *text, const char *here, json_t *paths, struct err *err)
{
	for (;;) {
		size_t len = strcspn(text, ",");

		if (add_path(paths, text, len, here, err) < 0)
			return -1;
		if (!text[len])
			return 0;
		text += len + 1;
	}
}

int mountagent_declare(const char *text, const char *here, json_t *agents, struct err *err)
{
	size_t len = strcspn(text, "=");
	auto_free char *id = xstrndup(text, len);
	json_auto_t *paths = json_array();

	if (!len)
		return err_set(err, ERR_USAGE, "'%s' has no id: it is ID[=SOCKET|KEY,...]",
		               text);
	if (!text[len]) {
		json_object_set_new(agents, id, json_pack("{s:s}", "env", variable));
		return 0;
	}
	if (read_paths(text + len + 1, here, paths, err) < 0)
		return -1;
	json_object_set_new(agents, id, json_pack("{s:O}", "paths", paths));
	return 0;
}

/* ---- --mount=type=ssh ---------------------------------------------------- */

/*
 * Where nobody says where: that of the id "default" is where the first one always was
 * (B194).  Of the id, not of a count, so that asking twice is asking once.
 */
static int make_target(const struct mount_request *request, const char *id, char **ret,
                       struct err *err)
{
	bool first = strcmp(id, "default") == 0;
	auto_free char *made = NULL;

	if (!request->target && (strchr(id, '/') || strcmp(id, "0") == 0))
		return err_set(err, ERR_USAGE,
		               "needs a target: none is made of the id '%s'", id);
	made = xasprintf("/run/buildkit/ssh_agent.%s", first ? "0" : id);
	if (mountrow_target(request->target ? request->target : made, "/", ret, err) < 0)
		return -1;
	if (strlen(*ret) < sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return 0;
	free(steal(ret));
	return err_set(err, ERR_USAGE, "the target is longer than a socket's name can be");
}

static int unknown_agent(const struct mount_request *request, const char *id, json_t **ret,
                         struct err *err)
{
	*ret = NULL;
	if (!request->required)
		return 0;
	err_set(err, ERR_USAGE, "there is no ssh agent '%s'", id);
	return err_hint(err, "name it with --ssh=%s, or --ssh=%s=SOCKET", id, id);
}

int mountagent_make(const struct mount_request *request, const json_t *agents, json_t **ret,
                    json_t *steps, struct err *err)
{
	const char *id = request->id ? request->id : "default";
	const json_t *source = json_object_get(agents, id);
	auto_free char *target = NULL;

	if (!source)
		return unknown_agent(request, id, ret, err);
	if (make_target(request, id, &target, err) < 0)
		return -1;
	json_array_append_new(steps, mountrow_step(request, "ssh", target, id, source));
	*ret = mountrow_ours(target, "ssh");
	return 0;
}

/* ---- SSH_AUTH_SOCK ------------------------------------------------------- */

const char *mountagent_first(const json_t *doc)
{
	const json_t *step;
	size_t i;

	json_array_foreach(spec_get(doc, "/ocipipe/prepare"), i, step)
		if (str_equal(doc_string(json_object_get(step, "step")), "ssh"))
			return doc_string(json_object_get(step, "mount"));
	return NULL;
}

/* B034: it replaces what was there, and there is one. */
static int put(json_t *doc, const char *where, struct err *err)
{
	json_t *env;

	if (!json_object_get(doc, "process"))
		return 0;
	if (spec_ensure_array(doc, "/process/env", &env, err) < 0)
		return -1;
	return spec_env_put(env, variable, where, err);
}

int mountagent_point(json_t *doc, const char *before, bool added, struct err *err)
{
	const char *now = mountagent_first(doc);
	json_t *env = spec_get(doc, "/process/env");

	if (!added && (before ? str_equal(before, now) : !now))
		return 0;
	if (now)
		return put(doc, now, err);
	if (str_equal(spec_env_get(env, variable), before))
		spec_env_drop(env, variable);
	return 0;
}
