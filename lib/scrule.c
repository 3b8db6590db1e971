// SPDX-License-Identifier: Apache-2.0
#include "scrule.h"

#include <errno.h>
#include <inttypes.h>

/* ---- reading ------------------------------------------------------------- */

static int word_value(const struct name *table, const json_t *word)
{
	const char *text = doc_string(word);
	int ret = 0;

	if (!text || !name_value(table, text, &ret))
		abort(); /* the schema has the same words */
	return ret;
}

static uint64_t number_value(const json_t *number)
{
	uint64_t ret = 0;

	if (number && !doc_get_u64(number, &ret))
		abort();
	return ret;
}

static bool has_value(enum sc_kind kind)
{
	return kind == SC_ERRNO || kind == SC_TRACE;
}

static struct sc_action read_action(const json_t *object, const char *action_member,
                                    const char *errno_member)
{
	const json_t *number = json_object_get(object, errno_member);
	struct sc_action ret = {
		.kind = (enum sc_kind)word_value(sc_action_spec_names,
		                                 json_object_get(object, action_member))
	};

	if (has_value(ret.kind))
		ret.value = number ? (uint32_t)number_value(number) : EPERM;
	return ret;
}

static struct sc_cond read_cond(const json_t *arg)
{
	return (struct sc_cond){
		.arg = (unsigned int)number_value(json_object_get(arg, "index")),
		.op = (enum sc_op)word_value(sc_op_spec_names, json_object_get(arg, "op")),
		.value = number_value(json_object_get(arg, "value")),
		.datum = number_value(json_object_get(arg, "valueTwo")),
	};
}

static bool args_repeat(const json_t *args)
{
	bool seen[SC_ARGS] = { false };
	json_t *arg;
	size_t i;

	json_array_foreach(args, i, arg) {
		unsigned int index = read_cond(arg).arg;

		if (seen[index])
			return true;
		seen[index] = true;
	}
	return false;
}

struct reader {
	struct sc_filter *filter;
	size_t room;
};

static void append(struct reader *reader, const struct sc_rule *rule)
{
	struct sc_filter *filter = reader->filter;

	if (filter->count == reader->room) {
		reader->room = reader->room ? 2 * reader->room : 64;
		filter->rules =
			xrealloc(filter->rules, reader->room * sizeof(*filter->rules));
	}
	filter->rules[filter->count++] = *rule;
}

static void read_rule(struct reader *reader, const json_t *object, size_t index)
{
	const json_t *args = json_object_get(object, "args");
	struct sc_rule rule = { .names = json_object_get(object, "names"), .index = index };
	bool split = args_repeat(args);
	json_t *arg;
	size_t i;

	rule.action = read_action(object, "action", "errnoRet");
	rule.dropped = sc_action_equal(rule.action, reader->filter->otherwise);
	json_array_foreach(args, i, arg) {
		rule.conds[rule.count++] = read_cond(arg);
		if (split) {
			append(reader, &rule);
			rule.count = 0;
		}
	}
	if (!split)
		append(reader, &rule);
}

void sc_filter_read(const json_t *filter, struct sc_filter *ret)
{
	struct reader reader = { .filter = ret };
	json_t *entry;
	size_t i;

	*ret = (struct sc_filter){ .otherwise = read_action(filter, "defaultAction",
		                                            "defaultErrnoRet") };
	json_array_foreach(json_object_get(filter, "architectures"), i, entry)
		ret->arch[word_value(sc_arch_spec_names, entry)] = true;
	json_array_foreach(json_object_get(filter, "syscalls"), i, entry)
		read_rule(&reader, entry, i);
}

void sc_filter_free(struct sc_filter *filter)
{
	free(filter->rules);
	filter->rules = NULL;
}

/* ---- meaning ------------------------------------------------------------- */

bool sc_action_equal(struct sc_action a, struct sc_action b)
{
	return a.kind == b.kind && a.value == b.value;
}

bool sc_cond_holds(const struct sc_cond *cond, uint64_t value)
{
	switch (cond->op) {
	case SC_NE:
		return value != cond->value;
	case SC_LT:
		return value < cond->value;
	case SC_LE:
		return value <= cond->value;
	case SC_EQ:
		return value == cond->value;
	case SC_GE:
		return value >= cond->value;
	case SC_GT:
		return value > cond->value;
	case SC_MASKED_EQ:
		return (value & cond->value) == (cond->datum & cond->value);
	}
	abort();
}

/* ---- showing ------------------------------------------------------------- */

void sc_action_describe(struct sc_action action, struct buf *to)
{
	static const char *const words[] = {
		[SC_KILL] = "the thread is killed",
		[SC_KILL_PROCESS] = "killed by SIGSYS",
		[SC_TRAP] = "SIGSYS",
		[SC_TRACE] = "stopped for a tracer",
		[SC_ALLOW] = "allowed",
		[SC_LOG] = "allowed and logged",
		[SC_NOTIFY] = "left to the listener",
	};
	const char *name = sc_errno_name(action.value);

	if (action.kind != SC_ERRNO)
		buf_text(to, words[action.kind]);
	else if (name)
		buf_text(to, name);
	else
		buf_printf(to, "errno %" PRIu32, action.value);
}

static void print_number(uint64_t value, struct buf *to)
{
	if (value < 4096)
		buf_printf(to, "%" PRIu64, value);
	else
		buf_printf(to, "0x%" PRIx64, value);
}

void sc_cond_print(const struct sc_cond *cond, struct buf *to)
{
	static const char *const ops[] = {
		[SC_NE] = "!=", [SC_LT] = "<", [SC_LE] = "<=",        [SC_EQ] = "==",
		[SC_GE] = ">=", [SC_GT] = ">", [SC_MASKED_EQ] = "==",
	};

	buf_printf(to, "a%u ", cond->arg);
	if (cond->op == SC_MASKED_EQ)
		buf_printf(to, "& 0x%" PRIx64 " ", cond->value);
	buf_printf(to, "%s ", ops[cond->op]);
	print_number(cond->op == SC_MASKED_EQ ? cond->datum : cond->value, to);
}

/* ---- writing ------------------------------------------------------------- */

void sc_action_put(json_t *object, const char *action_member, const char *errno_member,
                   struct sc_action action)
{
	const char *word = name_of(sc_action_spec_names, (int)action.kind);

	json_object_set_new(object, action_member, json_string(word));
	if (has_value(action.kind))
		json_object_set_new(object, errno_member, json_integer(action.value));
	else
		json_object_del(object, errno_member);
}

static json_t *cond_new(const struct sc_cond *cond)
{
	json_t *ret = json_object();

	json_object_set_new(ret, "index", json_integer(cond->arg));
	json_object_set_new(ret, "value", doc_u64(cond->value));
	if (cond->op == SC_MASKED_EQ)
		json_object_set_new(ret, "valueTwo", doc_u64(cond->datum));
	json_object_set_new(ret, "op",
	                    json_string(name_of(sc_op_spec_names, (int)cond->op)));
	return ret;
}

json_t *sc_rule_new(json_t *names, struct sc_action action, const struct sc_cond *conds,
                    size_t count)
{
	json_t *ret = json_object(), *args;

	json_object_set_new(ret, "names", names);
	sc_action_put(ret, "action", "errnoRet", action);
	if (count > 0) {
		args = json_array();
		for (size_t i = 0; i < count; i++)
			json_array_append_new(args, cond_new(&conds[i]));
		json_object_set_new(ret, "args", args);
	}
	return ret;
}
