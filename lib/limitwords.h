/*
 * limitwords.h - layer 2: the words in which people limit things
 *
 * Texts may be cut up.  What is returned as JSON is the caller's.  "unlimited",
 * "infinity", "max" and -1 are one word.
 */
#pragma once

#include "doc.h"

struct amount {
	int64_t min;
	uint64_t max;
	bool bytes;     /* with units: 512m, 1.5g */
	bool unlimited; /* that word is one of its values */
};

bool is_unlimited(const char *text);

/* A number in the range; unlimited is -1. */
int amount_parse(const char *text, const struct amount *range, json_t **ret,
                 struct err *err) CHECKED;

/* "1.5" of a CPU as a quota for a period of 100 ms; unlimited is -1. */
enum { CPUS_PERIOD = 100000 };
int cpus_parse(const char *text, json_t **ret, struct err *err) CHECKED;

/*
 * "nofile=1024:2048", "memlock=64k", "core=unlimited": an entry of /process/rlimits
 * (B058).  With "nofile=" or "nofile=host", which leave it to the caller of the
 * runtime, its limits are null.
 */
int ulimit_parse(char *text, json_t **ret, struct err *err) CHECKED;

/* "2m=64m": an entry of hugepageLimits; the limit is null for "2m=". */
int hugetlb_parse(char *text, json_t **ret, struct err *err) CHECKED;

/* "mlx5_0:handles=2,objects=2000": the device's name, in `text`, and its limits; NULL for
 * "mlx5_0:". */
int rdma_parse(char *text, const char **name, json_t **ret, struct err *err) CHECKED;

/* A net_cls class: a number, 0x100001, or 10:1 as tc(8) writes it. */
int class_id_parse(char *text, json_t **ret, struct err *err) CHECKED;

/* CPUs, memory nodes: "0-3,7". */
int cpu_list_parse(char *text, json_t **ret, struct err *err) CHECKED;
int node_list_parse(char *text, json_t **ret, struct err *err) CHECKED;

/* Intel RDT: the name of a class, which is a directory; lines of a schemata file. */
int rdt_class_parse(char *text, json_t **ret, struct err *err) CHECKED;
int rdt_schema_parse(char *text, json_t **ret, struct err *err) CHECKED;
int rdt_l3_parse(char *text, json_t **ret, struct err *err) CHECKED;
int rdt_mb_parse(char *text, json_t **ret, struct err *err) CHECKED;
