// SPDX-License-Identifier: Apache-2.0
#include "scverify.h"

#include <inttypes.h>

#include "scmux.h"
#include "scprogram.h"

enum { MOST_VALUES = 1024, MOST_CALLS = 8192 };

struct verifier {
	const struct sc_program *before; /* NULL if it could not be made */
	const struct sc_program *after;
	struct sc_action otherwise;
	const struct sc_slot *slot;
	enum sc_arch arch;
	int number;
};

/* ---- which arguments ----------------------------------------------------- */

struct values {
	size_t count;
	uint64_t at[MOST_VALUES];
};

static void add_value(struct values *values, uint64_t value)
{
	for (size_t i = 0; i < values->count; i++)
		if (values->at[i] == value)
			return;
	if (values->count < MOST_VALUES)
		values->at[values->count++] = value;
}

/* Values on both sides of a condition, and such that differ in one half only. */
static void add_sides(struct values *values, const struct sc_cond *cond)
{
	const uint64_t high = UINT64_C(1) << 32;
	uint64_t value = cond->op == SC_MASKED_EQ ? cond->datum : cond->value;

	add_value(values, value);
	add_value(values, value - 1);
	add_value(values, value + 1);
	add_value(values, value ^ high);
	add_value(values, value & UINT32_MAX);
	if (cond->op == SC_MASKED_EQ) {
		add_value(values, value | ~cond->value);
		add_value(values, value ^ (cond->value & -cond->value));
	}
}

static void add_cases(struct values *values, const struct sc_cases *cases)
{
	for (size_t i = 0; i < cases->count; i++)
		for (size_t j = 0; j < cases->at[i].count; j++)
			add_sides(&values[cases->at[i].conds[j].arg],
			          &cases->at[i].conds[j]);
}

static void collect_values(const struct sc_slot *slot, struct values *values)
{
	for (int i = 0; i < SC_ARGS; i++) {
		values[i].count = 0;
		add_value(&values[i], 0);
	}
	add_cases(values, &slot->wanted);
	add_cases(values, &slot->existing);
	for (int i = 0; i < SC_ARGS; i++)
		if (values[i].count > 1)
			add_value(&values[i], UINT64_MAX);
}

/* ---- one call ------------------------------------------------------------ */

static void print_call(const struct verifier *verifier, const uint64_t *args,
                       struct buf *to)
{
	buf_printf(to, "%s(", verifier->slot->name);
	for (int i = 0; i < SC_ARGS; i++)
		buf_printf(to, "%s0x%" PRIx64, i ? "," : "", args[i]);
	buf_printf(to, ") on %s", name_of(sc_arch_names, (int)verifier->arch));
}

static int wrong_result(const struct verifier *verifier, const uint64_t *args,
                        struct sc_action is, struct sc_action wanted, struct err *err)
{
	auto_buf struct buf call = { 0 }, got = { 0 }, want = { 0 };
	const struct sc_mux *mux = sc_mux_named(verifier->slot->name);

	print_call(verifier, args, &call);
	sc_action_describe(is, &got);
	sc_action_describe(wanted, &want);
	err_set(err, ERR_INPUT, "with %s this would make %s '%s', not '%s'", sc_library(),
	        call.data, got.data, want.data);
	err_where(err, "%s", verifier->slot->option);
	if (mux)
		return err_hint(err,
		                "the rules for %s and the like hold for %s too; "
		                "--deny=%s is stronger than they are",
		                mux->calls[1], mux->name, mux->name);
	if (sc_arch_is_32bit(verifier->arch))
		return err_hint(err, "arguments have 32 bits there, and only the lower "
		                     "half of a value is compared");
	return err_hint(err, "say it in other words, with fewer conditions");
}

static int check_call(const struct verifier *verifier, const uint64_t *args,
                      struct err *err)
{
	const struct sc_slot *slot = verifier->slot;
	const struct sc_case *decides = sc_cases_decide(&slot->wanted, args);
	struct sc_action is =
		sc_program_run(verifier->after, verifier->arch, verifier->number, args);
	struct sc_action wanted;

	if (decides) {
		wanted = decides->action;
	} else if (verifier->before) {
		wanted = sc_program_run(verifier->before, verifier->arch, verifier->number,
		                        args);
	} else {
		decides = sc_cases_decide(&slot->existing, args);
		wanted = decides ? decides->action : verifier->otherwise;
	}
	if (sc_action_equal(is, wanted))
		return 0;
	return wrong_result(verifier, args, is, wanted, err);
}

/* ---- all calls ----------------------------------------------------------- */

/* Of a multiplexing call only those that mean something. */
static int check_multiplexing(const struct verifier *verifier, const struct sc_mux *mux,
                              struct err *err)
{
	for (size_t n = 1; n < mux->count; n++) {
		const uint64_t args[SC_ARGS] = { n };

		if (mux->calls[n] && check_call(verifier, args, err) < 0)
			return -1;
	}
	return 0;
}

/* Count up through all combinations; false when they are through. */
static bool next_call(const struct values *values, size_t *at)
{
	for (int i = 0; i < SC_ARGS; i++) {
		if (++at[i] < values[i].count)
			return true;
		at[i] = 0;
	}
	return false;
}

static int check_calls(const struct verifier *verifier, const struct values *values,
                       struct err *err)
{
	bool narrow = sc_arch_is_32bit(verifier->arch);
	size_t at[SC_ARGS] = { 0 }, left = MOST_CALLS;

	do {
		uint64_t args[SC_ARGS];
		bool possible = true;

		for (int i = 0; i < SC_ARGS; i++) {
			args[i] = values[i].at[at[i]];
			possible &= !narrow || args[i] <= UINT32_MAX;
		}
		if (possible && check_call(verifier, args, err) < 0)
			return -1;
	} while (next_call(values, at) && --left > 0);
	return 0;
}

/* ---- the other way to make the call -------------------------------------- */

static bool lets_through(struct sc_action action)
{
	return action.kind == SC_ALLOW || action.kind == SC_LOG;
}

static int way_around(const struct verifier *verifier, const struct sc_mux *mux,
                      struct err *err)
{
	err_set(err, ERR_INPUT,
	        "would not hold: on %s a program can call %s through %s, whose arguments "
	        "no filter sees",
	        name_of(sc_arch_names, (int)verifier->arch), verifier->slot->name,
	        mux->name);
	err_where(err, "%s", verifier->slot->option);
	return err_hint(err, "--deny=%s as well: programs then make the call itself",
	                mux->name);
}

/* A change that forbids must not leave that way open. */
static int check_other_way(struct verifier *verifier, struct err *err)
{
	const struct sc_slot *slot = verifier->slot;
	uint64_t args[SC_ARGS] = { 0 };
	const struct sc_mux *mux = sc_mux_of(slot->name, &args[0]);
	struct sc_action is;
	int number;

	if (!mux || !sc_arch_multiplexes(verifier->arch))
		return 0;
	number = sc_number(verifier->arch, mux->name);
	if (number < 0)
		return 0;
	is = sc_program_run(verifier->after, verifier->arch, number, args);
	for (size_t i = 0; i < slot->wanted.count; i++)
		if (lets_through(is) && !lets_through(slot->wanted.at[i].action))
			return way_around(verifier, mux, err);
	return 0;
}

/* ---- all of it ----------------------------------------------------------- */

static int verify_slot(struct verifier *verifier, struct values *values, struct err *err)
{
	const struct sc_mux *mux = sc_mux_named(verifier->slot->name);

	verifier->number = sc_number(verifier->arch, verifier->slot->name);
	if (verifier->number < 0)
		return 0;
	if (check_other_way(verifier, err) < 0)
		return -1;
	if (mux)
		return check_multiplexing(verifier, mux, err);
	collect_values(verifier->slot, values);
	return check_calls(verifier, values, err);
}

static int verify_slots(struct verifier *verifier, const struct sc_filter *filter,
                        enum sc_arch native, const struct sc_slots *slots, struct err *err)
{
	auto_free struct values *values = xcalloc(SC_ARGS, sizeof(*values));

	for (int arch = 0; arch < SC_ARCHES; arch++) {
		if (!filter->arch[arch] && arch != (int)native)
			continue;
		verifier->arch = (enum sc_arch)arch;
		for (size_t i = 0; i < slots->count; i++) {
			verifier->slot = &slots->at[i];
			if (verify_slot(verifier, values, err) < 0)
				return -1;
		}
	}
	return 0;
}

/* libseccomp refuses two actions for one call of socketcall. */
static int say_what_changed(const struct sc_slots *slots, struct err *err)
{
	uint64_t ignored;

	for (size_t i = 0; i < slots->count; i++) {
		const struct sc_slot *slot = &slots->at[i];
		const struct sc_mux *mux = sc_mux_of(slot->name, &ignored);

		mux = mux ? mux : sc_mux_named(slot->name);
		if (!slot->changed)
			continue;
		err_where(err, "%s", slot->option);
		if (mux)
			return err_hint(err,
			                "--deny=%s as well: programs then make the "
			                "call itself",
			                mux->name);
	}
	return -1;
}

/* The kernel takes no larger one. */
static int check_size(const struct sc_program *program, struct err *err)
{
	if (program->count <= BPF_MAXINSNS)
		return 0;
	return err_set(err, ERR_INPUT,
	               "makes a filter of %zu instructions, and the kernel takes %d",
	               program->count, BPF_MAXINSNS);
}

/* Only what is said of these calls: a large filter costs libseccomp much time. */
static json_t *excerpt(const json_t *filter, const struct sc_slots *slots)
{
	json_auto_t *wanted = json_object();
	json_t *ret = json_deep_copy(filter), *rule, *name;
	size_t i, j;

	for (i = 0; i < slots->count; i++)
		json_object_set_new(wanted, slots->at[i].name, json_true());
	json_array_foreach(json_object_get(ret, "syscalls"), i, rule) {
		json_t *names = json_object_get(rule, "names"), *left = json_array();

		json_array_foreach(names, j, name) {
			const char *text = doc_string(name);
			uint64_t ignored;

			if (json_object_get(wanted, text) || sc_mux_named(text) ||
			    sc_mux_of(text, &ignored))
				json_array_append(left, name);
		}
		json_object_set_new(rule, "names", left);
	}
	return ret;
}

static bool is_large(const json_t *filter)
{
	enum { MANY_RULES = 1000 };

	return json_array_size(json_object_get(filter, "syscalls")) > MANY_RULES;
}

static int verify(const json_t *before, const json_t *after, enum sc_arch native,
                  const struct sc_slots *slots, struct err *err)
{
	struct sc_program programs[2] = { { 0 }, { 0 } };
	struct verifier verifier = { .after = &programs[1] };
	struct sc_filter filter;
	struct err ignored = { 0 };
	int ret;

	if (sc_program_make(after, native, &programs[1], err) < 0)
		return say_what_changed(slots, err);
	if (before && sc_program_make(before, native, &programs[0], &ignored) == 0)
		verifier.before = &programs[0];
	sc_filter_read(after, &filter);
	verifier.otherwise = filter.otherwise;
	ret = check_size(&programs[1], err);
	if (ret == 0)
		ret = verify_slots(&verifier, &filter, native, slots, err);
	sc_filter_free(&filter);
	sc_program_free(&programs[0]);
	sc_program_free(&programs[1]);
	return ret;
}

int sc_verify(const json_t *before, const json_t *after, enum sc_arch native,
              const struct sc_slots *slots, struct err *err)
{
	json_auto_t *old = NULL, *new = NULL;

	if (!is_large(after))
		return verify(before, after, native, slots, err);
	old = before ? excerpt(before, slots) : NULL;
	new = excerpt(after, slots);
	return verify(old, new, native, slots, err);
}

int sc_verify_rules(const json_t *filter, enum sc_arch native, const char *option,
                    struct err *err)
{
	struct sc_slots slots;
	struct sc_filter read;
	int ret;

	sc_filter_read(filter, &read);
	sc_slots_conditional(&read, option, &slots);
	ret = slots.count ? sc_verify(NULL, filter, native, &slots, err) : 0;
	sc_slots_free(&slots);
	sc_filter_free(&read);
	return ret;
}
