/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * compat.h: what differs between Wireshark 4.0, 4.2, 4.4 and 4.6, in one place.
 *
 * A plugin is built for one X.Y and Wireshark loads it into no other, so these are compile-time
 * switches. No other file of the plugin looks at the version.
 */
#ifndef KA_COMPAT_H
#define KA_COMPAT_H

/* Wireshark's config.h, which is not installed everywhere, says this where glibc's types are. */
#ifndef HAVE_SSIZE_T
#define HAVE_SSIZE_T 1
#endif

#include <stdbool.h>

#include <glib.h>

#include <ws_version.h>

#define KA_WIRESHARK_AT_LEAST(major, minor)                                                        \
    (WIRESHARK_VERSION_MAJOR > (major) ||                                                          \
     (WIRESHARK_VERSION_MAJOR == (major) && WIRESHARK_VERSION_MINOR >= (minor)))

#if !KA_WIRESHARK_AT_LEAST(4, 0)
#error "Wireshark 4.0 or later is needed"
#endif

#if KA_WIRESHARK_AT_LEAST(4, 4)
typedef bool ka_pref_bool;     /* what prefs_register_bool_preference() writes: 1 byte */
#define KA_MENU_SEPARATOR "//" /* between the levels of a statistics tree's menu path */
#define KA_HAS_PLUGIN_DESCRIBE 1
#include <wsutil/plugins.h>
#else
typedef gboolean ka_pref_bool; /* 4 bytes */
#define KA_MENU_SEPARATOR "/"
#define KA_HAS_PLUGIN_DESCRIBE 0
#endif

/* The id of a field or subtree before it is registered. */
#if KA_WIRESHARK_AT_LEAST(4, 6)
#define KA_UNREGISTERED 0
#else
#define KA_UNREGISTERED (-1)
#endif

/* The fvalue_t of a field_info: embedded until 4.0, a pointer since. */
#if KA_WIRESHARK_AT_LEAST(4, 2)
#define KA_FVALUE(finfo) ((finfo)->value)
#else
#define KA_FVALUE(finfo) (&(finfo)->value)
#endif

#endif
