// SPDX-License-Identifier: Apache-2.0
#include "scmux.h"

#include <string.h>

/* linux/net.h and linux/ipc.h */
static const char *const socket_calls[] = {
	[1] = "socket",    [2] = "bind",        [3] = "connect",     [4] = "listen",
	[5] = "accept",    [6] = "getsockname", [7] = "getpeername", [8] = "socketpair",
	[9] = "send",      [10] = "recv",       [11] = "sendto",     [12] = "recvfrom",
	[13] = "shutdown", [14] = "setsockopt", [15] = "getsockopt", [16] = "sendmsg",
	[17] = "recvmsg",  [18] = "accept4",    [19] = "recvmmsg",   [20] = "sendmmsg",
};

static const char *const ipc_calls[] = {
	[1] = "semop",   [2] = "semget",  [3] = "semctl",  [4] = "semtimedop",
	[11] = "msgsnd", [12] = "msgrcv", [13] = "msgget", [14] = "msgctl",
	[21] = "shmat",  [22] = "shmdt",  [23] = "shmget", [24] = "shmctl",
};

const struct sc_mux sc_muxes[2] = {
	/* an int; of ipc's the upper half is a version */
	{ "socketcall", 0xffffffff, socket_calls, ARRAY_LEN(socket_calls) },
	{ "ipc", 0xffff, ipc_calls, ARRAY_LEN(ipc_calls) },
};

const struct sc_mux *sc_mux_of(const char *name, uint64_t *number)
{
	for (size_t i = 0; i < ARRAY_LEN(sc_muxes); i++) {
		for (size_t n = 0; n < sc_muxes[i].count; n++) {
			if (str_equal(sc_muxes[i].calls[n], name)) {
				*number = n;
				return &sc_muxes[i];
			}
		}
	}
	return NULL;
}

const struct sc_mux *sc_mux_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(sc_muxes); i++)
		if (strcmp(sc_muxes[i].name, name) == 0)
			return &sc_muxes[i];
	return NULL;
}
