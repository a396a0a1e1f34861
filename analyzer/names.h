/* SPDX-License-Identifier: GPL-2.0-or-later */
/* names.h: endpoints as text, and names from outside made safe for a terminal or for JSON. */
#ifndef KA_NAMES_H
#define KA_NAMES_H

#include <stdbool.h>

#include "core/ka.h"

enum { ENDPOINT_TEXT_BYTES = 64 };

/* Whether it is an IPv4 address: ::ffff:a.b.c.d (RFC 4291 2.5.5.2). */
bool address_is_v4(const struct ka_addr *addr);

/* "10.0.0.1" or "2001:db8::1"; returns `text`. */
char *address_name(char text[static ENDPOINT_TEXT_BYTES], const struct ka_addr *addr);

/* "10.0.0.1:80" or "[2001:db8::1]:80"; returns `text`. */
char *endpoint_name(char text[static ENDPOINT_TEXT_BYTES], const struct ka_endpoint *endpoint);

/* Whether it is ASCII, and so valid UTF-8, throughout. */
bool name_is_ascii(const char *name);

/* Length of the UTF-8 sequence (RFC 3629) at `text`; 0 where there is none, and at the end. */
size_t name_utf8_length(const char *text);

/* Whether what stands there steers terminals: C0, DEL, or C1 (U+0080 to U+009F). */
bool name_is_control(const char *text);

/*
 * A copy of `name` in valid UTF-8 (RFC 3629), each byte that is none replaced by U+FFFD.
 * The caller frees it; NULL when out of memory.
 */
char *name_as_utf8(const char *name);

/*
 * A copy of `name` in which control characters and bytes that are no UTF-8 stand as \xNN, so that a
 * file name can neither move the cursor nor forge a line. The caller frees it; NULL: no memory.
 */
char *name_for_terminal(const char *name);

#endif
