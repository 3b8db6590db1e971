/*
 * planparts.h - layer 4: the parts that plan.c is put together from
 *
 * In the order in which they are called, each with what those before it decided.
 */
#pragma once

#include "plan.h"

/* ---- planconfig.c: the configuration that the runtime sees --------------- */

/* plan.config, and what goes with it: the host name, mappings and mounts' preparation. */
int plan_make_config(struct plan *plan, const json_t *doc, struct err *err) CHECKED;

/* ---- plancgroup.c: the container's cgroup -------------------------------- */

/* Put it into the configuration; what needs one where there can be none is an error. */
int plan_place_cgroup(struct plan *plan, const json_t *doc, struct err *err) CHECKED;

/* The step that makes it, if it is ours to make. */
void plan_add_cgroup(struct plan *plan);

/* ---- plansteps.c: what to do, in order ----------------------------------- */

/* plan.steps */
int plan_make_steps(struct plan *plan, const json_t *doc, struct err *err) CHECKED;
