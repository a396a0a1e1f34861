/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store_sqlite.c: the tables and what goes into them. The only file that includes sqlite3.h. */
#include "store.h"

#include <inttypes.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "identity.h"
#include "names.h"
#include "units.h"

/* "KaDb" in the header of the file says whose database it is; file(1) shows it. */
#define APPLICATION_ID "1264665698"
#define SCHEMA_VERSION "4"

#define FINDINGS                                                                                   \
    "CREATE TABLE findings (connection_id INTEGER NOT NULL REFERENCES connections"                 \
    " ON DELETE CASCADE, code TEXT, severity TEXT, about TEXT, frame INTEGER, limit_s REAL,"       \
    " text TEXT, filter TEXT);"                                                                    \
    "CREATE INDEX findings_connection ON findings (connection_id);"

enum { BUSY_TIMEOUT_MS = 60000 };

static const char schema[] =
    "CREATE TABLE files (id INTEGER PRIMARY KEY, path TEXT NOT NULL, size_bytes INTEGER,"
    " mtime_ns INTEGER, filter TEXT, packets INTEGER, filtered_packets INTEGER,"
    " tcp_segments INTEGER, connections INTEGER, first_time TEXT, duration_s REAL, linktype TEXT,"
    " truncated INTEGER, error TEXT, connections_dropped INTEGER, pieces TEXT);"
    "CREATE TABLE connections (id INTEGER PRIMARY KEY,"
    " file_id INTEGER NOT NULL REFERENCES files ON DELETE CASCADE, connection INTEGER,"
    " client TEXT, client_port INTEGER, server TEXT, server_port INTEGER, first_frame INTEGER,"
    " last_frame INTEGER, time TEXT, duration_s REAL, packets INTEGER, bytes INTEGER,"
    " outcome TEXT);"
    "CREATE TABLE deaths (connection_id INTEGER PRIMARY KEY REFERENCES connections"
    " ON DELETE CASCADE, dead TEXT, detector TEXT, mechanism TEXT, declared_by TEXT,"
    " declared_frame INTEGER, declared_time TEXT, declared_at_latest INTEGER, latency_s REAL,"
    " latency_min_s REAL, latency_expected_s REAL, unanswered INTEGER,"
    " unreachable_messages INTEGER);"
    "CREATE TABLE settings (connection_id INTEGER NOT NULL REFERENCES connections"
    " ON DELETE CASCADE, prober TEXT, idle_s REAL, idle_min_s REAL, idle_max_s REAL,"
    " intvl_s REAL, intvl_min_s REAL, intvl_max_s REAL, count INTEGER, preset TEXT,"
    " probes INTEGER, answered INTEGER, unanswered INTEGER, rtt_median_s REAL);" FINDINGS
    "CREATE INDEX files_path ON files (path);"
    "CREATE INDEX connections_file ON connections (file_id);"
    "CREATE INDEX connections_server ON connections (server);"
    "CREATE INDEX settings_connection ON settings (connection_id);"
    "PRAGMA application_id = " APPLICATION_ID ";"
    "PRAGMA user_version = " SCHEMA_VERSION ";";

/* From each version, 1 first, to the next. Of what is stored already nothing is found. */
static const char *const upgrades[] = {
    "ALTER TABLE files ADD COLUMN connections_dropped INTEGER;",
    "ALTER TABLE files ADD COLUMN pieces TEXT;",
    FINDINGS,
};

enum statement {
    FIND_FILE,
    FIND_READ_FILE,
    DELETE_FILE,
    INSERT_FILE,
    UPDATE_FILE,
    INSERT_CONNECTION,
    INSERT_DEATH,
    INSERT_SETTING,
    INSERT_FINDING,
    STATEMENT_COUNT
};

static const char *const statements[STATEMENT_COUNT] = {
    [FIND_FILE] = "SELECT 1 FROM files WHERE path = ? AND size_bytes = ? AND mtime_ns = ?"
                  " AND pieces IS ? AND filter IS ? AND linktype IS NOT NULL",
    [FIND_READ_FILE] = "SELECT 1 FROM files WHERE path = ? AND linktype IS NOT NULL",
    /* What an earlier, shorter version of this capture gave; a failure to read it. */
    [DELETE_FILE] = "DELETE FROM files WHERE path = ? AND (first_time IS ? OR linktype IS NULL)",
    [INSERT_FILE] = "INSERT INTO files (path, size_bytes, mtime_ns, pieces, filter)"
                    " VALUES (?, ?, ?, ?, ?)",
    [UPDATE_FILE] = "UPDATE files SET packets = ?, filtered_packets = ?, tcp_segments = ?,"
                    " connections = ?, first_time = ?, duration_s = ?, linktype = ?,"
                    " truncated = ?, error = ?, connections_dropped = ? WHERE id = ?",
    [INSERT_CONNECTION] = "INSERT INTO connections (file_id, connection, client, client_port,"
                          " server, server_port, first_frame, last_frame, time, duration_s,"
                          " packets, bytes, outcome) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
    [INSERT_DEATH] = "INSERT INTO deaths VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
    [INSERT_SETTING] = "INSERT INTO settings VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    [INSERT_FINDING] = "INSERT INTO findings VALUES (?,?,?,?,?,?,?,?)",
};

struct store {
    sqlite3 *database;
    sqlite3_stmt *prepared[STATEMENT_COUNT];
    const char *filter;            /* or NULL */
    char error[STORE_ERROR_BYTES]; /* the first one, or empty */
    pthread_mutex_t mutex;         /* guards all of it */
};

struct store_file {
    struct identity identity;
    int64_t id; /* 0: not begun */
};

static bool fail(struct store *store, const char *what)
{
    if (!store->error[0])
        snprintf(store->error, sizeof store->error, "%s", what);
    return false;
}

static bool execute(struct store *store, const char *sql)
{
    if (store->error[0])
        return false;
    return sqlite3_exec(store->database, sql, NULL, NULL, NULL) == SQLITE_OK ||
           fail(store, sqlite3_errmsg(store->database));
}

/* ---- rows -------------------------------------------------------------------------------- */

/* Values for a statement's question marks, from the first one on. */
struct row {
    sqlite3_stmt *statement;
    int column;
    bool failed;
};

static struct row row_of(struct store *store, enum statement statement)
{
    return (struct row){.statement = store->prepared[statement]};
}

static void put_number(struct row *row, int64_t number)
{
    if (sqlite3_bind_int64(row->statement, ++row->column, number) != SQLITE_OK)
        row->failed = true;
}

static void put_null(struct row *row)
{
    if (sqlite3_bind_null(row->statement, ++row->column) != SQLITE_OK)
        row->failed = true;
}

/* What is 0 where it is unknown: a frame's number, a count of probes. */
static void put_nonzero(struct row *row, uint64_t number)
{
    if (number)
        put_number(row, (int64_t)number);
    else
        put_null(row);
}

static void put_text(struct row *row, const char *text)
{
    int column = ++row->column;

    /* NULL becomes null. */
    if (sqlite3_bind_text(row->statement, column, text, -1, SQLITE_TRANSIENT) != SQLITE_OK)
        row->failed = true;
}

static void put_seconds(struct row *row, int64_t duration_ns)
{
    if (duration_ns == KA_UNKNOWN)
        put_null(row);
    else if (sqlite3_bind_double(row->statement, ++row->column,
                                 (double)duration_ns / (double)KA_SECOND) != SQLITE_OK)
        row->failed = true;
}

static void put_time(struct row *row, int64_t time_ns)
{
    char text[UNITS_TEXT_BYTES];

    put_text(row, time_ns == KA_UNKNOWN ? NULL : units_rfc3339(text, time_ns));
}

static void put_address(struct row *row, const struct ka_endpoint *endpoint)
{
    char text[ENDPOINT_TEXT_BYTES];

    put_text(row, address_name(text, &endpoint->addr));
}

/* Run the statement. Returns whether it gave a row. */
static bool run_row(struct store *store, struct row *row)
{
    int result = row->failed ? SQLITE_NOMEM : sqlite3_step(row->statement);

    if (result != SQLITE_ROW && result != SQLITE_DONE)
        fail(store, row->failed ? "out of memory" : sqlite3_errmsg(store->database));
    sqlite3_reset(row->statement);
    return result == SQLITE_ROW;
}

/* ---- opening ----------------------------------------------------------------------------- */

static int64_t pragma_value(struct store *store, const char *sql)
{
    sqlite3_stmt *statement;
    int64_t value = -1;

    if (sqlite3_prepare_v2(store->database, sql, -1, &statement, NULL) != SQLITE_OK) {
        fail(store, sqlite3_errmsg(store->database));
        return value;
    }
    if (sqlite3_step(statement) == SQLITE_ROW)
        value = sqlite3_column_int64(statement, 0);
    else
        fail(store, sqlite3_errmsg(store->database));
    sqlite3_finalize(statement);
    return value;
}

static void upgrade(struct store *store, int64_t version)
{
    for (size_t i = (size_t)version - 1; i < sizeof upgrades / sizeof upgrades[0]; i++)
        execute(store, upgrades[i]);
    execute(store, "PRAGMA user_version = " SCHEMA_VERSION);
}

/* A new database gets its tables; an old one has to be ours, of this version. */
static bool check_schema(struct store *store)
{
    bool is_new;
    int64_t version;

    if (!execute(store, "BEGIN IMMEDIATE"))
        return false;
    version = pragma_value(store, "PRAGMA user_version");
    is_new = pragma_value(store, "SELECT count(*) FROM sqlite_master") == 0;
    if (is_new)
        execute(store, schema);
    else if (pragma_value(store, "PRAGMA application_id") != strtoll(APPLICATION_ID, NULL, 10))
        fail(store, "this database is not one of ka-analyze");
    else if (version >= 1 && version < strtoll(SCHEMA_VERSION, NULL, 10))
        upgrade(store, version);
    else if (version != strtoll(SCHEMA_VERSION, NULL, 10))
        fail(store, "this database belongs to another version of ka-analyze");
    return execute(store, "COMMIT");
}

static bool prepare(struct store *store)
{
    for (int i = 0; i < STATEMENT_COUNT; i++)
        if (sqlite3_prepare_v2(store->database, statements[i], -1, &store->prepared[i], NULL) !=
            SQLITE_OK)
            return fail(store, sqlite3_errmsg(store->database));
    return true;
}

/*
 * With a write-ahead log a commit need not wait for the disk: a crash of the machine may cost the
 * latest captures, which the next run reads again, but not the database.
 */
static bool set_up(struct store *store)
{
    return sqlite3_busy_timeout(store->database, BUSY_TIMEOUT_MS) == SQLITE_OK &&
           execute(store, "PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL") &&
           check_schema(store) && execute(store, "PRAGMA journal_mode = WAL") && prepare(store);
}

struct store *store_open(const char *path, const char *filter, char error[static STORE_ERROR_BYTES])
{
    struct store *store = calloc(1, sizeof *store);

    if (!store) {
        snprintf(error, STORE_ERROR_BYTES, "out of memory");
        return NULL;
    }
    store->filter = filter;
    pthread_mutex_init(&store->mutex, NULL);
    if (sqlite3_open(path, &store->database) != SQLITE_OK)
        fail(store, store->database ? sqlite3_errmsg(store->database) : "out of memory");
    else if (set_up(store))
        return store;
    store_close(store, error);
    return NULL;
}

bool store_close(struct store *store, char error[static STORE_ERROR_BYTES])
{
    bool is_whole = store->error[0] == '\0';

    snprintf(error, STORE_ERROR_BYTES, "%s", store->error);
    for (int i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_finalize(store->prepared[i]);
    if (is_whole) /* one file again; another user of the store may prevent it, which is fine */
        sqlite3_exec(store->database, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
    sqlite3_close(store->database);
    pthread_mutex_destroy(&store->mutex);
    free(store);
    return is_whole;
}

/* ---- captures ---------------------------------------------------------------------------- */

static void free_file(struct store_file *file)
{
    if (!file)
        return;
    identity_free(&file->identity);
    free(file);
}

/* Of a capture that may be read. NULL: out of memory. */
static struct store_file *new_file(const struct unit *unit)
{
    struct store_file *file = calloc(1, sizeof *file);

    if (file && identity_find(&file->identity, unit))
        return file;
    free(file);
    return NULL;
}

static void put_identity(struct row *row, const struct store *store, const struct store_file *file)
{
    const struct identity *identity = &file->identity;

    put_text(row, identity->path);
    if (identity->size_bytes == KA_UNKNOWN) {
        put_null(row);
        put_null(row);
    } else {
        put_number(row, identity->size_bytes);
        put_number(row, identity->mtime_ns);
    }
    put_text(row, identity->pieces);
    put_text(row, store->filter);
}

struct store_file *store_wants(struct store *store, const struct unit *unit)
{
    struct store_file *file = new_file(unit); /* before it is read: it may grow from then on */
    struct row row;
    bool is_wanted;

    pthread_mutex_lock(&store->mutex);
    row = row_of(store, FIND_FILE);
    if (!file)
        fail(store, "out of memory");
    else
        put_identity(&row, store, file);
    is_wanted = file && !store->error[0] && !run_row(store, &row) && !store->error[0];
    pthread_mutex_unlock(&store->mutex);
    if (is_wanted)
        return file;
    free_file(file);
    return NULL;
}

/* Begin the transaction of this capture, unless it has begun. */
static bool begin_file(struct store *store, struct store_file *file, const struct capture *capture)
{
    struct row old = row_of(store, DELETE_FILE), row = row_of(store, INSERT_FILE);

    if (file->id || store->error[0])
        return !store->error[0];
    if (!execute(store, "BEGIN IMMEDIATE"))
        return false;
    put_text(&old, file->identity.path);
    put_time(&old, capture->first_ns);
    run_row(store, &old);
    put_identity(&row, store, file);
    run_row(store, &row);
    file->id = sqlite3_last_insert_rowid(store->database);
    return !store->error[0];
}

static void insert_death(struct store *store, int64_t connection_id,
                         const struct ka_connection *connection)
{
    const struct ka_detection *detection = connection->detection;
    struct row row = row_of(store, INSERT_DEATH);

    put_number(&row, connection_id);
    put_address(&row, &connection->endpoint[!detection->detector]);
    put_address(&row, &connection->endpoint[detection->detector]);
    put_text(&row, ka_mechanism_name(detection->mechanism));
    put_text(&row, ka_declared_name(detection->declared_by));
    put_nonzero(&row, detection->declared_frame);
    put_time(&row, detection->declared_ns);
    put_number(&row, detection->declared_at_latest);
    put_seconds(&row, detection->latency_ns);
    put_seconds(&row, detection->latency_min_ns);
    put_seconds(&row, detection->latency_expected_ns);
    put_number(&row, detection->unanswered);
    put_number(&row, detection->unreachable_messages);
    run_row(store, &row);
}

static void put_estimate(struct row *row, const struct ka_estimate *estimate)
{
    bool is_known = estimate->nominal_ns != KA_UNKNOWN;

    put_seconds(row, estimate->nominal_ns);
    put_seconds(row, is_known ? estimate->min_ns : KA_UNKNOWN);
    put_seconds(row, is_known ? estimate->max_ns : KA_UNKNOWN);
}

static void insert_setting(struct store *store, int64_t connection_id,
                           const struct ka_endpoint *prober, const struct ka_keepalive *keepalive)
{
    struct row row = row_of(store, INSERT_SETTING);

    put_number(&row, connection_id);
    put_address(&row, prober);
    put_estimate(&row, &keepalive->idle);
    put_estimate(&row, &keepalive->intvl);
    put_nonzero(&row, keepalive->count);
    put_text(&row, keepalive->preset);
    put_number(&row, keepalive->probes);
    put_number(&row, keepalive->answered);
    put_number(&row, keepalive->unanswered);
    put_seconds(&row, keepalive->rtt_median_ns);
    run_row(store, &row);
}

static void insert_finding(struct store *store, int64_t connection_id,
                           const struct ka_endpoint *about, const struct ka_finding *finding)
{
    struct row row = row_of(store, INSERT_FINDING);

    put_number(&row, connection_id);
    put_text(&row, ka_finding_name(finding->code));
    put_text(&row, ka_severity_name(finding->severity));
    put_address(&row, about);
    put_number(&row, (int64_t)finding->frames[0]);
    put_seconds(&row, finding->limit_ns);
    put_text(&row, finding->text);
    put_text(&row, finding->filter);
    run_row(store, &row);
}

static void put_connection(struct store *store, struct store_file *file,
                           const struct capture *capture, const struct ka_connection *connection)
{
    const struct ka_endpoint *endpoint = connection->endpoint;
    struct row row = row_of(store, INSERT_CONNECTION);
    int64_t id;

    if (!begin_file(store, file, capture))
        return;
    put_number(&row, file->id);
    put_number(&row, connection->number);
    for (int side = KA_CLIENT; side <= KA_SERVER; side++) {
        put_address(&row, &endpoint[side]);
        put_number(&row, endpoint[side].port);
    }
    put_number(&row, (int64_t)connection->first_frame);
    put_number(&row, (int64_t)connection->last_frame);
    put_time(&row, connection->first_ns);
    put_seconds(&row, connection->last_ns - connection->first_ns);
    put_number(&row, (int64_t)connection->packets);
    put_number(&row, (int64_t)connection->bytes);
    put_text(&row, ka_outcome_name(connection->outcome));
    run_row(store, &row);
    id = sqlite3_last_insert_rowid(store->database);
    if (connection->detection && connection->detection->declared)
        insert_death(store, id, connection);
    for (int side = KA_CLIENT; side <= KA_SERVER; side++)
        if (connection->keepalive[side])
            insert_setting(store, id, &endpoint[side], connection->keepalive[side]);
    for (size_t i = 0; i < connection->findings; i++)
        insert_finding(store, id, &endpoint[connection->finding[i].about], &connection->finding[i]);
}

/* Whether there are results of an earlier day, which a failure to read it now must not replace. */
static bool has_results(struct store *store, const struct store_file *file)
{
    struct row row = row_of(store, FIND_READ_FILE);

    put_text(&row, file->identity.path);
    return run_row(store, &row);
}

static void put_capture(struct store *store, struct store_file *file, const struct capture *capture)
{
    struct row row = row_of(store, UPDATE_FILE);
    char *error;

    if (capture->interrupted) { /* the next run is to read it to its end */
        if (file->id)
            execute(store, "ROLLBACK");
        file->id = 0;
        return;
    }
    if (!capture->link_type[0] && !store->error[0] && has_results(store, file))
        return;
    if (!begin_file(store, file, capture))
        return;
    error = capture->error[0] ? name_for_terminal(capture->error) : NULL;
    put_number(&row, (int64_t)capture->packets);
    put_number(&row, (int64_t)capture->filtered_packets);
    put_number(&row, (int64_t)capture->tcp_segments);
    put_number(&row, (int64_t)capture->connections);
    put_time(&row, capture->first_ns);
    put_seconds(&row, capture->first_ns == KA_UNKNOWN ? KA_UNKNOWN
                                                      : capture->latest_ns - capture->first_ns);
    put_text(&row, capture->link_type[0] ? capture->link_type : NULL);
    put_number(&row, capture->truncated);
    put_text(&row, error);
    put_number(&row, (int64_t)capture->connections_dropped);
    put_number(&row, file->id);
    run_row(store, &row);
    execute(store, "COMMIT");
    file->id = 0;
    free(error);
}

void store_connection(struct store *store, struct store_file *file, const struct capture *capture,
                      const struct ka_connection *connection)
{
    pthread_mutex_lock(&store->mutex);
    put_connection(store, file, capture, connection);
    pthread_mutex_unlock(&store->mutex);
}

void store_capture(struct store *store, struct store_file *file, const struct capture *capture)
{
    pthread_mutex_lock(&store->mutex);
    put_capture(store, file, capture);
    pthread_mutex_unlock(&store->mutex);
    free_file(file);
}
