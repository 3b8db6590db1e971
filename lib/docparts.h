/*
 * docparts.h - layer 1: what reading a document and saying what is wrong with it share
 */
#pragma once

#include "doc.h"

/* The length of the JSON number at `s`, 0 if there is none. */
size_t doc_number_length(const char *s, const char *end);

/* True if jansson reads and prints this number just as it is spelt. */
bool doc_plain_number(const char *s, size_t len);

/* What jansson would find fault with, but not say so that one understands. */
int doc_check_encoding(const char *text, size_t len, struct err *err) CHECKED;

/* The text has been refused: have jansson say what is wrong with it, and where.  -1. */
int doc_say_wrong(const char *text, size_t len, struct err *err);
