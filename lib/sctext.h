/*
 * sctext.h - layer 2: actions, rules and calls as the command line has them
 */
#pragma once

#include "sccases.h"

/* "allow", "errno=EPERM", "trace=7"; numbers of errnos are those of `arch`. */
int sc_text_action(const char *text, enum sc_arch arch, struct sc_action *ret,
                   struct err *err) CHECKED;

/*
 * The next of "NAME[(...)][,NAME[(...)]...]": *rest moves on, the name is cut off,
 * and *inside is the text between the brackets, NULL without them.  1 if there
 * was one, 0 at the end, -1 for an error.  Cuts the text up.
 */
int sc_text_call(char **rest, char **name, char **inside, struct err *err) CHECKED;

/* "a0==16,a2&0xff==9" into the conditions of a case. */
int sc_text_conds(char *text, struct sc_case *ret, struct err *err) CHECKED;

/* What is known of a call's arguments. */
struct sc_args {
	bool known[SC_ARGS];
	uint64_t value[SC_ARGS];
};

/* "40,*,0x1f": what is not said is not known. */
int sc_text_args(char *text, struct sc_args *ret, struct err *err) CHECKED;

/* "5.10", "6.1.0-18-amd64". */
struct sc_version {
	uint32_t major;
	uint32_t minor;
};

bool sc_text_version(const char *text, struct sc_version *ret) CHECKED;
