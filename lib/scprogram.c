// SPDX-License-Identifier: Apache-2.0
#include "scprogram.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io.h"

const char *sc_library(void)
{
	static char text[48];
	const struct scmp_version *version = seccomp_version();

	snprintf(text, sizeof(text), "libseccomp %u.%u.%u", version->major, version->minor,
	         version->micro);
	return text;
}

/* ---- names and numbers --------------------------------------------------- */

uint32_t sc_token(enum sc_arch arch)
{
	static const char prefix[] = "SCMP_ARCH_";
	const char *spec = name_of(sc_arch_spec_names, (int)arch) + strlen(prefix);
	auto_free char *name = xstrdup(spec);

	for (char *c = name; *c; c++)
		*c = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
	return seccomp_arch_resolve_name(name);
}

bool sc_name_known(const char *name)
{
	return seccomp_syscall_resolve_name(name) != __NR_SCMP_ERROR;
}

enum { MOST_CALLS = 1024 };

/* Where the architecture's numbers begin. */
static int first_number(enum sc_arch arch)
{
	switch (arch) {
	case SC_X32:
		return 0x40000000;
	case SC_MIPS:
	case SC_MIPSEL:
		return 4000;
	case SC_MIPS64:
	case SC_MIPSEL64:
		return 5000;
	case SC_MIPS64N32:
	case SC_MIPSEL64N32:
		return 6000;
	default:
		return 0;
	}
}

static char *name_of_number(enum sc_arch arch, int number)
{
	return seccomp_syscall_resolve_num_arch(sc_token(arch), number);
}

void sc_name_offer(struct nearest *search)
{
	static const enum sc_arch arches[] = { SC_X86_64, SC_X86, SC_AARCH64, SC_ARM,
		                               SC_S390X };
	static char kept[ARRAY_LEN(arches)][64]; /* the best of each */

	for (size_t i = 0; i < ARRAY_LEN(arches); i++) {
		for (int number = 0; number < MOST_CALLS; number++) {
			auto_free char *name = name_of_number(arches[i], number);
			const char *best = search->best;

			if (!name || strlen(name) >= sizeof(kept[i]))
				continue;
			nearest_offer(search, name);
			if (search->best != best)
				search->best = memcpy(kept[i], name, strlen(name) + 1);
		}
	}
}

int sc_name_check(const char *name, struct err *err)
{
	struct nearest search;

	if (sc_name_known(name))
		return 0;
	err_set(err, ERR_USAGE, "unknown system call '%s'", name);
	nearest_start(&search, name);
	sc_name_offer(&search);
	return search.best ? err_hint(err, "%s?", search.best)
	                   : err_hint(err, "%s does not have it", sc_library());
}

/* libseccomp has numbers of its own for calls that an architecture also multiplexes. */
static int find_number(enum sc_arch arch, const char *name)
{
	int first = first_number(arch);

	for (int number = first; number < first + MOST_CALLS; number++) {
		auto_free char *known = name_of_number(arch, number);

		if (known && strcmp(known, name) == 0)
			return number;
	}
	return -1;
}

/* Those of i386 (the kernel's syscall_32.tbl), for which a search would take its time. */
static int number_on_i386(const char *name)
{
	static const struct name numbers[] = {
		{ "socket", 359 },      { "socketpair", 360 },
		{ "bind", 361 },        { "connect", 362 },
		{ "listen", 363 },      { "accept4", 364 },
		{ "getsockopt", 365 },  { "setsockopt", 366 },
		{ "getsockname", 367 }, { "getpeername", 368 },
		{ "sendto", 369 },      { "sendmsg", 370 },
		{ "recvfrom", 371 },    { "recvmsg", 372 },
		{ "shutdown", 373 },    { "semget", 393 },
		{ "semctl", 394 },      { "shmget", 395 },
		{ "shmctl", 396 },      { "shmat", 397 },
		{ "shmdt", 398 },       { "msgget", 399 },
		{ "msgsnd", 400 },      { "msgrcv", 401 },
		{ "msgctl", 402 },      { "recvmmsg", 337 },
		{ "sendmmsg", 345 },    { NULL, 0 },
	};
	int number;

	return name_value(numbers, name, &number) ? number : -1;
}

int sc_number(enum sc_arch arch, const char *name)
{
	uint32_t token = sc_token(arch);
	int number = token ? seccomp_syscall_resolve_name_arch(token, name) : -1;

	if (number >= -1)
		return number;
	if (arch == SC_X86)
		return number_on_i386(name);
	return sc_arch_multiplexes(arch) ? find_number(arch, name) : -1;
}

/* ---- feeding libseccomp -------------------------------------------------- */

static uint32_t library_action(struct sc_action action)
{
	switch (action.kind) {
	case SC_KILL:
		return SCMP_ACT_KILL_THREAD;
	case SC_KILL_PROCESS:
		return SCMP_ACT_KILL_PROCESS;
	case SC_TRAP:
		return SCMP_ACT_TRAP;
	case SC_ERRNO:
		return SCMP_ACT_ERRNO(action.value);
	case SC_TRACE:
		return SCMP_ACT_TRACE(action.value);
	case SC_ALLOW:
		return SCMP_ACT_ALLOW;
	case SC_LOG:
		return SCMP_ACT_LOG;
	case SC_NOTIFY:
		return SCMP_ACT_NOTIFY;
	}
	abort();
}

static int library_fails(int code, const char *what, struct err *err)
{
	return err_set(err, ERR_INPUT, "%s refuses %s: %s", sc_library(), what,
	               strerror(-code));
}

static int add_arch(scmp_filter_ctx context, enum sc_arch arch, struct err *err)
{
	uint32_t token = sc_token(arch);
	const char *name = name_of(sc_arch_spec_names, (int)arch);
	int code = token ? seccomp_arch_add(context, token) : -EINVAL;

	return code < 0 && code != -EEXIST ? library_fails(code, name, err) : 0;
}

static int add_arches(scmp_filter_ctx context, const struct sc_filter *filter,
                      enum sc_arch native, struct err *err)
{
	/* Of another byte order two do not go together. */
	if (sc_token(native) != seccomp_arch_native())
		(void)seccomp_arch_remove(context, SCMP_ARCH_NATIVE);
	if (add_arch(context, native, err) < 0)
		return -1;
	for (int arch = 0; arch < SC_ARCHES; arch++)
		if (filter->arch[arch] && add_arch(context, (enum sc_arch)arch, err) < 0)
			return err_where(err, "/architectures");
	return 0;
}

static int add_rule(scmp_filter_ctx context, const struct sc_rule *rule, const char *name,
                    struct err *err)
{
	static const enum scmp_compare ops[] = {
		[SC_NE] = SCMP_CMP_NE,
		[SC_LT] = SCMP_CMP_LT,
		[SC_LE] = SCMP_CMP_LE,
		[SC_EQ] = SCMP_CMP_EQ,
		[SC_GE] = SCMP_CMP_GE,
		[SC_GT] = SCMP_CMP_GT,
		[SC_MASKED_EQ] = SCMP_CMP_MASKED_EQ,
	};
	struct scmp_arg_cmp args[SC_ARGS];
	int number = seccomp_syscall_resolve_name(name), code;

	if (number == __NR_SCMP_ERROR)
		return 0; /* the runtimes skip it too */
	for (size_t i = 0; i < rule->count; i++)
		args[i] =
			(struct scmp_arg_cmp){ rule->conds[i].arg, ops[rule->conds[i].op],
			                       rule->conds[i].value, rule->conds[i].datum };
	code = seccomp_rule_add_array(context, library_action(rule->action), number,
	                              (unsigned int)rule->count, args);
	if (code == 0)
		return 0;
	err_set(err, ERR_INPUT, "%s refuses the rule for %s: %s", sc_library(), name,
	        strerror(-code));
	err_where(err, "/syscalls/%zu", rule->index);
	if (code == -EEXIST)
		return err_hint(err,
		                "another rule has another action for the same arguments");
	return -1;
}

static int add_rules(scmp_filter_ctx context, const struct sc_filter *filter,
                     struct err *err)
{
	json_t *name;
	size_t j;

	for (size_t i = 0; i < filter->count; i++) {
		const struct sc_rule *rule = &filter->rules[i];

		if (rule->dropped)
			continue;
		json_array_foreach(rule->names, j, name) {
			if (add_rule(context, rule, doc_string(name), err) < 0)
				return -1;
		}
	}
	return 0;
}

/* ---- in a process of its own --------------------------------------------- */

typedef int exporter(const scmp_filter_ctx context, int fd);

struct job {
	struct sc_filter filter;
	enum sc_arch native;
	exporter *export;
	int output;      /* memory */
	struct err *err; /* shared with the child */
};

static int do_job(const struct job *job)
{
	scmp_filter_ctx context;
	int code;

	/* What the kernel of this host can do is the runtime's concern. */
	for (unsigned int level = 7; level > 0 && seccomp_api_set(level) < 0;)
		level--;
	context = seccomp_init(library_action(job->filter.otherwise));
	if (!context)
		return err_set(job->err, ERR_INPUT, "%s refuses the default action",
		               sc_library());
	if (add_arches(context, &job->filter, job->native, job->err) < 0 ||
	    add_rules(context, &job->filter, job->err) < 0)
		return -1;
	code = job->export(context, job->output);
	if (code < 0)
		return library_fails(code, "the filter", job->err);
	return 0;
}

static void child(const struct job *job)
{
	enum { SECONDS = 20 };
	const struct rlimit time = { SECONDS, SECONDS }, none = { 0, 0 };

	(void)setrlimit(RLIMIT_CPU, &time);
	(void)setrlimit(RLIMIT_CORE, &none);
	_exit(do_job(job) < 0 ? 1 : 0);
}

static int wait_for(pid_t pid, const struct job *job, struct err *err)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_errno(err, "", "cannot wait");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status) && job->err->kind != ERR_NONE) {
		*err = *job->err;
		return -1;
	}
	if (WIFSIGNALED(status) &&
	    (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL))
		err_set(err, ERR_INPUT, "%s comes to no end with this filter",
		        sc_library());
	else
		err_set(err, ERR_INPUT, "%s breaks on this filter", sc_library());
	return err_hint(err, "so would a runtime: fewer rules with several conditions "
	                     "each are easier on it");
}

static int run_job(struct job *job, struct err *err)
{
	/* If it were ignored the kernel would throw the exit status away. */
	void (*old)(int) = signal(SIGCHLD, SIG_DFL);
	pid_t pid = fork();
	int done;

	if (pid == 0)
		child(job);
	done = pid < 0 ? err_errno(err, "", "cannot start a process")
	               : wait_for(pid, job, err);
	signal(SIGCHLD, old);
	return done;
}

static int export_filter(const json_t *filter, enum sc_arch native, exporter *export,
                         struct buf *ret, struct err *err)
{
	struct job job = { .native = native, .export = export };
	auto_close int output = memfd_create("filter", MFD_CLOEXEC);
	int done;

	if (output < 0)
		return err_errno(err, "", "cannot make a file in memory");
	job.err = mmap(NULL, sizeof(*job.err), PROT_READ | PROT_WRITE,
	               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (job.err == MAP_FAILED)
		return err_errno(err, "", "cannot map memory");
	job.output = output;
	sc_filter_read(filter, &job.filter);
	done = run_job(&job, err);
	sc_filter_free(&job.filter);
	munmap(job.err, sizeof(*job.err));
	if (done < 0)
		return -1;
	if (lseek(output, 0, SEEK_SET) < 0)
		return err_errno(err, "", "cannot read the filter");
	return io_read_all(output, "the filter", DOC_MAX_INPUT, ret, err);
}

int sc_program_make(const json_t *filter, enum sc_arch native, struct sc_program *ret,
                    struct err *err)
{
	auto_buf struct buf code = { 0 };

	if (export_filter(filter, native, seccomp_export_bpf, &code, err) < 0)
		return -1;
	*ret = (struct sc_program){ .count = code.len / sizeof(struct sock_filter) };
	ret->code = (struct sock_filter *)(void *)buf_steal(&code);
	if (sc_arch_is_big_endian(native) != sc_arch_is_big_endian(sc_native_arch()))
		sc_program_mend(ret);
	return 0;
}

void sc_program_free(struct sc_program *program)
{
	free(program->code);
	program->code = NULL;
}

int sc_program_text(const json_t *filter, enum sc_arch native, struct buf *ret,
                    struct err *err)
{
	return export_filter(filter, native, seccomp_export_pfc, ret, err);
}
