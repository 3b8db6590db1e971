// SPDX-License-Identifier: Apache-2.0
/*
 * caps-apply - choose capabilities
 *
 * A process has five sets of capabilities (capabilities(7)), lists of names in
 * /process/capabilities.  Adding and dropping means the bounding, effective and
 * permitted sets; the inheritable and ambient ones are emptied, because through
 * them a program would get what nobody asked for (B065, B066).  A user other
 * than 0 keeps only the bounding set (B071).  A set that is named is what it is
 * named to be.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>

#include "filter.h"
#include "spec.h"

enum set { BOUNDING, EFFECTIVE, PERMITTED, INHERITABLE, AMBIENT, SETS };

static const char *const set_names[SETS] = {
	[BOUNDING] = "bounding", [EFFECTIVE] = "effective",     [PERMITTED] = "permitted",
	[AMBIENT] = "ambient",   [INHERITABLE] = "inheritable",
};

/* A set of capabilities: bit N is capability N. */
typedef uint64_t caps;

/*
 * All that have a name.  The kernel of this host may know fewer: that is for
 * ocirun to say, a filter gives the same document everywhere (B068).
 */
static const caps ALL = (UINT64_C(1) << (CAP_LAST_CAP + 1)) - 1;

struct list {
	bool given;
	bool all; /* the word was among them */
	caps caps;
};

struct caps_options {
	struct list add;
	struct list drop;
	struct list named[SETS];
	bool explain;
};

/* ---- names --------------------------------------------------------------- */

enum { LONGEST = 40 };

/* libcap's spelling, "cap_chown"; to be given to cap_free(). */
static char *name_cap(int cap)
{
	char *name = cap_to_name(cap);

	if (!name)
		out_of_memory();
	return name;
}

/* The spelling in documents, "CAP_CHOWN", into a buffer of LONGEST. */
static const char *cap_print(int cap, char *to)
{
	char *name = name_cap(cap), *end = to;

	for (const char *c = name; *c && end < to + LONGEST - 1; c++)
		*end++ = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
	*end = '\0';
	cap_free(name);
	return to;
}

/* The capability with this name as documents spell it, or -1. */
static int cap_parse(const char *name)
{
	char known[LONGEST];
	cap_value_t cap;

	/* libcap sees no name longer than its own, and no number in place of one. */
	if (strlen(name) >= LONGEST || !str_starts(name, "CAP_") ||
	    cap_from_name(name, &cap) < 0 || cap < 0 || cap > CAP_LAST_CAP)
		return -1;
	return strcmp(cap_print(cap, known), name) == 0 ? cap : -1;
}

/* What people write, in any case and perhaps without CAP_, as documents spell it (B067). */
static void normalise(const char *word, char *to)
{
	static const char prefix[] = "CAP_";
	size_t len = strncasecmp(word, prefix, strlen(prefix)) == 0 ? 0 : strlen(prefix);

	memcpy(to, prefix, len);
	for (; *word && len < LONGEST - 1; word++)
		to[len++] =
			*word >= 'a' && *word <= 'z' ? (char)(*word - 'a' + 'A') : *word;
	to[len] = '\0';
}

static int unknown_name(const char *word, const char *spelt, struct err *err)
{
	enum { PREFIX = 4 }; /* "CAP_", which all have in common */
	char names[CAP_LAST_CAP + 1][LONGEST];
	struct nearest search;

	err_set(err, ERR_USAGE, "unknown capability '%s'", word);
	nearest_start(&search, spelt + PREFIX);
	for (int cap = 0; cap <= CAP_LAST_CAP; cap++)
		nearest_offer(&search, cap_print(cap, names[cap]) + PREFIX);
	return search.best ? err_hint(err, "CAP_%s?", search.best)
	                   : err_hint(err, "capabilities(7) has the names");
}

static int add_word(const char *word, struct list *to, struct err *err)
{
	char spelt[LONGEST];
	int cap;

	if (strcasecmp(word, "all") == 0) {
		to->all = true;
		return 0;
	}
	normalise(word, spelt);
	cap = strlen(word) < LONGEST ? cap_parse(spelt) : -1;
	if (cap < 0)
		return unknown_name(word, spelt, err);
	to->caps |= UINT64_C(1) << cap;
	return 0;
}

/* ---- the command line ---------------------------------------------------- */

/* "NAME[,NAME...]"; more of them add to the list. */
static int add_list(struct opt_use *use, void *to, struct err *err)
{
	struct list *list = to;
	char *rest = use->arg;

	list->given = true;
	for (char *word; (word = strsep(&rest, ","));)
		if (add_word(word, list, err) < 0)
			return -1;
	return 0;
}

/* The same, but the last one counts, and it may be empty. */
static int set_list(struct opt_use *use, void *to, struct err *err)
{
	struct list *list = to;

	*list = (struct list){ .given = true };
	if (*use->arg && add_list(use, to, err) < 0)
		return -1;
	if (list->all)
		list->caps = ALL;
	return 0;
}

/* B073: what nobody can mean. */
static int check_lists(const struct caps_options *options, struct err *err)
{
	caps both = options->add.caps & options->drop.caps;
	char name[LONGEST];

	if (both) {
		err_set(err, ERR_USAGE, "%s is dropped as well",
		        cap_print(__builtin_ctzll(both), name));
		return err_where(err, "--cap-add");
	}
	if (options->add.all && options->drop.all) {
		err_set(err, ERR_USAGE, "all are dropped as well");
		return err_where(err, "--cap-add");
	}
	return 0;
}

/* ---- the document -------------------------------------------------------- */

/* Its shape has been checked; libcap may still be older than the names. */
static int read_set(const json_t *list, caps *ret, struct err *err)
{
	json_t *entry;
	size_t i;

	*ret = 0;
	json_array_foreach(list, i, entry) {
		int cap = cap_parse(doc_string(entry));

		if (cap < 0) {
			err_at(err, "", "unknown capability '%s'", doc_string(entry));
			return err_where(err, "/%zu", i);
		}
		*ret |= UINT64_C(1) << cap;
	}
	return 0;
}

static int read_sets(const json_t *doc, caps *sets, struct err *err)
{
	const json_t *all = spec_get(doc, "/process/capabilities");

	for (int s = 0; s < SETS; s++)
		if (read_set(json_object_get(all, set_names[s]), &sets[s], err) < 0) {
			err_under(err, set_names[s]);
			return err_under(err, "/process/capabilities/");
		}
	return 0;
}

/* Names that stay keep their place; new ones come behind, by number. */
static json_t *print_set(const json_t *old, caps left)
{
	json_t *list = json_array(), *entry;
	char name[LONGEST];
	size_t i;

	json_array_foreach(old, i, entry) {
		caps bit = UINT64_C(1) << cap_parse(doc_string(entry));

		if (left & bit)
			json_array_append(list, entry);
		left &= ~bit;
	}
	for (; left; left &= left - 1)
		json_array_append_new(list,
		                      json_string(cap_print(__builtin_ctzll(left), name)));
	return list;
}

static int write_sets(json_t *doc, const struct caps_options *options, const caps *has,
                      const caps *wants, struct err *err)
{
	json_t *all;

	if (spec_ensure_object(doc, "/process/capabilities", &all, err) < 0)
		return -1;
	for (int s = 0; s < SETS; s++) {
		json_t *old = json_object_get(all, set_names[s]);

		if (wants[s] == has[s] && (wants[s] || !options->named[s].given))
			continue;
		if (!wants[s])
			json_object_del(all, set_names[s]);
		else
			json_object_set_new(all, set_names[s], print_set(old, wants[s]));
	}
	return 0;
}

/* ---- the change ---------------------------------------------------------- */

static int is_root(const json_t *doc, bool *ret, struct err *err)
{
	const json_t *user = spec_get(doc, "/process/user");
	const json_t *uid = json_object_get(user, "uid");
	uint64_t value = 0;

	if (user && (!doc_get_u64(uid, &value) || value >= UINT32_MAX))
		return err_at(err, "/process/user/uid", "must be a user id, but is %s",
		              doc_kind_name(doc_kind(uid)));
	*ret = value == 0;
	return 0;
}

/* B073: all that is added replaces what there was; all that is dropped leaves what is
 * added. */
static caps edit(const struct caps_options *options, caps set)
{
	if (options->drop.all)
		set = 0;
	if (options->add.all)
		set = ALL;
	return (set & ~options->drop.caps) | options->add.caps;
}

static void choose(const struct caps_options *options, bool root, caps *sets)
{
	if (options->add.given || options->drop.given) {
		sets[BOUNDING] = edit(options, sets[BOUNDING]);
		sets[EFFECTIVE] = root ? edit(options, sets[EFFECTIVE]) : 0;
		sets[PERMITTED] = root ? edit(options, sets[PERMITTED]) : 0;
		sets[INHERITABLE] = sets[AMBIENT] = 0;
	}
	for (int s = 0; s < SETS; s++)
		if (options->named[s].given)
			sets[s] = options->named[s].caps;
}

/* What the kernel would refuse without saying which name it was. */
static int check_sets(const struct caps_options *options, const caps *sets, struct err *err)
{
	static const struct {
		enum set inner, outer;
	} rules[] = {
		{ EFFECTIVE, PERMITTED },
		{ AMBIENT, PERMITTED },
		{ AMBIENT, INHERITABLE },
		{ INHERITABLE, BOUNDING },
	};
	char name[LONGEST];

	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		enum set inner = rules[i].inner, outer = rules[i].outer;
		caps lost = sets[inner] & ~sets[outer];

		if (!lost || (!options->named[inner].given && !options->named[outer].given))
			continue;
		err_set(err, ERR_USAGE, "%s is in the %s set, but not in the %s one",
		        cap_print(__builtin_ctzll(lost), name), set_names[inner],
		        set_names[outer]);
		err_where(err, "/process/capabilities/%s", set_names[inner]);
		return err_hint(err, "--%s and --%s name the whole of a set",
		                set_names[inner], set_names[outer]);
	}
	return 0;
}

static bool asked(const struct caps_options *options)
{
	bool any = options->add.given || options->drop.given;

	for (int s = 0; s < SETS; s++)
		any |= options->named[s].given;
	return any;
}

static int apply(json_t *doc, const void *data, struct err *err)
{
	const struct caps_options *options = data;
	caps has[SETS], wants[SETS];
	bool root = false;

	if (!asked(options))
		return 0;
	if (check_lists(options, err) < 0 || is_root(doc, &root, err) < 0 ||
	    read_sets(doc, has, err) < 0)
		return -1;
	memcpy(wants, has, sizeof(wants));
	choose(options, root, wants);
	if (check_sets(options, wants, err) < 0)
		return -1;
	return write_sets(doc, options, has, wants, err);
}

/* ---- --explain ----------------------------------------------------------- */

static void explain_row(int cap, const caps *sets, struct buf *to)
{
	char name[LONGEST];

	buf_printf(to, "%-22s", cap_print(cap, name));
	for (int s = 0; s < SETS; s++)
		buf_printf(to, "  %-*s", s < SETS - 1 ? (int)strlen(set_names[s]) : 0,
		           sets[s] >> cap & 1 ? "yes" : "-");
	buf_char(to, '\n');
}

static int explain(const json_t *doc, const void *data, struct buf *to, struct err *err)
{
	const struct caps_options *options = data;
	caps sets[SETS], any = 0;

	if (!options->explain)
		return 0;
	if (read_sets(doc, sets, err) < 0)
		return -1;
	buf_printf(to, "%-22s", "");
	for (int s = 0; s < SETS; s++) {
		buf_printf(to, "  %s", set_names[s]);
		any |= sets[s];
	}
	buf_char(to, '\n');
	for (int cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (any >> cap & 1)
			explain_row(cap, sets, to);
	return 0;
}

/* clang-format off */
#define AT(member) .at = offsetof(struct caps_options, member)
#define NAMES "NAME[,NAME...]"
static const struct opt options[] = {
	{ .name = "cap-add", .arg = NAMES, .set = add_list, AT(add),
	  .help = "give it these, or all" },
	{ .name = "cap-drop", .arg = NAMES, .set = add_list, AT(drop),
	  .help = "take these from it, or all" },
	{ .name = "bounding", .arg = "LIST", .set = set_list, AT(named[BOUNDING]),
	  .help = "the most it can ever get" },
	{ .name = "effective", .arg = "LIST", .set = set_list, AT(named[EFFECTIVE]),
	  .help = "those in force" },
	{ .name = "permitted", .arg = "LIST", .set = set_list, AT(named[PERMITTED]),
	  .help = "those it may put in force" },
	{ .name = "inheritable", .arg = "LIST", .set = set_list, AT(named[INHERITABLE]),
	  .help = "those that pass to programs which ask for them (none)" },
	{ .name = "ambient", .arg = "LIST", .set = set_list, AT(named[AMBIENT]),
	  .help = "those that pass to every program (none)" },
	{ .name = "explain", .set = opt_flag, AT(explain), .help = "show the sets as a table" },
	{ .name = NULL },
};
/* clang-format on */

static const struct filter caps_apply = {
	.name = "caps-apply",
	.summary = "choose capabilities",
	.options = options,
	.size = sizeof(struct caps_options),
	.owns = (const char *const[]){ "/process/capabilities", NULL },
	.reads = (const char *const[]){ "/process/user", NULL },
	.apply = apply,
	.explain = explain,
};

int main(int argc, char *argv[])
{
	return filter_main(&caps_apply, argc, argv);
}
