// SPDX-License-Identifier: Apache-2.0
/*
 * ns-apply - choose namespaces, host name, sysctls and network mode
 *
 * A kind of namespace is in one of three states, which /linux/namespaces
 * spells so (runtime-spec, config-linux.md, "Namespaces"):
 *
 *	private	{"type": T}		the runtime makes one
 *	joined	{"type": T, "path": P}	the runtime enters the one at P
 *	host	no entry		the container stays in the runtime's own
 */
#include <string.h>

#include "filter.h"
#include "networds.h"
#include "parse.h"
#include "prepare.h"
#include "spec.h"
#include "sysctl.h"
#include "valid.h"

enum kind { PID, IPC, UTS, MOUNT, CGROUP, TIME, NETWORK, KINDS };

static const char *const types[] = {
	[PID] = "pid",       [IPC] = "ipc",   [UTS] = "uts",         [MOUNT] = "mount",
	[CGROUP] = "cgroup", [TIME] = "time", [NETWORK] = "network",
};

enum state { UNTOUCHED, PRIVATE, JOINED, HOST, NONE };

/* B406: what people write; a path is none of these. */
static const struct name states[] = {
	{ "private", PRIVATE },
	{ "container", PRIVATE },
	{ "host", HOST },
	{ NULL, 0 },
};

/* B415: default leaves it as it is.  Some other words are those of network_parse(). */
static const struct name network_states[] = {
	{ "private", PRIVATE }, { "container", PRIVATE }, { "none", NONE },
	{ "host", HOST },       { "default", UNTOUCHED }, { NULL, 0 },
};

struct choice {
	int state;
	const char *path; /* of the namespace, where JOINED */
};

struct ns_options {
	struct choice want[KINDS];
	json_t *network; /* how to configure a new one, or NULL */
	const char *hostname;
	const char *domainname;
	struct opt_list sysctls;
	struct opt_list time_offsets;
	struct opt_list net_devices;
};

/* ---- the command line ---------------------------------------------------- */

/* "private", "host", a path, or "ns:" and a path (B406). */
static int set_choice(struct opt_use *use, void *to, struct err *err)
{
	struct choice *choice = to;
	const char *arg = use->arg;
	bool prefixed = str_starts(arg, "ns:");

	if (prefixed)
		arg += strlen("ns:");
	if (*arg == '/') {
		*choice = (struct choice){ JOINED, arg };
		return 0;
	}
	if (prefixed)
		return err_set(err, ERR_USAGE, "'%s' is not an absolute path", arg);
	choice->path = NULL;
	return opt_value(use->opt, arg, &choice->state, err);
}

/* The same, or who configures a new one, and how (B082). */
static int set_network(struct opt_use *use, void *to, struct err *err)
{
	struct ns_options *options = to;
	struct choice *choice = &options->want[NETWORK];

	json_decref(options->network);
	options->network = NULL;
	*choice = (struct choice){ 0 };
	if (!*use->arg)
		return err_set(err, ERR_USAGE, "takes %s, not an empty word",
		               use->opt->arg);
	if (*use->arg == '/' || str_starts(use->arg, "ns:"))
		return set_choice(use, choice, err);
	if (name_value(network_states, use->arg, &choice->state))
		return 0;
	choice->state = PRIVATE;
	return network_parse(use->arg, &options->network, err);
}

enum { LONGEST = 64 }; /* of a host name: sethostname(2) */

static bool is_host_name(const char *name)
{
	for (const char *c = name; *c; c++)
		if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
		      (*c >= '0' && *c <= '9') || strchr("-._", *c)))
			return false;
	return strlen(name) <= LONGEST && *name != '-' && *name != '.';
}

static int set_name(struct opt_use *use, void *to, struct err *err)
{
	if (*use->arg && !is_host_name(use->arg)) {
		err_set(err, ERR_USAGE, "'%s' is not a host name", use->arg);
		return err_hint(err, "letters, digits, '-' and '.', at most %d", LONGEST);
	}
	*(const char **)to = use->arg;
	return 0;
}

/* The kind of namespace that keeps it, or KINDS. */
static enum kind sysctl_kind(const char *name)
{
	const char *type = sysctl_namespace(name);
	int kind = 0;

	while (kind < KINDS && !str_equal(types[kind], type))
		kind++;
	return (enum kind)kind;
}

static int append_sysctl(struct opt_use *use, void *to, struct err *err)
{
	char *value = strchr(use->arg, '=');
	auto_free char *name = NULL;

	if (!value || value == use->arg) /* B092 */
		return err_set(err, ERR_USAGE, "'%s' is not NAME=VALUE", use->arg);
	name = xstrndup(use->arg, (size_t)(value - use->arg));
	if (sysctl_kind(name) != KINDS)
		return opt_append(use, to, err);
	err_set(err, ERR_USAGE, "'%s' is not a sysctl of a namespace", name);
	if (strcmp(name, "kernel.hostname") == 0)
		return err_hint(err, "--hostname");
	return err_hint(err,
	                "known: net.*, fs.mqueue.*, kernel.domainname, msgmax, msgmnb, "
	                "msgmni, sem, shmall, shmmax, shmmni, shm_rmid_forced");
}

static const struct name clocks[] = { { "monotonic", 0 }, { "boottime", 0 }, { NULL, 0 } };

struct offset {
	const char *clock;
	int64_t seconds;
	uint32_t nanoseconds;
};

/* Up to nine digits behind the point, as nanoseconds. */
static bool parse_fraction(const char *digits, uint32_t *ret)
{
	char text[] = "000000000";
	size_t len = strlen(digits);

	if (len == 0 || len > strlen(text))
		return false;
	memcpy(text, digits, len);
	return parse_u32(text, ret);
}

/* "CLOCK=[-]SECONDS[.FRACTION]"; cuts the text up. */
static int parse_offset(char *text, struct offset *ret, struct err *err)
{
	enum { MOST = 9223372036 }; /* KTIME_SEC_MAX */
	char *number = strchr(text, '='), *point;
	uint64_t seconds;
	bool negative;

	if (!number)
		return err_set(err, ERR_USAGE, "'%s' is not CLOCK=SECONDS", text);
	*number++ = '\0';
	negative = *number == '-';
	point = strchr(number, '.');
	*ret = (struct offset){ .clock = text };
	if (point)
		*point++ = '\0';
	if (!parse_u64(number + negative, &seconds) || seconds > MOST ||
	    (point && (negative || !parse_fraction(point, &ret->nanoseconds))))
		return err_set(err, ERR_USAGE, "'%s' is not a number of seconds", number);
	ret->seconds = negative ? -(int64_t)seconds : (int64_t)seconds;
	return 0;
}

static int append_offset(struct opt_use *use, void *to, struct err *err)
{
	auto_free char *text = xstrdup(use->arg);
	struct offset offset;
	int ignored;

	if (parse_offset(text, &offset, err) < 0 ||
	    opt_value(use->opt, offset.clock, &ignored, err) < 0)
		return -1;
	return opt_append(use, to, err);
}

static int append_device(struct opt_use *use, void *to, struct err *err)
{
	auto_free char *text = xstrdup(use->arg);
	char *rest = text;
	const char *host = strsep(&rest, ":");

	if (!valid_interface(host) || (rest && !valid_interface(rest)))
		return err_set(err, ERR_USAGE,
		               "'%s' is not HOST[:NAME], two interface names", use->arg);
	return opt_append(use, to, err);
}

/* ---- namespaces ---------------------------------------------------------- */

/* Replaced in place or appended (B081). */
static int apply_namespace(json_t *doc, const char *type, struct choice want,
                           struct err *err)
{
	json_t *list;

	if (want.state == HOST) {
		spec_drop_entry(spec_get(doc, "/linux/namespaces"), "type", type);
		return 0;
	}
	if (spec_ensure_array(doc, "/linux/namespaces", &list, err) < 0)
		return -1;
	spec_put_entry_new(list, "type", type,
	                   json_pack("{s:s, s:s*}", "type", type, "path", want.path));
	return 0;
}

static int record_network(json_t *doc, const struct ns_options *options, struct err *err)
{
	static const char *const modes[] = {
		[PRIVATE] = "private",
		[JOINED] = "path",
		[HOST] = "host",
		[NONE] = "none",
	};
	json_t *record = options->network ? json_incref(options->network)
	                                  : json_pack("{s:s}", "mode",
	                                              modes[options->want[NETWORK].state]);

	if (prepare_ensure(doc, err) < 0) {
		json_decref(record);
		return -1;
	}
	return spec_put_new(doc, "/ocipipe/network", record, err);
}

static int apply_namespaces(json_t *doc, const struct ns_options *options, struct err *err)
{
	const struct choice *want = options->want;

	for (int k = 0; k < KINDS; k++)
		if (want[k].state != UNTOUCHED &&
		    apply_namespace(doc, types[k], want[k], err) < 0)
			return -1;
	return want[NETWORK].state == UNTOUCHED ? 0 : record_network(doc, options, err);
}

/* What would act on the host's namespace, or cannot be had in a joined one (B089). */
static void drop_useless(json_t *doc, const struct choice *want)
{
	json_t *all = spec_get(doc, "/linux/sysctl"), *value;
	const char *name;
	size_t had = json_object_size(all);
	void *next;

	json_object_foreach_safe(all, next, name, value) {
		enum kind kind = sysctl_kind(name);

		if (kind != KINDS && want[kind].state == HOST)
			json_object_del(all, name);
	}
	if (json_object_size(all) < had)
		spec_drop_empty(doc, "/linux/sysctl");
	if (want[TIME].state == HOST || want[TIME].state == JOINED)
		spec_drop(doc, "/linux/timeOffsets");
	if (want[NETWORK].state == HOST)
		spec_drop(doc, "/linux/netDevices");
}

static int contradiction(const char *option, const char *type, struct err *err)
{
	err_set(err, ERR_USAGE, "is for %s %s namespace that is not the host's",
	        *type == 'i' ? "an" : "a", type);
	return err_where(err, "--%s", option);
}

/* The same on one command line is an error: somebody wants both. */
static int check_useless(const struct ns_options *options, struct err *err)
{
	const struct choice *want = options->want;

	for (const struct opt_use *use = options->sysctls.first; use; use = use->next) {
		size_t len = strcspn(use->arg, "=");
		auto_free char *name = xstrndup(use->arg, len);
		enum kind kind = sysctl_kind(name);

		if (want[kind].state == HOST)
			return contradiction("sysctl", types[kind], err);
	}
	if (options->time_offsets.first &&
	    (want[TIME].state == HOST || want[TIME].state == JOINED)) {
		err_set(err, ERR_USAGE, "is for a new time namespace");
		return err_where(err, "--time-offset");
	}
	if (options->net_devices.first && want[NETWORK].state == HOST)
		return contradiction("net-device", types[NETWORK], err);
	return 0;
}

/* ---- names --------------------------------------------------------------- */

/* HOSTNAME= follows the host name unless somebody gave it another value (B033). */
static int apply_hostname(json_t *doc, const char *name, struct err *err)
{
	const char *old = doc_string(json_object_get(doc, "hostname"));
	json_t *env = spec_get(doc, "/process/env");
	const char *has = spec_env_get(env, "HOSTNAME");
	bool ours = !has || str_equal(has, old);

	if (ours && !name)
		spec_env_drop(env, "HOSTNAME");
	if (ours && name && json_object_get(doc, "process")) {
		if (spec_ensure_array(doc, "/process/env", &env, err) < 0 ||
		    spec_env_put(env, "HOSTNAME", name, err) < 0)
			return -1;
	}
	if (!name) {
		json_object_del(doc, "hostname");
		return 0;
	}
	return spec_put_new(doc, "/hostname", json_string(name), err);
}

static bool names_something(const char *name)
{
	return name && *name;
}

static int apply_names(json_t *doc, const struct ns_options *options, struct err *err)
{
	const char *hostname = options->hostname, *domainname = options->domainname;
	int state = options->want[UTS].state;

	if (state == HOST || state == JOINED) {
		if (names_something(hostname))
			return contradiction("hostname", types[UTS], err);
		if (names_something(domainname))
			return contradiction("domainname", types[UTS], err);
		hostname = json_object_get(doc, "hostname") ? "" : NULL;
		domainname = "";
	}
	if (domainname && !*domainname)
		json_object_del(doc, "domainname");
	else if (domainname &&
	         spec_put_new(doc, "/domainname", json_string(domainname), err) < 0)
		return -1;
	return hostname ? apply_hostname(doc, *hostname ? hostname : NULL, err) : 0;
}

/* ---- the rest ------------------------------------------------------------ */

static int apply_sysctls(json_t *doc, const struct opt_list *list, struct err *err)
{
	for (const struct opt_use *use = list->first; use; use = use->next) {
		const char *value = strchr(use->arg, '=');
		auto_free char *name = xstrndup(use->arg, (size_t)(value - use->arg));
		auto_free char *pointer = spec_pointer("/linux/sysctl", name);

		if (spec_put_new(doc, pointer, json_string(value + 1), err) < 0)
			return -1;
	}
	return 0;
}

static int apply_time_offsets(json_t *doc, const struct opt_list *list, struct err *err)
{
	for (const struct opt_use *use = list->first; use; use = use->next) {
		auto_free char *text = xstrdup(use->arg), *pointer = NULL;
		struct offset offset;
		json_t *value;

		if (parse_offset(text, &offset, err) < 0)
			return -1;
		value = json_object();
		json_object_set_new(value, "secs", doc_i64(offset.seconds));
		if (offset.nanoseconds)
			json_object_set_new(value, "nanosecs", doc_u64(offset.nanoseconds));
		pointer = spec_pointer("/linux/timeOffsets", offset.clock);
		if (spec_put_new(doc, pointer, value, err) < 0)
			return -1;
	}
	return 0;
}

static int apply_net_devices(json_t *doc, const struct opt_list *list, struct err *err)
{
	for (const struct opt_use *use = list->first; use; use = use->next) {
		auto_free char *text = xstrdup(use->arg), *pointer = NULL;
		char *rest = text;
		const char *host = strsep(&rest, ":");

		pointer = spec_pointer("/linux/netDevices", host);
		if (spec_put_new(doc, pointer, json_pack("{s:s*}", "name", rest), err) < 0)
			return -1;
	}
	return 0;
}

static void done(void *data)
{
	json_decref(((struct ns_options *)data)->network);
}

static int apply(json_t *doc, const void *data, struct err *err)
{
	const struct ns_options *options = data;

	if (check_useless(options, err) < 0 || apply_namespaces(doc, options, err) < 0)
		return -1;
	drop_useless(doc, options->want);
	if (apply_names(doc, options, err) < 0 ||
	    apply_sysctls(doc, &options->sysctls, err) < 0 ||
	    apply_time_offsets(doc, &options->time_offsets, err) < 0)
		return -1;
	return apply_net_devices(doc, &options->net_devices, err);
}

/* clang-format off */
#define AT(member) .at = offsetof(struct ns_options, member)
#define STATE "private|host|PATH"
static const struct opt options[] = {
	{ .name = "pid", .arg = STATE, .set = set_choice, AT(want[PID]), .values = states,
	  .help = "process ids" },
	{ .name = "ipc", .arg = STATE, .set = set_choice, AT(want[IPC]), .values = states,
	  .help = "System V and POSIX message queues, shared memory" },
	{ .name = "uts", .arg = STATE, .set = set_choice, AT(want[UTS]), .values = states,
	  .help = "host and domain name" },
	{ .name = "mountns", .arg = STATE, .set = set_choice, AT(want[MOUNT]), .values = states,
	  .help = "mounts" },
	{ .name = "cgroupns", .arg = STATE, .set = set_choice, AT(want[CGROUP]),
	  .values = states, .help = "the view of the cgroups" },
	{ .name = "timens", .arg = STATE, .set = set_choice, AT(want[TIME]), .values = states,
	  .help = "monotonic and boot time" },
	{ .name = "network", .alias = "net", .arg = "private|none|host|PATH|HOW", .set = set_network,
	  .values = network_states,
	  .help = "network; HOW: slirp4netns[:OPTIONS], pasta[:OPTIONS], bridge[:NAMES], NAMES" },
	{ .name = "hostname", .arg = "NAME", .set = set_name, AT(hostname),
	  .help = "the host name (the container's name)" },
	{ .name = "domainname", .arg = "NAME", .set = set_name, AT(domainname),
	  .help = "the NIS domain name" },
	{ .name = "sysctl", .arg = "NAME=VALUE", .set = append_sysctl, AT(sysctls),
	  .help = "a kernel parameter of its namespaces" },
	{ .name = "time-offset", .arg = "CLOCK=SECONDS", .set = append_offset,
	  AT(time_offsets), .values = clocks, .help = "shift a clock of its time namespace" },
	{ .name = "net-device", .arg = "HOST[:NAME]", .set = append_device, AT(net_devices),
	  .help = "move a network interface into it" },
	{ .name = NULL },
};
/* clang-format on */

static const struct filter ns_apply = {
	.name = "ns-apply",
	.summary = "choose namespaces, host name, sysctls and network mode",
	.options = options,
	.size = sizeof(struct ns_options),
	.owns = (const char *const[]){ "/linux/namespaces[type!=user]", "/hostname",
	                               "/domainname", "/linux/sysctl", "/linux/timeOffsets",
	                               "/linux/netDevices", "/ocipipe/network",
	                               "/process/env[HOSTNAME=]", NULL },
	.apply = apply,
	.done = done,
};

int main(int argc, char *argv[])
{
	return filter_main(&ns_apply, argc, argv);
}
