// SPDX-License-Identifier: Apache-2.0
#include "elsewhere.h"

#include <string.h>

#include "base.h"

/* clang-format off */
static const struct {
	const char *option;
	const char *hint;
} elsewhere[] = {
	{ "workdir", "ocigen --workdir" },
	{ "env", "ocigen --env" },
	{ "user", "ocigen --user" },
	{ "rootfs", "ocigen --rootfs" },
	{ "hostname", "ns-apply --hostname" },
	{ "network", "ns-apply --network" },
	{ "net", "ns-apply --network" },
	{ "pid", "ns-apply --pid" },
	{ "ipc", "ns-apply --ipc" },
	{ "uts", "ns-apply --uts" },
	{ "userns", "idmap-apply --uidmap and --gidmap" },
	{ "uidmap", "idmap-apply --uidmap" },
	{ "gidmap", "idmap-apply --gidmap" },
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
