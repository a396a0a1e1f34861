/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store.h: results of many runs in one SQLite database, for nightly runs and for questions in SQL.
 *
 * Each capture is one transaction: a run that is killed leaves the captures before it whole and
 * nothing of the one in hand. The first error sticks; what comes after it is not stored.
 */
#ifndef KA_STORE_H
#define KA_STORE_H

#include "capture.h"
#include "unit.h"

enum { STORE_ERROR_BYTES = 256 };

struct store;

/*
 * Open or make a store. `filter` (or NULL) is what the captures of this run are read through. NULL:
 * `error` says why.
 */
struct store *store_open(const char *path, const char *filter,
                         char error[static STORE_ERROR_BYTES]);

struct store_file; /* a capture that is about to be read */

/*
 * Announce a capture that may be read next; from any thread. NULL: it is there already, of the same
 * files with their sizes and times, read through this filter; or an
 * earlier error makes it pointless.
 */
struct store_file *store_wants(struct store *store, const struct unit *unit);

/*
 * Note a connection of an announced capture, and then the capture itself, which ends its
 * announcement. One capture after the other, whichever thread reads it. Of one that was interrupted
 * nothing is kept.
 */
void store_connection(struct store *store, struct store_file *file, const struct capture *capture,
                      const struct ka_connection *connection);
void store_capture(struct store *store, struct store_file *file, const struct capture *capture);

/* Close and free. False: something could not be stored; `error` says why. */
bool store_close(struct store *store, char error[static STORE_ERROR_BYTES]);

#endif
