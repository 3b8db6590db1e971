// SPDX-License-Identifier: Apache-2.0
#include "program.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool program_can_run(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

char *program_find(const char *name, const char *more)
{
	const char *path = getenv("PATH");
	auto_free char *all = xasprintf("%s:%s", path ? path : "", more);
	char *rest = all;

	for (char *dir; (dir = strsep(&rest, ":"));) {
		auto_free char *file = xasprintf("%s/%s", dir, name);

		if (*dir == '/' && program_can_run(file))
			return steal(&file);
	}
	return NULL;
}

char **program_environment(void)
{
	static const char *const names[] = { "PATH=", "XDG_RUNTIME_DIR=", "TMPDIR=",
		                             "DBUS_SESSION_BUS_ADDRESS=" };
	static char language[] = "LANG=C";
	char **env = xcalloc(ARRAY_LEN(names) + 2, sizeof(*env));
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char **entry = environ;

		while (*entry && !str_starts(*entry, names[i]))
			entry++;
		if (*entry)
			env[count++] = *entry;
	}
	env[count] = language;
	return env;
}
