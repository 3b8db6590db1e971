/*
 * number.h - layer 1: numbers of any size and spelling, by value
 */
#pragma once

#include "doc.h"

/* True if two numbers of a document have the same value: 1, 1.0 and 10e-1. */
bool number_equal(const json_t *a, const json_t *b);
