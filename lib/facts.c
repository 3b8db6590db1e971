// SPDX-License-Identifier: Apache-2.0
#include "facts.h"

#include <string.h>

/* Open addressing by the value's address; only objects and arrays are kept. */
struct slot {
	const json_t *value;
	struct fact fact;
};

struct facts {
	struct slot *slots;
	size_t room; /* a power of two */
	size_t used;
};

struct facts *facts_new(void)
{
	enum { AT_FIRST = 64 };
	struct facts *facts = xcalloc(1, sizeof(*facts));

	facts->room = AT_FIRST;
	facts->slots = xcalloc(facts->room, sizeof(*facts->slots));
	return facts;
}

void facts_free(struct facts *facts)
{
	free(facts->slots);
	free(facts);
}

/* Bits of one number spread over all of another (the constants are splitmix64's). */
uint64_t facts_mix(uint64_t hash, uint64_t with)
{
	hash = (hash + with + 0x9e3779b97f4a7c15U) * 0xbf58476d1ce4e5b9U;
	hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebU;
	return hash ^ (hash >> 31);
}

static struct slot *find(const struct facts *facts, const json_t *value)
{
	size_t at = facts_mix(0, (uintptr_t)value) & (facts->room - 1);

	while (facts->slots[at].value && facts->slots[at].value != value)
		at = (at + 1) & (facts->room - 1);
	return &facts->slots[at];
}

static void remember(struct facts *facts, const json_t *value, struct fact fact)
{
	if (facts->used * 2 >= facts->room) {
		struct facts larger = { .room = facts->room * 2, .used = facts->used };

		larger.slots = xcalloc(larger.room, sizeof(*larger.slots));
		for (size_t i = 0; i < facts->room; i++)
			if (facts->slots[i].value)
				*find(&larger, facts->slots[i].value) = facts->slots[i];
		free(facts->slots);
		*facts = larger;
	}
	*find(facts, value) = (struct slot){ value, fact };
	facts->used++;
}

uint64_t facts_hash_text(const char *text, size_t len)
{
	uint64_t hash = facts_mix(0, len), word;

	for (; len >= sizeof(word); text += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, text, sizeof(word));
		hash = facts_mix(hash, word);
	}
	word = 0;
	memcpy(&word, text, len);
	return facts_mix(hash, word);
}

static void add(struct fact *to, struct fact part)
{
	to->hash = facts_mix(to->hash, part.hash);
	to->bytes += part.bytes + 1;
}

static struct fact text_fact(const char *text, size_t len)
{
	return (struct fact){ facts_hash_text(text, len), len + 2 };
}

static struct fact parts_fact(struct facts *facts, const json_t *value)
{
	struct fact fact = { facts_mix(0, json_typeof(value)), 2 };
	json_t *object = (json_t *)(uintptr_t)value, *part;
	const char *key;
	size_t i;

	json_array_foreach(value, i, part)
		add(&fact, facts_of(facts, part));
	json_object_foreach(object, key, part) {
		add(&fact, text_fact(key, strlen(key)));
		add(&fact, facts_of(facts, part));
	}
	return fact;
}

struct fact facts_of(struct facts *facts, const json_t *value)
{
	enum { ABOUT_A_WORD = 5 };
	struct slot *slot;
	struct fact fact;

	if (json_is_string(value))
		return text_fact(json_string_value(value), json_string_length(value));
	if (json_is_integer(value))
		return (struct fact){ facts_mix(JSON_INTEGER,
			                        (uint64_t)json_integer_value(value)),
			              ABOUT_A_WORD };
	if (!json_is_object(value) && !json_is_array(value))
		return (struct fact){ facts_mix(0, json_typeof(value)), ABOUT_A_WORD };
	slot = find(facts, value);
	if (slot->value)
		return slot->fact;
	fact = parts_fact(facts, value);
	remember(facts, value, fact);
	return fact;
}

static bool same_text(const json_t *a, const json_t *b)
{
	size_t len = json_string_length(a);

	return len == json_string_length(b) &&
	       memcmp(json_string_value(a), json_string_value(b), len) == 0;
}

static bool same(const json_t *a, const json_t *b);

static bool same_members(json_t *a, json_t *b)
{
	void *i = json_object_iter(a), *j = json_object_iter(b);

	while (i && j && strcmp(json_object_iter_key(i), json_object_iter_key(j)) == 0 &&
	       same(json_object_iter_value(i), json_object_iter_value(j))) {
		i = json_object_iter_next(a, i);
		j = json_object_iter_next(b, j);
	}
	return !i && !j;
}

static bool same(const json_t *a, const json_t *b)
{
	json_t *part;
	size_t i;

	if (json_typeof(a) != json_typeof(b))
		return false;
	if (json_is_string(a))
		return same_text(a, b);
	if (json_is_object(a))
		return same_members((json_t *)(uintptr_t)a, (json_t *)(uintptr_t)b);
	if (!json_is_array(a))
		return json_equal(a, b);
	if (json_array_size(a) != json_array_size(b))
		return false;
	json_array_foreach(a, i, part) {
		if (!same(part, json_array_get(b, i)))
			return false;
	}
	return true;
}

bool facts_same(struct facts *facts, const json_t *a, const json_t *b)
{
	return facts_of(facts, a).hash == facts_of(facts, b).hash && same(a, b);
}
