// SPDX-License-Identifier: Apache-2.0
#include "process.h"

#include <string.h>
#include <unistd.h>

#include "accounts.h"
#include "lookup.h"
#include "mountlist.h"
#include "preset.h"
#include "spec.h"

const char *const process_owns[] = {
	"/process",
	"!/process/capabilities",
	"!/process/rlimits",
	"!/process/oomScoreAdj",
	"!/process/scheduler",
	"!/process/ioPriority",
	"!/process/execCPUAffinity",
	"/root",
	"/annotations",
	"/linux/personality",
	"/ociVersion",
	"/ocipipe/rootfs",
	NULL,
};

static const struct name presets[] = { { "build", PRESET_BUILD }, { NULL, 0 } };

/* ---- the command line ---------------------------------------------------- */

static int append_env(struct opt_use *use, void *to, struct err *err)
{
	if (!*use->arg || *use->arg == '=')
		return err_set(err, ERR_USAGE, "'%s' has no name", use->arg);
	return opt_append(use, to, err);
}

static int set_workdir(struct opt_use *use, void *to, struct err *err)
{
	if (*use->arg != '/') /* B037 */
		return err_set(err, ERR_USAGE, "'%s' is not an absolute path", use->arg);
	return opt_string(use, to, err);
}

static int set_user(struct opt_use *use, void *to, struct err *err)
{
	struct account_words words;

	if (account_parse(use->arg, &words, err) < 0)
		return -1;
	account_words_free(&words);
	return opt_string(use, to, err);
}

/* ---- facts --------------------------------------------------------------- */

/* The path as an absolute one; relative ones on a command line are the caller's. */
static char *absolute(const char *path, struct err *err)
{
	auto_free char *cwd = NULL, *joined = NULL;

	if (*path == '/')
		return mountlist_tidy(path);
	cwd = getcwd(NULL, 0);
	if (!cwd) {
		err_errno(err, path, "cannot find the current directory");
		return NULL;
	}
	joined = xasprintf("%s/%s", cwd, path);
	return mountlist_tidy(joined);
}

static int put_env(json_t *env, const char *arg, struct err *err)
{
	const char *equals = strchr(arg, '=');
	auto_free char *name = xstrndup(arg, strcspn(arg, "="));
	const char *value = equals ? equals + 1 : getenv(name);

	return value ? spec_env_put(env, name, value, err) : 0; /* B413 */
}

static int gather_env(const json_t *doc, struct process_options *options, struct err *err)
{
	const json_t *old = spec_get(doc, "/process/env");

	if (!options->env.first)
		return 0;
	options->facts.env = old ? json_copy((json_t *)(uintptr_t)old) : json_array();
	for (const struct opt_use *use = options->env.first; use; use = use->next)
		if (put_env(options->facts.env, use->arg, err) < 0)
			return -1;
	return 0;
}

static json_t *print_groups(const struct account *account)
{
	json_auto_t *seen = json_object();
	json_t *list = json_array();

	for (size_t i = 0; i < account->count; i++) {
		auto_free char *key = xasprintf("%u", account->groups[i]);

		if (!json_object_get(seen, key))
			json_array_append_new(list, doc_u64(account->groups[i]));
		json_object_set_new(seen, key, json_true());
	}
	return list;
}

static int gather_user(const struct layers *root, struct process_options *options,
                       struct err *err)
{
	struct account_words words;
	struct account account;
	int failed;

	if (!options->user)
		return 0;
	if (account_parse(options->user, &words, err) < 0)
		return -1;
	failed = lookup_user(root, &words, &account, err);
	account_words_free(&words);
	if (failed)
		return err->where[0] ? -1 : err_where(err, "--user");
	options->facts.user = json_object();
	json_object_set_new(options->facts.user, "uid", doc_u64(account.uid));
	json_object_set_new(options->facts.user, "gid", doc_u64(account.gid));
	json_object_set_new(options->facts.user, "additionalGids", print_groups(&account));
	account_free(&account);
	return 0;
}

static void gather_args(const json_t *doc, const struct layers *root, char **command,
                        struct process_options *options)
{
	const json_t *env =
		options->facts.env ? options->facts.env : spec_get(doc, "/process/env");
	const char *path = spec_env_get(env, "PATH");
	const char *cwd = doc_string(spec_get(doc, "/process/cwd"));
	auto_free char *found = NULL;

	if (!*command)
		return;
	if (options->workdir)
		cwd = options->workdir;
	found = lookup_command(root, *command, path ? path : "", cwd ? cwd : "/");
	options->facts.args = json_array();
	json_array_append_new(options->facts.args, json_string(found ? found : *command));
	while (*++command)
		json_array_append_new(options->facts.args, json_string(*command));
}

static int gather_in_root(const json_t *doc, struct process_options *options,
                          struct filter_run *run, struct err *err)
{
	const char *path = options->facts.rootfs ? options->facts.rootfs
	                                         : doc_string(spec_get(doc, "/root/path"));
	struct layers root = { 0 };
	int failed;

	if (!options->user && !*run->operands)
		return 0;
	if (path && layers_open(path, &root, err) < 0)
		return -1;
	failed = gather_user(&root, options, err);
	if (!failed)
		gather_args(doc, &root, run->operands, options);
	layers_close(&root);
	return failed;
}

int process_gather(const json_t *doc, struct process_options *options,
                   struct filter_run *run, struct err *err)
{
	struct process_facts *facts = &options->facts;

	if (options->rootfs && !(facts->rootfs = absolute(options->rootfs, err)))
		return -1;
	if (options->workdir)
		facts->cwd = mountlist_tidy(options->workdir);
	if (gather_env(doc, options, err) < 0)
		return -1;
	return gather_in_root(doc, options, run, err);
}

void process_done(struct process_options *options)
{
	struct process_facts *facts = &options->facts;

	free(facts->rootfs);
	free(facts->cwd);
	json_decref(facts->env);
	json_decref(facts->args);
	json_decref(facts->user);
}

/* ---- the document -------------------------------------------------------- */

static int put(json_t *doc, const char *pointer, json_t *value, struct err *err)
{
	return value ? spec_put_new(doc, pointer, json_incref(value), err) : 0;
}

static int apply_user(json_t *doc, json_t *user, struct err *err)
{
	json_t *to;

	if (!user)
		return 0;
	if (spec_ensure_object(doc, "/process/user", &to, err) < 0)
		return -1;
	json_object_update(to, user);
	return 0;
}

int process_apply(json_t *doc, const struct process_options *options, struct err *err)
{
	const struct process_facts *facts = &options->facts;

	if (apply_user(doc, facts->user, err) < 0 ||
	    put(doc, "/process/args", facts->args, err) < 0 ||
	    put(doc, "/process/env", facts->env, err) < 0)
		return -1;
	if (facts->cwd &&
	    spec_put_new(doc, "/process/cwd", json_string(facts->cwd), err) < 0)
		return -1;
	return facts->rootfs
	               ? spec_put_new(doc, "/root/path", json_string(facts->rootfs), err)
	               : 0;
}

/* clang-format off */
#define AT(member) .at = offsetof(struct process_options, member)
const struct opt process_options[] = {
	{ .name = "preset", .arg = "NAME", .set = opt_word, AT(preset), .values = presets,
	  .help = "the document to start from (build)" },
	{ .name = "rootfs", .arg = "DIR", .set = opt_string, AT(rootfs),
	  .help = "the root filesystem" },
	{ .letter = 'e', .name = "env", .arg = "NAME[=VALUE]", .set = append_env, AT(env),
	  .help = "set a variable; without a value, to ours" },
	{ .letter = 'w', .name = "workdir", .alias = "workingdir", .arg = "DIR",
	  .set = set_workdir, AT(workdir), .help = "the working directory" },
	{ .letter = 'u', .name = "user", .arg = "USER[:GROUP]", .set = set_user, AT(user),
	  .help = "names in the root filesystem, or ids" },
	{ .name = NULL },
};
/* clang-format on */
