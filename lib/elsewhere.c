// SPDX-License-Identifier: Apache-2.0
#include "elsewhere.h"

#include <string.h>

#include "names.h"
#include "pointer.h"

/* clang-format off */
static const struct {
	const char *tool;
	const char *options; /* each between blanks */
} stages[] = {
	{ "ocigen",
	  " annotation base console-size entrypoint env env-file env-merge group-add http-proxy "
	  "image-config interactive layer oci-version personality preset read-only rootfs "
	  "security-opt shell terminal tty umask unsetannotation unsetenv user workdir workingdir " },
	{ "ns-apply",
	  " cgroupns domainname hostname ipc mountns net net-device network pid sysctl "
	  "time-offset timens uts " },
	{ "idmap-apply",
	  " check gidmap rootless subgid subgidname subuid subuidname uidmap userns userns-gid-map "
	  "userns-gid-map-group userns-uid-map userns-uid-map-user " },
	{ "caps-apply",
	  " ambient bounding cap-add cap-drop effective explain inheritable permitted " },
	{ "resources-apply",
	  " blkio-leaf-weight blkio-leaf-weight-device blkio-weight blkio-weight-device "
	  "cgroup-conf cgroup-parent cgroups-path cpu-affinity cpu-burst cpu-idle cpu-period "
	  "cpu-quota cpu-rt-period cpu-rt-runtime cpu-shares cpus cpuset-cpus cpuset-mems "
	  "device-read-bps device-read-iops device-write-bps device-write-iops explain hugetlb "
	  "io-priority kernel-memory memory memory-check-before-update memory-kernel "
	  "memory-kernel-tcp memory-policy memory-reservation memory-swap memory-swappiness "
	  "memory-use-hierarchy net-classid net-priority oom-kill-disable oom-score-adj "
	  "pids-limit rdma rdt-closid rdt-l3 rdt-mb rdt-monitoring rdt-schema scheduler ulimit "
	  "unified " },
	{ "devices-apply",
	  " bind cdi-dir cdi-spec-dir device device-cgroup-rule mknod remove " },
	{ "mounts-apply",
	  " add-host before build-context cgroup-rw context contextdir default-mounts-file dns "
	  "dns-option dns-search fips image-volume-dir image-volumes mask mount mount-label "
	  "no-containerenv no-hostname no-hosts no-resolv-conf readonly-path remove "
	  "rootfs-propagation secret shm-size special-mounts ssh tmpfs unmask volume " },
	{ "seccomp-apply",
	  " allow arch default-action deny explain export flag kernel listener profile rule "
	  "strict " },
	{ "hooks-apply",
	  " explain has-bind-mounts hook hooks-dir no-precreate remove strict timeout " },
	{ "ocipatch", " merge patch " },
	{ "ocirun",
	  " bundle cache-dir clean data-root dry-run isolation keep log-level name no-new-keyring no-pivot pid-file "
	  "prepare-only preserve-fds replay root run-root runtime runtime-flag shell stdin trace-hooks "
	  "stop-timeout timeout tty " },
};

/* What podman's users type, where no stage has an option of that name. */
static const struct {
	const char *option;
	char letter;
	const char *hint;
} sentences[] = {
	{ "cni-config-dir", 0, "ns-apply --network=NAME, a network of netavark's" },
	{ "cni-plugin-path", 0, "ns-apply --network=NAME, a network of netavark's" },
	{ "detach", 'd', "a service is: ocirun FILE &" },
	{ "gpus", 0, "devices-apply --device=nvidia.com/gpu=all" },
	{ "init", 0, "process 1 is the command; let it be one that reaps" },
	{ "label", 'l', "ocigen --annotation" },
	{ "privileged", 0, "there is no such switch: drop the confinement you mean, stage by stage" },
	{ "publish", 'p', "ns-apply --network=pasta:-t,PORT" },
	{ "quiet", 'q', "a filter says nothing that is no error; ocirun has --log-level=error" },
	{ "rm", 0, "ocirun always removes what it made" },
};

static const struct {
	char letter;
	const char *option;
} letters[] = {
	{ 'c', "cpu-shares" }, { 'e', "env" },  { 'm', "memory" }, { 't', "tty" },
	{ 'u', "user" },       { 'v', "volume" }, { 'w', "workdir" },
};
/* clang-format on */

static bool has_word(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = words; (at = strstr(at, word)); at++)
		if (at[-1] == ' ' && at[len] == ' ')
			return true;
	return false;
}

char *elsewhere_hint(const char *option)
{
	auto_buf struct buf hint = { 0 };

	if (!*option || strchr(option, ' '))
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(stages); i++)
		if (has_word(stages[i].options, option))
			buf_printf(&hint, "%s%s --%s", hint.len ? ", or " : "",
			           stages[i].tool, option);
	for (size_t i = 0; hint.len == 0 && i < ARRAY_LEN(sentences); i++)
		if (strcmp(sentences[i].option, option) == 0)
			buf_text(&hint, sentences[i].hint);
	return hint.len ? buf_steal(&hint) : NULL;
}

char *elsewhere_letter_hint(char letter)
{
	for (size_t i = 0; i < ARRAY_LEN(letters); i++)
		if (letters[i].letter == letter)
			return elsewhere_hint(letters[i].option);
	for (size_t i = 0; i < ARRAY_LEN(sentences); i++)
		if (letter && sentences[i].letter == letter)
			return elsewhere_hint(sentences[i].option);
	return NULL;
}

char *elsewhere_near(const char *option)
{
	auto_free char *best = NULL;
	struct nearest search;

	nearest_start(&search, option);
	for (size_t i = 0; i < ARRAY_LEN(stages); i++) {
		for (const char *at = stages[i].options + 1; *at;
		     at += strcspn(at, " ") + 1) {
			auto_free char *word = xstrndup(at, strcspn(at, " "));
			size_t before = search.distance;

			nearest_offer(&search, word);
			if (search.distance < before) {
				free(best);
				best = steal(&word);
			}
		}
	}
	return best ? elsewhere_hint(best) : NULL;
}

/* clang-format off */
static const struct {
	const char *pointer;
	const char *owner;
} owners[] = {
	{ "/annotations", "process-apply" },
	{ "/domainname", "ns-apply" },
	{ "/hooks", "hooks-apply" },
	{ "/hostname", "ns-apply" },
	{ "/linux/cgroupsPath", "resources-apply" },
	{ "/linux/devices", "devices-apply" },
	{ "/linux/gidMappings", "idmap-apply" },
	{ "/linux/intelRdt", "resources-apply" },
	{ "/linux/maskedPaths", "mounts-apply" },
	{ "/linux/memoryPolicy", "resources-apply" },
	{ "/linux/mountLabel", "mounts-apply" },
	{ "/linux/namespaces", "ns-apply" },
	{ "/linux/netDevices", "ns-apply" },
	{ "/linux/personality", "process-apply" },
	{ "/linux/readonlyPaths", "mounts-apply" },
	{ "/linux/resources", "resources-apply" },
	{ "/linux/resources/devices", "devices-apply" },
	{ "/linux/rootfsPropagation", "mounts-apply" },
	{ "/linux/seccomp", "seccomp-apply" },
	{ "/linux/sysctl", "ns-apply" },
	{ "/linux/timeOffsets", "ns-apply" },
	{ "/linux/uidMappings", "idmap-apply" },
	{ "/mounts", "mounts-apply" },
	{ "/ociVersion", "process-apply" },
	{ "/ocipipe/cgroup", "resources-apply" },
	{ "/ocipipe/network", "ns-apply" },
	{ "/ocipipe/prepare", "mounts-apply" },
	{ "/ocipipe/rootfs", "process-apply" },
	{ "/process", "process-apply" },
	{ "/process/capabilities", "caps-apply" },
	{ "/process/execCPUAffinity", "resources-apply" },
	{ "/process/ioPriority", "resources-apply" },
	{ "/process/oomScoreAdj", "resources-apply" },
	{ "/process/rlimits", "resources-apply" },
	{ "/process/scheduler", "resources-apply" },
	{ "/root", "process-apply" },
};
/* clang-format on */

const char *elsewhere_owner(const char *pointer)
{
	const char *owner = "ocipatch";

	/* A part of what another one owns comes later in the table. */
	for (size_t i = 0; i < ARRAY_LEN(owners); i++)
		if (pointer_beneath(pointer, owners[i].pointer))
			owner = owners[i].owner;
	return owner;
}
