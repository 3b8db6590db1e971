// SPDX-License-Identifier: Apache-2.0
#include "rundoc.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"
#include "kept.h"
#include "spec.h"
#include "where.h"

/* ---- finding and reading ------------------------------------------------- */

/* Without a document in the pipe or by name, a bundle has its own. */
static bool reads_bundle(const struct rundoc_wish *wish)
{
	struct stat st;

	return wish->bundle && !wish->operand &&
	       (fstat(STDIN_FILENO, &st) < 0 ||
	        !(S_ISFIFO(st.st_mode) || S_ISREG(st.st_mode)));
}

static char *directory_of(const char *file)
{
	const char *slash = file ? strrchr(file, '/') : NULL;
	auto_free char *dir = NULL;

	if (!slash)
		return where_absolute(".");
	dir = xstrndup(file, (size_t)(slash - file + 1));
	return where_absolute(dir);
}

static int find(const struct rundoc_wish *wish, struct rundoc *ret, struct err *err)
{
	if (wish->replay)
		return kept_document(wish->replay, &ret->file, &ret->base, err);
	if (reads_bundle(wish))
		ret->file = xasprintf("%s/config.json", wish->bundle);
	else if (wish->operand && strcmp(wish->operand, "-") != 0)
		ret->file = xstrdup(wish->operand);
	ret->base = wish->bundle ? where_absolute(wish->bundle) : directory_of(ret->file);
	return 0;
}

static int read_text(const char *file, uint64_t max, struct buf *text, struct err *err)
{
	if (file)
		return io_read_file(file, max, text, err);
	if (isatty(STDIN_FILENO)) {
		err_at(err, "standard input", "is a terminal");
		return err_hint(err, "put a document into the pipe, or name its file");
	}
	return io_read_all(STDIN_FILENO, "standard input", max, text, err);
}

int rundoc_read(const struct rundoc_wish *wish, struct rundoc *ret, struct err *err)
{
	if (find(wish, ret, err) < 0 ||
	    read_text(ret->file, wish->max_input, &ret->text, err) < 0)
		return -1;
	if (ret->text.len == 0)
		return err_set(err, ERR_INPUT, "no document: an earlier stage failed");
	if (doc_parse(ret->text.data, ret->text.len, &ret->doc, err) < 0)
		return ret->file ? err_under(err, ": "), err_under(err, ret->file) : -1;
	if (doc_kind(ret->doc) == DOC_OBJECT)
		return 0;
	return err_set(err, ERR_INPUT, "the document must be an object, but is %s",
	               doc_kind_name(doc_kind(ret->doc)));
}

void rundoc_free(struct rundoc *rundoc)
{
	free(rundoc->file);
	free(rundoc->base);
	buf_free(&rundoc->text);
	json_decref(rundoc->doc);
	*rundoc = (struct rundoc){ 0 };
}

/* ---- changing ------------------------------------------------------------ */

int rundoc_set_terminal(json_t *doc, bool on, struct err *err)
{
	json_t *env;

	if (spec_put_new(doc, "/process/terminal", json_boolean(on), err) < 0)
		return -1;
	if (!on) {
		spec_drop(doc, "/process/consoleSize");
		return 0;
	}
	if (spec_ensure_array(doc, "/process/env", &env, err) < 0)
		return -1;
	return spec_env_get(env, "TERM") ? 0 : spec_env_put(env, "TERM", "xterm", err);
}

int rundoc_set_command(json_t *doc, const char *const *words, struct err *err)
{
	json_t *args = json_array();

	for (; *words; words++)
		json_array_append_new(args, json_string(*words));
	return spec_put_new(doc, "/process/args", args, err);
}
