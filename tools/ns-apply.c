// SPDX-License-Identifier: Apache-2.0
#include "filter.h"
static int apply(json_t *doc UNUSED, const void *o UNUSED, struct err *e UNUSED)
{
	return 0;
}
static const struct filter ns_apply = { .name = "ns-apply",
	                                .summary =
	                                        "choose which namespaces a container gets",
	                                .size = 1,
	                                .apply = apply };
int main(int argc, char *argv[])
{
	return filter_main(&ns_apply, argc, argv);
}
