// SPDX-License-Identifier: Apache-2.0
#include "cgroupfiles.h"

#include <inttypes.h>
#include <string.h>

#include "spec.h"

struct out {
	const json_t *resources;
	const struct cgroup_host *host;
	struct buf *to;
};

/* A limit by its two files, either of which may be NULL. */
struct file {
	const char *controller;
	const char *v1, *v2;
	const char *from; /* the pointer in /linux/resources */
};

/* What there is to say about a file that will not be written. */
static void remark(const struct out *out, const struct file *file, const char *name)
{
	const struct cgroup_host *host = out->host;
	bool renamed = host->v2 && strcmp(file->controller, "blkio") == 0;
	const char *controller = renamed ? "io" : file->controller;
	auto_free char *word = xasprintf(" %s ", controller);

	if (!name)
		buf_printf(out->to, "  (cgroup %s has no such file)",
		           host->v2 ? "v2" : "v1");
	else if (host->controllers && *file->controller && !strstr(host->controllers, word))
		buf_printf(out->to, "  (this host has no controller %s)", controller);
}

static void line(const struct out *out, const struct file *file, const char *value)
{
	const char *name = out->host->v2 ? file->v2 : file->v1;
	auto_free char *path = NULL;

	if (!name)
		path = xstrdup("-");
	else if (out->host->v2)
		path = xstrdup(name);
	else
		path = xasprintf("%s/%s", file->controller, name);
	buf_printf(out->to, "%-38s  %-24s  %s", path, value, file->from);
	remark(out, file, name);
	buf_char(out->to, '\n');
}

/* ---- one member, one file ------------------------------------------------ */

static char *max_if_negative(const json_t *value)
{
	int64_t number;

	return doc_get_i64(value, &number) && number < 0 ? xstrdup("max") : doc_text(value);
}

/* 2 to 262144 become 1 to 10000. */
static char *shares_as_weight(const json_t *value)
{
	uint64_t shares = 0;

	if (!doc_get_u64(value, &shares) || shares == 0)
		return xstrdup("unchanged");
	if (shares < 2)
		shares = 2;
	if (shares > 262144)
		shares = 262144;
	return xasprintf("%" PRIu64, 1 + (shares - 2) * 9999 / 262142);
}

static char *print_value(const json_t *value, const struct file *file, bool v2)
{
	if (doc_kind(value) == DOC_STRING)
		return xstrdup(doc_string(value));
	if (doc_kind(value) == DOC_BOOL)
		return xstrdup(json_is_true(value) ? "1" : "0");
	if (v2 && strcmp(file->from, "/cpu/shares") == 0)
		return shares_as_weight(value);
	if (v2 || strcmp(file->from, "/pids/limit") == 0)
		return max_if_negative(value);
	return doc_text(value);
}

static void scalars(const struct out *out)
{
	static const struct file files[] = {
		{ "memory", "memory.limit_in_bytes", "memory.max", "/memory/limit" },
		{ "memory", "memory.soft_limit_in_bytes", "memory.low",
		  "/memory/reservation" },
		{ "memory", "memory.kmem.limit_in_bytes", NULL, "/memory/kernel" },
		{ "memory", "memory.kmem.tcp.limit_in_bytes", NULL, "/memory/kernelTCP" },
		{ "memory", "memory.swappiness", NULL, "/memory/swappiness" },
		{ "memory", "memory.oom_control", NULL, "/memory/disableOOMKiller" },
		{ "memory", "memory.use_hierarchy", NULL, "/memory/useHierarchy" },
		{ "cpu", "cpu.shares", "cpu.weight", "/cpu/shares" },
		{ "cpu", "cpu.cfs_burst_us", "cpu.max.burst", "/cpu/burst" },
		{ "cpu", "cpu.idle", "cpu.idle", "/cpu/idle" },
		{ "cpu", "cpu.rt_period_us", NULL, "/cpu/realtimePeriod" },
		{ "cpu", "cpu.rt_runtime_us", NULL, "/cpu/realtimeRuntime" },
		{ "cpuset", "cpuset.cpus", "cpuset.cpus", "/cpu/cpus" },
		{ "cpuset", "cpuset.mems", "cpuset.mems", "/cpu/mems" },
		{ "pids", "pids.max", "pids.max", "/pids/limit" },
		{ "blkio", "blkio.weight", "io.bfq.weight", "/blockIO/weight" },
		{ "blkio", "blkio.leaf_weight", NULL, "/blockIO/leafWeight" },
		{ "net_cls", "net_cls.classid", NULL, "/network/classID" },
	};

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		const json_t *value = spec_get(out->resources, files[i].from);
		auto_free char *text = NULL;

		if (!value)
			continue;
		text = print_value(value, &files[i], out->host->v2);
		line(out, &files[i], text);
	}
}

/* ---- members that meet in one file --------------------------------------- */

/* v2 counts swap alone, the document memory and swap together. */
static void swap(const struct out *out)
{
	static const struct file file = { "memory", "memory.memsw.limit_in_bytes",
		                          "memory.swap.max", "/memory/swap" };
	const json_t *value = spec_get(out->resources, file.from);
	const json_t *memory = spec_get(out->resources, "/memory/limit");
	auto_free char *text = NULL;
	int64_t both, limit = 0;

	if (!value)
		return;
	if (!out->host->v2 || !doc_get_i64(value, &both))
		text = doc_text(value);
	else if (both < 0 || !doc_get_i64(memory, &limit) || limit < 0)
		text = xstrdup("max");
	else
		text = xasprintf("%" PRId64, both - limit);
	line(out, &file, text);
}

static void bandwidth(const struct out *out)
{
	static const struct file quota = { "cpu", "cpu.cfs_quota_us", NULL, "/cpu/quota" };
	static const struct file period = { "cpu", "cpu.cfs_period_us", NULL,
		                            "/cpu/period" };
	static const struct file both = { "cpu", NULL, "cpu.max", "/cpu/quota" };
	const json_t *q = spec_get(out->resources, quota.from);
	const json_t *p = spec_get(out->resources, period.from);
	auto_free char *quota_text = q ? max_if_negative(q) : xstrdup("max");
	auto_free char *period_text = p ? doc_text(p) : xstrdup("100000");
	auto_free char *text = xasprintf("%s %s", quota_text, period_text);

	if (out->host->v2) {
		if (q || p)
			line(out, &both, text);
		return;
	}
	if (q)
		line(out, &quota, quota_text[0] == 'm' ? "-1" : quota_text);
	if (p)
		line(out, &period, period_text);
}

/* ---- lists --------------------------------------------------------------- */

/* Lines "MAJOR:MINOR VALUE", in v2 with a word before the value. */
static void devices(const struct out *out, const struct file *file, const char *member,
                    const char *word)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(spec_get(out->resources, file->from), i, entry) {
		const json_t *value = json_object_get(entry, member);
		auto_free char *major = doc_text(json_object_get(entry, "major"));
		auto_free char *minor = doc_text(json_object_get(entry, "minor"));
		auto_free char *number = NULL, *text = NULL;

		if (!value)
			continue;
		number = doc_text(value);
		text = xasprintf("%s:%s %s%s", major, minor, out->host->v2 ? word : "",
		                 number);
		line(out, file, text);
	}
}

static void block_devices(const struct out *out)
{
	static const struct {
		struct file file;
		const char *member, *word;
	} lists[] = {
		{ { "blkio", "blkio.weight_device", "io.bfq.weight",
		    "/blockIO/weightDevice" },
		  "weight",
		  "" },
		{ { "blkio", "blkio.leaf_weight_device", NULL, "/blockIO/weightDevice" },
		  "leafWeight",
		  "" },
		{ { "blkio", "blkio.throttle.read_bps_device", "io.max",
		    "/blockIO/throttleReadBpsDevice" },
		  "rate",
		  "rbps=" },
		{ { "blkio", "blkio.throttle.write_bps_device", "io.max",
		    "/blockIO/throttleWriteBpsDevice" },
		  "rate",
		  "wbps=" },
		{ { "blkio", "blkio.throttle.read_iops_device", "io.max",
		    "/blockIO/throttleReadIOPSDevice" },
		  "rate",
		  "riops=" },
		{ { "blkio", "blkio.throttle.write_iops_device", "io.max",
		    "/blockIO/throttleWriteIOPSDevice" },
		  "rate",
		  "wiops=" },
	};

	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		devices(out, &lists[i].file, lists[i].member, lists[i].word);
}

static void hugepages(const struct out *out)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(spec_get(out->resources, "/hugepageLimits"), i, entry) {
		const char *size = doc_string(json_object_get(entry, "pageSize"));
		auto_free char *v1 = xasprintf("hugetlb.%s.limit_in_bytes", size);
		auto_free char *v2 = xasprintf("hugetlb.%s.max", size);
		auto_free char *limit = doc_text(json_object_get(entry, "limit"));

		line(out, &(struct file){ "hugetlb", v1, v2, "/hugepageLimits" }, limit);
	}
}

static void priorities(const struct out *out)
{
	static const struct file file = { "net_prio", "net_prio.ifpriomap", NULL,
		                          "/network/priorities" };
	const json_t *entry;
	size_t i;

	json_array_foreach(spec_get(out->resources, file.from), i, entry) {
		auto_free char *priority = doc_text(json_object_get(entry, "priority"));
		auto_free char *text =
			xasprintf("%s %s", doc_string(json_object_get(entry, "name")),
		                  priority);

		line(out, &file, text);
	}
}

static void rdma(const struct out *out)
{
	static const struct file file = { "rdma", "rdma.max", "rdma.max", "/rdma" };
	static const char *const limits[][2] = { { "hcaHandles", "hca_handle" },
		                                 { "hcaObjects", "hca_object" } };
	json_t *devices_ = spec_get(out->resources, file.from), *entry;
	const char *name;

	json_object_foreach(devices_, name, entry) {
		auto_buf struct buf text = { 0 };

		buf_text(&text, name);
		for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
			const json_t *value = json_object_get(entry, limits[i][0]);
			auto_free char *number = value ? doc_text(value) : NULL;

			if (number)
				buf_printf(&text, " %s=%s", limits[i][1], number);
		}
		line(out, &file, text.data);
	}
}

static void unified(const struct out *out)
{
	json_t *files = spec_get(out->resources, "/unified"), *value;
	const char *name;

	json_object_foreach(files, name, value) {
		auto_free char *from = spec_pointer("/unified", name);

		line(out, &(struct file){ "", NULL, name, from }, doc_string(value));
	}
}

void cgroup_files_print(const json_t *doc, const struct cgroup_host *host, struct buf *to)
{
	const struct out out = {
		.resources = spec_get(doc, "/linux/resources"),
		.host = host,
		.to = to,
	};

	buf_printf(to, "cgroup %s\n", host->v2 ? "v2" : "v1");
	scalars(&out);
	swap(&out);
	bandwidth(&out);
	block_devices(&out);
	hugepages(&out);
	priorities(&out);
	rdma(&out);
	unified(&out);
}
