// SPDX-License-Identifier: Apache-2.0
#include "cdinode.h"

#include <string.h>

#include "devhost.h"
#include "mountlist.h"

const char *cdinode_host(const json_t *wanted)
{
	const char *host = doc_string(json_object_get(wanted, "hostPath"));

	return host ? host : doc_string(json_object_get(wanted, "path"));
}

static uint64_t number(const json_t *of, const char *name)
{
	uint64_t value;

	return doc_get_u64(json_object_get(of, name), &value) ? value : 0;
}

/* Enough is said to make the node without looking: 0 counts as not said. */
static bool is_complete(const json_t *wanted)
{
	const char *type = doc_string(json_object_get(wanted, "type"));

	return type && (strcmp(type, "p") == 0 || number(wanted, "major") > 0);
}

/* u is another word for c. */
static bool same_type(const char *a, const char *b)
{
	return strcmp(strcmp(a, "u") ? a : "c", strcmp(b, "u") ? b : "c") == 0;
}

/* Set the member to the first of the values that is there. */
static void put(json_t *node, const char *name, const json_t *first, const json_t *second)
{
	const json_t *value = first ? first : second;

	if (value)
		json_object_set(node, name, (json_t *)(uintptr_t)value);
}

static void put_numbers(json_t *node, const json_t *wanted, const json_t *found)
{
	const json_t *from = number(wanted, "major") > 0 ? wanted : found;

	json_object_set_new(node, "major", doc_u64(number(from, "major")));
	json_object_set_new(node, "minor", doc_u64(number(from, "minor")));
}

/* The owner: the file's word, else the process's, which if it is root goes without saying.
 */
static void put_owner(json_t *node, const char *name, const json_t *wanted,
                      const json_t *user)
{
	const json_t *said = json_object_get(wanted, name);

	put(node, name, said, number(user, name) > 0 ? json_object_get(user, name) : NULL);
}

static json_t *make(const json_t *wanted, const json_t *found, const json_t *user)
{
	auto_free char *path = mountlist_tidy(doc_string(json_object_get(wanted, "path")));
	json_t *node = json_pack("{s:s}", "path", path);

	put(node, "type", json_object_get(wanted, "type"), json_object_get(found, "type"));
	if (strcmp(doc_string(json_object_get(node, "type")), "p") != 0)
		put_numbers(node, wanted, found);
	put(node, "fileMode", json_object_get(wanted, "fileMode"),
	    json_object_get(found, "fileMode"));
	put_owner(node, "uid", wanted, user);
	put_owner(node, "gid", wanted, user);
	return node;
}

json_t *cdinode_make(const json_t *wanted, const json_t *user, struct err *err)
{
	const char *type = doc_string(json_object_get(wanted, "type")), *is;
	bool complete = is_complete(wanted);
	struct err why = { 0 };
	json_t *found = devhost_look(cdinode_host(wanted), &why);
	json_t *node;

	if (!found && !complete) {
		*err = why;
		return NULL;
	}
	is = doc_string(json_object_get(found, "type"));
	if (!complete && type && !same_type(type, is)) {
		err_set(err, ERR_HOST, "is of type %s, not %s", is, type);
		err_where(err, "%s", cdinode_host(wanted));
		json_decref(found);
		return NULL;
	}
	node = make(wanted, found, user);
	json_decref(found);
	return node;
}
