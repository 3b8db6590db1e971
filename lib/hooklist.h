/*
 * hooklist.h - layer 2: the hooks of a document, stage by stage
 *
 * Within a stage the order is the one they run in.  An equal hook is not added
 * again, and one that is removed and added again keeps its place, so that
 * doing the same edits twice is doing them once.
 */
#pragma once

#include "doc.h"
#include "names.h"

enum hook_stage {
	HOOK_PRESTART,
	HOOK_CREATE_RUNTIME,
	HOOK_CREATE_CONTAINER,
	HOOK_START_CONTAINER,
	HOOK_POSTSTART,
	HOOK_POSTSTOP,
	HOOK_STAGES, /* how many stages the runtime-spec has */
	HOOK_PRECREATE = HOOK_STAGES,
};

/* The stages' names, HOOK_PRECREATE last. */
extern const struct name hook_stages[];

struct hooklist;

/* The hooks of a document whose shape has been checked. */
struct hooklist *hooklist_new(const json_t *doc) CHECKED;

/* Add a hook; it is borrowed. */
void hooklist_add(struct hooklist *list, enum hook_stage stage, json_t *hook);

/* Remove the hooks of this stage (-1: of all) that run `path` (NULL: all). */
void hooklist_remove(struct hooklist *list, int stage, const char *path);

/* Put the stages that changed back into the document. */
int hooklist_write(const struct hooklist *list, json_t *doc, struct err *err) CHECKED;

void hooklist_free(struct hooklist *list);

/*
 * Have this program called in the hook's place, with these words (stolen) and then the
 * hook's path and all its arguments.
 */
void hook_call_by(json_t *hook, const char *program, json_t *words);
