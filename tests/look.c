// SPDX-License-Identifier: Apache-2.0
/* look - print what a process is, as it finds itself: for a root filesystem, linked
 * statically */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const lines[] = {
	"Uid:",    "Gid:",    "Groups:", "Umask:",  "SigBlk:", "SigIgn:",     "SigCgt:",
	"CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:", "NoNewPrivs:", "Seccomp:",
};

static void print_status(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[8192];

	while (file && fgets(line, sizeof(line), file))
		for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
			if (strncmp(line, lines[i], strlen(lines[i])) == 0)
				fputs(line, stdout);
	if (file)
		fclose(file);
}

static void print_link(const char *name)
{
	char path[64], to[PATH_MAX];
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/self/%s", name);
	len = readlink(path, to, sizeof(to));
	printf("%s: %.*s\n", name, len > 0 ? (int)len : 0, to);
}

int main(int argc, char *argv[], char *envp[])
{
	printf("descriptors:");
	for (int fd = 0; fd < 65536; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf(" %d", fd);
	printf("\n");
	print_status();
	print_link("cwd");
	print_link("root");
	for (int i = 0; i < argc; i++)
		printf("argument: %s\n", argv[i]);
	for (char **entry = envp; *entry; entry++)
		printf("environment: %s\n", *entry);
	return 0;
}
