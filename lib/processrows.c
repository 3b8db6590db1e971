// SPDX-License-Identifier: Apache-2.0
#include "process.h"

#include <string.h>

#include "parse.h"
#include "preset.h"
#include "processparts.h"
#include "schema.h"

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

bool process_parse_console(const char *text, uint32_t *rows, uint32_t *columns)
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

	if (*use->arg && !process_parse_console(use->arg, &rows, &columns))
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
