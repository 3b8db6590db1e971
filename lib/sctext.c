// SPDX-License-Identifier: Apache-2.0
#include "sctext.h"

#include <errno.h>
#include <string.h>

#include "parse.h"

/* ---- actions ------------------------------------------------------------- */

static int unknown_errno(const char *text, enum sc_arch arch, struct err *err)
{
	struct nearest search;
	uint32_t number;

	if (sc_errno_parse(text, sc_native_arch(), &number)) {
		err_set(err, ERR_USAGE, "%s has another number on %s", text,
		        name_of(sc_arch_names, (int)arch));
		return err_hint(err, "give the number");
	}
	err_set(err, ERR_USAGE, "unknown errno '%s'", text);
	nearest_start(&search, text);
	sc_errno_offer(&search);
	return search.best ? err_hint(err, "%s?", search.best)
	                   : err_hint(err, "a name of errno(3), or a number up to 4095");
}

static int action_value(const char *text, enum sc_arch arch, struct sc_action *action,
                        struct err *err)
{
	switch (action->kind) {
	case SC_ERRNO:
		action->value = EPERM;
		if (text && !sc_errno_parse(text, arch, &action->value))
			return unknown_errno(text, arch, err);
		return 0;
	case SC_TRACE:
		action->value = EPERM;
		if (text &&
		    (!parse_u32(text, &action->value) || action->value > UINT16_MAX))
			return err_set(err, ERR_USAGE,
			               "'%s' is not a number from 0 to 65535", text);
		return 0;
	default:
		return text ? err_set(err, ERR_USAGE, "only errno and trace take a number")
		            : 0;
	}
}

int sc_text_action(const char *text, enum sc_arch arch, struct sc_action *ret,
                   struct err *err)
{
	size_t len = strcspn(text, "=");
	auto_free char *word = xstrndup(text, len);
	auto_buf struct buf words = { 0 };
	struct sc_action action = { 0 };
	int kind;

	if (!name_value(sc_action_names, word, &kind)) {
		name_list(sc_action_names, &words);
		err_set(err, ERR_USAGE, "unknown action '%s'", word);
		return err_hint(err, "known: %s", words.data);
	}
	action.kind = (enum sc_kind)kind;
	if (action_value(text[len] ? text + len + 1 : NULL, arch, &action, err) < 0)
		return -1;
	*ret = action;
	return 0;
}

/* ---- calls --------------------------------------------------------------- */

int sc_text_call(char **rest, char **name, char **inside, struct err *err)
{
	char *text = *rest, *end;

	*inside = NULL;
	if (!text)
		return 0;
	end = text + strcspn(text, "(,");
	if (*end == '(') {
		*end++ = '\0';
		*inside = end;
		end += strcspn(end, ")");
		if (*end != ')')
			return err_set(err, ERR_USAGE, "'%s(' has no closing bracket",
			               text);
		*end++ = '\0';
		if (*end && *end != ',')
			return err_set(err, ERR_USAGE, "'%s' follows a bracket", end);
	}
	if (!*text)
		return err_set(err, ERR_USAGE, "has an empty name");
	*rest = *end ? end + 1 : NULL;
	*end = '\0';
	*name = text;
	return 1;
}

/* Decimal, or hexadecimal with 0x. */
static bool parse_number(const char *text, uint64_t *ret)
{
	size_t digits;

	if (strncmp(text, "0x", 2) != 0)
		return parse_u64(text, ret);
	digits = strspn(text + 2, "0123456789abcdefABCDEF");
	if (digits == 0 || digits > 16 || text[2 + digits])
		return false;
	*ret = strtoull(text, NULL, 16);
	return true;
}

static int not_a_number(const char *text, struct err *err)
{
	err_set(err, ERR_USAGE, "'%s' is not a number", text);
	if (*text == '-')
		return err_hint(err, "the kernel compares all 64 bits, unsigned: -1 is "
		                     "0xffffffff as an int, 0xffffffffffffffff as a long");
	return err_hint(err, "decimal, or hexadecimal with 0x");
}

static const struct {
	const char *text;
	enum sc_op op;
} ops[] = {
	{ "==", SC_EQ }, { "!=", SC_NE }, { "<=", SC_LE },
	{ ">=", SC_GE }, { "<", SC_LT },  { ">", SC_GT },
};

/* Cut the text at its operator; what follows that, or NULL if there is none. */
static char *cut_operator(char *text, enum sc_op *op)
{
	char *at = text + strcspn(text, "=!<>");

	for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
		size_t len = strlen(ops[i].text);

		if (strncmp(at, ops[i].text, len) == 0) {
			*op = ops[i].op;
			*at = '\0';
			return at + len;
		}
	}
	return NULL;
}

static int not_a_cond(const char *text, struct err *err)
{
	err_set(err, ERR_USAGE, "'%s' is not a condition", text);
	return err_hint(err, "a0 to a5 and == != < <= > >= and a number: a0==16; or with a "
	                     "mask: a0&0xff==0");
}

/* "a0&MASK==VALUE" or "a0 OP VALUE". */
static int parse_cond(char *text, struct sc_cond *ret, struct err *err)
{
	auto_free char *whole = xstrdup(text);
	struct sc_cond cond = { 0 };
	char *value = cut_operator(text, &cond.op), *mask = strchr(text, '&');

	if (!value || text[0] != 'a' || text[1] < '0' || text[1] >= '0' + SC_ARGS)
		return not_a_cond(whole, err);
	cond.arg = (unsigned int)(text[1] - '0');
	if (mask != (text[2] ? text + 2 : NULL))
		return not_a_cond(whole, err);
	if (!parse_number(value, &cond.value))
		return not_a_number(value, err);
	if (mask) {
		if (cond.op != SC_EQ)
			return err_set(err, ERR_USAGE, "'%s': a mask goes with == only",
			               whole);
		cond.op = SC_MASKED_EQ;
		cond.datum = cond.value;
		if (!parse_number(mask + 1, &cond.value))
			return not_a_number(mask + 1, err);
		if (cond.datum & ~cond.value)
			return err_set(err, ERR_USAGE,
			               "'%s' never holds: the value has bits that the mask "
			               "has not",
			               whole);
	}
	*ret = cond;
	return 0;
}

/* People write blanks around operators. */
static void squeeze(char *text)
{
	char *to = text;

	for (const char *c = text; *c; c++)
		if (*c != ' ')
			*to++ = *c;
	*to = '\0';
}

int sc_text_conds(char *text, struct sc_case *ret, struct err *err)
{
	squeeze(text);
	for (char *one; (one = strsep(&text, ","));) {
		if (ret->count == SC_CONDS)
			return err_set(err, ERR_USAGE, "has more than %d conditions",
			               SC_CONDS);
		if (parse_cond(one, &ret->conds[ret->count], err) < 0)
			return -1;
		ret->count++;
	}
	return 0;
}

int sc_text_args(char *text, struct sc_args *ret, struct err *err)
{
	unsigned int arg = 0;

	squeeze(text);
	if (!*text)
		return 0;
	for (char *one; (one = strsep(&text, ",")); arg++) {
		if (arg == SC_ARGS)
			return err_set(err, ERR_USAGE, "has more than %d arguments",
			               SC_ARGS);
		if (strcmp(one, "*") == 0)
			continue;
		if (!parse_number(one, &ret->value[arg]))
			return not_a_number(one, err);
		ret->known[arg] = true;
	}
	return 0;
}

/* ---- versions ------------------------------------------------------------ */

bool sc_text_version(const char *text, struct sc_version *ret)
{
	auto_free char *copy = xstrdup(text);
	char *rest = copy, *major = strsep(&rest, "."), *minor = rest;
	struct sc_version version;

	if (!minor)
		return false;
	minor[strspn(minor, "0123456789")] = '\0';
	if (!parse_u32(major, &version.major) || !parse_u32(minor, &version.minor))
		return false;
	*ret = version;
	return true;
}
