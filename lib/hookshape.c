// SPDX-License-Identifier: Apache-2.0
#include "hookshape.h"

/* clang-format off */
#define STAGES LIST(WORDS(HOOKSHAPE_STAGES, "precreate"))

const struct shape hookshape_hook = { .type = SHAPE_OBJECT, .closed = true,
	.members = (const struct member[]){
		HOOKSHAPE_MEMBERS,
		END } };

const struct shape hookshape_file = { .type = SHAPE_OBJECT, .closed = true,
	.members = (const struct member[]){
		MUST("version", WORDS("1.0.0")),
		MUST("hook", &hookshape_hook),
		MAY("when", CLOSED(
			MAY("always", BOOL),
			MAY("annotations", SHAPE(.type = SHAPE_MAP, .each = TEXT)),
			MAY("commands", LIST(TEXT)),
			MAY("hasBindMounts", BOOL))),
		MUST("stages", STAGES),
		END } };

const struct shape hookshape_old = { .type = SHAPE_OBJECT, .closed = true,
	.members = (const struct member[]){
		MAY("version", WORDS("0.1.0", "")),
		MUST("hook", ABSOLUTE),
		MAY("arguments", LIST(TEXT)),
		MAY("stages", STAGES), MAY("stage", STAGES),
		MAY("cmds", LIST(TEXT)), MAY("cmd", LIST(TEXT)),
		MAY("annotations", LIST(TEXT)), MAY("annotation", LIST(TEXT)),
		MAY("hasbindmounts", BOOL),
		END } };
/* clang-format on */
