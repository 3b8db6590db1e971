// SPDX-License-Identifier: Apache-2.0
#include "scdecision.h"

#include <string.h>

#include "spec.h"

void sc_decision_free(struct sc_decision *decision)
{
	sc_cases_free(&decision->cases);
	free(decision->index);
}

/* False if an argument that is known rules the case out. */
static bool possible(const struct sc_rule *rule, const struct sc_args *args)
{
	for (size_t i = 0; i < rule->count; i++) {
		unsigned int arg = rule->conds[i].arg;

		if (args->known[arg] && !sc_cond_holds(&rule->conds[i], args->value[arg]))
			return false;
	}
	return true;
}

bool sc_case_certain(const struct sc_case *one, const struct sc_args *args)
{
	for (size_t i = 0; i < one->count; i++)
		if (!args->known[one->conds[i].arg])
			return false;
	return true;
}

void sc_decide(const struct sc_filter *filter, const char *name, const struct sc_args *args,
               struct sc_decision *ret)
{
	bool settled = false;

	*ret = (struct sc_decision){ .otherwise = filter->otherwise, .args = *args };
	ret->index = xcalloc(filter->count + 1, sizeof(*ret->index));
	for (size_t i = 0; i < filter->count && !settled; i++) {
		const struct sc_rule *rule = &filter->rules[i];
		struct sc_case one = { .action = rule->action, .count = rule->count };

		if (rule->dropped || !spec_list_has(rule->names, name))
			continue;
		settled = rule->count == 0;
		if (settled) /* whatever rules come before it */
			ret->cases.count = 0;
		if (!possible(rule, args))
			continue;
		memcpy(one.conds, rule->conds, rule->count * sizeof(*one.conds));
		ret->index[ret->cases.count] = rule->index;
		sc_cases_add(&ret->cases, &one);
	}
}

bool sc_decision_only(const struct sc_decision *decision, struct sc_action *ret)
{
	struct sc_action last = decision->otherwise;
	size_t count = decision->cases.count;

	for (size_t i = 0; i < count; i++) {
		if (sc_case_certain(&decision->cases.at[i], &decision->args)) {
			last = decision->cases.at[i].action;
			count = i + 1;
		}
	}
	for (size_t i = 0; i < count; i++)
		if (!sc_action_equal(decision->cases.at[i].action, last))
			return false;
	*ret = last;
	return true;
}

bool sc_decision_open(const struct sc_decision *decision)
{
	/* An action that nobody else has: does it ever come to that? */
	const struct sc_case last = { .action = { SC_TRACE, UINT32_MAX } };
	struct sc_cases cases = { 0 };
	struct err ignored;
	bool same = false;
	int ret;

	for (size_t i = 0; i < decision->cases.count; i++)
		sc_cases_add(&cases, &decision->cases.at[i]);
	sc_cases_add(&cases, &last);
	ret = sc_cases_same(&cases, &decision->cases, decision->otherwise, &same, &ignored);
	sc_cases_free(&cases);
	return ret < 0 || !same;
}

/* ---- what the kernel does ------------------------------------------------ */

enum { MOST_TRIES = 4096 };

struct tries {
	size_t count[SC_ARGS];
	uint64_t value[SC_ARGS][64];
};

static void try_value(struct tries *tries, unsigned int arg, uint64_t value)
{
	if (tries->count[arg] < ARRAY_LEN(tries->value[arg]))
		tries->value[arg][tries->count[arg]++] = value;
}

/* Arguments that are not known take values on both sides of each condition. */
static struct tries make_tries(const struct sc_decision *decision)
{
	struct tries ret = { .count = { 0 } };

	for (unsigned int arg = 0; arg < SC_ARGS; arg++)
		try_value(&ret, arg, decision->args.value[arg]);
	for (size_t i = 0; i < decision->cases.count; i++) {
		const struct sc_case *one = &decision->cases.at[i];

		for (size_t j = 0; j < one->count; j++) {
			const struct sc_cond *cond = &one->conds[j];
			bool masked = cond->op == SC_MASKED_EQ;
			uint64_t value = masked ? cond->datum : cond->value;

			if (decision->args.known[cond->arg])
				continue;
			try_value(&ret, cond->arg, value);
			try_value(&ret, cond->arg, value + 1);
			try_value(&ret, cond->arg, value - 1);
			if (masked)
				try_value(&ret, cond->arg, value ^ cond->value);
		}
	}
	return ret;
}

bool sc_decision_run(const struct sc_decision *decision, const struct sc_program *program,
                     enum sc_arch arch, int number, struct sc_action *ret)
{
	const struct tries tries = make_tries(decision);
	uint64_t args[SC_ARGS];
	size_t at[SC_ARGS] = { 0 };
	bool first = true;

	for (size_t left = MOST_TRIES; left > 0; left--) {
		struct sc_action action;
		unsigned int arg;

		for (arg = 0; arg < SC_ARGS; arg++)
			args[arg] = tries.value[arg][at[arg]];
		action = sc_program_run(program, arch, number, args);
		if (!first && !sc_action_equal(action, *ret))
			return false;
		*ret = action;
		first = false;
		for (arg = 0; arg < SC_ARGS && ++at[arg] == tries.count[arg]; arg++)
			at[arg] = 0;
		if (arg == SC_ARGS)
			break;
	}
	return true;
}
