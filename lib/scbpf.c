// SPDX-License-Identifier: Apache-2.0
#include "scbpf.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <string.h>

#include "scemit.h"
#include "scmux.h"

enum { HALF = 32, X32_BIT = 0x40000000 };

/* ---- the calls of an architecture -------------------------------------------------- */

/* What is decided for one number, by one rule. */
struct entry {
	uint32_t number;
	bool dropped;
	size_t order; /* among the filter's rules */
	struct sc_action action;
	size_t count;
	struct sc_cond conds[SC_ARGS];
};

struct calls {
	struct entry *entries;
	size_t count;
	size_t room;
	bool low_only; /* arguments have no upper half */
	bool odd;
};

/* In the order of the arguments, of which each is there once. */
static void add_conds(struct entry *entry, const struct sc_rule *rule, unsigned int from)
{
	for (unsigned int arg = from; arg < SC_ARGS; arg++)
		for (size_t i = 0; i < rule->count; i++)
			if (rule->conds[i].arg == arg)
				entry->conds[entry->count++] = rule->conds[i];
}

static struct entry *add_entry(struct calls *calls, uint32_t number,
                               const struct sc_rule *rule, size_t order)
{
	struct entry *entry;

	if (calls->count == calls->room) {
		calls->room = calls->room ? 2 * calls->room : 512;
		calls->entries =
			xrealloc(calls->entries, calls->room * sizeof(*calls->entries));
	}
	entry = &calls->entries[calls->count++];
	*entry = (struct entry){ .number = number, .order = order, .action = rule->action };
	return entry;
}

/* socket(2) is also call 1 of socketcall(2), whose other arguments it does not have. */
static void add_muxed(struct calls *calls, enum sc_arch arch, const struct sc_rule *rule,
                      const char *name, size_t order)
{
	uint64_t which;
	const struct sc_mux *mux = sc_mux_of(name, &which);
	struct entry *entry;
	int number;

	if (!mux || !sc_arch_multiplexes(arch))
		return;
	number = sc_number(arch, mux->name);
	if (number < 0)
		return;
	entry = add_entry(calls, (uint32_t)number, rule, order);
	entry->conds[entry->count++] = (struct sc_cond){ 0, SC_EQ, which, 0 };
	add_conds(entry, rule, 1);
}

static bool fits(const struct calls *calls, const struct sc_rule *rule)
{
	for (size_t i = 0; calls->low_only && i < rule->count; i++)
		if (rule->conds[i].value >> HALF || rule->conds[i].datum >> HALF)
			return false;
	return true;
}

static void add_rule(struct calls *calls, enum sc_arch arch, const struct sc_rule *rule,
                     size_t order)
{
	const json_t *name;
	size_t i;

	calls->odd |= !fits(calls, rule);
	json_array_foreach(rule->names, i, name) {
		const char *text = doc_string(name);
		int number = sc_number(arch, text);

		if (number >= 0)
			add_conds(add_entry(calls, (uint32_t)number, rule, order), rule, 0);
		add_muxed(calls, arch, rule, text, order);
	}
}

static int by_number(const void *a, const void *b)
{
	const struct entry *one = a, *other = b;

	if (one->number != other->number)
		return one->number < other->number ? -1 : 1;
	return one->order < other->order ? -1 : one->order > other->order;
}

static void read_calls(struct calls *calls, enum sc_arch arch,
                       const struct sc_filter *filter)
{
	calls->low_only = sc_arch_is_32bit(arch) || arch == SC_X32;
	for (size_t i = 0; i < filter->count; i++)
		if (!filter->rules[i].dropped)
			add_rule(calls, arch, &filter->rules[i], i);
}

/* ---- the search for a number --------------------------------------------------------- */

/* From this number on it goes to that place, up to the next one's. */
struct range {
	uint32_t from;
	size_t to;
};

struct ranges {
	struct range *at;
	size_t count;
};

static void add_range(struct ranges *ranges, uint32_t from, size_t to)
{
	size_t n = ranges->count;

	if (n > 0 && ranges->at[n - 1].from == from)
		ranges->at[n - 1].to = to;
	else if (n == 0 || ranges->at[n - 1].to != to)
		ranges->at[ranges->count++] = (struct range){ from, to };
}

static size_t emit_search(struct maker *maker, const struct range *at, size_t count)
{
	size_t half = count / 2, above, below;

	if (count == 1)
		return at->to;
	above = emit_search(maker, at + half, count - half);
	below = emit_search(maker, at, half);
	return emit_test(maker, BPF_JGE, at[half].from, above, below);
}

/* Where actions are returned from, each only once, so that numbers of one are a range. */
struct outcomes {
	struct {
		struct sc_action action;
		size_t at;
	} known[32];
	size_t count;
	size_t otherwise;
};

static size_t emit_outcome(struct maker *maker, struct outcomes *outcomes,
                           struct sc_action action)
{
	size_t n = outcomes->count, at;

	for (size_t i = 0; i < n; i++)
		if (sc_action_equal(outcomes->known[i].action, action))
			return outcomes->known[i].at;
	at = emit_action(maker, action);
	if (n < ARRAY_LEN(outcomes->known)) {
		outcomes->known[n].action = action;
		outcomes->known[n].at = at;
		outcomes->count++;
	}
	return at;
}

/* ---- rules of one number ------------------------------------------------------------- */

static bool cond_equal(const struct sc_cond *a, const struct sc_cond *b)
{
	return a->arg == b->arg && a->op == b->op && a->value == b->value &&
	       a->datum == b->datum;
}

static bool conds_begin(const struct entry *longer, const struct entry *shorter)
{
	for (size_t i = 0; i < shorter->count; i++)
		if (!cond_equal(&longer->conds[i], &shorter->conds[i]))
			return false;
	return true;
}

/* True if no value can meet both; false if we cannot tell. */
static bool contradict(const struct sc_cond *a, const struct sc_cond *b)
{
	if (a->arg != b->arg)
		return false;
	if (a->op == SC_EQ)
		return !sc_cond_holds(b, a->value);
	if (b->op == SC_EQ)
		return !sc_cond_holds(a, b->value);
	return a->op == SC_MASKED_EQ && b->op == SC_MASKED_EQ && a->value == b->value &&
	       (a->datum & a->value) != (b->datum & b->value);
}

static bool exclude(const struct entry *a, const struct entry *b)
{
	for (size_t i = 0; i < a->count; i++)
		for (size_t j = 0; j < b->count; j++)
			if (contradict(&a->conds[i], &b->conds[j]))
				return true;
	return false;
}

/*
 * libseccomp has them in a tree, by argument: of two rules of which one goes on where
 * the other ends, the shorter decides.  For others with different actions its order
 * is nobody's business, so they must exclude each other.
 */
static bool drop_longer(struct entry *entries, size_t count, bool *odd)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < count; j++) {
			struct entry *a = &entries[i], *b = &entries[j];
			bool same = sc_action_equal(a->action, b->action);

			if (i == j || a->dropped || b->dropped)
				continue;
			if (a->count >= b->count && conds_begin(a, b)) {
				*odd |= a->count == b->count && !same;
				a->dropped = true;
			} else if (!same && !conds_begin(b, a) && !exclude(a, b)) {
				*odd = true;
			}
		}
	}
	return !*odd;
}

/* All rules of one number: the first without conditions, or whichever holds. */
static size_t emit_number(struct maker *maker, struct outcomes *outcomes,
                          struct calls *calls, size_t first, size_t count)
{
	struct entry *entries = calls->entries + first;
	size_t at = outcomes->otherwise;

	for (size_t i = 0; i < count; i++)
		if (entries[i].count == 0)
			return emit_outcome(maker, outcomes, entries[i].action);
	if (!drop_longer(entries, count, &calls->odd))
		return at;
	for (size_t i = count; i-- > 0;) {
		size_t yes;

		if (entries[i].dropped)
			continue;
		yes = emit_outcome(maker, outcomes, entries[i].action);
		for (size_t c = entries[i].count; c-- > 0;)
			yes = emit_cond(maker, &entries[i].conds[c], calls->low_only, yes,
			                at);
		at = yes;
	}
	return at;
}

static void find_ranges(struct maker *maker, struct outcomes *outcomes, struct calls *calls,
                        struct ranges *ret)
{
	for (size_t i = 0, next; i < calls->count; i = next) {
		uint32_t number = calls->entries[i].number;

		for (next = i; next < calls->count; next++)
			if (calls->entries[next].number != number)
				break;
		add_range(ret, number, emit_number(maker, outcomes, calls, i, next - i));
		add_range(ret, number + 1, outcomes->otherwise);
	}
}

/* What libseccomp does with calls of other architectures. */
static const struct sc_action kill = { SC_KILL, 0 };

/* ---- architectures ----------------------------------------------------------------------
 */

/* False for one whose tokens or numbers we do not know well enough. */
static bool token_of(enum sc_arch arch, uint32_t *ret)
{
	switch (arch) {
	case SC_X86:
		*ret = AUDIT_ARCH_I386;
		return true;
	case SC_X86_64:
		*ret = AUDIT_ARCH_X86_64;
		return true;
	case SC_ARM:
		*ret = AUDIT_ARCH_ARM;
		return true;
	case SC_AARCH64:
		*ret = AUDIT_ARCH_AARCH64;
		return true;
	case SC_RISCV64:
		*ret = AUDIT_ARCH_RISCV64;
		return true;
	default:
		return false;
	}
}

static void sort(struct calls *calls)
{
	if (calls->count > 0) /* qsort(3) takes no NULL */
		qsort(calls->entries, calls->count, sizeof(*calls->entries), by_number);
}

/* Where a call of this architecture is decided; its x32 half too, if it has one. */
static size_t emit_arch(struct maker *maker, struct outcomes *outcomes,
                        const struct sc_filter *filter, enum sc_arch arch, bool *odd)
{
	struct calls calls = { 0 }, x32 = { 0 };
	struct ranges ranges = { 0 };
	size_t at;

	read_calls(&calls, arch, filter);
	if (arch == SC_X86_64 && filter->arch[SC_X32])
		read_calls(&x32, SC_X32, filter);
	sort(&calls);
	sort(&x32);
	ranges.at = xcalloc(2 * (calls.count + x32.count) + 4, sizeof(*ranges.at));
	add_range(&ranges, 0, outcomes->otherwise);
	find_ranges(maker, outcomes, &calls, &ranges);
	if (arch == SC_X86_64) {
		add_range(&ranges, X32_BIT,
		          filter->arch[SC_X32] ? outcomes->otherwise
		                               : emit_outcome(maker, outcomes, kill));
		find_ranges(maker, outcomes, &x32, &ranges);
		/* What a tracer makes of a call that is not to be made. */
		add_range(&ranges, UINT32_MAX, outcomes->otherwise);
	}
	at = emit_search(maker, ranges.at, ranges.count);
	emit_begin(maker, at);
	at = emit_load(maker, offsetof(struct seccomp_data, nr));
	*odd |= calls.odd || x32.odd;
	free(ranges.at);
	free(calls.entries);
	free(x32.entries);
	return at;
}

static bool is_known(const struct sc_filter *filter, enum sc_arch native)
{
	uint32_t ignored;

	if (!token_of(native, &ignored) || native != sc_native_arch())
		return false;
	for (int arch = 0; arch < SC_ARCHES; arch++)
		if (filter->arch[arch] && !token_of((enum sc_arch)arch, &ignored) &&
		    !(arch == SC_X32 && native == SC_X86_64))
			return false;
	return true;
}

static bool make(struct maker *maker, struct sc_filter *filter, enum sc_arch native)
{
	struct outcomes outcomes = { .count = 0 };
	size_t next = emit_outcome(maker, &outcomes, kill);
	bool odd = false;

	outcomes.otherwise = emit_outcome(maker, &outcomes, filter->otherwise);
	filter->arch[native] = true;
	for (int arch = 0; arch < SC_ARCHES; arch++) {
		uint32_t token;
		size_t at;

		if (!filter->arch[arch] || !token_of((enum sc_arch)arch, &token))
			continue;
		at = emit_arch(maker, &outcomes, filter, (enum sc_arch)arch, &odd);
		next = emit_test(maker, BPF_JEQ, token, at, next);
	}
	emit_load(maker, offsetof(struct seccomp_data, arch));
	return !odd && maker->count <= BPF_MAXINSNS;
}

int sc_bpf_make(const json_t *filter_, enum sc_arch native, struct sc_program *ret)
{
	struct sc_filter filter = { 0 };
	struct maker maker = { 0 };
	bool made;

	sc_filter_read(filter_, &filter);
	made = is_known(&filter, native) && make(&maker, &filter, native);
	sc_filter_free(&filter);
	if (!made) {
		free(maker.code);
		return 0;
	}
	emit_finish(&maker);
	*ret = (struct sc_program){ maker.code, maker.count };
	return 1;
}
