// SPDX-License-Identifier: Apache-2.0
#include "limitcheck.h"

#include <inttypes.h>

#include "spec.h"

/* The number at `pointer` if it is a limit: there, neither -1 (unlimited) nor 0 (unset). */
static bool get_limit(const json_t *doc, const char *pointer, uint64_t *ret)
{
	return doc_get_u64(spec_get(doc, pointer), ret) && *ret > 0;
}

static int check_order(const json_t *doc, struct err *err)
{
	static const struct {
		const char *less, *more;
	} pairs[] = {
		{ "/linux/resources/memory/reservation", "/linux/resources/memory/limit" },
		{ "/linux/resources/memory/limit", "/linux/resources/memory/swap" },
		{ "/linux/resources/cpu/burst", "/linux/resources/cpu/quota" },
		{ "/linux/resources/cpu/realtimeRuntime",
		  "/linux/resources/cpu/realtimePeriod" },
	};
	uint64_t less, more;

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		if (!get_limit(doc, pairs[i].less, &less) ||
		    !get_limit(doc, pairs[i].more, &more) || less <= more)
			continue;
		err_set(err, ERR_USAGE, "must be at most %s, but %" PRIu64 " > %" PRIu64,
		        pairs[i].more, less, more);
		return err_where(err, "%s", pairs[i].less);
	}
	if (!get_limit(doc, "/linux/resources/memory/swap", &more) ||
	    get_limit(doc, "/linux/resources/memory/limit", &less))
		return 0;
	err_set(err, ERR_USAGE, "needs a memory limit: it is memory and swap together");
	err_where(err, "/linux/resources/memory/swap");
	return err_hint(err, "--memory");
}

int rlimits_check(const json_t *doc, struct err *err)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(spec_get(doc, "/process/rlimits"), i, entry) {
		uint64_t soft, hard;

		if (!doc_get_u64(json_object_get(entry, "soft"), &soft) ||
		    !doc_get_u64(json_object_get(entry, "hard"), &hard) || soft <= hard)
			continue;
		err_set(err, ERR_USAGE, "is %" PRIu64 ", more than the hard limit %" PRIu64,
		        soft, hard);
		return err_where(err, "/process/rlimits/%zu/soft", i);
	}
	return 0;
}

int limits_check(const json_t *doc, struct err *err)
{
	return check_order(doc, err) < 0 ? -1 : rlimits_check(doc, err);
}
