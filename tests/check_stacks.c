/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_stacks.c: the inference of keep-alive settings from simulated stacks with timers of every
 * kind, at random phases: the bounds hold the settings, and the nominal values are usually right.
 */
#include <check.h>
#include <string.h>

#include "core/settings.h"

#include "suites.h"

#define S KA_SECOND
#define MS (S / 1000)
#define TICK_NS (500 * MS)

/* ---- simulated stacks -------------------------------------------------------------------- */

enum sim_law { SIM_WHEEL, SIM_CLASSIC, SIM_TICK, SIM_EXACT };

/* One endpoint that probes, and the schedule of its peer. */
struct sim {
    enum sim_law law;
    int hz;
    int idle_s, intvl_s;
    uint32_t count;
    int answered_cycles;
    bool more_data;         /* the peer sends between the answered cycles */
    bool dies;              /* the peer at last falls silent */
    bool starts_late;       /* the capture: it shows no data */
    int64_t rtt_ns;         /* twice that at most */
    int64_t path_jitter_ns; /* where the capture is not taken at the prober */
};

struct run {
    const struct sim *sim;
    uint64_t random;
    int64_t start_ns; /* phase against the ticks */
};

static uint64_t next_random(struct run *run)
{
    run->random ^= run->random << 13;
    run->random ^= run->random >> 7;
    run->random ^= run->random << 17;
    return run->random;
}

static int64_t uniform(struct run *run, int64_t below)
{
    return below > 0 ? (int64_t)(next_random(run) % (uint64_t)below) : 0;
}

static int64_t jiffy_at(const struct run *run, int64_t time_ns)
{
    return time_ns / S * run->sim->hz + time_ns % S * run->sim->hz / S;
}

static int64_t jiffy_start(const struct run *run, int64_t jiffy)
{
    int hz = run->sim->hz;

    return jiffy / hz * S + (jiffy % hz * S + hz - 1) / hz;
}

/* calc_wheel_index() and calc_index() of kernel/time/timer.c, level by level as written there. */
static int64_t wheel_expiry(int64_t expires, int64_t clk)
{
    int64_t delta = expires - clk;

    for (int level = 0;; level++)
        if (level == 8 || delta < INT64_C(63) << (3 * level))
            return ((expires >> (3 * level)) + 1) << (3 * level);
}

/* apply_slack() of kernel/timer.c before 4.8. */
static int64_t classic_expiry(int64_t expires, int64_t now)
{
    int64_t delta = expires - now, limit = expires;

    if (delta >= 256)
        limit = expires + delta / 256;
    int64_t mask = expires ^ limit, top = 1;
    if (mask == 0)
        return expires;
    while (top <= mask / 2)
        top *= 2;
    return limit & ~(top - 1);
}

/* When a timer of `len_ns` set at now_ns fires. */
static int64_t sim_arm(struct run *run, int64_t now_ns, int64_t len_ns, bool in_handler)
{
    int64_t now = run->sim->hz > 0 ? jiffy_at(run, now_ns) : 0;
    int64_t latency_ns = uniform(run, MS / 5);

    switch (run->sim->law) {
    case SIM_WHEEL:
        /* While timers run, the base's clock is already one ahead. */
        return latency_ns +
               jiffy_start(run, wheel_expiry(now + len_ns / (S / 1000) * run->sim->hz / 1000,
                                             now + in_handler));
    case SIM_CLASSIC:
        return latency_ns +
               jiffy_start(run, classic_expiry(now + len_ns / MS * run->sim->hz / 1000, now));
    case SIM_TICK:
        return (now_ns / TICK_NS + len_ns / TICK_NS) * TICK_NS + latency_ns;
    case SIM_EXACT:
        return now_ns + len_ns + uniform(run, 15 * MS);
    }
    return 0;
}

/* The idle time as the stack measures it, of a peer heard at heard_ns. */
static int64_t sim_rest_ns(const struct run *run, int64_t now_ns, int64_t heard_ns)
{
    int64_t idle_ns = run->sim->idle_s * S;

    if (run->sim->law == SIM_TICK) /* lwIP tcp_slowtmr(): when more ticks have passed than that */
        return idle_ns + TICK_NS - (now_ns / TICK_NS - heard_ns / TICK_NS) * TICK_NS;
    if (run->sim->hz == 0)
        return idle_ns - (now_ns - heard_ns);
    int64_t rest = run->sim->idle_s * (int64_t)run->sim->hz -
                   (jiffy_at(run, now_ns) - jiffy_at(run, heard_ns));
    return rest * S / run->sim->hz;
}

/* The peer as the prober knows it. */
struct sim_peer {
    int64_t heard_ns, data_ns; /* last heard; next data, or INT64_MAX */
    int64_t probe_ns, rtt_ns;  /* last probe */
    bool by_answer;            /* last heard by an answer */
    uint32_t unanswered;
    int cycles;
};

static void sim_probe(struct run *run, struct sim_peer *peer, int64_t now_ns,
                      struct ka_probe_gaps *gaps)
{
    int64_t sent_ns = now_ns;

    now_ns += uniform(run, run->sim->path_jitter_ns);
    if (peer->unanswered > 0)
        gaps_add_intvl(gaps, peer->unanswered, now_ns - peer->probe_ns);
    else if (peer->by_answer)
        gaps_add_answered(gaps, now_ns - peer->probe_ns, peer->rtt_ns);
    else
        gaps_add_idle(gaps, now_ns - peer->heard_ns);
    peer->probe_ns = now_ns;
    if (peer->cycles >= run->sim->answered_cycles) {
        peer->unanswered++;
        return;
    }
    peer->cycles++;
    peer->unanswered = 0;
    peer->rtt_ns = MS / 10 + run->sim->rtt_ns + uniform(run, run->sim->rtt_ns);
    peer->heard_ns = sent_ns + peer->rtt_ns;
    peer->by_answer = true;
    if (run->sim->more_data && peer->cycles % 3 == 0)
        peer->data_ns = peer->heard_ns + uniform(run, run->sim->idle_s * S - MS);
}

/* tcp_keepalive_timer(), and what other stacks do to the same end. */
static void sim_run(const struct sim *sim, uint64_t seed, struct ka_probe_gaps *gaps)
{
    struct run run = {.sim = sim, .random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1};
    struct sim_peer peer = {.data_ns = INT64_MAX};
    int64_t idle_ns = sim->idle_s * S, intvl_ns = sim->intvl_s * S;

    memset(gaps, 0, sizeof *gaps);
    for (int i = 0; i < 8; i++)
        next_random(&run);
    peer.heard_ns = 100000 * S + uniform(&run, 40000 * S);
    int64_t fires_ns = sim_arm(&run, peer.heard_ns + uniform(&run, MS), idle_ns, false);
    if (next_random(&run) % 2 != 0)
        peer.data_ns = peer.heard_ns + uniform(&run, idle_ns - MS);
    for (;;) {
        int64_t now_ns = fires_ns;
        if (peer.data_ns <= now_ns) {
            peer.heard_ns = peer.data_ns;
            peer.data_ns = INT64_MAX;
            peer.by_answer = false;
        }
        int64_t rest_ns = sim_rest_ns(&run, now_ns, peer.heard_ns);
        if (rest_ns > 0) {
            fires_ns = sim_arm(&run, now_ns, rest_ns, true);
            continue;
        }
        if (peer.unanswered >= sim->count) {
            gaps_add_intvl(gaps, peer.unanswered, now_ns - peer.probe_ns);
            gaps_add_end(gaps, peer.unanswered, peer.probe_ns - peer.heard_ns,
                         now_ns - peer.heard_ns);
            return;
        }
        sim_probe(&run, &peer, now_ns, gaps);
        if (!sim->dies && peer.unanswered > 0)
            return;
        fires_ns = sim_arm(&run, now_ns, intvl_ns, true);
    }
}

/* ---- settings that people use, and all others -------------------------------------------- */

static const struct {
    const char *name;
    enum sim_law law;
    int hz;
    long right_of_1000; /* lives in which the nominal idle time of usual settings must be right */
} stacks[] = {
    {"wheel 250 Hz", SIM_WHEEL, 250, 995},      {"wheel 1000 Hz", SIM_WHEEL, 1000, 995},
    {"wheel 100 Hz", SIM_WHEEL, 100, 990},      {"wheel 300 Hz", SIM_WHEEL, 300, 980},
    {"classic 250 Hz", SIM_CLASSIC, 250, 1000}, {"classic 1000 Hz", SIM_CLASSIC, 1000, 1000},
    {"500 ms ticks", SIM_TICK, 0, 1000},        {"exact", SIM_EXACT, 0, 1000},
};
enum { STACKS = sizeof stacks / sizeof stacks[0] };

static const int usual[][3] = {
    {7200, 75, 9}, {7200, 75, 8}, {7200, 1, 10}, {20, 1, 9},   {15, 15, 9},  {60, 60, 9},
    {60, 5, 3},    {60, 60, 5},   {13, 13, 3},   {60, 10, 6},  {30, 5, 4},   {10, 3, 8},
    {20, 3, 5},    {30, 10, 3},   {20, 2, 5},    {10, 10, 3},  {300, 30, 3}, {120, 30, 4},
    {600, 60, 20}, {1800, 30, 3}, {45, 45, 3},   {5, 2, 3},    {10, 5, 3},   {75, 75, 3},
    {180, 60, 3},  {240, 15, 9},  {3600, 75, 9}, {300, 75, 9}, {1, 5, 9},    {3, 1, 4},
};
enum { USUAL = sizeof usual / sizeof usual[0] };

struct tally {
    long runs, idle_held, idle_right, intvl_runs, intvl_held, intvl_right;
};

static bool holds(const struct ka_estimate *estimate, int64_t v_ns)
{
    return estimate->nominal_ns == KA_UNKNOWN ||
           (estimate->min_ns <= v_ns && v_ns <= estimate->max_ns);
}

static void tally_run(struct tally *tally, const struct sim *sim, uint64_t seed)
{
    struct ka_probe_gaps gaps;
    struct ka_keepalive out;

    sim_run(sim, seed, &gaps);
    if (sim->starts_late)
        memset(&gaps.idle_after_data, 0, sizeof gaps.idle_after_data);
    settings_infer(&gaps, &out);
    tally->runs++;
    tally->idle_held += holds(&out.idle, sim->idle_s * S);
    tally->intvl_runs += out.intvl.nominal_ns != KA_UNKNOWN;
    tally->intvl_held += holds(&out.intvl, sim->intvl_s * S);
    tally->idle_right += out.idle.nominal_ns == sim->idle_s * S;
    tally->intvl_right += out.intvl.nominal_ns == sim->intvl_s * S;
}

/* A life of a connection: `shape` picks how much of it the capture shows. */
static struct sim sim_of(int stack, int idle_s, int intvl_s, uint32_t count, uint64_t shape)
{
    static const int64_t rtts_ns[] = {MS / 10, MS, 20 * MS, 150 * MS};

    return (struct sim){
        .law = stacks[stack].law,
        .hz = stacks[stack].hz,
        .idle_s = idle_s,
        .intvl_s = intvl_s,
        .count = count,
        .answered_cycles = (int)(shape % 5) * 2,
        .more_data = shape / 5 % 2 != 0,
        .dies = shape / 10 % 4 != 0,
        .rtt_ns = rtts_ns[shape / 40 % 4],
    };
}
enum { SHAPES = 160 };

static struct tally tally_usual(int stack, int64_t path_jitter_ns)
{
    struct tally tally = {0};

    for (int i = 0; i < USUAL; i++)
        for (uint64_t shape = 0; shape < SHAPES; shape++) {
            struct sim sim = sim_of(stack, usual[i][0], usual[i][1], (uint32_t)usual[i][2], shape);
            sim.path_jitter_ns = path_jitter_ns;
            sim.rtt_ns += path_jitter_ns;
            tally_run(&tally, &sim, shape * 1000 + (uint64_t)i);
        }
    return tally;
}

static struct tally tally_any(int stack, bool starts_late)
{
    struct run draw = {.random = 88172645463325252u + (uint64_t)stack};
    struct tally tally = {0};

    for (int i = 0; i < 3000; i++) {
        int idle_s = 1 + (int)uniform(&draw, i % 2 ? 7200 : 120);
        int intvl_s = 1 + (int)uniform(&draw, i % 3 ? 30 : 7200);
        uint32_t count = 1 + (uint32_t)uniform(&draw, 10);
        struct sim sim = sim_of(stack, idle_s, intvl_s, count, next_random(&draw) % SHAPES);
        sim.starts_late = starts_late;
        tally_run(&tally, &sim, (uint64_t)i);
    }
    return tally;
}

START_TEST(test_bounds_hold_usual_settings_of_every_stack)
{
    struct tally tally = tally_usual(_i, 0);

    ck_assert_msg(tally.idle_held == tally.runs, "%s: idle held in %ld of %ld lives",
                  stacks[_i].name, tally.idle_held, tally.runs);
    ck_assert_msg(tally.intvl_held == tally.runs, "%s: interval held in %ld of %ld lives",
                  stacks[_i].name, tally.intvl_held, tally.runs);
}
END_TEST

static void assert_bounds_hold_any(int stack, bool starts_late)
{
    struct tally tally = tally_any(stack, starts_late);

    ck_assert_msg(tally.idle_held == tally.runs, "%s: idle held in %ld of %ld lives",
                  stacks[stack].name, tally.idle_held, tally.runs);
    ck_assert_msg(tally.intvl_held == tally.runs, "%s: interval held in %ld of %ld lives",
                  stacks[stack].name, tally.intvl_held, tally.runs);
}

START_TEST(test_bounds_hold_any_settings_of_every_stack)
{
    assert_bounds_hold_any(_i, false);
}
END_TEST

START_TEST(test_bounds_hold_where_the_capture_starts_late)
{
    assert_bounds_hold_any(_i, true);
}
END_TEST

/* Far from the prober nothing repeats exactly, and bounds that always held would say little. */
START_TEST(test_bounds_hold_at_the_far_end_of_a_path_with_jitter)
{
    static const int64_t jitters_ns[] = {MS, 5 * MS, 30 * MS};

    for (int i = 0; i < 3; i++) {
        struct tally tally = tally_usual(_i, jitters_ns[i]);
        ck_assert_msg(tally.idle_held * 1000 >= tally.runs * 990,
                      "%s, %lld ns: idle held in %ld of %ld lives", stacks[_i].name,
                      (long long)jitters_ns[i], tally.idle_held, tally.runs);
        ck_assert_msg(tally.intvl_held * 1000 >= tally.runs * 995,
                      "%s, %lld ns: interval held in %ld of %ld lives", stacks[_i].name,
                      (long long)jitters_ns[i], tally.intvl_held, tally.runs);
    }
}
END_TEST

START_TEST(test_nominal_is_the_setting_where_people_set_it)
{
    struct tally tally = tally_usual(_i, 0);

    ck_assert_msg(tally.idle_right * 1000 >= tally.runs * stacks[_i].right_of_1000,
                  "%s: idle right in %ld of %ld lives", stacks[_i].name, tally.idle_right,
                  tally.runs);
    ck_assert_msg(tally.intvl_right * 1000 >= tally.intvl_runs * 995,
                  "%s: interval right in %ld of %ld lives", stacks[_i].name, tally.intvl_right,
                  tally.intvl_runs);
}
END_TEST

Suite *suite_stacks(void)
{
    Suite *suite = suite_create("stacks");
    TCase *tcase = tcase_create("stacks");

    tcase_add_loop_test(tcase, test_bounds_hold_usual_settings_of_every_stack, 0, STACKS);
    tcase_add_loop_test(tcase, test_bounds_hold_any_settings_of_every_stack, 0, STACKS);
    tcase_add_loop_test(tcase, test_bounds_hold_where_the_capture_starts_late, 0, STACKS);
    tcase_add_loop_test(tcase, test_bounds_hold_at_the_far_end_of_a_path_with_jitter, 0, STACKS);
    tcase_add_loop_test(tcase, test_nominal_is_the_setting_where_people_set_it, 0, STACKS);
    suite_add_tcase(suite, tcase);
    return suite;
}
