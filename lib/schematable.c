// SPDX-License-Identifier: Apache-2.0
#include "schematable.h"

#include <string.h>

#include "shapewords.h"
#include "valid.h"

/* ---- strings ------------------------------------------------------------- */

static bool is_variable(const char *text)
{
	return *text && !strchr(text, '=');
}

static bool is_cgroup(const char *text)
{
	return *text && valid_inside(text);
}

/* A path that stays in the directory it is relative to. */
static bool is_beneath(const char *text)
{
	return *text && *text != '/' && valid_inside(text);
}

/* It ends in the kernel and in /etc/hosts. */
static bool is_host_name(const char *text)
{
	enum { LONGEST = 64 };

	for (const char *c = text; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f)
			return false;
	return strlen(text) <= LONGEST;
}

static size_t digits(const char *text)
{
	return strspn(text, "0123456789");
}

/* "1.0.2", "1.1.0-rc.1", "1.3.0+dev" */
static bool is_version(const char *text)
{
	for (int part = 0; part < 3; part++) {
		size_t len = digits(text);

		if (len == 0 || len > 9 || (len > 1 && *text == '0'))
			return false;
		text += len;
		if (part < 2 && *text++ != '.')
			return false;
	}
	return !*text || ((*text == '-' || *text == '+') && text[1]);
}

static bool is_page_size(const char *text)
{
	size_t len = digits(text);

	return len > 0 && *text != '0' && text[len] && strchr("KMG", text[len]) &&
	       strcmp(text + len + 1, "B") == 0;
}

static bool is_number_list(const char *text)
{
	return !text[strspn(text, "0123456789, -")];
}

static bool is_file_name(const char *text)
{
	return *text && !strchr(text, '/') && strcmp(text, ".") != 0 &&
	       strcmp(text, "..") != 0;
}

static bool is_clock(const char *text)
{
	return strcmp(text, "monotonic") == 0 || strcmp(text, "boottime") == 0;
}

/* ---- shapes that many members share -------------------------------------- */

/* clang-format off */
#define MAP(of) SHAPE(.type = SHAPE_MAP, .each = of, .valid = valid_filled, .what = "a name")

#define RUN(member, of, version) \
	{ .name = member, .shape = of, .since = version, .need = REQUIRED_TO_RUN }

#define ANY SHAPE(.type = SHAPE_ANY)
#define FILLED(what) STRING(valid_filled, what)
#define INTERFACE "a network interface's name"
#define UINT16 RANGE(0, UINT16_MAX)
#define UINT32 RANGE(0, UINT32_MAX)
#define UINT64 RANGE(0, UINT64_MAX)
#define INT64 RANGE(INT64_MIN, INT64_MAX)
#define AMOUNT RANGE(-1, INT64_MAX) /* -1: unlimited */
#define ID RANGE(0, UINT32_MAX - 1) /* 2^32-1 means "no change" to the kernel */
#define MODE RANGE(0, 0777)
#define MAJOR RANGE(0, VALID_LAST_MAJOR) /* runtimes cut off the rest */
#define MINOR RANGE(0, VALID_LAST_MINOR)
#define MAPPINGS LIST(OBJECT( \
	MUST("containerID", ID, V1_0_0), \
	MUST("hostID", ID, V1_0_0), \
	MUST("size", RANGE(1, UINT32_MAX), V1_0_0)))

/* ---- process ------------------------------------------------------------- */

#define CAPABILITIES LIST(WORDS( \
	"CAP_AUDIT_CONTROL", "CAP_AUDIT_READ", "CAP_AUDIT_WRITE", "CAP_BLOCK_SUSPEND", \
	"CAP_BPF", "CAP_CHECKPOINT_RESTORE", "CAP_CHOWN", "CAP_DAC_OVERRIDE", \
	"CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_IPC_LOCK", "CAP_IPC_OWNER", \
	"CAP_KILL", "CAP_LEASE", "CAP_LINUX_IMMUTABLE", "CAP_MAC_ADMIN", "CAP_MAC_OVERRIDE", \
	"CAP_MKNOD", "CAP_NET_ADMIN", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", \
	"CAP_NET_RAW", "CAP_PERFMON", "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", \
	"CAP_SETUID", "CAP_SYSLOG", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_CHROOT", \
	"CAP_SYS_MODULE", "CAP_SYS_NICE", "CAP_SYS_PACCT", "CAP_SYS_PTRACE", \
	"CAP_SYS_RAWIO", "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", \
	"CAP_WAKE_ALARM"))

#define RLIMITS SHAPE(.type = SHAPE_LIST, .unique = "type", .each = OBJECT( \
	MUST("type", WORDS("RLIMIT_AS", "RLIMIT_CORE", "RLIMIT_CPU", "RLIMIT_DATA", \
	                   "RLIMIT_FSIZE", "RLIMIT_LOCKS", "RLIMIT_MEMLOCK", \
	                   "RLIMIT_MSGQUEUE", "RLIMIT_NICE", "RLIMIT_NOFILE", \
	                   "RLIMIT_NPROC", "RLIMIT_RSS", "RLIMIT_RTPRIO", \
	                   "RLIMIT_RTTIME", "RLIMIT_SIGPENDING", "RLIMIT_STACK"), V1_0_0), \
	MUST("hard", UINT64, V1_0_0), \
	MUST("soft", UINT64, V1_0_0)))

#define SCHEDULER OBJECT( \
	MUST("policy", WORDS("SCHED_OTHER", "SCHED_FIFO", "SCHED_RR", "SCHED_BATCH", \
	                     "SCHED_ISO", "SCHED_IDLE", "SCHED_DEADLINE"), V1_1_0), \
	MAY("nice", RANGE(-20, 19), V1_1_0), \
	MAY("priority", RANGE(0, 99), V1_1_0), \
	MAY("flags", LIST(WORDS("SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_RECLAIM", \
	                        "SCHED_FLAG_DL_OVERRUN", "SCHED_FLAG_KEEP_POLICY", \
	                        "SCHED_FLAG_KEEP_PARAMS", "SCHED_FLAG_UTIL_CLAMP_MIN", \
	                        "SCHED_FLAG_UTIL_CLAMP_MAX")), V1_1_0), \
	MAY("runtime", UINT64, V1_1_0), \
	MAY("deadline", UINT64, V1_1_0), \
	MAY("period", UINT64, V1_1_0))

static const struct member process[] = {
	MAY("terminal", BOOL, V1_0_0),
	MAY("consoleSize", OBJECT(
		/* the kernel's struct winsize; runtimes cut off the rest */
		MUST("height", UINT16, V1_0_0),
		MUST("width", UINT16, V1_0_0)), V1_0_0),
	RUN("user", OBJECT(
		RUN("uid", ID, V1_0_0),
		RUN("gid", ID, V1_0_0),
		MAY("umask", MODE, V1_0_2),
		MAY("additionalGids", LIST(ID), V1_0_0),
		MAY("username", TEXT, V1_0_0)), V1_0_0),
	RUN("args", SHAPE(.type = SHAPE_LIST, .each = TEXT, .filled = REQUIRED_TO_RUN), V1_0_0),
	MAY("commandLine", TEXT, V1_0_2),
	MAY("env", LIST(STRING(valid_env_entry, "NAME=VALUE")), V1_0_0),
	RUN("cwd", ABSOLUTE, V1_0_0),
	MAY("capabilities", OBJECT(
		MAY("bounding", CAPABILITIES, V1_0_0),
		MAY("effective", CAPABILITIES, V1_0_0),
		MAY("inheritable", CAPABILITIES, V1_0_0),
		MAY("permitted", CAPABILITIES, V1_0_0),
		MAY("ambient", CAPABILITIES, V1_0_0)), V1_0_0),
	MAY("rlimits", RLIMITS, V1_0_0),
	MAY("noNewPrivileges", BOOL, V1_0_0),
	MAY("apparmorProfile", TEXT, V1_0_0),
	MAY("oomScoreAdj", RANGE(-1000, 1000), V1_0_0),
	MAY("scheduler", SCHEDULER, V1_1_0),
	MAY("selinuxLabel", TEXT, V1_0_0),
	MAY("ioPriority", OBJECT(
		MUST("class", WORDS("IOPRIO_CLASS_RT", "IOPRIO_CLASS_BE",
		                    "IOPRIO_CLASS_IDLE"), V1_1_0),
		MAY("priority", RANGE(0, 7), V1_1_0)), V1_1_0),
	MAY("execCPUAffinity", OBJECT(
		MAY("initial", STRING(is_number_list, "a list of CPUs"), V1_2_1),
		MAY("final", STRING(is_number_list, "a list of CPUs"), V1_2_1)), V1_2_1),
	END
};

/* ---- linux.resources ----------------------------------------------------- */

#define THROTTLES LIST(OBJECT( \
	MUST("major", MAJOR, V1_0_0), \
	MUST("minor", MINOR, V1_0_0), \
	MAY("rate", UINT64, V1_0_0)))

static const struct member resources[] = {
	MAY("devices", LIST(OBJECT(
		MUST("allow", BOOL, V1_0_0),
		MAY("type", WORDS("a", "b", "c"), V1_0_0),
		MAY("major", RANGE(-1, VALID_LAST_MAJOR), V1_0_0), /* -1: any */
		MAY("minor", RANGE(-1, VALID_LAST_MINOR), V1_0_0),
		MAY("access", STRING(valid_access, "of the letters r, w, m"), V1_0_0))), V1_0_0),
	MAY("memory", OBJECT(
		MAY("limit", AMOUNT, V1_0_0),
		MAY("reservation", AMOUNT, V1_0_0),
		MAY("swap", AMOUNT, V1_0_0),
		MAY("kernel", AMOUNT, V1_0_0),
		MAY("kernelTCP", AMOUNT, V1_0_0),
		MAY("swappiness", RANGE(0, 100), V1_0_0),
		MAY("disableOOMKiller", BOOL, V1_0_0),
		MAY("useHierarchy", BOOL, V1_0_2),
		MAY("checkBeforeUpdate", BOOL, V1_1_0)), V1_0_0),
	MAY("cpu", OBJECT(
		MAY("shares", UINT64, V1_0_0),
		MAY("quota", AMOUNT, V1_0_0),
		MAY("burst", UINT64, V1_1_0),
		MAY("period", UINT64, V1_0_0),
		MAY("realtimeRuntime", AMOUNT, V1_0_0),
		MAY("realtimePeriod", UINT64, V1_0_0),
		MAY("cpus", TEXT, V1_0_0),
		MAY("mems", TEXT, V1_0_0),
		MAY("idle", RANGE(0, 1), V1_1_0)), V1_0_0),
	MAY("pids", OBJECT(MUST("limit", AMOUNT, V1_0_0)), V1_0_0),
	MAY("blockIO", OBJECT(
		MAY("weight", UINT16, V1_0_0),
		MAY("leafWeight", UINT16, V1_0_0),
		MAY("weightDevice", LIST(OBJECT(
			MUST("major", MAJOR, V1_0_0),
			MUST("minor", MINOR, V1_0_0),
			MAY("weight", UINT16, V1_0_0),
			MAY("leafWeight", UINT16, V1_0_0))), V1_0_0),
		MAY("throttleReadBpsDevice", THROTTLES, V1_0_0),
		MAY("throttleWriteBpsDevice", THROTTLES, V1_0_0),
		MAY("throttleReadIOPSDevice", THROTTLES, V1_0_0),
		MAY("throttleWriteIOPSDevice", THROTTLES, V1_0_0)), V1_0_0),
	MAY("hugepageLimits", LIST(OBJECT(
		MUST("pageSize", STRING(is_page_size, "a page size like 2MB"), V1_0_0),
		MUST("limit", UINT64, V1_0_0))), V1_0_0),
	MAY("network", OBJECT(
		MAY("classID", UINT32, V1_0_0),
		MAY("priorities", LIST(OBJECT(
			MUST("name", TEXT, V1_0_0),
			MUST("priority", UINT32, V1_0_0))), V1_0_0)), V1_0_0),
	MAY("rdma", MAP(OBJECT(
		MAY("hcaHandles", UINT32, V1_0_2),
		MAY("hcaObjects", UINT32, V1_0_2))), V1_0_2),
	MAY("unified", SHAPE(.type = SHAPE_MAP, .each = TEXT, .valid = is_file_name,
	                     .what = "a file name"), V1_1_0),
	END
};

/* ---- linux.seccomp ------------------------------------------------------- */

#define ACTION WORDS("SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", \
	"SCMP_ACT_TRAP", "SCMP_ACT_ERRNO", "SCMP_ACT_TRACE", "SCMP_ACT_ALLOW", \
	"SCMP_ACT_LOG", "SCMP_ACT_NOTIFY")

#define ARCHITECTURES LIST(WORDS( \
	"SCMP_ARCH_X86", "SCMP_ARCH_X86_64", "SCMP_ARCH_X32", "SCMP_ARCH_ARM", \
	"SCMP_ARCH_AARCH64", "SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_M68K", "SCMP_ARCH_MIPS", \
	"SCMP_ARCH_MIPS64", "SCMP_ARCH_MIPS64N32", "SCMP_ARCH_MIPSEL", \
	"SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PPC", "SCMP_ARCH_PPC64", \
	"SCMP_ARCH_PPC64LE", "SCMP_ARCH_S390", "SCMP_ARCH_S390X", "SCMP_ARCH_SH", \
	"SCMP_ARCH_SHEB", "SCMP_ARCH_PARISC", "SCMP_ARCH_PARISC64", "SCMP_ARCH_RISCV64"))

static const struct member seccomp[] = {
	MUST("defaultAction", ACTION, V1_0_0),
	/* 16 bits of the filter's result: 65536 would be 0, success without the call */
	MAY("defaultErrnoRet", UINT16, V1_1_0),
	MAY("architectures", ARCHITECTURES, V1_0_0),
	MAY("flags", LIST(WORDS("SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG",
	                        "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
	                        "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV")), V1_0_2),
	MAY("listenerPath", TEXT, V1_1_0),
	MAY("listenerMetadata", TEXT, V1_1_0),
	MAY("syscalls", LIST(OBJECT(
		MUST("names", SHAPE(.type = SHAPE_LIST, .each = TEXT, .filled = REQUIRED), V1_0_0),
		MUST("action", ACTION, V1_0_0),
		MAY("errnoRet", UINT16, V1_1_0),
		MAY("args", LIST(OBJECT(
			MUST("index", RANGE(0, 5), V1_0_0),
			MUST("value", UINT64, V1_0_0),
			MAY("valueTwo", UINT64, V1_0_0),
			MUST("op", WORDS("SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE",
			                 "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT",
			                 "SCMP_CMP_MASKED_EQ"), V1_0_0))), V1_0_0))), V1_0_0),
	END
};

/* ---- the rest of linux --------------------------------------------------- */

/* Without them a runtime makes 0:0, which is an overlay's whiteout. */
static int device_rule(const json_t *device, struct err *err)
{
	static const char *const numbers[] = { "major", "minor" };

	if (strcmp(doc_string(json_object_get(device, "type")), "p") == 0)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		if (json_object_get(device, numbers[i]))
			continue;
		err_at(err, "", "must be an integer, but is nothing");
		return err_where(err, "/%s", numbers[i]);
	}
	return 0;
}

#define DEVICES LIST(SHAPE(.type = SHAPE_OBJECT, .rule = device_rule, \
	.members = (const struct member[]){ \
		MUST("path", ABSOLUTE, V1_0_0), \
		MUST("type", WORDS("c", "b", "u", "p"), V1_0_0), \
		MAY("major", MAJOR, V1_0_0), \
		MAY("minor", MINOR, V1_0_0), \
		MAY("fileMode", MODE, V1_0_0), \
		MAY("uid", ID, V1_0_0), \
		MAY("gid", ID, V1_0_0), END }))

#define NAMESPACES SHAPE(.type = SHAPE_LIST, .unique = "type", .each = OBJECT( \
	MUST("type", WORDS("mount", "pid", "network", "uts", "ipc", "user", "cgroup", \
	                   "time"), V1_0_0), \
	MAY("path", ABSOLUTE, V1_0_0)))

static const struct member linux_[] = {
	MAY("uidMappings", MAPPINGS, V1_0_0),
	MAY("gidMappings", MAPPINGS, V1_0_0),
	MAY("sysctl", MAP(TEXT), V1_0_0),
	MAY("resources", SHAPE(.type = SHAPE_OBJECT, .members = resources), V1_0_0),
	MAY("cgroupsPath", STRING(valid_inside, "a path without \".\" and \"..\""), V1_0_0),
	MAY("namespaces", NAMESPACES, V1_0_0),
	MAY("devices", DEVICES, V1_0_0),
	MAY("netDevices", SHAPE(.type = SHAPE_MAP, .valid = valid_interface, .what = INTERFACE,
		.each = OBJECT(MAY("name", STRING(valid_interface, INTERFACE), V1_3_0))), V1_3_0),
	MAY("seccomp", SHAPE(.type = SHAPE_OBJECT, .members = seccomp), V1_0_0),
	MAY("rootfsPropagation", WORDS("private", "shared", "slave", "unbindable",
	                               /* not the schema's, but every engine's */
	                               "rprivate", "rshared", "rslave",
	                               "runbindable"), V1_0_0),
	MAY("maskedPaths", LIST(ABSOLUTE), V1_0_0),
	MAY("readonlyPaths", LIST(ABSOLUTE), V1_0_0),
	MAY("mountLabel", TEXT, V1_0_0),
	MAY("intelRdt", OBJECT(
		MAY("closID", STRING(valid_rdt_class, "a file name, or /"), V1_0_2),
		MAY("schemata", LIST(TEXT), V1_3_0),
		MAY("l3CacheSchema", TEXT, V1_0_0),
		MAY("memBwSchema", STRING(valid_bandwidth, "a line MB:..."), V1_0_2),
		MAY("enableMonitoring", BOOL, V1_3_0)), V1_0_0),
	MAY("memoryPolicy", OBJECT(
		MUST("mode", WORDS("MPOL_DEFAULT", "MPOL_BIND", "MPOL_INTERLEAVE",
		                   "MPOL_WEIGHTED_INTERLEAVE", "MPOL_PREFERRED",
		                   "MPOL_PREFERRED_MANY", "MPOL_LOCAL"), V1_3_0),
		MAY("nodes", STRING(is_number_list, "a list of nodes"), V1_3_0),
		MAY("flags", LIST(WORDS("MPOL_F_NUMA_BALANCING", "MPOL_F_RELATIVE_NODES",
		                        "MPOL_F_STATIC_NODES")), V1_3_0)), V1_3_0),
	MAY("personality", OBJECT(
		MUST("domain", WORDS("LINUX", "LINUX32"), V1_0_2),
		MAY("flags", LIST(TEXT), V1_0_2)), V1_0_2),
	MAY("timeOffsets", SHAPE(.type = SHAPE_MAP, .valid = is_clock,
	                         .what = "monotonic or boottime", .each = OBJECT(
		MAY("secs", INT64, V1_1_0),
		MAY("nanosecs", RANGE(0, 999999999), V1_1_0))), V1_1_0),
	END
};

/* ---- /ocipipe, which is ours (ocipipe(5)) -------------------------------- */

/* What a step of each kind must have; which kinds there are is said here alone. */
static const struct {
	const char *kind;
	const char *needs[3];
} steps[] = {
	{ "workdir", { NULL } },
	{ "file", { "kind", "path", "mount" } },
	{ "source", { "mount", "root", "subpath" } },
	{ "overlay", { "mount", "lower", NULL } },
	{ "chown", { "mount", NULL } },
	{ "relabel", { "mount", "shared", NULL } },
	{ "idmap", { "mount", NULL } },
	{ "cache", { "mount", "id", NULL } },
	{ "volume", { "mount", NULL } },
	{ "secret", { "mount", "id", "source" } },
	{ "ssh", { "mount", "id", "source" } },
	{ "subscription", { "mount", "source", NULL } },
};

/* Where a secret or an agent is, never what it is; what a subscription is. */
static const struct {
	const char *kind;
	const char *names[4];
	const char *words; /* for messages */
} sources[] = {
	{ "secret", { "env", "file", "fd", NULL }, "env, file and fd" },
	{ "ssh", { "env", "paths", NULL }, "env and paths" },
	{ "subscription", { "file", "files", "text", NULL }, "file, files and text" },
};

/* One of them; only a directory may have more files than it has. */
static int source_rule(const json_t *step, const char *kind, struct err *err)
{
	const json_t *source = json_object_get(step, "source");
	size_t i = 0, found = 0, size = json_object_size(source);

	while (i < ARRAY_LEN(sources) && strcmp(sources[i].kind, kind) != 0)
		i++;
	if (!source || i == ARRAY_LEN(sources))
		return 0;
	for (const char *const *name = sources[i].names; *name; name++)
		found += json_object_get(source, *name) != NULL;
	if (found == size && (size == 1 || (size == 2 && json_object_get(source, "files") &&
	                                    json_object_get(source, "file"))))
		return 0;
	return err_at(err, "/source", "must have one of %s", sources[i].words);
}

static int step_rule(const json_t *step, struct err *err)
{
	const char *kind = doc_string(json_object_get(step, "step"));
	size_t i = 0;

	while (i < ARRAY_LEN(steps) && strcmp(steps[i].kind, kind) != 0)
		i++;
	if (i == ARRAY_LEN(steps))
		return err_at(err, "/step", "unknown step '%s'", kind);
	if (source_rule(step, kind, err) < 0)
		return -1;
	for (size_t n = 0; n < ARRAY_LEN(steps[i].needs) && steps[i].needs[n]; n++) {
		if (json_object_get(step, steps[i].needs[n]))
			continue;
		err_at(err, "", "is missing in a step '%s'", kind);
		return err_where(err, "/%s", steps[i].needs[n]);
	}
	return 0;
}

static const struct member ocipipe[] = {
	MUST("version", RANGE(1, 1), V1_0_0),
	MAY("network", OBJECT(
		MUST("mode", WORDS("private", "none", "host", "path", "slirp4netns", "pasta",
		                   "bridge"), V1_0_0),
		MAY("options", LIST(TEXT), V1_0_0),
		MAY("networks", LIST(FILLED("a network")), V1_0_0)), V1_0_0),
	MAY("cgroup", OBJECT(
		MAY("parent", STRING(is_cgroup, "a cgroup, without \".\" and \"..\""), V1_0_0)), V1_0_0),
	MAY("rootfs", OBJECT(
		MAY("lower", LIST(FILLED("a directory")), V1_0_0),
		MAY("upper", FILLED("a directory"), V1_0_0),
		MAY("idmap", BOOL, V1_0_0),
		MAY("volumes", LIST(ABSOLUTE), V1_0_0)), V1_0_0),
	MAY("inputs", LIST(FILLED("a file")), V1_0_0),
	MAY("relied", MAP(SHAPE(.type = SHAPE_MAP, .each = ANY)), V1_0_0),
	MAY("prepare", LIST(SHAPE(.type = SHAPE_OBJECT, .rule = step_rule,
	                          .members = (const struct member[]){
		MUST("step", TEXT, V1_0_0),
		MAY("mount", ABSOLUTE, V1_0_0),
		MAY("kind", WORDS("hosts", "hostname", "resolv.conf", "containerenv"), V1_0_0),
		MAY("path", STRING(is_beneath, "a path in the bundle"), V1_0_0),
		MAY("add", LIST(TEXT), V1_0_0),
		MAY("servers", LIST(TEXT), V1_0_0),
		MAY("searches", LIST(TEXT), V1_0_0),
		MAY("options", LIST(TEXT), V1_0_0),
		MAY("root", ABSOLUTE, V1_0_0),
		MAY("subpath", ABSOLUTE, V1_0_0),
		MAY("dir", ABSOLUTE, V1_0_0),
		MAY("lower", FILLED("a directory"), V1_0_0),
		MAY("upper", FILLED("a directory"), V1_0_0),
		MAY("work", FILLED("a directory"), V1_0_0),
		MAY("shared", BOOL, V1_0_0),
		MAY("id", FILLED("a name"), V1_0_0),
		MAY("mode", RANGE(0, 07777), V1_0_0),
		MAY("uid", ID, V1_0_0),
		MAY("gid", ID, V1_0_0),
		MAY("sharing", WORDS("shared", "private", "locked"), V1_0_0),
		MAY("source", OBJECT(
			MAY("env", STRING(is_variable, "the name of a variable"), V1_0_0),
			MAY("paths", LIST(ABSOLUTE), V1_0_0),
			MAY("file", ABSOLUTE, V1_0_0),
			MAY("fd", RANGE(3, INT32_MAX), V1_0_0),
			MAY("text", TEXT, V1_0_0),
			MAY("files", SHAPE(.type = SHAPE_MAP, .valid = is_file_name,
			                   .what = "a file's name", .each = TEXT), V1_0_0)),
		    V1_0_0), END })), V1_0_0),
	END
};

/* ---- the document -------------------------------------------------------- */

#define HOOKS LIST(OBJECT( \
	MUST("path", ABSOLUTE, V1_0_0), \
	MAY("args", LIST(TEXT), V1_0_0), \
	MAY("env", LIST(TEXT), V1_0_0), \
	MAY("timeout", RANGE(1, INT32_MAX), V1_0_0)))

static const struct member document[] = {
	RUN("ociVersion", STRING(is_version, "a version like 1.0.2"), V1_0_0),
	RUN("process", SHAPE(.type = SHAPE_OBJECT, .members = process), V1_0_0),
	RUN("root", OBJECT(
		RUN("path", FILLED("a directory"), V1_0_0),
		MAY("readonly", BOOL, V1_0_0)), V1_0_0),
	MAY("hostname", STRING(is_host_name, "a host name of at most 64 bytes"), V1_0_0),
	MAY("domainname", STRING(is_host_name, "a domain name of at most 64 bytes"), V1_1_0),
	MAY("mounts", LIST(OBJECT(
		MUST("destination", ABSOLUTE, V1_0_0),
		MAY("type", TEXT, V1_0_0),
		MAY("source", TEXT, V1_0_0),
		MAY("options", LIST(TEXT), V1_0_0),
		MAY("uidMappings", MAPPINGS, V1_1_0),
		MAY("gidMappings", MAPPINGS, V1_1_0))), V1_0_0),
	MAY("hooks", OBJECT(
		MAY("prestart", HOOKS, V1_0_0),
		MAY("createRuntime", HOOKS, V1_0_2),
		MAY("createContainer", HOOKS, V1_0_2),
		MAY("startContainer", HOOKS, V1_0_2),
		MAY("poststart", HOOKS, V1_0_0),
		MAY("poststop", HOOKS, V1_0_0)), V1_0_0),
	MAY("annotations", MAP(TEXT), V1_0_0),
	MAY("linux", SHAPE(.type = SHAPE_OBJECT, .members = linux_), V1_0_0),
	MAY("ocipipe", SHAPE(.type = SHAPE_OBJECT, .members = ocipipe), V1_0_0),
	END
};

const struct shape schema_document = { .type = SHAPE_OBJECT, .members = document };
/* clang-format on */
