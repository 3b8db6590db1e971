// SPDX-License-Identifier: Apache-2.0
#include "mountdeclared.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "here.h"
#include "imageconfig.h"
#include "mountagent.h"
#include "mountsecret.h"
#include "mountsubs.h"
#include "rootfs.h"
#include "spec.h"

static int add_context(const struct opt_use *use, struct mount_declared *ret,
                       struct err *err)
{
	struct mount_context *context = &ret->contexts[ret->count++];
	char *equals = strchr(use->arg, '=');

	*context = (struct mount_context){ .name = "" };
	if (use->opt->data) {
		*equals = '\0';
		context->name = use->arg;
	}
	context->path =
		here_absolute(use->opt->data ? equals + 1 : use->arg, ret->cwd, err);
	return context->path ? 0 : err_where(err, "--%s", use->opt->name);
}

static int declare_contexts(const struct opt_list *contexts, struct mount_declared *ret,
                            struct err *err)
{
	size_t count = 0;

	for (const struct opt_use *use = contexts->first; use; use = use->next)
		count++;
	ret->contexts = xcalloc(count, sizeof(*ret->contexts));
	for (const struct opt_use *use = contexts->first; use; use = use->next)
		if (add_context(use, ret, err) < 0)
			return -1;
	return 0;
}

static int declare_agents(const struct opt_list *agents, struct mount_declared *ret,
                          struct err *err)
{
	ret->agents = json_object();
	for (const struct opt_use *use = agents->first; use; use = use->next)
		if (mountagent_declare(use->arg, ret->cwd, ret->agents, err) < 0)
			return err_where(err, "--%s", use->opt->name);
	return 0;
}

static int declare_secrets(const struct opt_list *secrets, struct mount_declared *ret,
                           struct err *err)
{
	ret->secrets = json_object();
	for (const struct opt_use *use = secrets->first; use; use = use->next)
		if (mountsecret_declare(use->arg, ret->cwd, ret->secrets, err) < 0)
			return err_where(err, "--%s", use->opt->name);
	return 0;
}

/* ---- image volumes ------------------------------------------------------- */

static int read_volumes(const char *file, struct filter_run *run,
                        struct mount_declared *ret, struct err *err)
{
	struct image image;
	json_t *config;

	if (filter_read(run, file, &config, err) < 0)
		return -1;
	if (image_take_new(config, &image, err) < 0) {
		auto_free char *above = xasprintf("%s: ", file);

		return err_under(err, above);
	}
	ret->volumes = image_volumes(&image);
	image_free(&image);
	return 0;
}

static int declare_volumes(const struct mount_asked *asked, struct filter_run *run,
                           struct mount_declared *ret, struct err *err)
{
	const char *dir = asked->image_volume_dir;

	if (dir && !asked->image_volumes)
		return err_set(err, ERR_USAGE, "--image-volume-dir needs --image-volumes");
	if (dir) {
		ret->volume_dir = here_absolute(dir, ret->cwd, err);
		if (!ret->volume_dir)
			return err_where(err, "--image-volume-dir");
	}
	if (asked->image_volumes && asked->image_volumes->arg)
		return read_volumes(asked->image_volumes->arg, run, ret, err);
	return 0;
}

/* ---- subscriptions ------------------------------------------------------- */

/* The root file system, if it has crypto-policies for FIPS; owned, or NULL. */
static char *root_with_policies(const json_t *doc, const char *here)
{
	const char *given = doc_string(spec_get(doc, "/root/path"));
	auto_free char *path = NULL;
	auto_close int root = -1, policies = -1;
	struct err ignored = { 0 };

	path = given ? here_absolute(given, here, &ignored) : NULL;
	root = path ? rootfs_open(path, &ignored) : -1;
	if (root >= 0)
		policies = rootfs_openat(root, mountsubs_policies, O_PATH | O_DIRECTORY);
	return policies >= 0 ? steal(&path) : NULL;
}

static int read_lists(const struct opt_list *lists, struct filter_run *run,
                      struct mount_declared *ret, struct err *err)
{
	for (const struct opt_use *use = lists->first; use; use = use->next) {
		auto_buf struct buf text = { 0 };

		if (filter_read_text(run, use->arg, &text, err) < 0 ||
		    mountsubs_read(&text, use->arg, "mounts-apply", ret->subscriptions,
		                   ret->subscription_steps, err) < 0)
			return -1;
	}
	return 0;
}

static int declare_subscriptions(const struct mount_asked *asked, const json_t *doc,
                                 struct filter_run *run, struct mount_declared *ret,
                                 struct err *err)
{
	auto_free char *root = NULL;

	ret->subscriptions = json_array();
	ret->subscription_steps = json_object();
	if (read_lists(&asked->lists, run, ret, err) < 0)
		return -1;
	if (!asked->fips)
		return 0;
	root = root_with_policies(doc, ret->cwd);
	mountsubs_fips(root, ret->subscriptions, ret->subscription_steps);
	return 0;
}

/* ---- all ----------------------------------------------------------------- */

int mountdeclared_gather(const struct mount_asked *asked, const json_t *doc,
                         struct filter_run *run, struct mount_declared *ret,
                         struct err *err)
{
	*ret = (struct mount_declared){ .cwd = here_directory() };
	if (declare_contexts(&asked->contexts, ret, err) < 0 ||
	    declare_agents(&asked->agents, ret, err) < 0 ||
	    declare_secrets(&asked->secrets, ret, err) < 0 ||
	    declare_volumes(asked, run, ret, err) < 0)
		return -1;
	return declare_subscriptions(asked, doc, run, ret, err);
}

void mountdeclared_free(struct mount_declared *declared)
{
	for (size_t i = 0; i < declared->count; i++)
		free((char *)(uintptr_t)declared->contexts[i].path);
	free(declared->contexts);
	free(declared->cwd);
	free(declared->volume_dir);
	json_decref(declared->agents);
	json_decref(declared->secrets);
	json_decref(declared->volumes);
	json_decref(declared->subscriptions);
	json_decref(declared->subscription_steps);
	*declared = (struct mount_declared){ 0 };
}
