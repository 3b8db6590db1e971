// SPDX-License-Identifier: Apache-2.0
#include "opt.h"

#include <string.h>

#include "elsewhere.h"
#include "parse.h"

/* ---- setters ------------------------------------------------------------- */

int opt_flag(struct opt_use *use UNUSED, void *to, struct err *err UNUSED)
{
	*(bool *)to = true;
	return 0;
}

int opt_string(struct opt_use *use, void *to, struct err *err)
{
	if (!*use->arg)
		return err_set(err, ERR_USAGE, "takes %s, not an empty word",
		               use->opt->arg);
	*(const char **)to = use->arg;
	return 0;
}

int opt_size(struct opt_use *use, void *to, struct err *err)
{
	if (parse_size(use->arg, to))
		return 0;
	err_set(err, ERR_USAGE, "'%s' is not a size", use->arg);
	return err_hint(err, "a number of bytes, or one with k, m, g or t: 512m, 1.5g");
}

int opt_seconds(struct opt_use *use, void *to, struct err *err)
{
	if (parse_seconds(use->arg, to))
		return 0;
	err_set(err, ERR_USAGE, "'%s' is not a time", use->arg);
	return err_hint(err, "a number of seconds, or one with s, m or h: 30, 10m");
}

int opt_word(struct opt_use *use, void *to, struct err *err)
{
	return opt_value(use->opt, use->arg, to, err);
}

int opt_append(struct opt_use *use, void *to, struct err *err UNUSED)
{
	struct opt_list *list = to;

	if (list->last)
		list->last->next = use;
	else
		list->first = use;
	list->last = use;
	return 0;
}

int opt_value(const struct opt *opt, const char *word, int *ret, struct err *err)
{
	auto_buf struct buf words = { 0 };
	struct nearest search;

	if (name_value(opt->values, word, ret))
		return 0;
	err_set(err, ERR_USAGE, "unknown '%s'", word);
	nearest_start(&search, word);
	for (const struct name *n = opt->values; n->name; n++)
		nearest_offer(&search, n->name);
	name_list(opt->values, &words);
	if (search.best)
		return err_hint(err, "'%s'? known: %s", search.best, words.data);
	return err_hint(err, "known: %s", words.data);
}

/* ---- parsing ------------------------------------------------------------- */

static bool takes_value(const struct opt *opt)
{
	return opt->arg && *opt->arg != '[';
}

/* Call `visit` with the name and each alias of a row until it returns true. */
static bool each_name(const struct opt *opt,
                      bool visit(const char *name, size_t len, void *to), void *to)
{
	if (visit(opt->name, strlen(opt->name), to))
		return true;
	for (const char *alias = opt->alias; alias && *alias;) {
		size_t len = strcspn(alias, " ");

		if (visit(alias, len, to))
			return true;
		alias += len + (alias[len] == ' ');
	}
	return false;
}

struct word {
	const char *text;
	size_t len;
};

static bool is_word(const char *name, size_t len, void *to)
{
	const struct word *word = to;

	return word->len == len && memcmp(name, word->text, len) == 0;
}

struct parser {
	const struct opt_set *sets;
	struct opt_use *uses;
	size_t used;
};

static const struct opt *find_long(const struct opt_set *sets, struct word word,
                                   void **values)
{
	for (; sets->rows; sets++)
		for (const struct opt *opt = sets->rows; opt->name; opt++)
			if (each_name(opt, is_word, &word)) {
				*values = sets->values;
				return opt;
			}
	return NULL;
}

static const struct opt *find_letter(const struct opt_set *sets, char letter, void **values)
{
	for (; sets->rows; sets++)
		for (const struct opt *opt = sets->rows; opt->name; opt++)
			if (opt->letter == letter) {
				*values = sets->values;
				return opt;
			}
	return NULL;
}

static bool offer_name(const char *name, size_t len, void *to)
{
	struct nearest *search = to;

	if (!name[len]) /* an alias between others is near to none */
		nearest_offer(search, name);
	return false;
}

static const char *nearest_own(const struct opt_set *sets, const char *name)
{
	struct nearest search;

	nearest_start(&search, name);
	for (; sets->rows; sets++)
		for (const struct opt *opt = sets->rows; opt->name; opt++)
			if (!opt->hidden)
				each_name(opt, offer_name, &search);
	return search.best;
}

/* What it should have been: another stage's option, or a word that is nearly this one. */
static int unknown_long(const struct opt_set *sets, struct word word, struct err *err)
{
	auto_free char *name = xstrndup(word.text, word.len);
	auto_free char *elsewhere = elsewhere_hint(name);
	const char *near = nearest_own(sets, name);

	err_set(err, ERR_USAGE, "unknown option");
	err_where(err, "--%s", name);
	if (!elsewhere && near)
		return err_hint(err, "--%s?", near);
	if (!elsewhere)
		elsewhere = elsewhere_near(name);
	return elsewhere ? err_hint(err, "%s", elsewhere) : -1;
}

static int unknown_letter(char letter, struct err *err)
{
	auto_free char *elsewhere = elsewhere_letter_hint(letter);

	err_set(err, ERR_USAGE, "unknown option");
	err_where(err, "-%c", letter);
	return elsewhere ? err_hint(err, "%s", elsewhere) : -1;
}

/* An error without a place is about the option, which the caller knows as it was written.
 */
static int store(struct parser *parser, const struct opt *opt, void *values, char *arg,
                 struct err *err)
{
	struct opt_use *use = &parser->uses[parser->used++];

	if (arg && !opt->arg)
		return err_set(err, ERR_USAGE, "takes no value");
	if (!arg && takes_value(opt))
		return err_set(err, ERR_USAGE, "needs a value: %s", opt->arg);
	*use = (struct opt_use){ .opt = opt, .arg = arg };
	return opt->set(use, (char *)values + opt->at, err);
}

/* "--name", "--name=VALUE" or "--name VALUE"; *i moves on if the value is a word of its
 * own. */
static const struct opt *parse_long(struct parser *parser, int argc, char *argv[], int *i,
                                    struct err *err)
{
	struct word word = { argv[*i] + 2, strcspn(argv[*i] + 2, "=") };
	char *arg = word.text[word.len] ? argv[*i] + 2 + word.len + 1 : NULL;
	const struct opt *opt;
	void *values;

	opt = find_long(parser->sets, word, &values);
	if (!opt) {
		unknown_long(parser->sets, word, err);
		return NULL;
	}
	if (!arg && takes_value(opt) && *i + 1 < argc)
		arg = argv[++*i];
	if (store(parser, opt, values, arg, err) == 0)
		return opt;
	if (!err->where[0])
		err_where(err, "--%.*s", (int)word.len, word.text);
	return NULL;
}

/* "-abc": flags, the last of which may take the rest or the next word as its value. */
static const struct opt *parse_letters(struct parser *parser, int argc, char *argv[],
                                       int *i, struct err *err)
{
	for (char *at = argv[*i] + 1;; at++) {
		const struct opt *opt;
		char *arg = NULL;
		void *values;

		opt = find_letter(parser->sets, *at, &values);
		if (!opt) {
			unknown_letter(*at, err);
			return NULL;
		}
		if (takes_value(opt))
			arg = at[1] ? at + 1 : *i + 1 < argc ? argv[++*i] : NULL;
		if (store(parser, opt, values, arg, err) < 0) {
			if (!err->where[0])
				err_where(err, "-%c", *at);
			return NULL;
		}
		if (arg || opt->answers || !at[1])
			return opt;
	}
}

static int check_text(int argc, char *argv[], struct err *err)
{
	for (int i = 1; i < argc; i++) {
		json_t *text = json_string(argv[i]);

		if (!text)
			return err_set(err, ERR_USAGE, "argument %d is not UTF-8", i);
		json_decref(text);
	}
	return 0;
}

int opt_parse(const struct opt_set *sets, int argc, char *argv[], struct opt_args *ret,
              struct err *err)
{
	size_t most = 0;
	struct parser parser;
	int i;

	for (i = 1; i < argc; i++) /* "-abc" may hold that many uses */
		most += argv[i][0] == '-' && argv[i][1] != '-' ? strlen(argv[i]) : 1;
	parser = (struct parser){ sets, xcalloc(most, sizeof(struct opt_use)), 0 };
	ret->uses = parser.uses;
	if (check_text(argc, argv, err) < 0)
		return -1;
	for (i = 1; i < argc; i++) {
		const struct opt *opt;

		if (argv[i][0] != '-' || !argv[i][1])
			break;
		if (strcmp(argv[i], "--") == 0) {
			i++;
			break;
		}
		opt = (argv[i][1] == '-' ? parse_long : parse_letters)(&parser, argc, argv,
		                                                       &i, err);
		if (!opt)
			return -1;
		if (opt->answers) /* whatever comes behind it */
			i = argc;
	}
	ret->operands = argv + (i < argc ? i : argc);
	return 0;
}

void opt_args_free(struct opt_args *args)
{
	free(args->uses);
	args->uses = NULL;
}

/* ---- showing ------------------------------------------------------------- */

/* "  -w, --workdir=DIR" */
static void help_left(const struct opt *opt, struct buf *to)
{
	if (opt->letter)
		buf_printf(to, "  -%c, ", opt->letter);
	else
		buf_text(to, "      ");
	buf_printf(to, "--%s", opt->name);
	if (opt->arg)
		buf_printf(to, "%s%s", *opt->arg == '[' ? "" : "=", opt->arg);
}

void opt_help(const struct opt *rows, struct buf *to)
{
	enum { COLUMN = 34 };

	for (const struct opt *opt = rows; opt->name; opt++) {
		auto_buf struct buf left = { 0 };

		if (opt->hidden)
			continue;
		help_left(opt, &left);
		if (left.len + 2 > COLUMN)
			buf_printf(to, "%s\n%*s%s\n", left.data, COLUMN, "", opt->help);
		else
			buf_printf(to, "%-*s%s\n", COLUMN, left.data, opt->help);
	}
}

static bool append_name(const char *name, size_t len, void *to)
{
	json_array_append_new(to, json_stringn(name, len));
	return false;
}

void opt_introspect(const struct opt *rows, json_t *to)
{
	for (const struct opt *opt = rows; opt->name; opt++) {
		char letter[2] = { opt->letter, '\0' };
		json_t *names = json_array(), *values = json_array(), *row;

		each_name(opt, append_name, names);
		for (const struct name *n = opt->values; n && n->name; n++)
			json_array_append_new(values, json_string(n->name));
		row = json_pack("{s:o, s:s*, s:s*, s:s, s:o, s:b}", "names", names,
		                "letter", opt->letter ? letter : NULL, "arg", opt->arg,
		                "help", opt->help, "values", values, "hidden", opt->hidden);
		json_array_append_new(to, row);
	}
}
