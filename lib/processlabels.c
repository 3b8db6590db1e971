// SPDX-License-Identifier: Apache-2.0
#include "processparts.h"

#include <string.h>

#include "spec.h"

/* ---- security options (B398) --------------------------------------------- */

/* What containers are labelled with where nothing else is said (B063). */
static const char default_label[] = "system_u:system_r:container_t:s0";

enum part { USER, ROLE, TYPE, LEVEL, PARTS };

static const struct name parts[] = {
	{ "user", USER },   { "role", ROLE }, { "type", TYPE },
	{ "level", LEVEL }, { NULL, 0 },
};

static const struct name switches[] = {
	{ "no-new-privileges", SWITCH_ON },
	{ "no-new-privileges=true", SWITCH_ON },
	{ "no-new-privileges:true", SWITCH_ON },
	{ "no-new-privileges=false", SWITCH_OFF },
	{ "no-new-privileges:false", SWITCH_OFF },
	{ NULL, 0 },
};

/* "disable", "user:U", "role:R", "type:T", "level:L" or a label; an empty one removes it.
 */
static int check_label(const char *text, struct err *err)
{
	auto_free char *word = xstrndup(text, strcspn(text, ":"));
	const char *value = text + strlen(word);
	int part;

	if (!*text || strcmp(text, "disable") == 0)
		return 0;
	if (strcmp(word, "filetype") == 0) {
		err_set(err, ERR_USAGE, "a label of files belongs to the mounts");
		return err_hint(err, "mounts-apply --mount-label");
	}
	if (name_value(parts, word, &part)) {
		if (value[0] && value[1] && (part == LEVEL || !strchr(value + 1, ':')))
			return 0;
		return err_set(err, ERR_USAGE, "'%s' is not %s:VALUE", text, word);
	}
	for (int i = 0; i < 2 && *value; i++)
		value = strchrnul(value + 1, ':');
	if (*value)
		return 0;
	err_set(err, ERR_USAGE, "unknown 'label=%s'", text);
	return err_hint(err, "known: disable, user:, role:, type:, level:, "
	                     "or USER:ROLE:TYPE[:LEVEL]");
}

int process_check_security(const char *text, struct err *err)
{
	int ignored;

	if (name_value(switches, text, &ignored) || str_starts(text, "apparmor="))
		return 0;
	if (str_starts(text, "label="))
		return check_label(text + strlen("label="), err);
	err_set(err, ERR_USAGE, "unknown '%s'", text);
	if (str_starts(text, "seccomp="))
		return err_hint(err, "seccomp-apply --profile=%s",
		                text + strlen("seccomp="));
	return err_hint(err, "known: no-new-privileges, apparmor=NAME, label=...");
}

/* The label with one part changed; owned. */
static char *change_part(const char *label, enum part part, const char *value)
{
	auto_buf struct buf text = { 0 };

	for (enum part i = USER; i < PARTS; i++) {
		size_t len = i == LEVEL ? strlen(label) : strcspn(label, ":");

		if (i)
			buf_char(&text, ':');
		if (i == part)
			buf_text(&text, value);
		else if (i == LEVEL && !len)
			buf_text(&text, "s0");
		else
			buf_add(&text, label, len);
		label += len + (label[len] == ':');
	}
	return buf_steal(&text);
}

static int apply_label(json_t *doc, const char *text, struct err *err)
{
	static const char pointer[] = "/process/selinuxLabel";
	auto_free char *word = xstrndup(text, strcspn(text, ":")), *label = NULL;
	const char *old = doc_string(spec_get(doc, pointer));
	int part;

	if (!*text || strcmp(text, "disable") == 0) {
		spec_drop(doc, pointer);
		return 0;
	}
	if (name_value(parts, word, &part))
		label = change_part(old ? old : default_label, (enum part)part,
		                    text + strlen(word) + 1);
	return spec_put_new(doc, pointer, json_string(label ? label : text), err);
}

static int apply_profile(json_t *doc, const char *name, struct err *err)
{
	static const char pointer[] = "/process/apparmorProfile";

	if (*name)
		return spec_put_new(doc, pointer, json_string(name), err);
	spec_drop(doc, pointer);
	return 0;
}

static int apply_switch(json_t *doc, int choice, struct err *err)
{
	static const char pointer[] = "/process/noNewPrivileges";

	if (choice == SWITCH_ON)
		return spec_put_new(doc, pointer, json_true(), err);
	spec_drop(doc, pointer);
	return 0;
}

int process_apply_security(json_t *doc, const struct opt_list *list, struct err *err)
{
	for (const struct opt_use *use = list->first; use; use = use->next) {
		const char *value = strchr(use->arg, '=');
		int choice, failed;

		if (name_value(switches, use->arg, &choice))
			failed = apply_switch(doc, choice, err);
		else if (*use->arg == 'a')
			failed = apply_profile(doc, value + 1, err);
		else
			failed = apply_label(doc, value + 1, err);
		if (failed)
			return -1;
	}
	return 0;
}

/* ---- annotations --------------------------------------------------------- */

/* A label that tells the runtime what to do is the user's to allow, not the image's. */
static int check_labels(const struct process_options *options, const json_t *asked,
                        struct err *err)
{
	json_t *labels = (json_t *)(uintptr_t)options->facts.image.labels, *value;
	const char *name;

	json_object_foreach(labels, name, value) {
		if (!image_label_commands(name) || json_object_get(asked, name))
			continue;
		err_set(err, ERR_INPUT, "the label '%s' would tell the runtime what to do",
		        name);
		err_where(err, "%s: /config/Labels", options->image_config);
		return err_hint(err, "--unsetannotation=%s leaves it out", name);
	}
	return 0;
}

/* Those of the command line; null for one that is to be removed. */
static void gather_asked(const struct process_options *options, json_t *to)
{
	static const char keep[] = "keep-groups";
	const struct opt_use *use;

	for (use = options->annotations.first; use; use = use->next) {
		size_t len = use->opt->data == EDIT_DROP ? strlen(use->arg)
		                                         : strcspn(use->arg, "=");

		json_object_setn_new(to, use->arg, len,
		                     use->opt->data == EDIT_DROP
		                             ? json_null()
		                             : json_string(use->arg + len + 1));
	}
	for (use = options->groups.first; use; use = use->next)
		if (strcmp(use->arg, keep) == 0) /* B051 */
			json_object_set_new(to, "run.oci.keep_original_groups",
			                    json_string("1"));
}

int process_gather_annotations(struct process_options *options, struct err *err)
{
	json_auto_t *asked = json_object();

	gather_asked(options, asked);
	if (check_labels(options, asked, err) < 0)
		return -1;
	options->facts.annotations = options->image_config
	                                     ? image_annotations(&options->facts.image)
	                                     : json_object();
	json_object_update(options->facts.annotations, asked);
	return 0;
}
