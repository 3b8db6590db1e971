/*
 * facts.h - layer 1: what values are, as numbers, each looked at only once
 *
 * Here values are the same if they print as the same text: the order of members
 * and the spelling of numbers count (doc_equal() does not mind the order).
 */
#pragma once

#include "doc.h"

struct fact {
	uint64_t hash; /* the same for the same values; rarely for others */
	size_t bytes;  /* of the text in the compact style, about */
};

struct facts;

/* Facts about values that must not change as long as these live. */
struct facts *facts_new(void) CHECKED;
struct fact facts_of(struct facts *facts, const json_t *value);

/* The hash of a string with these bytes. */
uint64_t facts_hash_text(const char *text, size_t len);

/* One number of two. */
uint64_t facts_mix(uint64_t hash, uint64_t with);

bool facts_same(struct facts *facts, const json_t *a, const json_t *b);
void facts_free(struct facts *facts);
