// SPDX-License-Identifier: Apache-2.0
#include "process.h"

#include <string.h>

#include "mountlist.h"
#include "parse.h"
#include "prepare.h"
#include "preset.h"
#include "processparts.h"
#include "schema.h"
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

/* ---- the command line ---------------------------------------------------- */

static const struct name presets[] = {
	{ "build", PRESET_BUILD },
	{ "runc", PRESET_RUNC },
	{ "minimal", PRESET_MINIMAL },
	{ "rootless", PRESET_ROOTLESS },
	{ NULL, 0 },
};

static const struct name switches[] = {
	{ "true", SWITCH_ON }, { "yes", SWITCH_ON }, { "false", SWITCH_OFF },
	{ "no", SWITCH_OFF },  { NULL, 0 },
};

static const struct name personalities[] = { { "LINUX", 0 },
	                                     { "LINUX32", 0 },
	                                     { NULL, 0 } };

/* "[=false]": on without a word. */
static int set_switch(struct opt_use *use, void *to, struct err *err)
{
	if (use->arg)
		return opt_value(use->opt, use->arg, to, err);
	*(int *)to = SWITCH_ON;
	return 0;
}

/* Accepted for podman's users: a command has its standard input anyway. */
static int set_nothing(struct opt_use *use UNUSED, void *to UNUSED, struct err *err UNUSED)
{
	return 0;
}

static int set_use(struct opt_use *use, void *to, struct err *err UNUSED)
{
	*(const struct opt_use **)to = use;
	return 0;
}

/* A word that takes part in a check of its own; the row says which. */
typedef int checker(const char *text, struct err *err);

static int append_checked(struct opt_use *use, void *to, checker *check, struct err *err)
{
	return check(use->arg, err) < 0 ? -1 : opt_append(use, to, err);
}

static int append_env(struct opt_use *use, void *to, struct err *err)
{
	return append_checked(use, to, process_check_env, err);
}

static int append_merge(struct opt_use *use, void *to, struct err *err)
{
	return append_checked(use, to, process_check_merge, err);
}

static int append_group(struct opt_use *use, void *to, struct err *err)
{
	return append_checked(use, to, process_check_group, err);
}

static int append_security(struct opt_use *use, void *to, struct err *err)
{
	return append_checked(use, to, process_check_security, err);
}

static int check_filled(const char *text, struct err *err)
{
	return *text ? 0 : err_set(err, ERR_USAGE, "takes a name, not an empty word");
}

static int append_filled(struct opt_use *use, void *to, struct err *err)
{
	return append_checked(use, to, check_filled, err);
}

static int check_annotation(const char *text, struct err *err)
{
	if (*text != '=' && strchr(text, '='))
		return 0;
	return err_set(err, ERR_USAGE, "'%s' is not KEY=VALUE", text);
}

static int append_annotation(struct opt_use *use, void *to, struct err *err)
{
	return append_checked(use, to, check_annotation, err);
}

static int set_rootfs(struct opt_use *use, void *to, struct err *err)
{
	return process_check_rootfs(use->arg, err) < 0 ? -1 : opt_string(use, to, err);
}

static int set_user(struct opt_use *use, void *to, struct err *err)
{
	return process_check_user(use->arg, err) < 0 ? -1 : opt_string(use, to, err);
}

static int set_workdir(struct opt_use *use, void *to, struct err *err)
{
	if (*use->arg != '/') /* B037 */
		return err_set(err, ERR_USAGE, "'%s' is not an absolute path", use->arg);
	return opt_string(use, to, err);
}

/* An empty word removes what the option sets. */
static int set_umask(struct opt_use *use, void *to, struct err *err)
{
	uint32_t ignored;

	if (*use->arg && !parse_octal(use->arg, 0777, &ignored))
		return err_set(err, ERR_USAGE, "'%s' is not an octal mask up to 777",
		               use->arg);
	*(const char **)to = use->arg;
	return 0;
}

static bool parse_console(const char *text, uint32_t *rows, uint32_t *columns)
{
	enum { MOST = UINT16_MAX }; /* struct winsize */
	size_t len = strcspn(text, "x");
	auto_free char *first = xstrndup(text, len);

	return text[len] && parse_u32(first, rows) && parse_u32(text + len + 1, columns) &&
	       *rows <= MOST && *columns <= MOST;
}

static int set_console(struct opt_use *use, void *to, struct err *err)
{
	uint32_t rows, columns;

	if (*use->arg && !parse_console(use->arg, &rows, &columns))
		return err_set(err, ERR_USAGE, "'%s' is not ROWSxCOLUMNS", use->arg);
	*(const char **)to = use->arg;
	return 0;
}

static int set_personality(struct opt_use *use, void *to, struct err *err)
{
	int ignored;

	if (*use->arg && opt_value(use->opt, use->arg, &ignored, err) < 0)
		return -1;
	*(const char **)to = use->arg;
	return 0;
}

static int set_version(struct opt_use *use, void *to, struct err *err)
{
	static const char *const pointers[] = { "/ociVersion", NULL };
	json_auto_t *doc = json_pack("{s:s}", "ociVersion", use->arg);

	if (schema_check(doc, pointers, err) < 0) {
		err->kind = ERR_USAGE;
		return err_where(err, "--%s", use->opt->name);
	}
	*(const char **)to = use->arg;
	return 0;
}

/* ---- facts --------------------------------------------------------------- */

static int gather_image(struct process_options *options, struct filter_run *run,
                        struct err *err)
{
	json_t *doc;

	if (!options->image_config)
		return 0;
	if (filter_read(run, options->image_config, &doc, err) < 0)
		return -1;
	if (image_take_new(doc, &options->facts.image, err) == 0)
		return 0;
	if (err->where[0])
		err_under(err, ": ");
	return err_under(err, options->image_config);
}

/* Absolute and clean: the image's may be relative to / (B036, B037). */
static void gather_cwd(struct process_options *options)
{
	const char *image = options->facts.image.workdir;

	if (options->workdir) {
		options->facts.cwd = mountlist_tidy(options->workdir);
	} else if (image) {
		auto_free char *path = xasprintf("/%s", image);

		options->facts.cwd = mountlist_tidy(path);
	}
}

/* A root filesystem that nothing is asked of need not be there yet. */
static bool looks_into_root(const struct process_options *options,
                            const struct filter_run *run)
{
	const struct image *image = &options->facts.image;

	return options->user || options->default_user || options->groups.first ||
	       options->entrypoint || *run->operands || image->user || image->entrypoint ||
	       image->cmd;
}

static int gather_in_root(const json_t *doc, struct process_options *options,
                          struct filter_run *run, struct err *err)
{
	struct layers root = { 0 };
	int failed;

	if (looks_into_root(options, run) &&
	    process_open_root(doc, options, &root, err) < 0)
		return -1;
	failed = process_gather_user(doc, &root, options, run, err);
	if (!failed)
		failed = process_gather_args(doc, &root, options, run, err);
	layers_free(&root);
	return failed;
}

int process_gather(const json_t *doc, struct process_options *options,
                   struct filter_run *run, struct err *err)
{
	if (gather_image(options, run, err) < 0 ||
	    process_gather_root(doc, options, err) < 0 ||
	    process_gather_env(doc, options, run, err) < 0 ||
	    process_gather_annotations(options, err) < 0)
		return -1;
	gather_cwd(options);
	return gather_in_root(doc, options, run, err);
}

void process_done(struct process_options *options)
{
	struct process_facts *facts = &options->facts;

	image_free(&facts->image);
	json_decref(facts->rootfs);
	free(facts->root_name);
	free(facts->root_path);
	free(facts->cwd);
	json_decref(facts->env);
	json_decref(facts->args);
	json_decref(facts->user);
	json_decref(facts->annotations);
}

/* ---- the document -------------------------------------------------------- */

/* Set it, or leave it alone if there is nothing new. */
static int put(json_t *doc, const char *pointer, json_t *value, struct err *err)
{
	return value ? spec_put_new(doc, pointer, json_incref(value), err) : 0;
}

static int put_string(json_t *doc, const char *pointer, const char *value, struct err *err)
{
	return value ? spec_put_new(doc, pointer, json_string(value), err) : 0;
}

static int put_switch(json_t *doc, const char *pointer, int choice, struct err *err)
{
	if (choice == SWITCH_ON)
		return spec_put_new(doc, pointer, json_true(), err);
	if (choice == SWITCH_OFF)
		spec_drop(doc, pointer);
	return 0;
}

/* Set it, or remove it for an empty word, or leave it alone for none. */
static int put_word(json_t *doc, const char *pointer, const char *word, json_t *value,
                    struct err *err)
{
	if (word && *word)
		return spec_put_new(doc, pointer, value, err);
	json_decref(value);
	if (word)
		spec_drop(doc, pointer);
	return 0;
}

static int apply_user(json_t *doc, const struct process_options *options, struct err *err)
{
	uint32_t mask = 0;
	json_t *to;

	if (json_object_size(options->facts.user) > 0) {
		if (spec_ensure_object(doc, "/process/user", &to, err) < 0)
			return -1;
		json_object_update(to, options->facts.user);
	}
	if (options->umask && *options->umask && !parse_octal(options->umask, 0777, &mask))
		return err_set(err, ERR_USAGE, "'%s' is not a mask", options->umask);
	return put_word(doc, "/process/user/umask", options->umask, doc_u64(mask), err);
}

static int apply_terminal(json_t *doc, const struct process_options *options,
                          struct err *err)
{
	uint32_t rows = 0, columns = 0;
	json_t *size;

	if (put_switch(doc, "/process/terminal", options->tty, err) < 0)
		return -1;
	if (options->console_size && *options->console_size &&
	    !parse_console(options->console_size, &rows, &columns))
		return err_set(err, ERR_USAGE, "'%s' is not a size", options->console_size);
	size = json_object();
	json_object_set_new(size, "height", doc_u64(rows));
	json_object_set_new(size, "width", doc_u64(columns));
	return put_word(doc, "/process/consoleSize", options->console_size, size, err);
}

static int apply_process(json_t *doc, const struct process_options *options,
                         struct err *err)
{
	const struct process_facts *facts = &options->facts;

	if (apply_terminal(doc, options, err) < 0 || apply_user(doc, options, err) < 0 ||
	    put(doc, "/process/args", facts->args, err) < 0 ||
	    put(doc, "/process/env", facts->env, err) < 0 ||
	    put_string(doc, "/process/cwd", facts->cwd, err) < 0)
		return -1;
	return process_apply_security(doc, &options->security, err);
}

static int apply_root(json_t *doc, const struct process_options *options, struct err *err)
{
	json_t *rootfs = options->facts.rootfs;

	if (put_string(doc, "/root/path", options->facts.root_path, err) < 0 ||
	    put_switch(doc, "/root/readonly", options->read_only, err) < 0)
		return -1;
	if (rootfs && json_object_size(rootfs) == 0)
		spec_drop(doc, "/ocipipe/rootfs");
	else if (rootfs && (prepare_ensure(doc, err) < 0 ||
	                    put(doc, "/ocipipe/rootfs", rootfs, err) < 0))
		return -1;
	return 0;
}

static int apply_annotations(json_t *doc, json_t *annotations, struct err *err)
{
	const char *name;
	json_t *value, *to;

	json_object_foreach(annotations, name, value) {
		if (json_is_null(value)) {
			json_object_del(spec_get(doc, "/annotations"), name);
			continue;
		}
		if (spec_ensure_object(doc, "/annotations", &to, err) < 0)
			return -1;
		json_object_set(to, name, value);
	}
	if (json_object_size(annotations) > 0)
		spec_drop_empty(doc, "/annotations");
	return 0;
}

int process_apply(json_t *doc, const struct process_options *options, struct err *err)
{
	const char *personality = options->personality;

	if (apply_process(doc, options, err) < 0 || apply_root(doc, options, err) < 0 ||
	    apply_annotations(doc, options->facts.annotations, err) < 0 ||
	    put_string(doc, "/ociVersion", options->oci_version, err) < 0)
		return -1;
	return put_word(doc, "/linux/personality", personality,
	                json_pack("{s:s*}", "domain", personality), err);
}

/* clang-format off */
#define AT(member) .at = offsetof(struct process_options, member)
const struct opt process_options[] = {
	{ .name = "base", .arg = "FILE", .set = opt_string, AT(base),
	  .help = "edit this document, do not make one; - is standard input" },
	{ .name = "preset", .arg = "NAME", .set = opt_word, AT(preset), .values = presets,
	  .help = "the document to start from (build)" },

	{ .name = "rootfs", .arg = "DIR[:O][:idmap|:noidmap]", .set = set_rootfs, AT(rootfs),
	  .help = "the root filesystem; O: throw its changes away" },
	{ .name = "layer", .arg = "DIR", .set = append_filled, AT(layers),
	  .help = "an overlay directory above it; the last takes the writes" },
	{ .name = "read-only", .arg = "[=false]", .set = set_switch, AT(read_only),
	  .values = switches, .help = "nothing can write to the root filesystem" },
	{ .name = "image-config", .arg = "FILE", .set = opt_string, AT(image_config),
	  .help = "take what the configuration of an image says" },
	{ .name = "entrypoint", .arg = "[=COMMAND|JSON]", .set = set_use, AT(entrypoint),
	  .help = "put this, or the image's, before COMMAND" },
	{ .name = "shell", .set = opt_flag, AT(shell),
	  .help = "COMMAND is one string for the image's shell or /bin/sh -c" },
	{ .letter = 'e', .name = "env", .arg = "NAME[=VALUE]", .set = append_env, AT(env),
	  .data = EDIT_PUT, .help = "set a variable; without a value, to ours" },
	{ .name = "env-merge", .arg = "NAME=VALUE", .set = append_merge, AT(env),
	  .data = EDIT_MERGE, .help = "the same; ${NAME} in VALUE is the old one" },
	{ .name = "unsetenv", .arg = "NAME", .set = append_filled, AT(env),
	  .data = EDIT_DROP, .help = "remove a variable" },
	{ .name = "env-file", .arg = "FILE", .set = append_filled, AT(env_files),
	  .help = "set the variables that FILE holds, one a line" },
	{ .name = "http-proxy", .set = opt_flag, AT(http_proxy),
	  .help = "pass our proxy variables on" },
	{ .letter = 'w', .name = "workdir", .alias = "workingdir", .arg = "DIR",
	  .set = set_workdir, AT(workdir), .help = "the working directory" },
	{ .letter = 'u', .name = "user", .arg = "USER[:GROUP]", .set = set_user, AT(user),
	  .help = "names in the root filesystem, or ids" },
	{ .name = "group-add", .arg = "GROUP|keep-groups", .set = append_group, AT(groups),
	  .help = "a supplementary group" },
	{ .name = "umask", .arg = "MASK", .set = set_umask, AT(umask),
	  .help = "the file mode creation mask, octal" },
	{ .letter = 't', .name = "tty", .alias = "terminal", .arg = "[=false]",
	  .set = set_switch, AT(tty), .values = switches, .help = "a terminal of its own" },
	{ .letter = 'i', .name = "interactive", .set = set_nothing,
	  .help = "does nothing; for those who are used to it" },
	{ .name = "console-size", .arg = "ROWSxCOLUMNS", .set = set_console,
	  AT(console_size), .help = "how large its terminal is" },
	{ .name = "security-opt", .arg = "OPTION", .set = append_security, AT(security),
	  .help = "no-new-privileges, apparmor=NAME or label=..." },
	{ .name = "annotation", .arg = "KEY=VALUE", .set = append_annotation,
	  AT(annotations), .data = EDIT_PUT, .help = "set an annotation" },
	{ .name = "unsetannotation", .arg = "KEY", .set = append_filled, AT(annotations),
	  .data = EDIT_DROP, .help = "remove an annotation" },
	{ .name = "personality", .arg = "LINUX|LINUX32", .set = set_personality,
	  AT(personality), .values = personalities, .help = "the execution domain" },
	{ .name = "oci-version", .arg = "VERSION", .set = set_version, AT(oci_version),
	  .help = "the runtime-spec's version (the lowest)" },
	{ .name = NULL },
};
/* clang-format on */
