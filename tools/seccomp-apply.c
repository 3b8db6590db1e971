// SPDX-License-Identifier: Apache-2.0
/*
 * seccomp-apply - choose which system calls a container may make
 *
 * A document's filter comes from a profile, which is resolved for its
 * capabilities, and from edits of that.  Both are written down in the document,
 * so that the filter can be made again after the capabilities have changed.  A
 * filter that somebody else wrote, or has edited since, is not made again.
 */
#include <string.h>

#include "filter.h"
#include "here.h"
#include "io.h"
#include "profile.h"
#include "scedit.h"
#include "scexplain.h"
#include "scoptions.h"
#include "scprogram.h"
#include "scverify.h"
#include "spec.h"

enum look { EXPLAIN, BPF, PFC };

static const struct name formats[] = { { "bpf", BPF }, { "pfc", PFC }, { NULL, 0 } };

/* What there is before the edits of the command line. */
enum base { KEPT, REMOVED, RESOLVED };

struct seccomp_options {
	const char *profile;
	const char *arch;
	const char *kernel;
	struct opt_list edits; /* --rule and its like, in order */
	struct opt_list looks; /* --explain and --export */
	bool strict;

	/* gathered */
	enum base base;
	struct profile_origin origin; /* name NULL: somebody else's */
	char *path;                   /* what origin.name points to, if it is a file */
	char *cwd;
	json_t *source;  /* the profile, or NULL */
	json_t *earlier; /* edits to be made again, borrowed, or NULL */
	json_t *later;   /* those of the command line */
};

/* ---- the command line ---------------------------------------------------- */

static int set_arch(struct opt_use *use, void *to, struct err *err)
{
	int arch;

	if (!name_value(sc_arch_spec_names, use->arg, &arch) &&
	    opt_value(use->opt, use->arg, &arch, err) < 0)
		return -1;
	*(const char **)to = name_of(sc_arch_names, arch);
	return 0;
}

static int set_kernel(struct opt_use *use, void *to, struct err *err)
{
	struct sc_version ignored;

	if (!sc_text_version(use->arg, &ignored)) {
		err_set(err, ERR_USAGE, "'%s' is not a kernel's version", use->arg);
		return err_hint(err, "as uname -r prints it: 5.10, 6.1.0-18-amd64");
	}
	*(const char **)to = use->arg;
	return 0;
}

static int append_export(struct opt_use *use, void *to, struct err *err)
{
	const char *file = strchr(use->arg, ':');
	size_t len = file ? (size_t)(file - use->arg) : 0;
	auto_free char *format = xstrndup(use->arg, len);
	int ignored;

	if (!file || !file[1])
		return err_set(err, ERR_USAGE, "'%s' is not FORMAT:FILE", use->arg);
	if (opt_value(use->opt, format, &ignored, err) < 0)
		return -1;
	return opt_append(use, to, err);
}

/* ---- gathering ----------------------------------------------------------- */

static enum sc_arch arch_of(const char *name)
{
	int arch = 0;

	if (!name)
		return sc_native_arch();
	/* What is in a document may be anything; as an option it has been checked. */
	return name_value(sc_arch_names, name, &arch) ? (enum sc_arch)arch
	                                              : sc_native_arch();
}

/* What `path` is relative to. */
static int current_directory(struct seccomp_options *options, const char *path,
                             struct err *err)
{
	if (!options->cwd)
		options->cwd = here_directory();
	return options->cwd ? 0 : here_unknown(path, err);
}

/* "--rule=...", as it is recorded; a relative socket is the caller's. */
static int add_edit(struct seccomp_options *options, const struct opt_use *use,
                    struct err *err)
{
	bool relative = strcmp(use->opt->name, "listener") == 0 && *use->arg != '/';
	auto_free char *text = NULL;

	if (relative && current_directory(options, use->arg, err) < 0)
		return err_where(err, "--listener");
	text = relative ? xasprintf("--listener=%s/%s", options->cwd, use->arg)
	                : xasprintf("--%s=%s", use->opt->name, use->arg);
	json_array_append_new(options->later, json_string(text));
	return 0;
}

static int gather_edits(struct seccomp_options *options, struct err *err)
{
	options->later = json_array();
	for (const struct opt_use *use = options->edits.first; use; use = use->next)
		if (add_edit(options, use, err) < 0)
			return -1;
	return 0;
}

static int name_profile(struct seccomp_options *options, struct err *err)
{
	const char *name = options->profile;

	options->origin = (struct profile_origin){ .name = name,
		                                   .arch = options->arch,
		                                   .kernel = options->kernel };
	options->base = strcmp(name, "unconfined") == 0 ? REMOVED : RESOLVED;
	if (options->base == REMOVED || strcmp(name, "default") == 0 || *name == '/')
		return 0;
	/* Standard input cannot be read again. */
	if (strcmp(name, "-") == 0) {
		options->origin.name = NULL;
		return 0;
	}
	if (current_directory(options, name, err) < 0)
		return err_where(err, "--profile");
	options->path = xasprintf("%s/%s", options->cwd, name);
	options->origin.name = options->path;
	return 0;
}

static int nothing_to_resolve(const struct seccomp_options *options, struct err *err)
{
	err_set(err, ERR_USAGE,
	        "needs --profile: the document's filter is somebody else's");
	return err_where(err, "%s", options->arch ? "--arch" : "--kernel");
}

/* What was made before is made again if that could give something else. */
static void repeat_origin(const json_t *doc, struct seccomp_options *options)
{
	struct profile_origin *origin = &options->origin;
	bool other = options->arch || options->kernel;

	if (options->arch)
		origin->arch = options->arch;
	if (options->kernel)
		origin->kernel = options->kernel;
	options->earlier = (json_t *)(uintptr_t)origin->edits;
	if (strcmp(origin->name, "unconfined") != 0 &&
	    (other || profile_relied_changed(doc)))
		options->base = RESOLVED;
}

static bool only_looks(const struct seccomp_options *options)
{
	return options->looks.first && !options->edits.first && !options->arch &&
	       !options->kernel;
}

/* By far the most frequent case: that there is nothing to do is cheap to see. */
static bool is_idle(const json_t *doc, const struct seccomp_options *options)
{
	return spec_get(doc, profile_filter_pointer) && !options->profile &&
	       !options->looks.first && !options->edits.first && !options->arch &&
	       !options->kernel && !profile_relied_changed(doc);
}

static int choose_base(const json_t *doc, struct seccomp_options *options, struct err *err)
{
	bool own;

	options->base = KEPT;
	if (is_idle(doc, options))
		return 0;
	if (options->profile)
		return name_profile(options, err);
	own = profile_is_own(doc) && profile_origin_of(doc, &options->origin);
	if (own && !only_looks(options)) {
		repeat_origin(doc, options);
	} else if (!own && spec_get(doc, profile_filter_pointer)) {
		options->origin.name = NULL;
		if (!options->looks.first && (options->arch || options->kernel))
			return nothing_to_resolve(options, err);
	} else if (!own && !only_looks(options)) {
		options->base = RESOLVED;
		options->origin = (struct profile_origin){ .name = "default",
			                                   .arch = options->arch,
			                                   .kernel = options->kernel };
	}
	return 0;
}

static bool explains(const struct seccomp_options *options)
{
	for (const struct opt_use *use = options->looks.first; use; use = use->next)
		if (use->opt->data == EXPLAIN)
			return true;
	return false;
}

/* The profile to resolve, or whose conditions are to be explained. */
static int load_source(struct seccomp_options *options, struct filter_run *run,
                       struct err *err)
{
	const char *name = options->profile && options->base == RESOLVED
	                           ? options->profile
	                           : options->origin.name;

	if (!name || strcmp(name, "unconfined") == 0 ||
	    (options->base != RESOLVED && !explains(options)))
		return 0;
	if (strcmp(name, "default") == 0) {
		options->source = profile_default();
		return 0;
	}
	if (filter_read(run, name, &options->source, err) < 0)
		return -1;
	if (profile_check(options->source, err) == 0)
		return 0;
	return err->where[0]        ? err_under(err, ": "),
	       err_under(err, name) : err_where(err, "%s", name);
}

static int gather(const json_t *doc, void *data, struct filter_run *run, struct err *err)
{
	struct seccomp_options *options = data;

	if (gather_edits(options, err) < 0 || choose_base(doc, options, err) < 0)
		return -1;
	return load_source(options, run, err);
}

static void done(void *data)
{
	struct seccomp_options *options = data;

	json_decref(options->source);
	json_decref(options->later);
	free(options->path);
	free(options->cwd);
}

/* ---- the filter ---------------------------------------------------------- */

static struct profile_target target_for(const json_t *doc,
                                        const struct seccomp_options *options,
                                        struct sc_version *kernel)
{
	const char *text = options->origin.name ? options->origin.kernel : options->kernel;
	const char *arch = options->origin.name ? options->origin.arch : options->arch;

	return (struct profile_target){
		.arch = arch_of(arch),
		.bounding = spec_get(doc, profile_bounding_pointer),
		.kernel = text && sc_text_version(text, kernel) ? kernel : NULL,
	};
}

static int resolve(json_t *doc, const struct seccomp_options *options, json_t *looked,
                   struct err *err)
{
	struct sc_version kernel;
	struct profile_target target = target_for(doc, options, &kernel);
	const char *name = options->profile ? options->profile : options->origin.name;
	json_t *filter;

	if (profile_resolve(options->source, &target, looked, &filter, err) < 0 ||
	    (strcmp(name, "default") != 0 &&
	     sc_verify_rules(filter, target.arch, "", err) < 0))
		return err->where[0]        ? err_under(err, ": "),
		       err_under(err, name) : err_where(err, "%s", name);
	return profile_put_new(doc, filter, err);
}

/* Edits of no filter are edits of one that allows everything. */
static int make_edits(json_t *doc, const json_t *edits, enum sc_arch arch, struct err *err)
{
	json_t *filter = spec_get(doc, profile_filter_pointer);

	if (json_array_size(edits) == 0)
		return 0;
	if (!filter) {
		filter = sc_options_allow_all(arch);
		if (profile_put_new(doc, filter, err) < 0)
			return -1;
	}
	return sc_options_apply(filter, edits, arch, err);
}

/* The edits so far, those of the command line behind them unless they are there. */
static json_t *all_edits(const json_t *earlier, const json_t *later)
{
	size_t before = json_array_size(earlier), more = json_array_size(later);
	json_t *ret = before ? json_deep_copy(earlier) : json_array();
	bool there = before >= more;

	for (size_t i = 0; there && i < more; i++)
		there = json_equal(json_array_get(earlier, before - more + i),
		                   json_array_get(later, i));
	if (!there)
		json_array_extend(ret, (json_t *)(uintptr_t)later);
	return ret;
}

/* A filter that stays keeps what was known of it. */
static const json_t *looked_before(const json_t *doc)
{
	return json_object_get(spec_get(doc, "/ocipipe/relied/seccomp-apply"),
	                       profile_bounding_pointer);
}

static int record(json_t *doc, const struct seccomp_options *options, const json_t *edits,
                  const json_t *looked, struct err *err)
{
	struct profile_origin origin = options->origin;

	if (!origin.name) {
		profile_forget(doc);
		return 0;
	}
	origin.edits = edits;
	return profile_record(doc, &origin, looked, err);
}

static int apply(json_t *doc, const void *data, struct err *err)
{
	const struct seccomp_options *options = data;
	json_auto_t *looked = json_object();
	json_auto_t *edits = all_edits(options->earlier, options->later);
	struct sc_version kernel;
	enum sc_arch arch = target_for(doc, options, &kernel).arch;

	if (options->base == RESOLVED && resolve(doc, options, looked, err) < 0)
		return -1;
	if (options->base == REMOVED && profile_put_new(doc, NULL, err) < 0)
		return -1;
	if (options->base == KEPT) {
		json_decref(looked);
		looked = json_deep_copy(looked_before(doc));
	}
	if (make_edits(doc, options->base == KEPT ? options->later : edits, arch, err) < 0)
		return -1;
	if ((options->base != KEPT || json_array_size(options->later) > 0) &&
	    record(doc, options, edits, looked, err) < 0)
		return -1;
	return options->strict ? sc_check_known(doc, err) : 0;
}

/* ---- looking at it ------------------------------------------------------- */

static int explain_calls(const json_t *doc, const struct seccomp_options *options,
                         const char *calls, struct buf *to, struct err *err)
{
	struct profile_origin origin = { .name = NULL };
	struct sc_version kernel;
	struct profile_target target = target_for(doc, options, &kernel);
	const struct sc_explainer about = {
		.doc = doc,
		.native = target.arch,
		.source = options->source,
		.source_name = options->origin.name ? options->origin.name : "",
		.kernel = target.kernel,
		.edits = profile_origin_of(doc, &origin) ? origin.edits : NULL,
	};

	return sc_explain(&about, calls, to, err);
}

static int export_filter(const json_t *doc, const struct seccomp_options *options,
                         const char *arg, struct err *err)
{
	const json_t *filter = spec_get(doc, profile_filter_pointer);
	const char *file = strchr(arg, ':') + 1;
	struct sc_version kernel;
	enum sc_arch arch = target_for(doc, options, &kernel).arch;
	auto_buf struct buf text = { 0 };
	struct sc_program program = { 0 };
	int ret;

	if (!filter)
		return err_at(err, profile_filter_pointer, "there is no filter to export");
	if (str_starts(arg, "pfc:"))
		ret = sc_program_text(filter, arch, &text, err);
	else
		ret = sc_program_make(filter, arch, &program, err);
	if (ret < 0)
		return err_under(err, profile_filter_pointer);
	if (sc_arch_is_big_endian(arch) != sc_arch_is_big_endian(sc_native_arch()))
		sc_program_swap(&program);
	if (program.count)
		buf_add(&text, program.code, program.count * sizeof(*program.code));
	sc_program_free(&program);
	return io_write_file(file, text.data, text.len, 0666, false, err);
}

static int look(const json_t *doc, const void *data, struct buf *to, struct err *err)
{
	const struct seccomp_options *options = data;

	for (const struct opt_use *use = options->looks.first; use; use = use->next) {
		int ret = use->opt->data == EXPLAIN
		                  ? explain_calls(doc, options, use->arg, to, err)
		                  : export_filter(doc, options, use->arg, err);

		if (ret < 0)
			return err->where[0] ? -1 : err_where(err, "--%s", use->opt->name);
	}
	if (explains(options))
		sc_explain_unknown(doc, to);
	return options->looks.first ? 1 : 0;
}

/* clang-format off */
#define AT(member) .at = offsetof(struct seccomp_options, member)
static const struct opt options[] = {
	{ .name = "profile", .arg = "default|unconfined|FILE", .set = opt_string, AT(profile),
	  .help = "take the filter from this profile" },
	{ .name = "arch", .arg = "ARCH", .set = set_arch, AT(arch), .values = sc_arch_names,
	  .help = "the architecture it will run on (that of the build)" },
	{ .name = "kernel", .arg = "VERSION", .set = set_kernel, AT(kernel),
	  .help = "the kernel it will run on (any)" },
	{ .name = "rule", .arg = "ACTION:NAME[(COND,...)][,...]", .set = opt_append, AT(edits),
	  .help = "decide about system calls" },
	{ .name = "allow", .arg = "NAME[,...]", .set = opt_append, AT(edits),
	  .help = "allow system calls" },
	{ .name = "deny", .arg = "NAME[,...]", .set = opt_append, AT(edits),
	  .help = "let system calls fail with EPERM" },
	{ .name = "rm", .arg = "NAME[,...]", .set = opt_append, AT(edits),
	  .help = "leave system calls to the default action" },
	{ .name = "default-action", .arg = "ACTION", .set = opt_append, AT(edits),
	  .help = "what happens to all others" },
	{ .name = "flag", .arg = "FLAG", .set = opt_append, AT(edits),
	  .help = "log, spec-allow, wait-killable-recv or tsync" },
	{ .name = "listener", .arg = "SOCKET[,METADATA]", .set = opt_append, AT(edits),
	  .help = "where the runtime sends the descriptor for notify" },
	{ .name = "explain", .arg = "NAME[(ARG,...)][,...]", .set = opt_append, AT(looks),
	  .data = EXPLAIN, .help = "show what happens to system calls, and why" },
	{ .name = "export", .arg = "bpf|pfc:FILE", .set = append_export, AT(looks),
	  .data = BPF, .values = formats, .help = "write the compiled filter to FILE" },
	{ .name = "strict", .set = opt_flag, AT(strict),
	  .help = "refuse names that libseccomp does not know" },
	{ .name = NULL },
};
/* clang-format on */

static const struct filter seccomp_apply = {
	.name = "seccomp-apply",
	.summary = "choose which system calls a container may make",
	.options = options,
	.size = sizeof(struct seccomp_options),
	.owns = (const char *const[]){ "/linux/seccomp", NULL },
	.reads = (const char *const[]){ "/process/capabilities", NULL },
	.gather = gather,
	.apply = apply,
	.explain = look,
	.done = done,
};

int main(int argc, char *argv[])
{
	return filter_main(&seccomp_apply, argc, argv);
}
