// SPDX-License-Identifier: Apache-2.0
/*
 * devices-apply - give a container devices
 *
 * The runtime makes the nodes of /linux/devices, and the cgroup lets the
 * container use just the devices that /linux/resources/devices allows
 * (runtime-spec, config-linux.md, "Devices").  Where nodes cannot be made they
 * are bound from the host.  A CDI device is what its vendor's file says.
 */
#include <string.h>

#include "cdidir.h"
#include "cdiedit.h"
#include "cdinode.h"
#include "devbind.h"
#include "devhost.h"
#include "devlist.h"
#include "devwords.h"
#include "filter.h"
#include "mountlist.h"
#include "spec.h"

enum request_kind { DEVICE, MKNOD, RULE, REMOVE };

/* One thing to do; what is not NULL is done. */
struct request {
	json_t *node;
	json_t *rule;
	char *source; /* where the node is on the host; NULL if it need not be there */
	bool below;   /* it was found in a directory */
	char *remove; /* a path, or "" for all nodes */
	json_t *no_rule;
	json_t *edits; /* a CDI file's */
};

struct devices_options {
	struct opt_list uses; /* in the order of the command line */
	struct opt_list cdi_dirs;
	bool bind;

	/* What gather() made of it. */
	struct request *requests;
	size_t count;
	size_t room;
	struct cdidir *cdi;
};

static struct request *add_request(struct devices_options *options)
{
	if (options->count == options->room) {
		options->room = options->room ? options->room * 2 : 16;
		options->requests = xrealloc(options->requests,
		                             options->room * sizeof(*options->requests));
	}
	options->requests[options->count] = (struct request){ 0 };
	return &options->requests[options->count++];
}

/* ---- --device ------------------------------------------------------------ */

struct found {
	struct devices_options *options;
	const char *access;
	bool directory;
};

static int add_found(void *to, const char *host, json_t *node, struct err *err UNUSED)
{
	const struct found *found = to;
	struct request *request = add_request(found->options);

	request->node = node;
	request->rule = devlist_rule_of(node, found->access);
	request->source = xstrdup(host);
	request->below = found->directory;
	return 0;
}

static int gather_device(struct devices_options *options, char *text, struct err *err)
{
	struct device_words words = { 0 };
	struct found found = { .options = options };
	auto_free char *host = NULL;
	int failed = devwords_device(text, &words, err);

	if (failed == 0) {
		host = mountlist_tidy(words.host);
		found.access = words.access ? words.access : "rwm";
		failed = devhost_find(host, words.path, &found.directory, add_found, &found,
		                      err);
	}
	free(words.path);
	return failed;
}

/* ---- CDI ----------------------------------------------------------------- */

static int read_cdi(struct devices_options *options, json_t *inputs, struct err *err)
{
	static const char *const standard[] = { "/etc/cdi", "/var/run/cdi" };
	auto_free const char **named = NULL;
	size_t count = 0;

	for (const struct opt_use *use = options->cdi_dirs.first; use; use = use->next)
		count++;
	if (count == 0) {
		options->cdi = cdidir_read(standard, ARRAY_LEN(standard), inputs, err);
		return options->cdi ? 0 : -1;
	}
	named = xcalloc(count, sizeof(*named));
	count = 0;
	for (const struct opt_use *use = options->cdi_dirs.first; use; use = use->next)
		named[count++] = use->arg;
	options->cdi = cdidir_read(named, count, inputs, err);
	return options->cdi ? 0 : -1;
}

struct cdi_context {
	struct devices_options *options;
	const json_t *user;
};

static int add_cdi_node(const struct cdi_context *context, const json_t *wanted,
                        struct err *err)
{
	const char *access = doc_string(json_object_get(wanted, "permissions"));
	json_t *node = cdinode_make(wanted, context->user, err);
	struct request *request;

	if (!node)
		return -1;
	request = add_request(context->options);
	request->node = node;
	if (!access || strcmp(access, "none") != 0)
		request->rule = devlist_rule_of(node, access && *access ? access : "rwm");
	request->source = xstrdup(cdinode_host(wanted));
	return 0;
}

static int add_edits(void *to, const char *place, const json_t *edits, struct err *err)
{
	const struct cdi_context *context = to;
	json_t *wanted;
	size_t i;

	json_array_foreach(json_object_get(edits, "deviceNodes"), i, wanted) {
		auto_free char *where = NULL;

		if (add_cdi_node(context, wanted, err) == 0)
			continue;
		where = xstrdup(err->where);
		return err_where(err, "%s/deviceNodes/%zu: %s", place, i, where);
	}
	add_request(context->options)->edits = json_incref((json_t *)(uintptr_t)edits);
	return 0;
}

static int gather_cdi(const json_t *doc, struct devices_options *options, const char *name,
                      json_t *inputs, struct err *err)
{
	struct cdi_context context = { options, spec_get(doc, "/process/user") };

	if (cdi_check_name(name, err) < 0 ||
	    (!options->cdi && read_cdi(options, inputs, err) < 0))
		return -1;
	return cdidir_find(options->cdi, name, add_edits, &context, err);
}

/* ---- --mknod ---------------------------------------------------------------- */

static int gather_mknod(struct devices_options *options, char *text, struct err *err)
{
	const char *access;
	json_t *node = devwords_node(text, &access, err);
	struct request *request;

	if (!node)
		return -1;
	request = add_request(options);
	request->node = node;
	if (strcmp(access, "none") != 0)
		request->rule = devlist_rule_of(node, access);
	return 0;
}

/* ---- rules and removals ------------------------------------------------------ */

static int gather_rule(struct devices_options *options, char *text, struct err *err)
{
	json_t *rule = devwords_rule(text, err);

	if (!rule)
		return -1;
	add_request(options)->rule = rule;
	return devwords_check_all(rule, err);
}

/* "PATH", a rule, or "all". */
static int gather_removal(struct devices_options *options, char *text, struct err *err)
{
	char *path;

	if (strcmp(text, "all") == 0) {
		add_request(options)->remove = xstrdup("");
		return 0;
	}
	if (*text != '/') {
		json_t *rule = devwords_rule(text, err);

		if (!rule)
			return err_set(err, ERR_USAGE, "must be a path, a rule or 'all'");
		add_request(options)->no_rule = rule;
		return 0;
	}
	path = devwords_path(text, err);
	if (!path)
		return -1;
	add_request(options)->remove = path;
	return 0;
}

/* ---- gathering ----------------------------------------------------------- */

static int gather_use(const json_t *doc, struct devices_options *options,
                      const struct opt_use *use, json_t *inputs, struct err *err)
{
	auto_free char *text = xstrdup(use->arg);

	switch (use->opt->data) {
	case DEVICE:
		if (cdi_is_name(text))
			return gather_cdi(doc, options, text, inputs, err);
		return gather_device(options, text, err);
	case MKNOD:
		return gather_mknod(options, text, err);
	case RULE:
		return gather_rule(options, text, err);
	default:
		return gather_removal(options, text, err);
	}
}

static int gather(const json_t *doc, void *data, struct filter_run *run, struct err *err)
{
	struct devices_options *options = data;

	for (const struct opt_use *use = options->uses.first; use; use = use->next) {
		if (gather_use(doc, options, use, run->inputs, err) == 0)
			continue;
		return err->where[0] ? -1
		                     : err_where(err, "--%s=%s", use->opt->name, use->arg);
	}
	return 0;
}

static void done(void *data)
{
	struct devices_options *options = data;

	for (size_t i = 0; i < options->count; i++) {
		struct request *request = &options->requests[i];

		json_decref(request->node);
		json_decref(request->rule);
		json_decref(request->no_rule);
		json_decref(request->edits);
		free(request->source);
		free(request->remove);
	}
	free(options->requests);
	cdidir_free(options->cdi);
}

/* ---- binds ------------------------------------------------------------------- */

/* What is being edited. */
struct edit {
	struct cdiedit parts;
	struct devlist *devices;
	json_t *bound;   /* where we bound something */
	json_t *unbound; /* where a bind of ours is to be removed */
};

static void note(json_t *set, const char *path)
{
	json_object_set_new(set, path, json_true());
}

/* 1 if it was left out. */
static int put_bind(struct edit *edit, const struct request *request, struct err *err)
{
	const char *path = doc_string(json_object_get(request->node, "path"));
	const char *access = doc_string(json_object_get(request->rule, "access"));
	struct mountlist *mounts = cdiedit_mounts(&edit->parts);
	const json_t *there = mountlist_find(mounts, path);

	if (request->below && devbind_left_out(path, there))
		return 1;
	if (there && !devbind_is(there)) {
		err_set(err, ERR_INPUT, "there is a mount at %s already", path);
		return err_hint(err, "mounts-apply --remove=%s", path);
	}
	mountlist_put_new(mounts, devbind_make(request->source, path,
	                                       access && strchr(access, 'w')));
	note(edit->bound, path);
	json_object_del(edit->unbound, path);
	return 0;
}

static void unbind_all(struct edit *edit)
{
	json_t *mount, *value;
	const char *path;
	size_t i;

	json_array_foreach(json_object_get(edit->parts.doc, "mounts"), i, mount) {
		if (devbind_is(mount))
			note(edit->unbound,
			     doc_string(json_object_get(mount, "destination")));
	}
	json_object_foreach(edit->bound, path, value)
		note(edit->unbound, path);
}

/* Only now, so that what is bound again keeps its place. */
static void write_unbound(struct edit *edit)
{
	json_t *value;
	const char *path;

	json_object_foreach(edit->unbound, path, value) {
		struct mountlist *mounts = cdiedit_mounts(&edit->parts);
		const json_t *mount = mountlist_find(mounts, path);

		if (mount && devbind_is(mount))
			mountlist_remove(mounts, path);
	}
}

/* ---- the document -------------------------------------------------------- */

static int put_device(struct edit *edit, const struct request *request, bool bind,
                      struct err *err)
{
	int left_out = 0;

	if (bind && request->source)
		left_out = put_bind(edit, request, err);
	else
		devlist_put_new(edit->devices, json_incref(request->node));
	if (left_out)
		return left_out < 0 ? -1 : 0;
	if (request->rule)
		devlist_allow_new(edit->devices, json_incref(request->rule));
	return 0;
}

static int carry_out(struct edit *edit, const struct request *request, bool bind,
                     struct err *err)
{
	if (request->edits)
		return cdiedit_make(&edit->parts, request->edits, err);
	if (request->node)
		return put_device(edit, request, bind, err);
	if (request->rule)
		devlist_allow_new(edit->devices, json_incref(request->rule));
	if (request->no_rule)
		devlist_remove_rule(edit->devices, request->no_rule);
	if (request->remove) {
		devlist_remove(edit->devices, *request->remove ? request->remove : NULL);
		if (*request->remove)
			note(edit->unbound, request->remove);
		else
			unbind_all(edit);
	}
	return 0;
}

static int apply(json_t *doc, const void *data, struct err *err)
{
	const struct devices_options *options = data;
	struct edit edit = { .parts.doc = doc };
	int failed = 0;

	edit.devices = devlist_new(doc);
	edit.bound = json_object();
	edit.unbound = json_object();
	for (size_t i = 0; i < options->count && failed == 0; i++)
		failed = carry_out(&edit, &options->requests[i], options->bind, err);
	if (failed == 0) {
		write_unbound(&edit);
		failed = cdiedit_write(&edit.parts, err);
	}
	if (failed == 0)
		failed = devlist_write(edit.devices, doc, err);
	cdiedit_free(&edit.parts);
	devlist_free(edit.devices);
	json_decref(edit.bound);
	json_decref(edit.unbound);
	return failed;
}

/* clang-format off */
#define AT(member) .at = offsetof(struct devices_options, member)
static const struct opt options[] = {
	{ .name = "device", .arg = "HOST[:CONTAINER[:rwm]]", .set = opt_append, AT(uses),
	  .data = DEVICE, .help = "give it the host's device, or all in a directory, or a CDI device" },
	{ .name = "mknod", .arg = "PATH:TYPE:MAJOR:MINOR[:mode=,uid=,gid=]", .set = opt_append,
	  AT(uses), .data = MKNOD, .help = "give it this device" },
	{ .name = "cdi-dir", .alias = "cdi-spec-dir", .arg = "DIR", .set = opt_append,
	  AT(cdi_dirs), .help = "where CDI files are (/etc/cdi, /var/run/cdi)" },
	{ .name = "device-cgroup-rule", .arg = "RULE", .set = opt_append, AT(uses), .data = RULE,
	  .help = "allow what 'TYPE MAJOR:MINOR ACCESS' says, or 'deny ...'" },
	{ .name = "bind", .set = opt_flag, AT(bind),
	  .help = "bind the host's devices, as an ordinary user must" },
	{ .name = "remove", .arg = "PATH|RULE|all", .set = opt_append, AT(uses), .data = REMOVE,
	  .help = "remove the device at PATH, a rule, or all devices" },
	{ .name = NULL },
};
/* clang-format on */

static const struct filter devices_apply = {
	.name = "devices-apply",
	.summary = "give a container devices",
	.options = options,
	.size = sizeof(struct devices_options),
	.owns = (const char *const[]){ "/linux/devices", "/linux/resources/devices",
	                               "/mounts[type=bind]", NULL },
	.reads =
		(const char *const[]){ "/mounts", "/process/env", "/process/user", "/hooks",
	                               "/linux/netDevices", "/ocipipe/prepare", NULL },
	.gather = gather,
	.apply = apply,
	.done = done,
};

int main(int argc, char *argv[])
{
	return filter_main(&devices_apply, argc, argv);
}
