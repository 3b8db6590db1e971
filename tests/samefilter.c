// SPDX-License-Identifier: Apache-2.0
/*
 * samefilter FILE... - does scbpf.h decide as libseccomp does?
 *
 * For each filter (an object as /linux/seccomp): every number of every architecture,
 * and those around, with arguments on both sides of every number that a condition has.
 * Prints "same", "left" (to libseccomp) or the first call that differs.
 */
#include <stdio.h>
#include <string.h>

#include "scbpf.h"

const int out_of_memory_status = 4;

enum { MOST_VALUES = 64, PAST = 1100 };

struct values {
	uint64_t at[MOST_VALUES];
	size_t count;
	const struct sc_filter *filter;
};

static void add(struct values *values, uint64_t value)
{
	for (size_t i = 0; i < values->count; i++)
		if (values->at[i] == value)
			return;
	if (values->count < MOST_VALUES)
		values->at[values->count++] = value;
}

/* Around every number in the conditions, in both halves. */
static void read_values(const struct sc_filter *rules, struct values *ret)
{
	ret->filter = rules;
	add(ret, 0);
	add(ret, UINT64_MAX);
	for (size_t i = 0; i < rules->count; i++) {
		for (size_t c = 0; c < rules->rules[i].count; c++) {
			const struct sc_cond *cond = &rules->rules[i].conds[c];
			const uint64_t all[] = { cond->value, cond->datum };

			for (size_t n = 0; n < ARRAY_LEN(all); n++) {
				add(ret, all[n]);
				add(ret, all[n] + 1);
				add(ret, all[n] - 1);
				add(ret, all[n] ^ UINT64_C(1) << 40);
			}
		}
	}
}

/* True if arguments may matter to the call: the two that others are part of, too. */
static bool has_conditions(const struct sc_filter *filter, enum sc_arch arch, int number)
{
	const json_t *name;
	size_t j;

	if (number == sc_number(arch, "socketcall") || number == sc_number(arch, "ipc"))
		return true;
	for (size_t i = 0; i < filter->count; i++)
		json_array_foreach(filter->rules[i].count ? filter->rules[i].names : NULL,
		                   j, name)
			if (sc_number(arch, doc_string(name)) == number)
				return true;
	return false;
}

static bool differs(const struct sc_program *ours, const struct sc_program *theirs,
                    enum sc_arch arch, int number, const uint64_t *args)
{
	struct sc_action a = sc_program_run(ours, arch, number, args);
	struct sc_action b = sc_program_run(theirs, arch, number, args);

	if (sc_action_equal(a, b))
		return false;
	printf("differs: %s %d a0=%llx a1=%llx a2=%llx: %d/%u, not %d/%u\n",
	       name_of(sc_arch_spec_names, (int)arch), number, (unsigned long long)args[0],
	       (unsigned long long)args[1], (unsigned long long)args[2], a.kind, a.value,
	       b.kind, b.value);
	return true;
}

/* Each argument by itself, then all of them alike: conditions join few. */
static bool number_differs(const struct sc_program *ours, const struct sc_program *theirs,
                           enum sc_arch arch, int number, const struct values *values)
{
	if (!has_conditions(values->filter, arch, number))
		return differs(ours, theirs, arch, number,
		               (uint64_t[SC_ARGS]){ 1, 2, 3, 4, 5, 6 });
	for (size_t i = 0; i < values->count; i++) {
		uint64_t args[SC_ARGS] = { 0 };

		for (unsigned int arg = 0; arg < SC_ARGS; arg++) {
			for (size_t j = 0; j < values->count; j += 1 + values->count / 8) {
				for (unsigned int rest = 0; rest < SC_ARGS; rest++)
					args[rest] = values->at[j];
				args[arg] = values->at[i];
				if (differs(ours, theirs, arch, number, args))
					return true;
			}
		}
	}
	return false;
}

static bool all_same(const struct sc_program *ours, const struct sc_program *theirs,
                     const struct values *values)
{
	static const struct {
		enum sc_arch arch;
		int from;
	} starts[] = {
		{ SC_X86_64, -2 },         { SC_X86, -2 },     { SC_X32, 0x40000000 },
		{ SC_X86_64, 0x3ffffffe }, { SC_AARCH64, -2 }, { SC_ARM, -2 },
		{ SC_RISCV64, 0 },         { SC_PPC64LE, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(starts); i++)
		for (int n = 0; n < PAST; n++)
			if (number_differs(ours, theirs, starts[i].arch, starts[i].from + n,
			                   values))
				return false;
	return true;
}

static int compare(const char *file)
{
	struct sc_program ours, theirs;
	json_auto_t *filter = NULL;
	struct values values = { .count = 0 };
	struct sc_filter rules;
	struct err err;
	bool same;

	if (doc_parse_file(file, DOC_MAX_INPUT, &filter, &err) < 0 ||
	    sc_program_make(filter, sc_native_arch(), &theirs, &err) < 0) {
		printf("%s: %s\n", err.where, err.what);
		return 2;
	}
	if (!sc_bpf_make(filter, sc_native_arch(), &ours)) {
		sc_program_free(&theirs);
		return puts("left") < 0;
	}
	sc_filter_read(filter, &rules);
	read_values(&rules, &values);
	same = all_same(&ours, &theirs, &values);
	if (same)
		puts("same");
	sc_filter_free(&rules);
	sc_program_free(&ours);
	sc_program_free(&theirs);
	return !same;
}

int main(int argc, char *argv[])
{
	int ret = 0;

	doc_start();
	for (int i = 1; i < argc; i++)
		ret |= compare(argv[i]);
	return ret;
}
