// SPDX-License-Identifier: Apache-2.0
#include "processparts.h"

#include <string.h>

#include "here.h"
#include "spec.h"

/* ---- what people write --------------------------------------------------- */

struct root_words {
	char *dir;      /* owned */
	bool throwaway; /* writes go to an overlay that is thrown away */
	int idmap;      /* enum process_switch */
};

/* Cut the first word off, at a colon without a backslash before it, unescaped. */
static char *next_word(char **rest)
{
	char *word = *rest, *to = word;

	for (char *from = word;; from++) {
		if (from[0] == '\\' && from[1] == ':')
			*to++ = *++from;
		else if (*from && *from != ':')
			*to++ = *from;
		else {
			*rest = *from ? from + 1 : NULL;
			*to = '\0';
			return word;
		}
	}
}

static int take_word(const char *word, struct root_words *to, struct err *err)
{
	if (strcmp(word, "O") == 0) {
		to->throwaway = true;
	} else if (strcmp(word, "idmap") == 0) {
		to->idmap = SWITCH_ON;
	} else if (strcmp(word, "noidmap") == 0) {
		to->idmap = SWITCH_OFF;
	} else {
		err_set(err, ERR_USAGE, "unknown '%s'", word);
		return err_hint(err, "known: O, idmap, noidmap; a colon in a name is \\:");
	}
	return 0;
}

static int parse_words(const char *text, struct root_words *ret, struct err *err)
{
	auto_free char *copy = xstrdup(text);
	char *rest = copy;
	const char *dir = next_word(&rest);

	*ret = (struct root_words){ 0 };
	if (!*dir)
		return err_set(err, ERR_USAGE, "takes a directory, not an empty word");
	while (rest)
		if (take_word(next_word(&rest), ret, err) < 0)
			return -1;
	ret->dir = xstrdup(dir);
	return 0;
}

int process_check_rootfs(const char *text, struct err *err)
{
	struct root_words words;

	if (parse_words(text, &words, err) < 0)
		return -1;
	free(words.dir);
	return 0;
}

/* ---- the new one --------------------------------------------------------- */

static char *absolute(const char *path, struct err *err)
{
	auto_free char *here = here_directory();

	return here_absolute(path, here, err);
}

static void append_path(json_t *list, const char *path)
{
	json_array_append_new(list, json_string(path));
}

/* The last directory takes the writes, unless they are thrown away. */
static int stack_layers(const struct process_options *options, const char *base,
                        bool throwaway, json_t *to, struct err *err)
{
	json_t *lower = json_array();
	const struct opt_use *use = options->layers.first;

	json_object_set_new(to, "lower", lower);
	append_path(lower, base);
	for (; use; use = use->next) {
		auto_free char *path = absolute(use->arg, err);

		if (!path)
			return err_where(err, "--layer");
		append_path(lower, path);
	}
	if (options->layers.first && !throwaway) {
		size_t top = json_array_size(lower) - 1;

		json_object_set(to, "upper", json_array_get(lower, top));
		json_array_remove(lower, top);
	}
	return 0;
}

static int make_rootfs(const json_t *doc, struct process_options *options,
                       const struct root_words *words, struct err *err)
{
	const char *base = options->facts.root_path
	                           ? options->facts.root_path
	                           : doc_string(spec_get(doc, "/root/path"));
	json_t *rootfs = options->facts.rootfs = json_object();
	json_t *volumes = spec_get(doc, "/ocipipe/rootfs/volumes");

	if (!base)
		return err_at(err, "/root/path", "there is none for --layer to lie above");
	if ((words->throwaway || options->layers.first) &&
	    stack_layers(options, base, words->throwaway, rootfs, err) < 0)
		return -1;
	if (words->idmap != SWITCH_NOT_GIVEN)
		json_object_set_new(rootfs, "idmap",
		                    json_boolean(words->idmap == SWITCH_ON));
	if (volumes)
		json_object_set(rootfs, "volumes", volumes);
	return 0;
}

/* mounts-apply asks for them later; only ocigen reads the image's configuration. */
static void note_volumes(const json_t *doc, struct process_options *options)
{
	json_auto_t *volumes = image_volumes(&options->facts.image);
	const json_t *old = spec_get(doc, "/ocipipe/rootfs");

	if (!options->image_config || (json_array_size(volumes) == 0 && !old))
		return;
	if (!options->facts.rootfs)
		options->facts.rootfs =
			old ? json_copy((json_t *)(uintptr_t)old) : json_object();
	json_object_del(options->facts.rootfs, "volumes");
	if (json_array_size(volumes) > 0)
		json_object_set(options->facts.rootfs, "volumes", volumes);
}

int process_gather_root(const json_t *doc, struct process_options *options, struct err *err)
{
	struct process_facts *facts = &options->facts;
	struct root_words words = { 0 };

	if (options->rootfs) {
		if (parse_words(options->rootfs, &words, err) < 0)
			return -1;
		facts->root_name = words.dir;
		facts->root_path = absolute(words.dir, err);
		if (!facts->root_path)
			return err_where(err, "--rootfs");
	}
	if ((options->rootfs || options->layers.first) &&
	    make_rootfs(doc, options, &words, err) < 0)
		return -1;
	note_volumes(doc, options);
	return 0;
}

/* ---- looking into it ----------------------------------------------------- */

/* What was named on the command line keeps its name. */
static int push_named(const struct process_options *options, const char *path,
                      struct layers *ret, struct err *err)
{
	const struct process_facts *facts = &options->facts;
	const char *name = facts->root_name ? facts->root_name : path;

	if (layers_push(ret, name, name, err) < 0)
		return -1;
	for (const struct opt_use *use = options->layers.first; use; use = use->next)
		if (layers_push(ret, use->arg, use->arg, err) < 0)
			return -1;
	return 0;
}

static int push_recorded(const json_t *rootfs, struct layers *ret, struct err *err)
{
	const char *upper = doc_string(json_object_get(rootfs, "upper"));
	json_t *dir;
	size_t i;

	json_array_foreach(json_object_get(rootfs, "lower"), i, dir) {
		const char *path = doc_string(dir);

		if (!path)
			return err_at(err, "/ocipipe/rootfs/lower", "must hold paths");
		if (layers_push(ret, path, path, err) < 0)
			return -1;
	}
	return upper ? layers_push(ret, upper, upper, err) : 0;
}

int process_open_root(const json_t *doc, const struct process_options *options,
                      struct layers *ret, struct err *err)
{
	const char *path = doc_string(spec_get(doc, "/root/path"));
	const json_t *rootfs = spec_get(doc, "/ocipipe/rootfs");
	int failed;

	*ret = (struct layers){ 0 };
	if (options->rootfs || options->layers.first)
		failed = push_named(options, path, ret, err);
	else if (json_array_size(json_object_get(rootfs, "lower")) > 0)
		failed = push_recorded(rootfs, ret, err);
	else
		failed = path ? layers_push(ret, path, path, err) : 0;
	if (failed)
		layers_free(ret);
	return failed;
}
