/*
 * namespaces.h - layer 2: which namespaces a document has for a container
 */
#pragma once

#include "doc.h"

/* The entry of /linux/namespaces of this type, or NULL: the container is in the host's. */
const json_t *namespaces_find(const json_t *doc, const char *type);

/* True if the document has one, new or joined. */
bool namespaces_have(const json_t *doc, const char *type);

/* True if it has a new one, which is made for the container. */
bool namespaces_make(const json_t *doc, const char *type);
