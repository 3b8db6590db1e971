// SPDX-License-Identifier: Apache-2.0
#include "precreate.h"

#include "feed.h"
#include "restore.h"
#include "schema.h"

static char **words_of(const json_t *list)
{
	char **words = xcalloc(json_array_size(list) + 1, sizeof(*words));
	json_t *word;
	size_t i;

	json_array_foreach(list, i, word)
		words[i] = (char *)(uintptr_t)doc_string(word);
	return words;
}

static void print_without_plan(const json_t *doc, struct buf *to)
{
	json_t *copy = json_copy((json_t *)(uintptr_t)doc);

	json_object_del(copy, "ocipipe");
	doc_print(copy, DOC_COMPACT, to);
	buf_char(to, '\n');
	json_decref(copy);
}

static int call(const json_t *doc, const json_t *hook, uint64_t seconds, struct buf *output,
                struct err *err)
{
	const json_t *args = json_object_get(hook, "args");
	auto_free char **argv = words_of(args);
	auto_free char **envp = words_of(json_object_get(hook, "env"));
	auto_buf struct buf input = { 0 };
	char *path = (char *)(uintptr_t)doc_string(json_object_get(hook, "path"));
	char *path_alone[] = { path, NULL };
	struct feed feed;
	uint64_t own;

	print_without_plan(doc, &input);
	feed = (struct feed){
		.path = path,
		.argv = argv[0] ? argv : path_alone,
		.envp = envp,
		.input = input.data,
		.len = input.len,
		.seconds = seconds,
		.max_output = DOC_MAX_INPUT,
	};
	if (doc_get_u64(json_object_get(hook, "timeout"), &own))
		feed.seconds = own;
	return feed_run(&feed, output, err);
}

static int check(const struct buf *output, json_t **ret, struct err *err)
{
	static const char *const all[] = { "", NULL };

	if (output->len == 0)
		return err_at(err, "", "is empty");
	if (doc_parse(output->data, output->len, ret, err) < 0)
		return -1;
	if (doc_kind(*ret) != DOC_OBJECT)
		return err_at(err, "", "must be an object, but is %s",
		              doc_kind_name(doc_kind(*ret)));
	return schema_check(*ret, all, err);
}

/* "/usr/libexec/hook: output: /mounts/3: ..." */
static int of_output(const json_t *hook, struct err *err)
{
	auto_free char *where = xstrdup(err->where);

	return err_where(err, "%s: output%s%s", doc_string(json_object_get(hook, "path")),
	                 *where ? ": " : "", where);
}

int precreate_run(json_t **doc, const json_t *hook, uint64_t seconds, struct err *err)
{
	auto_buf struct buf output = { 0 };
	json_t *made = NULL;

	if (call(*doc, hook, seconds, &output, err) < 0)
		return -1;
	if (check(&output, &made, err) < 0) {
		json_decref(made);
		return of_output(hook, err);
	}
	restore_unknown(*doc, made);
	if (restore_plan(*doc, made, err) < 0) {
		json_decref(made);
		return -1;
	}
	json_decref(*doc);
	*doc = made;
	return 0;
}
