// SPDX-License-Identifier: Apache-2.0
#include "scexplain.h"

#include <inttypes.h>
#include <string.h>

#include "sccaps.h"
#include "scdecision.h"
#include "scmux.h"
#include "scoptions.h"
#include "scprogram.h"
#include "spec.h"

/* One call that is asked about. */
struct call {
	const struct sc_explainer *about;
	const struct sc_program *program;
	const struct sc_filter *filter;
	const char *name;
	const char *text; /* as it was asked */
	struct sc_decision decision;
	enum sc_arch arches[SC_ARCHES]; /* the native one first */
	size_t count;
};

static void find_arches(struct call *call)
{
	call->arches[call->count++] = call->about->native;
	for (int arch = 0; arch < SC_ARCHES; arch++)
		if (call->filter->arch[arch] && arch != (int)call->about->native)
			call->arches[call->count++] = (enum sc_arch)arch;
}

/* ---- verdicts ------------------------------------------------------------ */

struct verdict {
	bool exists;
	bool depends;
	struct sc_action action;
};

static bool same_verdict(const struct verdict *a, const struct verdict *b)
{
	if (a->exists != b->exists || a->depends != b->depends)
		return false;
	return !a->exists || a->depends || sc_action_equal(a->action, b->action);
}

static void print_verdict(const struct verdict *verdict, struct buf *to)
{
	if (!verdict->exists)
		buf_text(to, "no system call");
	else if (verdict->depends)
		buf_text(to, "depends on its arguments");
	else
		sc_action_describe(verdict->action, to);
}

static struct verdict verdict_on(const struct call *call, enum sc_arch arch)
{
	int number = sc_number(arch, call->name);
	struct verdict ret = { .exists = number >= 0 };

	if (ret.exists)
		ret.depends = !sc_decision_run(&call->decision, call->program, arch, number,
		                               &ret.action);
	return ret;
}

/* A line for the architectures that do the same. */
static void print_verdicts(const struct call *call, struct buf *to)
{
	struct verdict verdicts[SC_ARCHES];
	bool done[SC_ARCHES] = { false };

	for (size_t i = 0; i < call->count; i++)
		verdicts[i] = verdict_on(call, call->arches[i]);
	for (size_t i = 0; i < call->count; i++) {
		const char *between = " on ";

		if (done[i])
			continue;
		buf_printf(to, "%s: ", call->text);
		print_verdict(&verdicts[i], to);
		for (size_t j = i; j < call->count; j++) {
			if (done[j] || !same_verdict(&verdicts[i], &verdicts[j]))
				continue;
			buf_printf(to, "%s%s", between,
			           name_of(sc_arch_names, (int)call->arches[j]));
			between = ", ";
			done[j] = true;
		}
		buf_char(to, '\n');
	}
}

/* Where libseccomp made something else of the rules than they say. */
static void print_misread(const struct call *call, struct buf *to)
{
	struct sc_action says;

	if (!sc_decision_only(&call->decision, &says))
		return;
	for (size_t i = 0; i < call->count; i++) {
		struct verdict is = verdict_on(call, call->arches[i]);

		if (!is.exists || (!is.depends && sc_action_equal(is.action, says)))
			continue;
		buf_printf(to, "  not what the rules say, on %s: %s misreads them\n",
		           name_of(sc_arch_names, (int)call->arches[i]), sc_library());
	}
}

/* socket(2) and its like can be made through another call. */
static void print_other_ways(const struct call *call, struct buf *to)
{
	uint64_t args[SC_ARGS] = { 0 };
	const struct sc_mux *mux = sc_mux_of(call->name, &args[0]);

	for (size_t i = 0; mux && i < call->count; i++) {
		enum sc_arch arch = call->arches[i];
		int number = sc_arch_multiplexes(arch) ? sc_number(arch, mux->name) : -1;

		if (number < 0)
			continue;
		buf_text(to, "  ");
		sc_action_describe(sc_program_run(call->program, arch, number, args), to);
		buf_printf(to, " through %s(%" PRIu64 ") on %s\n", mux->name, args[0],
		           name_of(sc_arch_names, (int)arch));
	}
}

/* ---- rules --------------------------------------------------------------- */

static void print_case(const struct sc_case *one, size_t index, struct buf *to)
{
	const char *between = " if ";

	buf_text(to, "  ");
	sc_action_describe(one->action, to);
	for (size_t i = 0; i < one->count; i++, between = " and ") {
		buf_text(to, between);
		sc_cond_print(&one->conds[i], to);
	}
	buf_printf(to, ": %s/syscalls/%zu\n", profile_filter_pointer, index);
}

static void print_cases(const struct sc_decision *decision, struct buf *to)
{
	for (size_t i = 0; i < decision->cases.count; i++) {
		const struct sc_case *one = &decision->cases.at[i];

		print_case(one, decision->index[i], to);
		if (sc_case_certain(one, &decision->args))
			return;
	}
	if (!sc_decision_open(decision))
		return;
	buf_text(to, "  ");
	sc_action_describe(decision->otherwise, to);
	buf_printf(to, "%s: %s/defaultAction\n",
	           decision->cases.count > 0 ? " otherwise" : "", profile_filter_pointer);
}

/* ---- the profile's conditions -------------------------------------------- */

static bool names_call(const json_t *rule, const char *name)
{
	return str_equal(doc_string(json_object_get(rule, "name")), name) ||
	       spec_list_has(json_object_get(rule, "names"), name);
}

static bool asks_for(const json_t *rule, const char *kind, const char *cap)
{
	return spec_list_has(json_object_get(json_object_get(rule, kind), "caps"), cap);
}

/* The capabilities that rules for this call ask for, as keys. */
static json_t *caps_asked(const json_t *source, const char *name)
{
	static const char *const kinds[] = { "includes", "excludes" };
	json_t *ret = json_object(), *rule, *cap;
	size_t i, j;

	json_array_foreach(json_object_get(source, "syscalls"), i, rule) {
		for (size_t k = 0; names_call(rule, name) && k < ARRAY_LEN(kinds); k++) {
			const json_t *condition = json_object_get(rule, kinds[k]);

			json_array_foreach(json_object_get(condition, "caps"), j, cap)
				json_object_set_new(ret, doc_string(cap), json_true());
		}
	}
	return ret;
}

/* The action if the bounding set were this one; false if it depends on arguments. */
static bool imagine(const struct call *call, const json_t *bounding, struct sc_action *ret)
{
	const struct sc_explainer *about = call->about;
	const struct profile_target target = { about->native, bounding, about->kernel };
	json_auto_t *looked = json_object(), *filter = NULL;
	struct sc_decision decision;
	struct sc_filter read;
	struct err ignored = { 0 };
	bool only;

	if (profile_resolve(about->source, &target, looked, &filter, &ignored) < 0 ||
	    sc_options_imagine(filter, about->edits, about->native, &ignored) < 0)
		return false;
	sc_filter_read(filter, &read);
	sc_decide(&read, call->name, &call->decision.args, &decision);
	only = sc_decision_only(&decision, ret);
	sc_decision_free(&decision);
	sc_filter_free(&read);
	return only;
}

static json_t *bounding_with(const json_t *bounding, const char *cap, bool held)
{
	json_t *ret = json_array(), *entry;
	size_t i;

	json_array_foreach(bounding, i, entry) {
		if (!str_equal(doc_string(entry), cap))
			json_array_append(ret, entry);
	}
	if (held)
		json_array_append_new(ret, json_string(cap));
	return ret;
}

/* The rules of the profile that hold only with (or without) this capability. */
static void print_sources(const struct call *call, const char *kind, const char *cap,
                          struct buf *to)
{
	const char *between = ": ";
	json_t *rule;
	size_t i;

	json_array_foreach(json_object_get(call->about->source, "syscalls"), i, rule) {
		if (!names_call(rule, call->name) || !asks_for(rule, kind, cap))
			continue;
		buf_printf(to, "%s/syscalls/%zu", between, i);
		between = ", ";
	}
	if (*between == ',')
		buf_printf(to, " of the profile %s", call->about->source_name);
	buf_char(to, '\n');
}

static void print_cap(const struct call *call, const char *cap, struct buf *to)
{
	const json_t *bounding = spec_get(call->about->doc, profile_bounding_pointer);
	bool held = spec_list_has(bounding, cap);
	json_auto_t *other = bounding_with(bounding, cap, !held);
	struct sc_action is, then;
	bool settled = sc_decision_only(&call->decision, &is);
	bool only = imagine(call, other, &then);

	if (only == settled && (!only || sc_action_equal(is, then)))
		return;
	buf_text(to, "  would be ");
	if (only)
		sc_action_describe(then, to);
	else
		buf_text(to, "decided by its arguments");
	buf_printf(to, " %s %s", held ? "without" : "with", cap);
	print_sources(call, held ? "excludes" : "includes", cap, to);
}

/* Rules that do not hold for another reason than capabilities. */
static void print_others(const struct call *call, const char *arch, struct buf *to)
{
	const struct sc_explainer *about = call->about;
	json_t *rule, *other;
	size_t i, j;

	json_array_foreach(json_object_get(about->source, "syscalls"), i, rule) {
		const json_t *includes = json_object_get(rule, "includes");
		const json_t *arches = json_object_get(includes, "arches");
		const char *kernel = doc_string(json_object_get(includes, "minKernel"));
		const char *action = doc_string(json_object_get(rule, "action"));

		if (!names_call(rule, call->name))
			continue;
		if (json_array_size(arches) > 0 && !spec_list_has(arches, arch)) {
			buf_printf(to, "  %s holds only on ", action);
			json_array_foreach(arches, j, other)
				buf_printf(to, "%s%s", j ? ", " : "", doc_string(other));
			buf_printf(to, ": /syscalls/%zu of the profile %s\n", i,
			           about->source_name);
		}
		if (kernel && about->kernel)
			buf_printf(to,
			           "  %s holds since kernel %s: /syscalls/%zu of the "
			           "profile %s\n",
			           action, kernel, i, about->source_name);
	}
}

static void print_remedies(const struct call *call, struct buf *to)
{
	json_auto_t *caps = caps_asked(call->about->source, call->name);
	struct sc_action is;
	bool settled = sc_decision_only(&call->decision, &is);
	const char *cap;
	json_t *ignored;

	json_object_foreach(caps, cap, ignored)
		print_cap(call, cap, to);
	print_others(call, name_of(sc_arch_names, (int)call->about->native), to);
	if (!settled || (is.kind != SC_ALLOW && is.kind != SC_LOG))
		buf_printf(to, "  would be allowed with --allow=%s\n", call->name);
}

/* ---- the kernel ---------------------------------------------------------- */

static void print_need(const json_t *doc, const char *name, struct buf *to)
{
	const struct sc_need *need = sc_need_of(name);
	bool has;

	if (!need)
		return;
	has = spec_list_has(spec_get(doc, "/process/capabilities/effective"), need->cap);
	buf_printf(to, "  the kernel asks for %s%s%s, which the process has%s\n", need->cap,
	           need->when ? " " : "", need->when ? need->when : "", has ? "" : " not");
}

/* ---- all of it ----------------------------------------------------------- */

static void explain_call(struct call *call, const struct sc_args *args, struct buf *to)
{
	find_arches(call);
	sc_decide(call->filter, call->name, args, &call->decision);
	print_verdicts(call, to);
	print_cases(&call->decision, to);
	print_misread(call, to);
	print_other_ways(call, to);
	print_remedies(call, to);
	print_need(call->about->doc, call->name, to);
	sc_decision_free(&call->decision);
}

static void explain_without(const struct call *call, struct buf *to)
{
	buf_printf(to, "%s: allowed\n  there is no filter\n", call->text);
	print_need(call->about->doc, call->name, to);
}

static int explain_text(struct call *call, char *inside, struct buf *to, struct err *err)
{
	auto_free char *text =
		inside ? xasprintf("%s(%s)", call->name, inside) : xstrdup(call->name);
	struct sc_args args = { .known = { false } };

	if (sc_name_check(call->name, err) < 0 ||
	    (inside && sc_text_args(inside, &args, err) < 0))
		return -1;
	call->text = text;
	if (call->filter)
		explain_call(call, &args, to);
	else
		explain_without(call, to);
	return 0;
}

static int explain_all(const struct sc_explainer *about, const struct sc_program *program,
                       const struct sc_filter *filter, char *calls, struct buf *to,
                       struct err *err)
{
	char *name, *inside;
	int more;

	while ((more = sc_text_call(&calls, &name, &inside, err)) > 0) {
		struct call call = {
			.about = about, .program = program, .filter = filter, .name = name
		};

		if (explain_text(&call, inside, to, err) < 0)
			return -1;
	}
	return more;
}

int sc_explain(const struct sc_explainer *about, const char *calls, struct buf *to,
               struct err *err)
{
	const json_t *filter = spec_get(about->doc, profile_filter_pointer);
	auto_free char *text = xstrdup(calls);
	struct sc_program program = { 0 };
	struct sc_filter read;
	int ret;

	if (!filter)
		return explain_all(about, NULL, NULL, text, to, err);
	if (sc_program_make(filter, about->native, &program, err) < 0)
		return err_under(err, profile_filter_pointer);
	sc_filter_read(filter, &read);
	ret = explain_all(about, &program, &read, text, to, err);
	sc_filter_free(&read);
	sc_program_free(&program);
	return ret;
}
