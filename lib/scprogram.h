/*
 * scprogram.h - layer 2: a filter as the kernel gets it, made by libseccomp
 *
 * libseccomp is fed as runc and crun feed it.  It runs in a process of its own
 * with little time: there are filters on which it does not end, or breaks.
 * Only seccomp-apply and ocirun have this file, and libseccomp with it.
 */
#pragma once

#include <linux/filter.h>

#include "scrule.h"

/* "libseccomp 2.5.4" */
const char *sc_library(void);

/* True if libseccomp knows this system call, on whatever architecture. */
bool sc_name_known(const char *name) CHECKED;

/* The same for the command line: ERR_USAGE and the nearest known name. */
int sc_name_check(const char *name, struct err *err) CHECKED;

/* Offer all names that libseccomp knows to a search. */
void sc_name_offer(struct nearest *search);

/* libseccomp's word for an architecture, 0 if it does not have it. */
uint32_t sc_token(enum sc_arch arch);

/* The number of a system call, -1 if the architecture has none of this name. */
int sc_number(enum sc_arch arch, const char *name);

/*
 * Both for the filter's architectures and `native`; the error's pointer is
 * relative to the filter.  The program is in this machine's order of bytes.
 */
struct sc_program {
	struct sock_filter *code;
	size_t count;
};

int sc_program_make(const json_t *filter, enum sc_arch native, struct sc_program *ret,
                    struct err *err) CHECKED;
void sc_program_free(struct sc_program *program);

/* To the other order of bytes, which a machine that has it wants. */
void sc_program_swap(const struct sc_program *program);

/*
 * What libseccomp makes for a machine of the other order, into ours.  It turns the
 * values of some returns around once and of others twice; which can be told.
 */
void sc_program_mend(const struct sc_program *program);

/* The same as libseccomp's pseudo code. */
int sc_program_text(const json_t *filter, enum sc_arch native, struct buf *ret,
                    struct err *err) CHECKED;

/* What the kernel does when a process makes this call. */
struct sc_action sc_program_run(const struct sc_program *program, enum sc_arch arch,
                                int number, const uint64_t *args);
