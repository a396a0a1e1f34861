/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ka.c: an engine is made, asked, finished and freed. What it does in between is in engine.c. */
#include "engine.h"
#include "evict.h"
#include "finding.h"

struct ka *ka_new(const struct ka_config *config, const struct ka_callbacks *callbacks, void *user)
{
    struct ka_config defaults = KA_CONFIG_DEFAULT;
    struct mem mem;
    if (!config)
        config = &defaults;
    mem_init(&mem, config->realloc, config->free, config->alloc_user);
    mem.map = config->map;
    mem.unmap = config->unmap;
    struct ka *ka = mem_zeroed(&mem, sizeof *ka);
    if (!ka)
        return NULL;
    ka->mem = mem;
    ka->user = user;
    ka->idle_min_ns = config->idle_min_ns;
    ka->path_timers = config->path_timers;
    ka->path_timer_count = config->path_timer_count;
    if (callbacks)
        ka->callbacks = *callbacks;
    if (!table_init(&ka->table, &ka->mem, config->hash_key) || !trail_init(&ka->trail, &ka->mem)) {
        ka_free(ka);
        return NULL;
    }
    evict_init(ka, config);
    return ka;
}

static void free_watch(struct ka *ka, struct watch *watch)
{
    if (!watch)
        return;
    for (int end = 0; end < 2; end++)
        mem_free(&ka->mem, watch->prober[end], sizeof *watch->prober[end]);
    mem_free(&ka->mem, watch->backoff, watch->backoff_capacity * sizeof *watch->backoff);
    mem_free(&ka->mem, watch, sizeof *watch);
}

void engine_free_details(struct ka *ka, uint32_t number)
{
    struct conn_rest *rest = table_rest(&ka->table, number);
    ka->watches -= rest->watch != NULL;
    free_watch(ka, rest->watch);
    rest->watch = NULL;
    beats_free(ka, rest);
    resets_free(ka, number);
}

void ka_free(struct ka *ka)
{
    if (!ka)
        return;
    for (uint32_t number = 0; !ka->is_told && number < ka->table.count; number++)
        engine_free_details(ka, number);
    findings_free(ka);
    table_free(&ka->table);
    trail_free(&ka->trail, &ka->mem);
    struct mem mem = ka->mem;
    mem_free(&mem, ka, sizeof *ka);
}

uint64_t ka_connections(const struct ka *ka)
{
    return ka->table.made;
}

uint64_t ka_dropped(const struct ka *ka)
{
    return ka->dropped;
}

size_t ka_memory(const struct ka *ka)
{
    return ka->mem.held_bytes;
}

enum ka_status ka_finish(struct ka *ka)
{
    enum { SOON = 4 }; /* connections reported before the one whose details are fetched */
    const struct table *table = &ka->table;
    uint32_t count = table->count, *order = NULL;
    ka->no_memory = false; /* what was fed until then can still be reported */
    if (!findings_init(ka))
        return KA_NO_MEMORY;
    if (table->numbers) {
        order = evict_order(ka, &count);
        if (!order)
            return KA_NO_MEMORY;
    }
    bool complete = true;
    for (uint32_t i = 0; i < count && complete; i++) {
        uint32_t number = order ? order[i] : i;
        if (i + SOON < count)
            watch_fetch(table_rest(table, order ? order[i + SOON] : i + SOON)->watch,
                        sizeof(struct watch));
        complete = verdict_report(ka, number);
        engine_free_details(ka, number); /* a report may have needed more of them */
    }
    ka->is_told = complete;
    mem_free(&ka->mem, order, table->count * sizeof *order);
    return complete ? KA_OK : KA_NO_MEMORY;
}
