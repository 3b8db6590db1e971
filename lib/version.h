/*
 * version.h - layer 0: what `--version` says
 */
#pragma once

extern const char version_text[];
