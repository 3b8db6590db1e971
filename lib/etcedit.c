// SPDX-License-Identifier: Apache-2.0
#include "etcedit.h"

#include <string.h>

#include "prepare.h"
#include "spec.h"
#include "special.h"

static const struct {
	enum etc_none bit;
	const char *kind;
} generated[] = {
	{ ETC_NO_HOSTS, "hosts" },
	{ ETC_NO_HOSTNAME, "hostname" },
	{ ETC_NO_RESOLV_CONF, "resolv.conf" },
	{ ETC_NO_CONTAINERENV, "containerenv" },
};

/* ---- the command line ---------------------------------------------------- */

int etcedit_set_none(struct opt_use *use, void *to, struct err *err UNUSED)
{
	struct etc_asked *asked = to;

	asked->none |= (unsigned int)use->opt->data;
	return 0;
}

/* B261: "none" is no server, but that there should be no file. */
int etcedit_append(struct opt_use *use, void *to, struct err *err)
{
	struct etc_asked *asked = to;
	enum etc_word word = (enum etc_word)use->opt->data;

	if (word == ETC_DNS && strcasecmp(use->arg, "none") == 0) {
		asked->none |= ETC_NO_RESOLV_CONF;
		return 0;
	}
	if (etcwords_check(word, use->arg, err) < 0)
		return -1;
	return opt_append(use, &asked->words, err);
}

static bool wants_word_of(const struct etc_asked *asked, const char *kind)
{
	for (const struct opt_use *use = asked->words.first; use; use = use->next)
		if (strcmp(etcwords_kind((enum etc_word)use->opt->data), kind) == 0)
			return true;
	return false;
}

int etcedit_check(const struct etc_asked *asked, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(generated); i++)
		if ((asked->none & generated[i].bit) &&
		    wants_word_of(asked, generated[i].kind))
			return err_set(err, ERR_USAGE,
			               "%s cannot be left alone and added to",
			               special_file_at(generated[i].kind));
	return 0;
}

bool etcedit_wanted(const struct etc_asked *asked)
{
	return asked->none || asked->words.first;
}

/* ---- the document -------------------------------------------------------- */

/* The step of a generated file, which is made if there is none. */
static int ensure_file(struct mountedit *edit, const char *kind, json_t **ret,
                       struct err *err)
{
	const char *at = special_file_at(kind);
	json_t *mount, *step;

	*ret = prepare_find(edit->doc, "file", at);
	if (*ret)
		return 0;
	special_file(kind, &mount, &step);
	prepare_drop(edit->doc, at);
	if (prepare_put_new(edit->doc, step, err) < 0) {
		json_decref(mount);
		return -1;
	}
	mountlist_put_new(edit->list, mount);
	*ret = prepare_find(edit->doc, "file", at);
	return 0;
}

static int add_word(struct mountedit *edit, const struct opt_use *use, struct err *err)
{
	enum etc_word word = (enum etc_word)use->opt->data;
	const char *member = etcwords_member(word);
	json_t *step, *list;

	if (ensure_file(edit, etcwords_kind(word), &step, err) < 0)
		return -1;
	list = json_object_get(step, member);
	if (!list) {
		list = json_array();
		json_object_set_new(step, member, list);
	}
	if (!spec_list_has(list, use->arg))
		json_array_append_new(list, json_string(use->arg));
	return 0;
}

/* --no-hosts and its like remove what is generated, not what a user put there. */
static void remove_files(const struct etc_asked *asked, struct mountedit *edit)
{
	for (size_t i = 0; i < ARRAY_LEN(generated); i++) {
		const char *at = special_file_at(generated[i].kind);

		if ((asked->none & generated[i].bit) && prepare_find(edit->doc, "file", at))
			mountedit_remove(edit, at);
	}
}

int etcedit_apply(const struct etc_asked *asked, struct mountedit *edit, struct err *err)
{
	remove_files(asked, edit);
	for (const struct opt_use *use = asked->words.first; use; use = use->next)
		if (add_word(edit, use, err) < 0)
			return -1;
	return 0;
}
