/*
 * etcedit.h - layer 4: the generated files of a document, /etc/hosts and the like
 *
 * As --add-host, --dns, --no-hosts and their like edit them.
 */
#pragma once

#include "etcwords.h"
#include "mountedit.h"
#include "opt.h"

/* Files that are not to be generated, as bits: an option's `data`. */
enum etc_none {
	ETC_NO_HOSTS = 1,
	ETC_NO_HOSTNAME = 2,
	ETC_NO_RESOLV_CONF = 4,
	ETC_NO_CONTAINERENV = 8
};

/* What a command line asks for. */
struct etc_asked {
	unsigned int none;     /* bits of enum etc_none */
	struct opt_list words; /* whose `data` is an enum etc_word */
};

/* For the option table; `to` is a struct etc_asked. */
int etcedit_set_none(struct opt_use *use, void *to, struct err *err) CHECKED;
int etcedit_append(struct opt_use *use, void *to, struct err *err) CHECKED;

/* Nothing can be added to a file that is not generated (B396, B397; ERR_USAGE). */
int etcedit_check(const struct etc_asked *asked, struct err *err) CHECKED;

/* True if something is asked for. */
bool etcedit_wanted(const struct etc_asked *asked);

int etcedit_apply(const struct etc_asked *asked, struct mountedit *edit,
                  struct err *err) CHECKED;
