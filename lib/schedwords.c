// SPDX-License-Identifier: Apache-2.0
#include "schedwords.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "names.h"
#include "parse.h"
#include "valid.h"

/* ---- words --------------------------------------------------------------- */

/* The spec's "SCHED_FLAG_RECLAIM" and people's "reclaim" are one word. */
static void normalise(char *word, const char *prefix)
{
	if (strncasecmp(word, prefix, strlen(prefix)) == 0)
		memmove(word, word + strlen(prefix), strlen(word + strlen(prefix)) + 1);
	for (char *c = word; *c; c++)
		*c = *c == '_' ? '-' : (char)tolower((unsigned char)*c);
}

/* The other way round. */
static json_t *spell(const char *prefix, const char *word)
{
	auto_free char *text = xasprintf("%s%s", prefix, word);
	json_t *ret;

	for (char *c = text; *c; c++)
		*c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
	ret = json_string(text);
	return ret;
}

static int need_word(const struct name *table, const char *prefix, char *word, int *ret,
                     struct err *err)
{
	auto_buf struct buf words = { 0 };

	normalise(word, prefix);
	if (name_value(table, word, ret))
		return 0;
	name_list(table, &words);
	err_set(err, ERR_USAGE, "unknown '%s'", word);
	return err_hint(err, "known: %s", words.data);
}

/* "A+B" as a list of the spec's words. */
static int parse_flags(char *text, const struct name *table, const char *prefix, json_t *to,
                       struct err *err)
{
	for (char *word; (word = strsep(&text, "+"));) {
		int value;

		if (need_word(table, prefix, word, &value, err) < 0)
			return -1;
		json_array_append_new(to, spell(prefix, name_of(table, value)));
	}
	return 0;
}

/* ---- the scheduler ------------------------------------------------------- */

enum policy { OTHER, FIFO, RR, BATCH, ISO, IDLE, DEADLINE };

static const struct name policies[] = {
	{ "other", OTHER },       { "fifo", FIFO }, { "rr", RR },
	{ "batch", BATCH },       { "iso", ISO },   { "idle", IDLE },
	{ "deadline", DEADLINE }, { NULL, 0 },
};

static const struct name sched_flags[] = {
	{ "reset-on-fork", 0 },  { "reclaim", 1 },     { "dl-overrun", 2 },
	{ "keep-policy", 3 },    { "keep-params", 4 }, { "util-clamp-min", 5 },
	{ "util-clamp-max", 6 }, { NULL, 0 },
};

enum setting { NICE, PRIORITY, FLAGS, RUNTIME, RELATIVE_DEADLINE, PERIOD, SETTINGS };

static const struct name settings[] = {
	{ "nice", NICE },
	{ "priority", PRIORITY },
	{ "flags", FLAGS },
	{ "runtime", RUNTIME },
	{ "deadline", RELATIVE_DEADLINE },
	{ "period", PERIOD },
	{ NULL, 0 },
};

struct scheduler {
	enum policy policy;
	bool given[SETTINGS];
	int64_t nice, priority;
	uint64_t time[SETTINGS]; /* nanoseconds; of those that are times */
	json_t *flags;
};

/* Nanoseconds, or with a unit. */
static bool parse_nanoseconds(const char *text, uint64_t *ret)
{
	static const struct name units[] = {
		{ "", 1 },         { "ns", 1 },         { "us", 1000 },
		{ "ms", 1000000 }, { "s", 1000000000 }, { NULL, 0 },
	};
	size_t len = strspn(text, "0123456789");
	auto_free char *digits = xstrndup(text, len);
	uint64_t value;
	int factor;

	return name_value(units, text + len, &factor) && parse_u64(digits, &value) &&
	       !__builtin_mul_overflow(value, (uint64_t)factor, ret);
}

static int parse_number(const char *text, int64_t min, int64_t max, int64_t *ret,
                        struct err *err)
{
	int64_t value;

	if (!parse_i64(text, &value) || value < min || value > max)
		return err_set(err, ERR_USAGE,
		               "'%s' is not a number from %" PRId64 " to %" PRId64, text,
		               min, max);
	*ret = value;
	return 0;
}

static int parse_setting(char *text, struct scheduler *to, struct err *err)
{
	char *value = strchr(text, '=');
	int setting;

	if (!value)
		return err_set(err, ERR_USAGE, "'%s' is not NAME=VALUE", text);
	*value++ = '\0';
	if (need_word(settings, "", text, &setting, err) < 0)
		return -1;
	to->given[setting] = true;
	if (setting == NICE)
		return parse_number(value, -20, 19, &to->nice, err);
	if (setting == PRIORITY)
		return parse_number(value, 0, 99, &to->priority, err);
	if (setting == FLAGS)
		return parse_flags(value, sched_flags, "SCHED_FLAG_", to->flags, err);
	if (parse_nanoseconds(value, &to->time[setting]))
		return 0;
	err_set(err, ERR_USAGE, "'%s' is not a time", value);
	return err_hint(err, "nanoseconds, or a number with us, ms or s");
}

/* What sched_setattr(2) would refuse, or a runtime would drop. */
static int check_scheduler(const struct scheduler *s, struct err *err)
{
	const char *name = name_of(policies, (int)s->policy);
	bool real_time = s->policy == FIFO || s->policy == RR;
	bool timed = s->given[RUNTIME] || s->given[RELATIVE_DEADLINE] || s->given[PERIOD];
	uint64_t deadline = s->time[RELATIVE_DEADLINE], period = s->time[PERIOD];

	if (real_time && s->priority == 0)
		return err_set(err, ERR_USAGE, "%s needs a priority from 1 to 99", name);
	if (!real_time && s->priority != 0)
		return err_set(err, ERR_USAGE, "%s has no priority", name);
	if (s->given[NICE] && s->policy != OTHER && s->policy != BATCH)
		return err_set(err, ERR_USAGE, "%s has no nice value", name);
	if (s->policy != DEADLINE)
		return timed ? err_set(err, ERR_USAGE,
		                       "%s has no runtime, deadline and period", name)
		             : 0;
	if (!s->given[RUNTIME] || !s->given[RELATIVE_DEADLINE])
		return err_set(err, ERR_USAGE, "%s needs a runtime and a deadline", name);
	if (s->time[RUNTIME] < 1024)
		return err_set(err, ERR_USAGE, "the runtime must be 1024 ns at least");
	if (deadline > INT64_MAX || period > INT64_MAX)
		return err_set(err, ERR_USAGE, "must be less than 2^63 ns");
	if (s->time[RUNTIME] > deadline || (s->given[PERIOD] && deadline > period))
		return err_set(err, ERR_USAGE, "must be runtime <= deadline <= period");
	return 0;
}

static json_t *print_scheduler(const struct scheduler *s)
{
	json_t *ret = json_object();

	json_object_set_new(ret, "policy",
	                    spell("SCHED_", name_of(policies, (int)s->policy)));
	if (s->given[NICE])
		json_object_set_new(ret, "nice", doc_i64(s->nice));
	if (s->given[PRIORITY])
		json_object_set_new(ret, "priority", doc_i64(s->priority));
	if (s->given[FLAGS])
		json_object_set(ret, "flags", s->flags);
	for (int t = RUNTIME; t < SETTINGS; t++)
		if (s->given[t])
			json_object_set_new(ret, name_of(settings, t), doc_u64(s->time[t]));
	return ret;
}

int scheduler_parse(char *text, json_t **ret, struct err *err)
{
	json_auto_t *flags = json_array();
	struct scheduler s = { .flags = flags };
	char *policy = strsep(&text, ","), *priority = strchr(policy, ':');
	int value;

	if (priority)
		*priority++ = '\0';
	if (need_word(policies, "SCHED_", policy, &value, err) < 0)
		return -1;
	s.policy = (enum policy)value;
	s.given[PRIORITY] = priority != NULL;
	if (priority && parse_number(priority, 0, 99, &s.priority, err) < 0)
		return -1;
	for (char *setting; (setting = strsep(&text, ","));)
		if (parse_setting(setting, &s, err) < 0)
			return -1;
	if (check_scheduler(&s, err) < 0)
		return -1;
	*ret = print_scheduler(&s);
	return 0;
}

/* ---- I/O priority -------------------------------------------------------- */

int io_priority_parse(char *text, json_t **ret, struct err *err)
{
	enum { RT_CLASS, BE_CLASS, IDLE_CLASS };
	enum { USUAL = 4 }; /* ionice(1) */
	static const struct name classes[] = {
		{ "rt", RT_CLASS },
		{ "be", BE_CLASS },
		{ "idle", IDLE_CLASS },
		{ "realtime", RT_CLASS },
		{ "best-effort", BE_CLASS },
		{ "1", RT_CLASS },
		{ "2", BE_CLASS },
		{ "3", IDLE_CLASS },
		{ NULL, 0 },
	};
	char *number = strchr(text, ':');
	int64_t priority = USUAL;
	int class;

	if (number)
		*number++ = '\0';
	if (need_word(classes, "IOPRIO_CLASS_", text, &class, err) < 0)
		return -1;
	if (number && class == IDLE_CLASS)
		return err_set(err, ERR_USAGE, "idle has no priority");
	if (number && parse_number(number, 0, 7, &priority, err) < 0)
		return -1;
	*ret = json_object();
	json_object_set_new(*ret, "class", spell("IOPRIO_CLASS_", name_of(classes, class)));
	if (class != IDLE_CLASS)
		json_object_set_new(*ret, "priority", doc_i64(priority));
	return 0;
}

/* ---- memory policy ------------------------------------------------------- */

enum mode { DEFAULT, BIND, INTERLEAVE, WEIGHTED, PREFERRED, PREFERRED_MANY, LOCAL };

static const struct name modes[] = {
	{ "default", DEFAULT },       { "bind", BIND },
	{ "interleave", INTERLEAVE }, { "weighted-interleave", WEIGHTED },
	{ "preferred", PREFERRED },   { "preferred-many", PREFERRED_MANY },
	{ "local", LOCAL },           { NULL, 0 },
};

enum policy_flag { STATIC_NODES, RELATIVE_NODES, NUMA_BALANCING };

static const struct name policy_flags[] = {
	{ "static-nodes", STATIC_NODES },
	{ "relative-nodes", RELATIVE_NODES },
	{ "numa-balancing", NUMA_BALANCING },
	{ "static", STATIC_NODES },
	{ "relative", RELATIVE_NODES },
	{ "balancing", NUMA_BALANCING },
	{ NULL, 0 },
};

static bool has_flag(const json_t *flags, const char *name)
{
	const json_t *flag;
	size_t i;

	json_array_foreach(flags, i, flag) {
		if (str_equal(doc_string(flag), name))
			return true;
	}
	return false;
}

/* What set_mempolicy(2) would refuse. */
static int check_policy(enum mode mode, const json_t *flags, const char *nodes,
                        struct err *err)
{
	const char *name = name_of(modes, (int)mode);
	bool everywhere = mode == DEFAULT || mode == LOCAL;

	if (everywhere && (nodes || json_array_size(flags) > 0))
		return err_set(err, ERR_USAGE, "%s has neither nodes nor flags", name);
	if (!everywhere && !nodes && (mode != PREFERRED || json_array_size(flags) > 0))
		return err_set(err, ERR_USAGE, "%s needs nodes, %s:0-1", name, name);
	if (has_flag(flags, "MPOL_F_STATIC_NODES") &&
	    has_flag(flags, "MPOL_F_RELATIVE_NODES"))
		return err_set(err, ERR_USAGE, "nodes are static or relative, not both");
	if (has_flag(flags, "MPOL_F_NUMA_BALANCING") && mode != BIND &&
	    mode != PREFERRED_MANY)
		return err_set(err, ERR_USAGE, "%s has no balancing", name);
	return 0;
}

int memory_policy_parse(char *text, json_t **ret, struct err *err)
{
	json_auto_t *flags = json_array();
	char *nodes = text, *mode_text = strsep(&nodes, ":"), *flag_text = mode_text;
	int mode;

	mode_text = strsep(&flag_text, "=");
	if (need_word(modes, "MPOL_", mode_text, &mode, err) < 0)
		return -1;
	if (flag_text && parse_flags(flag_text, policy_flags, "MPOL_F_", flags, err) < 0)
		return -1;
	if (nodes && !parse_id_list(nodes, VALID_LAST_NODE))
		return err_set(err, ERR_USAGE, "'%s' is not a list of nodes", nodes);
	if (check_policy((enum mode)mode, flags, nodes, err) < 0)
		return -1;
	*ret = json_object();
	json_object_set_new(*ret, "mode", spell("MPOL_", name_of(modes, mode)));
	if (nodes)
		json_object_set_new(*ret, "nodes", json_string(nodes));
	if (json_array_size(flags) > 0)
		json_object_set(*ret, "flags", flags);
	return 0;
}

/* ---- affinity ------------------------------------------------------------ */

int cpu_affinity_parse(char *text, json_t **ret, struct err *err)
{
	char *final = text, *initial = strsep(&final, ":");

	if (((*initial || !final) && !parse_id_list(initial, VALID_LAST_CPU)) ||
	    (final && !parse_id_list(final, VALID_LAST_CPU))) {
		err_set(err, ERR_USAGE, "must be one or two lists of CPUs");
		return err_hint(err, "0-3:7, 0-3 or :7");
	}
	*ret = json_pack("{s:s*, s:s*}", "initial", *initial ? initial : NULL, "final",
	                 final);
	return 0;
}
