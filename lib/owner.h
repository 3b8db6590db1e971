/*
 * owner.h - layer 1: a user and a group, who own a file
 */
#pragma once

#include <jansson.h>
#include <sys/types.h>

struct owner {
	uid_t uid;
	gid_t gid;
};

/* "uid" and "gid" of an object whose shape has been checked; root's where it has none. */
struct owner owner_of(const json_t *object);
