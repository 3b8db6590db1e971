// SPDX-License-Identifier: Apache-2.0
#include "elsewhere.h"

#include <string.h>

#include "base.h"
#include "pointer.h"

/* clang-format off */
static const struct {
	const char *option;
	const char *hint;
} elsewhere[] = {
	{ "workdir", "ocigen --workdir" },
	{ "env", "ocigen --env" },
	{ "user", "ocigen --user" },
	{ "rootfs", "ocigen --rootfs" },
	{ "layer", "ocigen --layer" },
	{ "image-config", "ocigen --image-config" },
	{ "entrypoint", "ocigen --entrypoint" },
	{ "env-file", "ocigen --env-file" },
	{ "env-merge", "ocigen --env-merge" },
	{ "unsetenv", "ocigen --unsetenv" },
	{ "http-proxy", "ocigen --http-proxy" },
	{ "group-add", "ocigen --group-add" },
	{ "umask", "ocigen --umask" },
	{ "read-only", "ocigen --read-only" },
	{ "annotation", "ocigen --annotation" },
	{ "security-opt", "ocigen --security-opt" },
	{ "personality", "ocigen --personality" },
	{ "tty", "ocigen --tty" },
	{ "terminal", "ocigen --tty" },
	{ "hostname", "ns-apply --hostname" },
	{ "network", "ns-apply --network" },
	{ "net", "ns-apply --network" },
	{ "pid", "ns-apply --pid" },
	{ "ipc", "ns-apply --ipc" },
	{ "uts", "ns-apply --uts" },
	{ "userns", "idmap-apply --uidmap and --gidmap" },
	{ "uidmap", "idmap-apply --uidmap" },
	{ "gidmap", "idmap-apply --gidmap" },
	{ "cap-add", "caps-apply --cap-add" },
	{ "cap-drop", "caps-apply --cap-drop" },
	{ "memory", "resources-apply --memory" },
	{ "memory-swap", "resources-apply --memory-swap" },
	{ "cpus", "resources-apply --cpus" },
	{ "cpu-shares", "resources-apply --cpu-shares" },
	{ "pids-limit", "resources-apply --pids-limit" },
	{ "ulimit", "resources-apply --ulimit" },
	{ "cgroup-parent", "resources-apply --cgroup-parent" },
	{ "volume", "mounts-apply --volume" },
	{ "mount", "mounts-apply --mount" },
	{ "tmpfs", "mounts-apply --tmpfs" },
	{ "profile", "seccomp-apply --profile" },
	{ "hooks-dir", "hooks-apply --hooks-dir" },
	{ "runtime", "ocirun --runtime" },
	{ "name", "ocirun --name" },
	{ "dry-run", "ocirun --dry-run" },
	{ "privileged", "there is no such switch; drop the confinement you mean, stage by stage" },
	{ "rm", "ocirun always removes what it made" },
	{ "detach", "a service is: ocirun FILE &" },
	{ "publish", "ports are published by the network stage" },
};
/* clang-format on */

const char *elsewhere_hint(const char *option)
{
	for (size_t i = 0; i < ARRAY_LEN(elsewhere); i++)
		if (strcmp(elsewhere[i].option, option) == 0)
			return elsewhere[i].hint;
	return NULL;
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
