/* SPDX-License-Identifier: GPL-2.0-or-later */
/* presets.h: keep-alive settings by which a stack, a language or a program is known. */
#ifndef KA_PRESETS_H
#define KA_PRESETS_H

#include <stdbool.h>
#include <stdint.h>

#include "ka.h"
#include "timers.h"

/*
 * The name of the preset that explains idle, intvl and count of *keepalive (count 0: unknown), the
 * kind of timer (NULL: unknown), whether the intervals grow, and the probes' payload bytes. NULL
 * when none does, or when more than one would. Static string.
 */
const char *preset_find(const struct ka_keepalive *keepalive, const struct timer_kind *kind,
                        bool intvl_grows, uint8_t probe_len);

#endif
