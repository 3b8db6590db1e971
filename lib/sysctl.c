// SPDX-License-Identifier: Apache-2.0
#include "sysctl.h"

#include <string.h>

#include "base.h"

/* Runtimes make a path of it. */
static bool is_plain(const char *name)
{
	for (const char *c = name; *c; c++)
		if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
		      (*c >= '0' && *c <= '9') || strchr("._-", *c)))
			return false;
	return !strstr(name, "..") && name[strlen(name) - 1] != '.';
}

const char *sysctl_namespace(const char *name)
{
	static const struct {
		const char *name;
		const char *type;
	} exact[] = {
		{ "kernel.msgmax", "ipc" },     { "kernel.msgmnb", "ipc" },
		{ "kernel.msgmni", "ipc" },     { "kernel.sem", "ipc" },
		{ "kernel.shmall", "ipc" },     { "kernel.shmmax", "ipc" },
		{ "kernel.shmmni", "ipc" },     { "kernel.shm_rmid_forced", "ipc" },
		{ "kernel.domainname", "uts" },
	};

	for (size_t i = 0; i < ARRAY_LEN(exact); i++)
		if (strcmp(exact[i].name, name) == 0)
			return exact[i].type;
	if (!*name || !is_plain(name))
		return NULL;
	if (str_starts(name, "fs.mqueue."))
		return "ipc";
	return str_starts(name, "net.") ? "network" : NULL;
}
