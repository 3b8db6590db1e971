// SPDX-License-Identifier: Apache-2.0
#include "mountsubs.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mountlist.h"

const char mountsubs_policies[] = "/usr/share/crypto-policies/back-ends/FIPS";

static const char secrets_place[] = "/run/secrets";
static const char fips_mark[] = "system-fips";

/* B152; a bind says one each of bind/rbind, ro/rw and a propagation. */
static json_t *row(const char *target, const char *source)
{
	return json_pack("{s:s, s:s, s:s, s:[s, s, s]}", "destination", target, "type",
	                 "bind", "source", source, "options", "bind", "rprivate", "rw");
}

/* A later one of a destination replaces an earlier one. */
static void put_new(json_t *mount, json_t *step, json_t *mounts, json_t *steps)
{
	const char *at = doc_string(json_object_get(mount, "destination"));

	json_object_set_new(steps, at, json_pack("[o]", step));
	json_array_append_new(mounts, mount);
}

static void copy_new(const char *target, json_t *source, json_t *mounts, json_t *steps)
{
	json_t *step = json_pack("{s:s, s:s, s:o}", "step", "subscription", "mount", target,
	                         "source", source);

	put_new(row(target, "subscription"), step, mounts, steps);
}

/* ---- a list -------------------------------------------------------------- */

static void trim(char **text)
{
	static const char blanks[] = " \t\r";
	size_t len;

	*text += strspn(*text, blanks);
	len = strlen(*text);
	while (len > 0 && strchr(blanks, (*text)[len - 1]))
		(*text)[--len] = '\0';
}

static int read_line(char *line, const char *where, const char *tool, json_t *mounts,
                     json_t *steps, struct err *err)
{
	auto_free char *target = NULL;
	char *inside;

	trim(&line); /* B150 */
	if (*line != '/')
		return 0;
	inside = strchr(line, ':');
	if (inside)
		*inside++ = '\0';
	else
		inside = line;
	if (*inside != '/') {
		err_set(err, ERR_INPUT, "'%s' is not an absolute path", inside);
		return err_hint(err, "a line is HOST or HOST:CONTAINER");
	}
	target = mountlist_tidy(inside);
	if (access(line, F_OK) < 0) { /* B151 */
		fprintf(stderr, "%s: %s: %s is not there, and is skipped\n", tool, where,
		        line);
		return 0;
	}
	copy_new(target, json_pack("{s:s}", "file", line), mounts, steps);
	return 0;
}

int mountsubs_read(struct buf *text, const char *file, const char *tool, json_t *mounts,
                   json_t *steps, struct err *err)
{
	char *line = text->data, *end = text->data + text->len;

	for (size_t number = 1; line < end; number++) {
		auto_free char *where = xasprintf("%s: line %zu", file, number);
		char *next = memchr(line, '\n', (size_t)(end - line));
		char *stop = next ? next : end;
		int failed;

		*stop = '\0';
		failed = strlen(line) < (size_t)(stop - line)
		                 ? err_set(err, ERR_INPUT, "has a NUL byte")
		                 : read_line(line, where, tool, mounts, steps, err);
		if (failed)
			return err_where(err, "%s", where);
		line = next ? next + 1 : end;
	}
	return 0;
}

/* ---- FIPS ---------------------------------------------------------------- */

/* The host's secrets, if they are shown, have one file more (B154). */
static void mark(json_t *mounts, json_t *steps)
{
	json_t *listed = json_object_get(steps, secrets_place), *source;

	if (!listed) {
		copy_new(secrets_place, json_object(), mounts, steps);
		listed = json_object_get(steps, secrets_place);
	}
	source = json_object_get(json_array_get(listed, 0), "source");
	json_object_set_new(source, "files", json_pack("{s:s}", fips_mark, ""));
}

/* B155. */
static void choose_policies(const char *root, json_t *mounts, json_t *steps)
{
	static const char back_ends[] = "/etc/crypto-policies/back-ends";
	static const char chosen[] = "/etc/crypto-policies/config";
	json_t *step = json_pack("{s:s, s:s, s:s, s:s}", "step", "source", "mount",
	                         back_ends, "root", root, "subpath", mountsubs_policies);

	if (!json_object_get(steps, back_ends))
		put_new(row(back_ends, mountsubs_policies), step, mounts, steps);
	else
		json_decref(step);
	copy_new(chosen, json_pack("{s:s}", "text", "FIPS\n"), mounts, steps);
}

void mountsubs_fips(const char *root, json_t *mounts, json_t *steps)
{
	mark(mounts, steps);
	if (root)
		choose_policies(root, mounts, steps);
}
