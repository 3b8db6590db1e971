/*
 * crunfilter.h - layer 3: give crun a filter that is made already
 *
 * crun has libseccomp make a program of /linux/seccomp for every container: a third of
 * its time, for the default profile.  It takes a program instead from the annotation
 * run.oci.seccomp_bpf_data (crun(1)); a crun that does not know it reads the profile.
 */
#pragma once

#include <jansson.h>

/*
 * The configuration for this runtime: with that annotation if it is crun and the filter is
 * not an odd one (scbpf.h), else as it is.  A new reference; `config` is not changed.
 */
json_t *crunfilter_add(json_t *config, const char *runtime);
