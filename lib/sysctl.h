/*
 * sysctl.h - layer 2: which kernel parameters belong to which namespace
 */
#pragma once

/*
 * The type of namespace that has a parameter of this name of its own: "ipc", "uts"
 * or "network"; NULL for one of the whole machine (B090, B091), and for
 * kernel.hostname, which runtimes refuse: it is a member of its own.
 */
const char *sysctl_namespace(const char *name);
