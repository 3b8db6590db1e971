/*
 * etcwords.h - layer 2: what people write to have in /etc/hosts and /etc/resolv.conf
 *
 * The text ends up in files that the container's programs parse, so nothing
 * passes that could begin another line or another word (security rule F11).
 */
#pragma once

#include "doc.h"

enum etc_word { ETC_ADD_HOST, ETC_DNS, ETC_DNS_SEARCH, ETC_DNS_OPTION };

/* Check one value of --add-host ("NAME:IP"), --dns, --dns-search or --dns-option. */
int etcwords_check(enum etc_word word, const char *text, struct err *err) CHECKED;

/* The generated file it goes to, and the member of that file's step that lists it. */
const char *etcwords_kind(enum etc_word word);
const char *etcwords_member(enum etc_word word);
