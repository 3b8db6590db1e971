// SPDX-License-Identifier: Apache-2.0
#include "scedit.h"

#include <string.h>

#include "scmux.h"

void sc_changes_add(struct sc_changes *changes, const struct sc_change *change)
{
	if (changes->count == changes->room) {
		changes->room = changes->room ? 2 * changes->room : 16;
		changes->at = xrealloc(changes->at, changes->room * sizeof(*changes->at));
	}
	changes->at[changes->count++] = *change;
}

void sc_changes_free(struct sc_changes *changes)
{
	for (size_t i = 0; i < changes->count; i++)
		free(changes->at[i].name);
	free(changes->at);
	*changes = (struct sc_changes){ 0 };
}

void sc_slots_free(struct sc_slots *slots)
{
	for (size_t i = 0; i < slots->count; i++) {
		sc_cases_free(&slots->at[i].wanted);
		sc_cases_free(&slots->at[i].existing);
	}
	free(slots->at);
	*slots = (struct sc_slots){ 0 };
}

/* ---- which system calls, and what of them -------------------------------- */

struct editor {
	json_t *filter;
	struct sc_filter rules; /* as they were */
	struct sc_slots slots;
	size_t room;
	json_t *index; /* name -> index of its slot */
	json_t *named; /* the multiplexing calls that rules name */
	bool multiplexed;
	bool wide;
	bool rewrite; /* also what stays the same */
};

static struct sc_slot *find_slot(const struct editor *editor, const char *name)
{
	const json_t *at = json_object_get(editor->index, name);

	return at ? &editor->slots.at[json_integer_value(at)] : NULL;
}

static struct sc_slot *ensure_slot(struct editor *editor, const char *name)
{
	struct sc_slots *slots = &editor->slots;
	struct sc_slot *slot = find_slot(editor, name);

	if (slot)
		return slot;
	if (slots->count == editor->room) {
		editor->room = editor->room ? 2 * editor->room : 16;
		slots->at = xrealloc(slots->at, editor->room * sizeof(*slots->at));
	}
	json_object_set_new(editor->index, name, json_integer((json_int_t)slots->count));
	slot = &slots->at[slots->count++];
	*slot = (struct sc_slot){ .name = name };
	return slot;
}

/* Changes are added from the last to the first. */
static void want(struct editor *editor, const char *name, const char *option,
                 const struct sc_case *what)
{
	struct sc_slot *slot = ensure_slot(editor, name);
	size_t count = slot->wanted.count;

	if (!slot->option)
		slot->option = option;
	if (count == 0 || slot->wanted.at[count - 1].count > 0)
		sc_cases_add(&slot->wanted, what);
}

/* Without a rule for the multiplexing call libseccomp adds this by itself. */
static void want_multiplexed(struct editor *editor, const struct sc_change *change,
                             const struct sc_case *what)
{
	struct sc_case through = *what;
	const struct sc_mux *mux;
	uint64_t number;

	if (!editor->multiplexed || what->count > 0)
		return;
	mux = sc_mux_of(change->name, &number);
	if (!mux || !json_object_get(editor->named, mux->name))
		return;
	through.conds[through.count++] = (struct sc_cond){
		.op = mux->mask == UINT32_MAX && !editor->wide ? SC_EQ : SC_MASKED_EQ,
	};
	if (through.conds[0].op == SC_EQ) {
		through.conds[0].value = number;
	} else {
		through.conds[0].value = mux->mask;
		through.conds[0].datum = number;
	}
	want(editor, mux->name, change->option, &through);
}

static void note_named(struct editor *editor, const struct sc_changes *changes)
{
	const struct sc_filter *rules = &editor->rules;
	json_t *name;
	size_t j;

	for (size_t i = 0; i < rules->count; i++) {
		json_array_foreach(rules->rules[i].names, j, name) {
			if (!rules->rules[i].dropped && sc_mux_named(doc_string(name)))
				json_object_set_new(editor->named, doc_string(name),
				                    json_true());
		}
	}
	for (size_t i = 0; i < changes->count; i++)
		if (sc_mux_named(changes->at[i].name))
			json_object_set_new(editor->named, changes->at[i].name,
			                    json_true());
}

static void collect_changes(struct editor *editor, const struct sc_changes *changes)
{
	note_named(editor, changes);
	/* Slots in the order of the command line, changes in the opposite one. */
	for (size_t i = 0; i < changes->count; i++)
		ensure_slot(editor, changes->at[i].name);
	for (size_t i = changes->count; i-- > 0;) {
		const struct sc_change *change = &changes->at[i];
		struct sc_case what = change->what;

		if (change->removed)
			what = (struct sc_case){ .action = editor->rules.otherwise };
		want(editor, change->name, change->option, &what);
		want_multiplexed(editor, change, &what);
	}
}

/* As the runtimes and libseccomp take them: see scrule.h. */
static void add_existing(struct sc_slot *slot, const struct sc_rule *rule)
{
	struct sc_case one = { .action = rule->action, .count = rule->count };
	struct sc_cases *existing = &slot->existing;

	if (existing->count == 1 && existing->at[0].count == 0)
		return;
	if (rule->count == 0)
		existing->count = 0;
	memcpy(one.conds, rule->conds, rule->count * sizeof(*one.conds));
	sc_cases_add(existing, &one);
}

static void collect_existing(struct editor *editor)
{
	json_t *name;
	size_t j;

	for (size_t i = 0; i < editor->rules.count; i++) {
		const struct sc_rule *rule = &editor->rules.rules[i];

		if (rule->dropped)
			continue;
		json_array_foreach(rule->names, j, name) {
			struct sc_slot *slot = find_slot(editor, doc_string(name));

			if (slot)
				add_existing(slot, rule);
		}
	}
}

/* ---- new rules ----------------------------------------------------------- */

/* The rules of changed calls go; one without any names left goes too. */
static void remove_old(struct editor *editor)
{
	json_t *rules = json_object_get(editor->filter, "syscalls");
	json_t *kept = json_array(), *rule, *name;
	size_t i, j;

	json_array_foreach(rules, i, rule) {
		json_t *names = json_object_get(rule, "names"), *left = json_array();

		json_array_foreach(names, j, name) {
			const struct sc_slot *slot = find_slot(editor, doc_string(name));

			if (!slot || !slot->changed)
				json_array_append(left, name);
		}
		if (json_array_size(left) == json_array_size(names)) {
			json_array_append(kept, rule);
		} else if (json_array_size(left) > 0) {
			json_object_set(rule, "names", left);
			json_array_append(kept, rule);
		}
		json_decref(left);
	}
	json_object_set_new(editor->filter, "syscalls", kept);
}

/* Calls of which the same is said without conditions share a rule. */
static void add_unconditional(json_t *to, json_t *shared, const char *name,
                              struct sc_action action)
{
	char key[32];
	json_t *names;

	snprintf(key, sizeof(key), "%d %u", (int)action.kind, action.value);
	names = json_object_get(shared, key);
	if (names) {
		json_array_append_new(names, json_string(name));
		return;
	}
	names = json_pack("[s]", name);
	json_object_set(shared, key, names);
	json_array_append_new(to, sc_rule_new(names, action, NULL, 0));
}

/*
 * A rule for each call that goes through `mux`, and before all others, so that
 * libseccomp finds its own rules for socket and the like to be said already.
 */
static void multiplexing_cases(const struct editor *editor, const struct sc_mux *mux,
                               const struct sc_cases *cases, struct sc_cases *to)
{
	bool exact = mux->mask == UINT32_MAX && !editor->wide;

	for (size_t n = 1; n < mux->count; n++) {
		const uint64_t args[SC_ARGS] = { n };
		const struct sc_case *decides = sc_cases_decide(cases, args);
		struct sc_case one = { .count = 1 };

		one.action = decides ? decides->action : editor->rules.otherwise;
		one.conds[0].op = exact ? SC_EQ : SC_MASKED_EQ;
		one.conds[0].value = exact ? n : mux->mask;
		one.conds[0].datum = exact ? 0 : n;
		if (mux->calls[n] && !sc_action_equal(one.action, editor->rules.otherwise))
			sc_cases_add(to, &one);
	}
}

static json_t *conditional_rule(const char *name, const struct sc_case *one)
{
	return sc_rule_new(json_pack("[s]", name), one->action, one->conds, one->count);
}

static void add_new(struct editor *editor, const struct sc_slot *slot,
                    const struct sc_cases *cases, json_t *front, json_t *back,
                    json_t *shared)
{
	const struct sc_mux *mux = editor->multiplexed ? sc_mux_named(slot->name) : NULL;
	bool single = cases->count == 1 && cases->at[0].count == 0;
	struct sc_cases calls = { 0 };

	if (single && !mux) {
		add_unconditional(back, shared, slot->name, cases->at[0].action);
		return;
	}
	if (mux && !single) {
		multiplexing_cases(editor, mux, cases, &calls);
		cases = &calls;
	}
	for (size_t i = 0; i < cases->count; i++)
		json_array_append_new(mux ? front : back,
		                      conditional_rule(slot->name, &cases->at[i]));
	sc_cases_free(&calls);
}

/* ---- the whole ----------------------------------------------------------- */

static struct sc_cases all_cases(const struct sc_slot *slot)
{
	struct sc_cases ret = { 0 };

	for (size_t i = 0; i < slot->wanted.count; i++)
		sc_cases_add(&ret, &slot->wanted.at[i]);
	for (size_t i = 0; i < slot->existing.count; i++)
		sc_cases_add(&ret, &slot->existing.at[i]);
	return ret;
}

static int write_slot(struct editor *editor, struct sc_slot *slot, json_t *front,
                      json_t *back, json_t *shared, struct err *err)
{
	struct sc_cases all = all_cases(slot), split = { 0 };
	struct sc_action otherwise = editor->rules.otherwise;
	bool same = false;
	int ret = sc_cases_same(&all, &slot->existing, otherwise, &same, err);

	slot->changed = !same || editor->rewrite;
	if (ret == 0 && slot->changed) {
		ret = sc_cases_split(&all, otherwise, &split, err);
		if (ret == 0)
			add_new(editor, slot, &split, front, back, shared);
	}
	sc_cases_free(&all);
	sc_cases_free(&split);
	return ret < 0 && slot->option ? err_where(err, "%s", slot->option) : ret;
}

static int write_slots(struct editor *editor, struct err *err)
{
	json_auto_t *front = json_array(), *back = json_array(), *shared = json_object();
	struct sc_slots *slots = &editor->slots;
	bool changed = false;

	for (size_t i = 0; i < slots->count; i++) {
		if (write_slot(editor, &slots->at[i], front, back, shared, err) < 0)
			return -1;
		changed |= slots->at[i].changed;
	}
	if (!changed)
		return 0;
	remove_old(editor);
	json_array_extend(front, json_object_get(editor->filter, "syscalls"));
	json_array_extend(front, back);
	if (json_array_size(front) > 0)
		json_object_set(editor->filter, "syscalls", front);
	else
		json_object_del(editor->filter, "syscalls");
	return 0;
}

static void editor_start(struct editor *editor, json_t *filter)
{
	*editor = (struct editor){ .filter = filter,
		                   .index = json_object(),
		                   .named = json_object() };
	sc_filter_read(filter, &editor->rules);
}

static void editor_end(struct editor *editor)
{
	json_decref(editor->index);
	json_decref(editor->named);
	sc_filter_free(&editor->rules);
}

int sc_edit(json_t *filter, const struct sc_changes *changes, bool multiplexed, bool wide,
            struct sc_slots *ret, struct err *err)
{
	struct editor editor;
	int done;

	editor_start(&editor, filter);
	editor.multiplexed = multiplexed;
	editor.wide = wide;
	collect_changes(&editor, changes);
	collect_existing(&editor);
	done = write_slots(&editor, err);
	if (done == 0)
		*ret = editor.slots;
	else
		sc_slots_free(&editor.slots);
	editor_end(&editor);
	return done;
}

/* Rules that become the default action would be dropped, and others then decide. */
int sc_edit_default(json_t *filter, struct sc_action action, struct err *err)
{
	struct editor editor;
	json_t *name;
	size_t j;
	int done;

	editor_start(&editor, filter);
	for (size_t i = 0; i < editor.rules.count; i++) {
		const struct sc_rule *rule = &editor.rules.rules[i];

		if (rule->dropped || !sc_action_equal(rule->action, action))
			continue;
		json_array_foreach(rule->names, j, name)
			ensure_slot(&editor, doc_string(name));
	}
	collect_existing(&editor);
	editor.rules.otherwise = action;
	editor.rewrite = true;
	sc_action_put(filter, "defaultAction", "defaultErrnoRet", action);
	done = write_slots(&editor, err);
	sc_slots_free(&editor.slots);
	editor_end(&editor);
	return done;
}

void sc_slots_conditional(const struct sc_filter *filter, const char *option,
                          struct sc_slots *ret)
{
	struct editor editor = { .rules = *filter, .index = json_object() };
	json_t *name;
	size_t j;

	for (size_t i = 0; i < filter->count; i++) {
		const struct sc_rule *rule = &filter->rules[i];

		if (rule->dropped || rule->count == 0)
			continue;
		json_array_foreach(rule->names, j, name)
			ensure_slot(&editor, doc_string(name))->option = option;
	}
	collect_existing(&editor);
	json_decref(editor.index);
	*ret = editor.slots;
}
