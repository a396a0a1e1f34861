/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * what_if.c: an outage that was captured, run again with other settings.
 *
 * From the capture come three moments: when the peer was last heard, when the first segment that it
 * did not answer was sent, and when the retransmission timeout first sent a copy. Between the first
 * two the connection was idle, so that keep-alive had its turn; from the second on Linux suspends
 * it (tcp_keepalive_timer(): packets_out, or a write queue) and only a user timeout, which counts
 * from the third, cuts the wait short (tcp_write_timeout(), tcp_probe_timer()).
 */
#include "what_if.h"

#include <stdlib.h>
#include <string.h>

#include "core/timers.h"
#include "finding_list.h"
#include "names.h"
#include "setting.h"

#define WHAT_IF_EFFECT_ROW(suffix, name, meaning) {name, meaning},
static const struct {
    const char *name, *meaning;
} effects[] = {WHAT_IF_EFFECT_MAP(WHAT_IF_EFFECT_ROW)};
#undef WHAT_IF_EFFECT_ROW

const char *what_if_effect_name(enum what_if_effect effect)
{
    return effect < WHAT_IF_EFFECT_COUNT ? effects[effect].name : "?";
}

const char *what_if_effect_meaning(enum what_if_effect effect)
{
    return effect < WHAT_IF_EFFECT_COUNT ? effects[effect].meaning : "?";
}

/* ---- settings from text ------------------------------------------------------------------ */

/* Presets that are a stack's own come with its timers. */
static const struct {
    const char *preset, *stack;
} stack_presets[] = {
    {"lwip-default", "lwip"},       {"gvisor-default", "gvisor"},   {"bsd-default", "freebsd"},
    {"windows-default", "windows"}, {"illumos-default", "illumos"}, {"nuttx-default", "nuttx"},
};

static const struct stack *stack_of(const char *preset)
{
    for (size_t i = 0; i < sizeof stack_presets / sizeof stack_presets[0]; i++)
        if (strcmp(stack_presets[i].preset, preset) == 0)
            return stack_find(stack_presets[i].stack);
    return stack_find("linux");
}

static bool find_preset(const char *name, struct ka_preset *preset)
{
    for (size_t i = 0; ka_preset(i, preset); i++)
        if (strcmp(preset->name, name) == 0)
            return true;
    return false;
}

void what_if_words(FILE *stream)
{
    struct ka_preset preset;

    for (size_t i = 0; ka_preset(i, &preset); i++)
        if (preset.idle_s > 0)
            fprintf(stream, " %s", preset.name);
}

static bool fail(char error[static WHAT_IF_ERROR_BYTES], const char *what, const char *subject)
{
    char *safe = name_for_terminal(subject);

    snprintf(error, WHAT_IF_ERROR_BYTES, what, safe ? safe : "");
    free(safe);
    return false;
}

static bool take_preset(struct course_settings *course, const char *name,
                        char error[static WHAT_IF_ERROR_BYTES])
{
    struct ka_preset preset;

    if (!find_preset(name, &preset))
        return fail(
            error, "'%s' is neither IDLE/INTVL/COUNT[/USER_TIMEOUT] in seconds nor a preset", name);
    if (preset.idle_s == 0)
        return fail(error, "%s leaves the idle time to the program: give IDLE/INTVL/COUNT", name);
    *course = course_defaults(stack_of(name), COURSE_CHECK_KEEPALIVE);
    course->idle_ns = preset.idle_s * KA_SECOND;
    course->intvl_ns = preset.intvl_s * KA_SECOND;
    course->count = preset.count;
    return true;
}

static bool add_one(struct what_if *what_if, const char *text, size_t length,
                    char error[static WHAT_IF_ERROR_BYTES])
{
    struct what_if_setting *setting = &what_if->settings[what_if->count];
    const char *refused;

    if (what_if->count == WHAT_IF_MAX)
        return fail(error, "at most 16 settings%s", "");
    if (length == 0 || length >= sizeof setting->name)
        return fail(error, "'%s' is no list of settings such as 60/10/6,13/13/3", text);
    *setting = (struct what_if_setting){
        .course = course_defaults(stack_find("linux"), COURSE_CHECK_KEEPALIVE)};
    memcpy(setting->name, text, length);
    if (!setting_triple(text, length, &setting->course) &&
        !setting_quadruple(text, length, &setting->course) &&
        !take_preset(&setting->course, setting->name, error))
        return false;
    refused = setting_refused(&setting->course);
    if (refused) {
        snprintf(error, WHAT_IF_ERROR_BYTES, "'%s': %s", setting->name, refused);
        return false;
    }
    for (size_t i = 0; i < what_if->count; i++)
        if (strcmp(what_if->settings[i].name, setting->name) == 0)
            return fail(error, "'%s' is there twice", setting->name);
    setting->probe_period_ns = course_period_ns(&setting->course);
    what_if->count++;
    return true;
}

bool what_if_add(struct what_if *what_if, const char *text, char error[static WHAT_IF_ERROR_BYTES])
{
    for (;; text++) {
        size_t length = strcspn(text, ",");

        if (!add_one(what_if, text, length, error))
            return false;
        text += length;
        if (*text == '\0')
            return true;
    }
}

/* ---- the outage -------------------------------------------------------------------------- */

/* The moments of an outage, since the first of them. */
struct outage {
    const struct ka_detection *detection;
    bool heard;        /* the peer was, at 0; else what was sent first was sent at 0 */
    int64_t sent_ns;   /* what was not answered, or what met the RST; KA_UNKNOWN where not seen */
    int64_t stamp_ns;  /* since when a user timeout counts; KA_UNKNOWN while nothing is in flight */
    int64_t actual_ns; /* declared; KA_UNKNOWN while undecided */
};

static int64_t since(int64_t time_ns, int64_t start_ns)
{
    return time_ns == KA_UNKNOWN || start_ns == KA_UNKNOWN ? KA_UNKNOWN : time_ns - start_ns;
}

static struct outage outage_of(const struct ka_detection *d)
{
    bool heard = d->last_heard_frame != 0 && d->last_heard_ns != KA_UNKNOWN;
    int64_t start_ns = heard ? d->last_heard_ns : d->first_unanswered_ns;
    struct outage outage = {
        .detection = d,
        .heard = heard,
        .sent_ns = since(d->first_unanswered_ns, start_ns),
        .stamp_ns = since(d->user_timeout_from_ns, start_ns),
        .actual_ns = d->declared ? since(d->declared_ns, start_ns) : KA_UNKNOWN,
    };

    if (outage.sent_ns == KA_UNKNOWN) /* a RST that nothing called for */
        outage.sent_ns = outage.actual_ns;
    /* Sent once so far: the first timeout is near. */
    if (outage.stamp_ns == KA_UNKNOWN && d->check != KA_MECHANISM_KEEPALIVE && d->unanswered == 0)
        outage.stamp_ns = outage.sent_ns;
    return outage;
}

static struct what_if_result unchanged(const struct outage *outage, enum what_if_effect effect)
{
    return (struct what_if_result){
        .effect = effect,
        .actual_ns = outage->actual_ns,
        .latency_ns = outage->actual_ns,
        .earliest_ns = outage->actual_ns,
        .latest_ns = outage->actual_ns,
        .max_ns = outage->actual_ns,
    };
}

/* The user timeout over what is in flight, or no change for the reason given. */
static struct what_if_result in_flight(const struct what_if_setting *setting,
                                       const struct outage *outage, enum what_if_effect otherwise)
{
    static const int64_t longest_timer_ns = 120 * KA_SECOND; /* TCP_RTO_MAX */
    const struct timer_kind wheel = {TIMER_WHEEL, setting->course.hz, 0};
    int64_t timeout_ns = setting->course.user_timeout_ns, end_ns, timer_ns;

    if (timeout_ns == 0 || outage->stamp_ns == KA_UNKNOWN)
        return unchanged(outage, otherwise);
    end_ns = outage->stamp_ns + timeout_ns;
    if (outage->heard && end_ns < 0)
        return (struct what_if_result){
            WHAT_IF_ENDED_ALIVE, outage->actual_ns, KA_UNKNOWN, KA_UNKNOWN,
            KA_UNKNOWN,          KA_UNKNOWN,        false};
    /* Linux ends a connection attempt by either limit; what a peer's RST ends, it ends. */
    if (outage->actual_ns != KA_UNKNOWN && end_ns > outage->actual_ns &&
        (outage->detection->check == KA_MECHANISM_SYN ||
         outage->detection->mechanism == KA_MECHANISM_PEER_RESET))
        return unchanged(outage, otherwise);
    timer_ns = timeout_ns < longest_timer_ns ? timeout_ns : longest_timer_ns;
    return (struct what_if_result){
        .effect = WHAT_IF_USER_TIMEOUT,
        .actual_ns = outage->actual_ns,
        .latency_ns = end_ns,
        .earliest_ns = end_ns,
        .latest_ns = end_ns + timer_late_ns(&wheel, timer_ns),
        .max_ns = end_ns,
    };
}

/* Keep-alive's probes, from the moment when the peer was last heard. */
static struct what_if_result by_probes(const struct what_if_setting *setting,
                                       const struct outage *outage, enum what_if_effect effect)
{
    struct course_settings course = setting->course;
    struct course_end end;
    int64_t latest_ns;

    if (effect == WHAT_IF_PEER_RESET)
        course.situation = COURSE_SITUATION_REBOOTED;
    end = course_run(&course, NULL, NULL);
    latest_ns = end.latest_ns;
    if (setting->probe_period_ns > course.idle_ns) {
        /* After an answered probe an interval above the idle time takes its place, see course.h. */
        course.idle_ns = setting->probe_period_ns;
        latest_ns = course_run(&course, NULL, NULL).latest_ns;
    }
    return (struct what_if_result){
        .effect = effect,
        .actual_ns = outage->actual_ns,
        .latency_ns = end.ideal_ns,
        .earliest_ns = end.earliest_ns,
        .latest_ns = latest_ns,
        .max_ns = outage->sent_ns == KA_UNKNOWN ? KA_UNKNOWN : outage->sent_ns + end.ideal_ns,
    };
}

/* Data or a FIN in flight, after a time in which nothing was: keep-alive had its turn then. */
static struct what_if_result over_data(const struct what_if_setting *setting,
                                       const struct outage *outage)
{
    bool suspends = setting->course.stack->keepalive.waits_for_data;
    struct what_if_result later =
        in_flight(setting, outage, suspends ? WHAT_IF_SUSPENDED : WHAT_IF_TOO_LATE);
    struct what_if_result result = by_probes(setting, outage, WHAT_IF_KEEPALIVE);

    if (!outage->heard)
        return outage->stamp_ns != KA_UNKNOWN && setting->course.user_timeout_ns
                   ? later
                   : unchanged(outage, WHAT_IF_UNKNOWN);
    if (suspends && (outage->sent_ns == KA_UNKNOWN || result.latest_ns > outage->sent_ns))
        return later;
    if (later.latency_ns != KA_UNKNOWN && later.latency_ns < result.latency_ns)
        return later;
    if (suspends) /* had it died right before the data was sent */
        result.max_ns = later.max_ns;
    return result;
}

/* The peer's RST: the first probe would have met it, had it been sent before what did meet it. */
static struct what_if_result over_reset(const struct what_if_setting *setting,
                                        const struct outage *outage)
{
    const struct ka_detection *d = outage->detection;
    struct what_if_result result;

    if (!outage->heard)
        return unchanged(outage, WHAT_IF_UNKNOWN);
    if (d->check != KA_MECHANISM_KEEPALIVE && d->unanswered > 0)
        return over_data(setting, outage);
    if (d->unanswered > 1) { /* silent first, so the peer was away that long */
        result = by_probes(setting, outage, WHAT_IF_KEEPALIVE);
        return result.latency_ns < outage->actual_ns ? result : unchanged(outage, WHAT_IF_TOO_LATE);
    }
    result = by_probes(setting, outage, WHAT_IF_PEER_RESET);
    if (d->check != KA_MECHANISM_KEEPALIVE && result.latest_ns > outage->sent_ns)
        return unchanged(outage, WHAT_IF_TOO_LATE);
    if (d->check != KA_MECHANISM_KEEPALIVE) /* had the peer come back right before that was sent */
        result.max_ns = outage->actual_ns;
    return result;
}

/* ---- idle timers in the path --------------------------------------------------------------- */

/*
 * An answered probe, however late the stack's timers are (a Linux wheel: an eighth), restarts it.
 */
static bool restarts_path_timer(const struct what_if_setting *setting,
                                const struct ka_connection *connection)
{
    const struct ka_finding *finding = finding_list_find(connection, KA_FINDING_PATH_IDLE_TIMER);

    return finding && finding->limit_ns != KA_UNKNOWN &&
           setting->probe_period_ns + setting->probe_period_ns / 8 < finding->limit_ns;
}

/* A box said that it forgot the connection: had it been kept from that, there were no death. */
static struct what_if_result spare_path(struct what_if_result result,
                                        const struct what_if_setting *setting,
                                        const struct ka_connection *connection)
{
    if (!restarts_path_timer(setting, connection))
        return result;
    if (connection->detection->mechanism == KA_MECHANISM_PEER_RESET &&
        finding_list_find(connection, KA_FINDING_RST_FROM_MIDDLEBOX))
        return (struct what_if_result){WHAT_IF_KEPT_OPEN, result.actual_ns, KA_UNKNOWN, KA_UNKNOWN,
                                       KA_UNKNOWN,        KA_UNKNOWN,       false};
    result.may_keep_open = true;
    return result;
}

bool what_if_applies(const struct ka_connection *connection)
{
    return connection->detection != NULL;
}

static struct what_if_result apply(const struct what_if_setting *setting,
                                   const struct ka_detection *detection)
{
    struct outage outage = outage_of(detection);

    switch (outage.detection->mechanism) {
    case KA_MECHANISM_KEEPALIVE:
        return by_probes(setting, &outage, WHAT_IF_KEEPALIVE);
    case KA_MECHANISM_RETRANSMISSION:
    case KA_MECHANISM_FIN:
        return over_data(setting, &outage);
    case KA_MECHANISM_WINDOW_PROBE:
        return in_flight(setting, &outage, WHAT_IF_SUSPENDED);
    case KA_MECHANISM_SYN:
        return in_flight(setting, &outage, WHAT_IF_NOT_CONNECTED);
    case KA_MECHANISM_PEER_RESET:
        return over_reset(setting, &outage);
    case KA_MECHANISM_COUNT:
        break;
    }
    return unchanged(&outage, WHAT_IF_UNKNOWN);
}

struct what_if_result what_if_apply(const struct what_if_setting *setting,
                                    const struct ka_connection *connection)
{
    return spare_path(apply(setting, connection->detection), setting, connection);
}

bool what_if_is_unchanged(enum what_if_effect effect)
{
    return effect == WHAT_IF_SUSPENDED || effect == WHAT_IF_NOT_CONNECTED ||
           effect == WHAT_IF_TOO_LATE || effect == WHAT_IF_UNKNOWN;
}

int64_t what_if_saved_ns(const struct what_if_result *result, int64_t latency_ns)
{
    return result->actual_ns == KA_UNKNOWN || latency_ns == KA_UNKNOWN
               ? KA_UNKNOWN
               : result->actual_ns - latency_ns;
}

/* Both ends' longest silence; KA_UNKNOWN where probes hide it. */
static int64_t longest_silence_ns(const struct ka_connection *connection)
{
    static const int64_t known_from_ns = 20 * KA_SECOND; /* resets_survived() */
    int64_t longest_ns = known_from_ns;

    if (connection->keepalive[KA_CLIENT] || connection->keepalive[KA_SERVER])
        return KA_UNKNOWN;
    if (connection->idle_survived_ns > longest_ns)
        longest_ns = connection->idle_survived_ns;
    if (connection->idle_before_end_ns > longest_ns)
        longest_ns = connection->idle_before_end_ns;
    return longest_ns;
}

uint64_t what_if_probes_max(const struct what_if_setting *setting,
                            const struct ka_connection *connection)
{
    int64_t longest_ns = longest_silence_ns(connection);

    if (setting->probe_period_ns <= 0 ||
        (longest_ns != KA_UNKNOWN && longest_ns < setting->course.idle_ns))
        return 0;
    return (uint64_t)((connection->last_ns - connection->first_ns) / setting->probe_period_ns);
}

uint64_t what_if_probes_in_1000_days(const struct what_if_setting *setting)
{
    const uint64_t days_ms = UINT64_C(1000) * 86400 * 1000;
    uint64_t period_ms = (uint64_t)(setting->probe_period_ns / (KA_SECOND / 1000));

    return (days_ms + period_ms / 2) / (period_ms ? period_ms : 1);
}
