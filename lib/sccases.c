// SPDX-License-Identifier: Apache-2.0
#include "sccases.h"

#include <string.h>

#include "scpieces.h"

enum { MOST_RULES = 512 };

void sc_cases_add(struct sc_cases *cases, const struct sc_case *one)
{
	if (cases->count == cases->room) {
		cases->room = cases->room ? 2 * cases->room : 16;
		cases->at = xrealloc(cases->at, cases->room * sizeof(*cases->at));
	}
	cases->at[cases->count++] = *one;
}

void sc_cases_free(struct sc_cases *cases)
{
	free(cases->at);
	*cases = (struct sc_cases){ 0 };
}

static bool case_holds(const struct sc_case *one, const uint64_t *args)
{
	for (size_t i = 0; i < one->count; i++)
		if (!sc_cond_holds(&one->conds[i], args[one->conds[i].arg]))
			return false;
	return true;
}

const struct sc_case *sc_cases_decide(const struct sc_cases *cases, const uint64_t *args)
{
	for (size_t i = 0; i < cases->count; i++)
		if (case_holds(&cases->at[i], args))
			return &cases->at[i];
	return NULL;
}

/* ---- cases whose first arguments are decided ----------------------------- */

/* Indices of cases, in order, that hold so far. */
struct open {
	size_t count;
	size_t *at;
};

static bool decided(const struct sc_case *one, unsigned int arg)
{
	for (size_t i = 0; i < one->count; i++)
		if (one->conds[i].arg >= arg)
			return false;
	return true;
}

static struct sc_action last_action(const struct sc_cases *cases, const struct open *open,
                                    unsigned int arg, struct sc_action otherwise)
{
	const struct sc_case *last =
		open->count ? &cases->at[open->at[open->count - 1]] : NULL;

	return last && decided(last, arg) ? last->action : otherwise;
}

/*
 * Cut off what comes too late, and what says the same as that which comes after
 * it all.  Nothing is left if there is only the default action.
 */
static void simplify(const struct sc_cases *cases, struct open *open, unsigned int arg,
                     struct sc_action otherwise)
{
	struct sc_action last;
	size_t keep;

	for (size_t i = 0; i < open->count; i++)
		if (decided(&cases->at[open->at[i]], arg))
			open->count = i + 1;
	last = last_action(cases, open, arg, otherwise);
	keep = open->count;
	while (keep > 0 && sc_action_equal(cases->at[open->at[keep - 1]].action, last))
		keep--;
	if (keep < open->count && !sc_action_equal(last, otherwise)) {
		open->at[keep] = open->at[open->count - 1];
		keep++;
	}
	open->count = keep;
}

/* The conditions of open cases on `arg`; the array is the caller's. */
static struct sc_conds conds_on(const struct sc_cases *cases, const struct open *open,
                                unsigned int arg)
{
	struct sc_conds ret = { 0, NULL };

	ret.at = xcalloc(open->count * SC_CONDS + 1, sizeof(struct sc_cond *));
	for (size_t i = 0; i < open->count; i++) {
		const struct sc_case *one = &cases->at[open->at[i]];

		for (size_t j = 0; j < one->count; j++)
			if (one->conds[j].arg == arg)
				ret.at[ret.count++] = &one->conds[j];
	}
	return ret;
}

static bool holds_on(const struct sc_case *one, unsigned int arg, uint64_t value)
{
	for (size_t i = 0; i < one->count; i++)
		if (one->conds[i].arg == arg && !sc_cond_holds(&one->conds[i], value))
			return false;
	return true;
}

/* The open cases that hold where the argument is `value`. */
static struct open narrow(const struct sc_cases *cases, const struct open *open,
                          unsigned int arg, uint64_t value, struct sc_action otherwise)
{
	struct open ret = { 0, xcalloc(open->count + 1, sizeof(size_t)) };

	for (size_t i = 0; i < open->count; i++)
		if (holds_on(&cases->at[open->at[i]], arg, value))
			ret.at[ret.count++] = open->at[i];
	simplify(cases, &ret, arg + 1, otherwise);
	return ret;
}

static bool same_open(const struct open *a, const struct open *b)
{
	return a->count == b->count && memcmp(a->at, b->at, a->count * sizeof(*a->at)) == 0;
}

static struct open all_open(const struct sc_cases *cases, struct sc_action otherwise)
{
	struct open ret = { cases->count, xcalloc(cases->count + 1, sizeof(size_t)) };

	for (size_t i = 0; i < cases->count; i++)
		ret.at[i] = i;
	simplify(cases, &ret, 0, otherwise);
	return ret;
}

/* ---- comparing ----------------------------------------------------------- */

struct comparison {
	const struct sc_cases *cases[2];
	struct sc_action otherwise;
	bool same;
};

static int compare_from(struct comparison *about, const struct open *a,
                        const struct open *b, unsigned int arg, struct err *err)
{
	auto_free struct sc_pieces *pieces = NULL;
	struct sc_conds conds[2], all;
	int ret;

	if (arg == SC_ARGS || (a->count == 0 && b->count == 0)) {
		about->same &= sc_action_equal(last_action(about->cases[0], a, arg,
		                                           about->otherwise),
		                               last_action(about->cases[1], b, arg,
		                                           about->otherwise));
		return 0;
	}
	pieces = xmalloc(sizeof(*pieces));
	conds[0] = conds_on(about->cases[0], a, arg);
	conds[1] = conds_on(about->cases[1], b, arg);
	all.count = conds[0].count + conds[1].count;
	all.at = xcalloc(all.count + 1, sizeof(struct sc_cond *));
	if (conds[0].count)
		memcpy(all.at, conds[0].at, conds[0].count * sizeof(*all.at));
	if (conds[1].count)
		memcpy(all.at + conds[0].count, conds[1].at,
		       conds[1].count * sizeof(*all.at));
	ret = sc_pieces_make(&all, pieces, err);
	for (size_t i = 0; ret == 0 && about->same && i < pieces->count; i++) {
		uint64_t value = pieces->at[i].low;
		struct open x = narrow(about->cases[0], a, arg, value, about->otherwise);
		struct open y = narrow(about->cases[1], b, arg, value, about->otherwise);

		ret = compare_from(about, &x, &y, arg + 1, err);
		free(x.at);
		free(y.at);
	}
	free(conds[0].at);
	free(conds[1].at);
	free(all.at);
	return ret;
}

int sc_cases_same(const struct sc_cases *a, const struct sc_cases *b,
                  struct sc_action otherwise, bool *ret, struct err *err)
{
	struct comparison about = { { a, b }, otherwise, true };
	struct open x = all_open(a, otherwise), y = all_open(b, otherwise);
	int done = compare_from(&about, &x, &y, 0, err);

	free(x.at);
	free(y.at);
	if (done == 0)
		*ret = about.same;
	return done;
}

/* ---- splitting ----------------------------------------------------------- */

/* The values of each argument on the way here: a list of conditions, any of which holds. */
struct way {
	size_t count[SC_ARGS]; /* 0: any value */
	struct sc_cond *conds[SC_ARGS];
};

struct splitter {
	const struct sc_cases *cases;
	struct sc_action otherwise;
	struct sc_cases *to;
	struct way way;
};

static int too_many(struct err *err)
{
	return err_set(err, ERR_INPUT, "has conditions that need more than %d rules",
	               MOST_RULES);
}

static int add_products(struct splitter *splitter, struct sc_action action,
                        unsigned int arg, struct sc_case *so_far, struct err *err)
{
	const struct way *way = &splitter->way;

	if (arg == SC_ARGS) {
		if (splitter->to->count == MOST_RULES)
			return too_many(err);
		so_far->action = action;
		sc_cases_add(splitter->to, so_far);
		return 0;
	}
	if (way->count[arg] == 0)
		return add_products(splitter, action, arg + 1, so_far, err);
	for (size_t i = 0; i < way->count[arg]; i++) {
		so_far->conds[so_far->count++] = way->conds[arg][i];
		if (add_products(splitter, action, arg + 1, so_far, err) < 0)
			return -1;
		so_far->count--;
	}
	return 0;
}

/* All later pieces where the same cases are open as at the first; they are taken out. */
static void take_group(struct open *opens, struct sc_pieces *from, struct sc_pieces *group)
{
	size_t kept = 0;
	struct open first = opens[0];

	group->masked = from->masked;
	group->count = 0;
	for (size_t i = 0; i < from->count; i++) {
		struct sc_piece *last = group->count ? &group->at[group->count - 1] : NULL;

		if (!same_open(&opens[i], &first)) {
			opens[kept] = opens[i];
			from->at[kept++] = from->at[i];
			continue;
		}
		if (last && !from->masked && last->high + 1 == from->at[i].low)
			last->high = from->at[i].high;
		else
			group->at[group->count++] = from->at[i];
		if (i > 0)
			free(opens[i].at);
	}
	from->count = kept;
}

static int split_from(struct splitter *splitter, const struct open *open, unsigned int arg,
                      struct err *err);

static int split_group(struct splitter *splitter, const struct sc_pieces *group, bool all,
                       const struct open *open, unsigned int arg, struct err *err)
{
	struct way *way = &splitter->way;
	int ret;

	way->conds[arg] = all ? NULL : sc_pieces_conds(arg, group, &way->count[arg]);
	ret = split_from(splitter, open, arg + 1, err);
	free(way->conds[arg]);
	way->conds[arg] = NULL;
	way->count[arg] = 0;
	return ret;
}

static int split_argument(struct splitter *splitter, const struct open *open,
                          unsigned int arg, const struct sc_conds *conds, struct err *err)
{
	auto_free struct sc_pieces *pieces = xmalloc(sizeof(*pieces));
	auto_free struct sc_pieces *group = xmalloc(sizeof(*group));
	auto_free struct open *opens = NULL;
	int ret = sc_pieces_make(conds, pieces, err);

	if (ret < 0)
		return -1;
	opens = xcalloc(pieces->count, sizeof(*opens));
	for (size_t i = 0; i < pieces->count; i++)
		opens[i] = narrow(splitter->cases, open, arg, pieces->at[i].low,
		                  splitter->otherwise);
	for (bool all = true; pieces->count > 0; all = false) {
		struct open first = opens[0];

		take_group(opens, pieces, group);
		if (ret == 0)
			ret = split_group(splitter, group, all && pieces->count == 0,
			                  &first, arg, err);
		free(first.at);
	}
	return ret;
}

static int split_from(struct splitter *splitter, const struct open *open, unsigned int arg,
                      struct err *err)
{
	struct sc_action action =
		last_action(splitter->cases, open, arg, splitter->otherwise);
	struct sc_case one = { .count = 0 };
	struct sc_conds conds;
	int ret;

	if (open->count == 0)
		return 0;
	if (decided(&splitter->cases->at[open->at[0]], arg))
		return add_products(splitter, action, 0, &one, err);
	conds = conds_on(splitter->cases, open, arg);
	ret = conds.count ? split_argument(splitter, open, arg, &conds, err)
	                  : split_from(splitter, open, arg + 1, err);
	free(conds.at);
	return ret;
}

int sc_cases_split(const struct sc_cases *cases, struct sc_action otherwise,
                   struct sc_cases *ret, struct err *err)
{
	struct splitter splitter = { .cases = cases, .otherwise = otherwise, .to = ret };
	struct open open = all_open(cases, otherwise);
	int done = split_from(&splitter, &open, 0, err);

	free(open.at);
	return done;
}
