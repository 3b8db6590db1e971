// SPDX-License-Identifier: Apache-2.0
/* Names in a filter that libseccomp does not know. */
#include "scexplain.h"
#include "scprogram.h"
#include "spec.h"

struct place {
	size_t rule;
	size_t index;
	const char *name;
};

/* The next one from *place on; false at the end. */
static bool next_unknown(const json_t *doc, struct place *place)
{
	auto_free char *pointer = xasprintf("%s/syscalls", profile_filter_pointer);
	const json_t *rules = spec_get(doc, pointer);

	for (; place->rule < json_array_size(rules); place->rule++, place->index = 0) {
		const json_t *names =
			json_object_get(json_array_get(rules, place->rule), "names");

		while (place->index < json_array_size(names)) {
			place->name = doc_string(json_array_get(names, place->index++));
			if (!sc_name_known(place->name))
				return true;
		}
	}
	return false;
}

static const char *nearest_known(const char *name)
{
	struct nearest search;

	nearest_start(&search, name);
	sc_name_offer(&search);
	return search.best;
}

void sc_explain_unknown(const json_t *doc, struct buf *to)
{
	enum { MOST_HINTS = 20 }; /* each search takes a while */
	struct place place = { 0 };

	for (size_t i = 0; next_unknown(doc, &place); i++) {
		const char *best = i < MOST_HINTS ? nearest_known(place.name) : NULL;

		buf_printf(to, "%s: unknown to %s, runtimes skip it", place.name,
		           sc_library());
		if (best)
			buf_printf(to, "; %s?", best);
		buf_printf(to, "\n  %s/syscalls/%zu\n", profile_filter_pointer, place.rule);
	}
}

int sc_check_known(const json_t *doc, struct err *err)
{
	struct place place = { 0 };
	const char *best;

	if (!next_unknown(doc, &place))
		return 0;
	err_set(err, ERR_INPUT, "%s does not know '%s'", sc_library(), place.name);
	err_where(err, "%s/syscalls/%zu/names/%zu", profile_filter_pointer, place.rule,
	          place.index - 1);
	best = nearest_known(place.name);
	return best ? err_hint(err, "%s?", best) : -1;
}
