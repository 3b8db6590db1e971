// SPDX-License-Identifier: Apache-2.0
/*
 * resources-apply - limit what a container may use
 *
 * Limits of all its processes together are the cgroup's: /linux/resources, in the
 * terms of cgroup v1, which runtimes translate.  Limits of each process, and how
 * it is scheduled, are members of /process.  Every option is a change that is
 * made ready while the command line is read; with an empty value it removes
 * (B392).
 */
#include <string.h>

#include "cgrouphost.h"
#include "changes.h"
#include "filter.h"
#include "limitcheck.h"
#include "limitentries.h"
#include "prepare.h"
#include "schedwords.h"
#include "spec.h"
#include "valid.h"

typedef int text_parser(char *text, json_t **ret, struct err *err);

struct resources_options {
	struct changes changes;
	struct opt_list devices; /* gather() looks their numbers up */
	json_t *schemata;        /* borrowed of the change that puts it */
	bool cpus, bandwidth;    /* options that set the same */
	bool parent, path;
	bool explain;
	struct cgroup_host host;
	char *controllers; /* behind host.controllers */
};

#define QUOTA "/linux/resources/cpu/quota"
#define PERIOD "/linux/resources/cpu/period"
#define CGROUPS_PATH "/linux/cgroupsPath"
#define CGROUP_PARENT "/ocipipe/cgroup/parent"

/* ---- single members ------------------------------------------------------ */

/* Rows point here: a member, and what its values are. */
struct field {
	const char *pointer;
	text_parser *parse; /* NULL: an amount */
	struct amount range;
	limit_entry *entry; /* of a list: it knows where */
};

#define FIELD(...)                        \
	(intptr_t) & (const struct field) \
	{                                 \
		__VA_ARGS__               \
	}
#define AMOUNT(at, ...) FIELD(.pointer = at, .range = { __VA_ARGS__ })
#define PARSED(at, parser) FIELD(.pointer = at, .parse = parser)
#define ENTRY(parser) FIELD(.entry = parser)
#define MEMBER(at) FIELD(.pointer = at)

static const struct field *field_of(const struct opt_use *use)
{
	return (const struct field *)use->opt->data;
}

static int put(struct opt_use *use, void *to, struct err *err)
{
	const struct field *field = field_of(use);
	struct resources_options *options = to;
	json_t *value = NULL;

	if (*use->arg &&
	    (field->parse ? field->parse(use->arg, &value, err)
	                  : amount_parse(use->arg, &field->range, &value, err)) < 0)
		return -1;
	changes_put_new(&options->changes, field->pointer, value);
	return 0;
}

/* The quota and its period, which --cpus sets too. */
static int put_bandwidth(struct opt_use *use, void *to, struct err *err)
{
	((struct resources_options *)to)->bandwidth = true;
	return put(use, to, err);
}

static int put_flag(struct opt_use *use, void *to, struct err *err)
{
	static const struct name words[] = { { "true", 1 }, { "false", 0 }, { NULL, 0 } };
	struct resources_options *options = to;
	int value = 1;

	if (use->arg && *use->arg && !name_value(words, use->arg, &value))
		return err_set(err, ERR_USAGE, "'%s' is not true or false", use->arg);
	changes_put_new(&options->changes, field_of(use)->pointer,
	                use->arg && !*use->arg ? NULL : json_boolean(value));
	return 0;
}

/* A quota and the period that it is counted in. */
static int put_cpus(struct opt_use *use, void *to, struct err *err)
{
	struct resources_options *options = to;
	json_t *quota = NULL;

	options->cpus = true;
	if (*use->arg && cpus_parse(use->arg, &quota, err) < 0)
		return -1;
	changes_put_new(&options->changes, PERIOD, quota ? doc_u64(CPUS_PERIOD) : NULL);
	changes_put_new(&options->changes, QUOTA, quota);
	return 0;
}

/* ---- entries of lists ---------------------------------------------------- */

static int put_entry(struct opt_use *use, void *to, struct err *err)
{
	return field_of(use)->entry(use->arg, &((struct resources_options *)to)->changes,
	                            err);
}

/* All of them together are the list. */
static int put_schema(struct opt_use *use, void *to, struct err *err)
{
	static const char pointer[] = "/linux/intelRdt/schemata";
	struct resources_options *options = to;
	json_t *line;

	if (!*use->arg) {
		options->schemata = NULL;
		changes_put_new(&options->changes, pointer, NULL);
		return 0;
	}
	if (rdt_schema_parse(use->arg, &line, err) < 0)
		return -1;
	if (!options->schemata) {
		options->schemata = json_array();
		changes_put_new(&options->changes, pointer, options->schemata);
	}
	json_array_append_new(options->schemata, line);
	return 0;
}

/* ---- the cgroup itself --------------------------------------------------- */

/* One of the two makes the other pointless. */
static int put_cgroup(struct opt_use *use, void *to, struct err *err)
{
	struct resources_options *options = to;
	const char *pointer = field_of(use)->pointer;
	bool parent = strcmp(pointer, CGROUP_PARENT) == 0;
	size_t len = strlen(use->arg);

	if (!valid_inside(use->arg))
		return err_set(err, ERR_USAGE, "'%s' has a component that leads up",
		               use->arg);
	while (parent && len > 1 && use->arg[len - 1] == '/')
		use->arg[--len] = '\0';
	changes_put_new(&options->changes, pointer, len ? json_string(use->arg) : NULL);
	if (len)
		changes_put_new(&options->changes, parent ? CGROUPS_PATH : CGROUP_PARENT,
		                NULL);
	*(parent ? &options->parent : &options->path) |= len > 0;
	return 0;
}

/* ---- block devices ------------------------------------------------------- */

#define BLOCK_LIMIT(at, name, ...)              \
	(intptr_t) & (const struct block_limit) \
	{                                       \
		at, name,                       \
		{                               \
			__VA_ARGS__             \
		}                               \
	}

static const struct block_limit *block_limit_of(const struct opt_use *use)
{
	return (const struct block_limit *)use->opt->data;
}

/* Checked now; kept until gather() may look at the device. */
static int append_device(struct opt_use *use, void *to, struct err *err)
{
	struct resources_options *options = to;

	if (block_limit_check(use->arg, block_limit_of(use), err) < 0)
		return -1;
	return opt_append(use, &options->devices, err);
}

static int add_devices(struct resources_options *options, struct err *err)
{
	for (struct opt_use *use = options->devices.first; use; use = use->next)
		if (block_limit_add(use->arg, block_limit_of(use), &options->changes, err) <
		    0)
			return -1;
	return 0;
}

static int explain_flag(struct opt_use *use, void *to, struct err *err)
{
	return opt_flag(use, &((struct resources_options *)to)->explain, err);
}

/* ---- facts --------------------------------------------------------------- */

/* Which of the two is meant cannot be told. */
static int check_pairs(const struct resources_options *options, struct err *err)
{
	if (options->cpus && options->bandwidth) {
		err_set(err, ERR_USAGE, "sets the quota and the period already");
		return err_where(err, "--cpus");
	}
	if (options->parent && options->path) {
		err_set(err, ERR_USAGE,
		        "has no use: --cgroups-path names the cgroup itself");
		return err_where(err, "--cgroup-parent");
	}
	return 0;
}

static int gather(const json_t *doc UNUSED, void *data, struct filter_run *run UNUSED,
                  struct err *err)
{
	struct resources_options *options = data;

	if (options->explain)
		cgroup_host_look(&options->host, &options->controllers);
	if (check_pairs(options, err) < 0)
		return -1;
	return add_devices(options, err);
}

static void done(void *data)
{
	struct resources_options *options = data;

	changes_free(&options->changes);
	free(options->controllers);
}

/* ---- the document -------------------------------------------------------- */

static int apply(json_t *doc, const void *data, struct err *err)
{
	const struct resources_options *options = data;

	if (options->changes.count == 0)
		return 0;
	if (options->parent && prepare_ensure(doc, err) < 0)
		return -1;
	if (changes_apply(&options->changes, doc, err) < 0)
		return -1;
	return limits_check(doc, err);
}

static int explain(const json_t *doc, const void *data, struct buf *to,
                   struct err *err UNUSED)
{
	const struct resources_options *options = data;

	if (options->explain)
		cgroup_files_print(doc, &options->host, to);
	return 0;
}

/* clang-format off */
#define RESOURCES "/linux/resources/"
/* 0 means "no limit" to one runtime and nothing at all to the other. */
#define BYTES(at) AMOUNT(RESOURCES at, 1, INT64_MAX, true, true)
#define MOST_US ((UINT64_C(1) << 44) - 1) /* of a CPU quota */
static const struct opt options[] = {
	{ .letter = 'm', .name = "memory", .arg = "SIZE", .set = put,
	  .data = BYTES("memory/limit"), .help = "memory" },
	{ .name = "memory-swap", .arg = "SIZE", .set = put,
	  .data = BYTES("memory/swap"), .help = "memory and swap together" },
	{ .name = "memory-reservation", .arg = "SIZE", .set = put,
	  .data = BYTES("memory/reservation"),
	  .help = "memory that is taken from it last" },
	{ .name = "memory-swappiness", .arg = "0-100", .set = put,
	  .data = AMOUNT(RESOURCES "memory/swappiness", 0, 100, false, false),
	  .help = "how readily the kernel swaps" },
	{ .name = "memory-kernel", .alias = "kernel-memory", .arg = "SIZE", .set = put,
	  .data = BYTES("memory/kernel"), .help = "memory of the kernel" },
	{ .name = "memory-kernel-tcp", .arg = "SIZE", .set = put,
	  .data = BYTES("memory/kernelTCP"),
	  .help = "memory of TCP's buffers" },
	{ .name = "memory-use-hierarchy", .arg = "[=BOOL]", .set = put_flag,
	  .data = MEMBER(RESOURCES "memory/useHierarchy"),
	  .help = "count the memory of cgroups below" },
	{ .name = "memory-check-before-update", .arg = "[=BOOL]", .set = put_flag,
	  .data = MEMBER(RESOURCES "memory/checkBeforeUpdate"),
	  .help = "refuse a limit below what is in use" },
	{ .name = "oom-kill-disable", .arg = "[=BOOL]", .set = put_flag,
	  .data = MEMBER(RESOURCES "memory/disableOOMKiller"),
	  .help = "let it wait for memory, not be killed" },
	{ .name = "cpus", .arg = "NUMBER", .set = put_cpus, .help = "CPUs' worth of time: 1.5" },
	{ .name = "cpu-period", .arg = "MICROSECONDS", .set = put_bandwidth,
	  .data = AMOUNT(PERIOD, 1000, 1000000, false, false),
	  .help = "the period of the CPU quota" },
	{ .name = "cpu-quota", .arg = "MICROSECONDS", .set = put_bandwidth,
	  .data = AMOUNT(QUOTA, 1000, MOST_US, false, true), .help = "CPU time in a period" },
	{ .name = "cpu-burst", .arg = "MICROSECONDS", .set = put,
	  .data = AMOUNT(RESOURCES "cpu/burst", 0, MOST_US, false, false),
	  .help = "unused CPU time that may be used later" },
	{ .letter = 'c', .name = "cpu-shares", .arg = "NUMBER", .set = put,
	  .data = AMOUNT(RESOURCES "cpu/shares", 2, 262144, false, false),
	  .help = "its weight against others, 1024 being usual" },
	{ .name = "cpu-idle", .arg = "0|1", .set = put,
	  .data = AMOUNT(RESOURCES "cpu/idle", 0, 1, false, false),
	  .help = "run only when nobody else wants to" },
	{ .name = "cpu-rt-period", .arg = "MICROSECONDS", .set = put,
	  .data = AMOUNT(RESOURCES "cpu/realtimePeriod", 1, INT32_MAX, false, false),
	  .help = "the period of the real-time share" },
	{ .name = "cpu-rt-runtime", .arg = "MICROSECONDS", .set = put,
	  .data = AMOUNT(RESOURCES "cpu/realtimeRuntime", 0, INT32_MAX, false, true),
	  .help = "real-time CPU time in a period" },
	{ .name = "cpuset-cpus", .arg = "LIST", .set = put,
	  .data = PARSED(RESOURCES "cpu/cpus", cpu_list_parse), .help = "the CPUs: 0-3,7" },
	{ .name = "cpuset-mems", .arg = "LIST", .set = put,
	  .data = PARSED(RESOURCES "cpu/mems", node_list_parse), .help = "the memory nodes" },
	{ .name = "pids-limit", .arg = "NUMBER", .set = put,
	  .data = AMOUNT(RESOURCES "pids/limit", 1, 1 << 22, false, true),
	  .help = "processes and threads" },
	{ .name = "blkio-weight", .arg = "10-1000", .set = put,
	  .data = AMOUNT(RESOURCES "blockIO/weight", 10, 1000, false, false),
	  .help = "its weight against others for block devices" },
	{ .name = "blkio-leaf-weight", .arg = "10-1000", .set = put,
	  .data = AMOUNT(RESOURCES "blockIO/leafWeight", 10, 1000, false, false),
	  .help = "the same against cgroups below" },
	{ .name = "blkio-weight-device", .arg = "DEVICE:WEIGHT", .set = append_device,
	  .data = BLOCK_LIMIT("weightDevice", "weight", 10, 1000, false, false),
	  .help = "--blkio-weight for one device" },
	{ .name = "blkio-leaf-weight-device", .arg = "DEVICE:WEIGHT", .set = append_device,
	  .data = BLOCK_LIMIT("weightDevice", "leafWeight", 10, 1000, false, false),
	  .help = "--blkio-leaf-weight for one device" },
	{ .name = "device-read-bps", .arg = "DEVICE:SIZE", .set = append_device,
	  .data = BLOCK_LIMIT("throttleReadBpsDevice", "rate", 1, INT64_MAX, true, false),
	  .help = "bytes a second read from it" },
	{ .name = "device-write-bps", .arg = "DEVICE:SIZE", .set = append_device,
	  .data = BLOCK_LIMIT("throttleWriteBpsDevice", "rate", 1, INT64_MAX, true, false),
	  .help = "bytes a second written to it" },
	{ .name = "device-read-iops", .arg = "DEVICE:NUMBER", .set = append_device,
	  .data = BLOCK_LIMIT("throttleReadIOPSDevice", "rate", 1, UINT32_MAX, false, false),
	  .help = "operations a second, reading" },
	{ .name = "device-write-iops", .arg = "DEVICE:NUMBER", .set = append_device,
	  .data = BLOCK_LIMIT("throttleWriteIOPSDevice", "rate", 1, UINT32_MAX, false, false),
	  .help = "operations a second, writing" },
	{ .name = "hugetlb", .arg = "PAGESIZE=SIZE", .set = put_entry,
	  .data = ENTRY(limit_hugetlb),
	  .help = "memory in huge pages: 2m=64m" },
	{ .name = "rdma", .arg = "DEVICE:handles=N,objects=N", .set = put_entry,
	  .data = ENTRY(limit_rdma),
	  .help = "what it may have of an RDMA device" },
	{ .name = "net-classid", .arg = "CLASS", .set = put,
	  .data = PARSED(RESOURCES "network/classID", class_id_parse),
	  .help = "the class of its packets: 0x100001 or 10:1" },
	{ .name = "net-priority", .arg = "INTERFACE=PRIORITY", .set = put_entry,
	  .data = ENTRY(limit_net_priority),
	  .help = "the priority of its packets there" },
	{ .name = "unified", .alias = "cgroup-conf", .arg = "FILE=VALUE", .set = put_entry,
	  .data = ENTRY(limit_unified),
	  .help = "a file of its cgroup, in cgroup v2" },
	{ .name = "cgroup-parent", .arg = "PATH", .set = put_cgroup,
	  .data = MEMBER(CGROUP_PARENT), .help = "have ocirun make its cgroup below this" },
	{ .name = "cgroups-path", .arg = "PATH", .set = put_cgroup,
	  .data = MEMBER(CGROUPS_PATH), .help = "its cgroup, as the runtime takes it" },
	{ .name = "ulimit", .arg = "NAME=SOFT[:HARD]", .set = put_entry,
	  .data = ENTRY(limit_ulimits),
	  .help = "a limit of each process; host: leave all as they are" },
	{ .name = "oom-score-adj", .arg = "NUMBER", .set = put,
	  .data = AMOUNT("/process/oomScoreAdj", -1000, 1000, false, false),
	  .help = "how readily it is killed for want of memory" },
	{ .name = "scheduler", .arg = "POLICY[:PRIORITY][,NAME=VALUE...]", .set = put,
	  .data = PARSED("/process/scheduler", scheduler_parse),
	  .help = "fifo:10, batch,nice=5, deadline,runtime=5ms,deadline=10ms" },
	{ .name = "io-priority", .arg = "CLASS[:PRIORITY]", .set = put,
	  .data = PARSED("/process/ioPriority", io_priority_parse),
	  .help = "rt, be or idle, and 0 to 7" },
	{ .name = "cpu-affinity", .arg = "LIST[:LIST]", .set = put,
	  .data = PARSED("/process/execCPUAffinity", cpu_affinity_parse),
	  .help = "the CPUs of exec's process: at first, later" },
	{ .name = "memory-policy", .arg = "MODE[=FLAGS][:NODES]", .set = put,
	  .data = PARSED("/linux/memoryPolicy", memory_policy_parse),
	  .help = "where its memory comes from: bind:0-1" },
	{ .name = "rdt-closid", .arg = "NAME", .set = put,
	  .data = PARSED("/linux/intelRdt/closID", rdt_class_parse), .help = "its RDT class" },
	{ .name = "rdt-schema", .arg = "LINE", .set = put_schema,
	  .help = "lines for the class's schemata file" },
	{ .name = "rdt-l3", .arg = "LINE", .set = put,
	  .data = PARSED("/linux/intelRdt/l3CacheSchema", rdt_l3_parse), .help = "L3 cache: L3:0=7f0;1=1f" },
	{ .name = "rdt-mb", .arg = "LINE", .set = put,
	  .data = PARSED("/linux/intelRdt/memBwSchema", rdt_mb_parse), .help = "memory bandwidth: MB:0=70" },
	{ .name = "rdt-monitoring", .arg = "[=BOOL]", .set = put_flag,
	  .data = MEMBER("/linux/intelRdt/enableMonitoring"),
	  .help = "make it a monitoring group" },
	{ .name = "explain", .set = explain_flag,
	  .help = "show the cgroup files that the limits end in, on this host" },
	{ .name = NULL },
};
/* clang-format on */

static const struct filter resources_apply = {
	.name = "resources-apply",
	.summary = "limit what a container may use",
	.options = options,
	.size = sizeof(struct resources_options),
	.owns = (const char *const[]){ "/linux/resources", "!/linux/resources/devices",
	                               "/linux/cgroupsPath", "/linux/intelRdt",
	                               "/linux/memoryPolicy", "/process/rlimits",
	                               "/process/oomScoreAdj", "/process/scheduler",
	                               "/process/ioPriority", "/process/execCPUAffinity",
	                               "/ocipipe/cgroup", NULL },
	.gather = gather,
	.apply = apply,
	.explain = explain,
	.done = done,
};

int main(int argc, char *argv[])
{
	return filter_main(&resources_apply, argc, argv);
}
