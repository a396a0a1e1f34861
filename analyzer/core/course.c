/* SPDX-License-Identifier: GPL-2.0-or-later */
/* course.c: the course of a check, from the rules of the stack and the settings. */
#include "course.h"

#include "ka.h"

/* Events shown of a course that has no end. */
enum { ALIVE_PROBES = 3, ALIVE_WINDOW_PROBES = 12 };

#define COURSE_ROW(suffix, name, meaning) {name, meaning},
static const struct {
    const char *name, *meaning;
} check_words[] = {COURSE_CHECK_MAP(COURSE_ROW)},
  situation_words[] = {COURSE_SITUATION_MAP(COURSE_ROW)},
  what_words[] = {COURSE_WHAT_MAP(COURSE_ROW)};
#undef COURSE_ROW

const char *course_check_name(enum course_check check)
{
    return check < COURSE_CHECK_COUNT ? check_words[check].name : "?";
}

const char *course_check_meaning(enum course_check check)
{
    return check < COURSE_CHECK_COUNT ? check_words[check].meaning : "?";
}

const char *course_situation_name(enum course_situation situation)
{
    return situation < COURSE_SITUATION_COUNT ? situation_words[situation].name : "?";
}

const char *course_situation_meaning(enum course_situation situation)
{
    return situation < COURSE_SITUATION_COUNT ? situation_words[situation].meaning : "?";
}

const char *course_what_name(enum course_what what)
{
    return what < COURSE_WHAT_COUNT ? what_words[what].name : "?";
}

const char *course_what_meaning(enum course_what what)
{
    return what < COURSE_WHAT_COUNT ? what_words[what].meaning : "?";
}

const struct stack_backoff *course_backoff(const struct stack *stack, enum course_check check)
{
    switch (check) {
    case COURSE_CHECK_DATA:
        return &stack->data;
    case COURSE_CHECK_WINDOW:
        return &stack->window;
    case COURSE_CHECK_SYN:
        return &stack->syn;
    case COURSE_CHECK_KEEPALIVE:
    case COURSE_CHECK_COUNT:
        break;
    }
    return NULL;
}

bool course_knows(const struct stack *stack, enum course_check check)
{
    const struct stack_backoff *backoff = course_backoff(stack, check);

    return backoff ? backoff->source != NULL : stack->keepalive.source != NULL;
}

struct course_settings course_defaults(const struct stack *stack, enum course_check check)
{
    const struct stack_backoff *backoff = course_backoff(stack, check);
    /* illumos: its keep-alive probes follow the retransmission timeout. */
    const struct stack_backoff *timeouts = backoff ? backoff : &stack->data;

    return (struct course_settings){
        .stack = stack,
        .check = check,
        .situation = COURSE_SITUATION_CRASHED,
        .idle_ns = stack->keepalive.idle_ns,
        .intvl_ns = stack->keepalive.intvl_ns,
        .count = stack->keepalive.count,
        .rto_ns = timeouts->rto_ns,
        .retries = timeouts->retries,
        .hz = 250,
    };
}

/* ---- the stack's clock ------------------------------------------------------------------- */

/* The latest firing of a timer: when it is due, and between when and when it can be. */
struct clock {
    const struct stack *stack;
    int hz;
    int64_t tick_ns; /* of TIMER_TICK and TIMER_EXACT */
    int64_t ideal_ns, earliest_ns, latest_ns;
    int64_t granule; /* jiffies; the firing falls on a multiple of it. 0: on none */
};

/* kernel/time/timer.c: see timer_round_up_ns(). */
static void wheel_advance(struct clock *clock, int64_t v_ns)
{
    int64_t jiffies = timer_jiffies(v_ns, clock->hz), granule = timer_granule(jiffies);

    if (clock->granule >= granule) { /* set at a multiple of its granule: always the same */
        clock->earliest_ns += timer_round_up_ns(v_ns, clock->hz);
        clock->latest_ns += timer_round_up_ns(v_ns, clock->hz);
    } else {
        clock->earliest_ns += v_ns;
        clock->latest_ns += timer_jiffies_ns(jiffies + granule, clock->hz);
    }
    clock->granule = granule;
}

/* How late a timer set to v_ns may fire. */
static int64_t late_max_ns(const struct clock *clock, int64_t v_ns)
{
    switch (clock->stack->law) {
    case TIMER_WHEEL:
        return timer_jiffies_ns(timer_granule(timer_jiffies(v_ns, clock->hz)), clock->hz);
    case TIMER_CLASSIC: /* apply_slack() of kernel/timer.c */
        return v_ns / 256 + KA_SECOND / clock->hz;
    case TIMER_TICK:
    case TIMER_EXACT:
        break;
    }
    return clock->tick_ns;
}

/* The timer is set to v_ns and fires. */
static void clock_advance(struct clock *clock, int64_t v_ns)
{
    clock->ideal_ns += v_ns;
    if (clock->stack->law == TIMER_WHEEL) {
        wheel_advance(clock, v_ns);
        return;
    }
    clock->earliest_ns += v_ns;
    clock->latest_ns += v_ns + late_max_ns(clock, v_ns);
    if (clock->stack->keepalive.timers_from_heard) /* lateness does not add up */
        clock->latest_ns = clock->ideal_ns + clock->tick_ns;
}

/*
 * tcp_keepalive_timer() after an answered probe: the timer runs for the interval, and
 * then for what is left of the idle time.
 */
static void clock_advance_answered(struct clock *clock, const struct course_settings *s)
{
    int64_t period_ns = course_period_ns(s);
    int64_t fired_ns, granule;

    if (clock->stack->law != TIMER_WHEEL || s->intvl_ns >= s->idle_ns) {
        clock_advance(clock, period_ns);
        return;
    }
    fired_ns = timer_round_up_ns(s->intvl_ns, clock->hz);
    if (fired_ns >= s->idle_ns) { /* nothing is left to wait for */
        clock->earliest_ns += fired_ns;
        clock->latest_ns += fired_ns;
        granule = timer_granule(timer_jiffies(s->intvl_ns, clock->hz));
    } else {
        granule = timer_granule(timer_jiffies(s->idle_ns - fired_ns, clock->hz));
        clock->earliest_ns += s->idle_ns;
        clock->latest_ns += s->idle_ns + timer_jiffies_ns(granule, clock->hz);
    }
    clock->ideal_ns += period_ns;
    clock->granule = granule;
}

/* ---- the run ----------------------------------------------------------------------------- */

struct run {
    const struct course_settings *settings;
    course_visitor *visit;
    void *user;
    struct clock clock;
    uint32_t numbers[COURSE_WHAT_COUNT]; /* events so far */
    struct course_end end;
};

static void emit(struct run *run, enum course_what what)
{
    const struct course_event event = {
        .what = what,
        .number = ++run->numbers[what],
        .ideal_ns = run->clock.ideal_ns,
        .earliest_ns = run->clock.earliest_ns,
        .latest_ns = run->clock.latest_ns,
    };

    if (run->visit)
        run->visit(&event, run->user);
}

static void end(struct run *run, enum course_what what, uint32_t unanswered, const char *error)
{
    emit(run, what);
    run->end = (struct course_end){
        .dead = true,
        .what = what,
        .error = error,
        .unanswered = unanswered,
        .ideal_ns = run->clock.ideal_ns,
        .earliest_ns = run->clock.earliest_ns,
        .latest_ns = run->clock.latest_ns,
    };
}

/* What comes back on a segment that the stack has sent. True: the course is over. */
static bool reply(struct run *run)
{
    switch (run->settings->situation) {
    case COURSE_SITUATION_ALIVE:
        emit(run, COURSE_ANSWER);
        return false;
    case COURSE_SITUATION_REBOOTED:
        end(run, COURSE_PEER_RST, 0,
            run->settings->check == COURSE_CHECK_SYN ? "ECONNREFUSED" : "ECONNRESET");
        return true;
    case COURSE_SITUATION_BROKEN_ICMP:
        emit(run, COURSE_UNREACHABLE);
        return false;
    case COURSE_SITUATION_CRASHED:
    case COURSE_SITUATION_BROKEN:
    case COURSE_SITUATION_COUNT:
        break;
    }
    return false;
}

/* ---- keep-alive -------------------------------------------------------------------------- */

static int64_t probe_gap_ns(const struct course_settings *s, uint32_t probes)
{
    const struct stack_backoff doubling = {.cap_ns = s->stack->keepalive.cap_ns, .shift_max = 31};

    return s->intvl_ns > 0 ? s->intvl_ns : stack_timeout_ns(&doubling, s->rto_ns, probes - 1);
}

/* Whether the timer that fires now after `probes` probes gives up. */
static bool probes_exhausted(const struct run *run, uint32_t probes)
{
    const struct course_settings *s = run->settings;

    if (probes == 0)
        return false;
    if (s->user_timeout_ns > 0) /* tcp_keepalive_timer(): TCP_USER_TIMEOUT replaces the count */
        return run->clock.ideal_ns >= s->user_timeout_ns;
    if (s->count > 0)
        return probes >= s->count;
    return run->clock.ideal_ns > s->idle_ns + s->stack->keepalive.limit_ns;
}

static void run_alive_keepalive(struct run *run)
{
    for (int probe = 0; probe < ALIVE_PROBES; probe++) {
        emit(run, COURSE_PROBE);
        emit(run, COURSE_ANSWER);
        clock_advance_answered(&run->clock, run->settings);
    }
    emit(run, COURSE_GOES_ON);
}

static void run_keepalive(struct run *run)
{
    const struct course_settings *s = run->settings;
    int64_t first_earliest_ns, first_latest_ns;
    uint32_t probes = 0;

    emit(run, COURSE_HEARD);
    clock_advance(&run->clock, s->idle_ns);
    if (s->situation == COURSE_SITUATION_ALIVE) {
        run_alive_keepalive(run);
        return;
    }
    first_earliest_ns = run->clock.earliest_ns;
    first_latest_ns = run->clock.latest_ns;
    while (!probes_exhausted(run, probes)) {
        emit(run, COURSE_PROBE);
        probes++;
        if (reply(run))
            return;
        clock_advance(&run->clock, probe_gap_ns(s, probes));
    }
    if (s->user_timeout_ns > 0) {
        /* Which firing is the first past the user timeout depends on the first one's lateness. */
        int64_t intvl_ns = run->clock.latest_ns - first_latest_ns;
        intvl_ns /= probes;
        first_earliest_ns += intvl_ns;
        run->clock.earliest_ns =
            first_earliest_ns > s->user_timeout_ns ? first_earliest_ns : s->user_timeout_ns;
        if (run->clock.latest_ns < s->user_timeout_ns + intvl_ns)
            run->clock.latest_ns = s->user_timeout_ns + intvl_ns;
    }
    end(run, COURSE_GIVE_UP, probes, s->stack->keepalive.error);
    run->end.sends_rst = s->stack->keepalive.sends_rst;
}

/* ---- timeouts ---------------------------------------------------------------------------- */

struct series {
    const struct stack_backoff *rules;
    enum course_what what; /* of a copy */
    struct clock owed;     /* since when: the first copy, or the SYN */
    uint32_t copies;
};

static bool by_user_timeout(const struct run *run, const struct series *series)
{
    /*
     * Linux counts from the first copy (retrans_stamp, icsk_probes_tstamp), a SYN from the first.
     */
    return run->settings->user_timeout_ns > 0 &&
           (series->copies > 0 || run->settings->check == COURSE_CHECK_SYN);
}

static bool copies_exhausted(const struct run *run, const struct series *series)
{
    const struct course_settings *s = run->settings;

    if (by_user_timeout(run, series))
        return run->clock.ideal_ns - series->owed.ideal_ns >= s->user_timeout_ns;
    switch (series->rules->limit) {
    case STACK_LIMIT_COUNT:
        return series->copies >= s->retries;
    case STACK_LIMIT_MODEL:
        return series->copies > 0 &&
               run->clock.ideal_ns - series->owed.ideal_ns >= stack_model_timeout_ns(s->retries);
    case STACK_LIMIT_TIME:
        return run->clock.ideal_ns >= series->rules->limit_ns;
    }
    return true;
}

static int64_t copy_gap_ns(const struct run *run, const struct series *series)
{
    const struct course_settings *s = run->settings;
    int64_t gap_ns = stack_timeout_ns(series->rules, s->rto_ns, series->copies);
    int64_t rest_ns = series->owed.ideal_ns + s->user_timeout_ns - run->clock.ideal_ns;

    if (series->rules->limit == STACK_LIMIT_COUNT && series->copies >= s->retries &&
        series->rules->last_wait_ns > 0)
        return series->rules->last_wait_ns;
    /* tcp_clamp_rto_to_user_timeout(): the last timeout is cut short. */
    return by_user_timeout(run, series) && rest_ns > 0 && rest_ns < gap_ns ? rest_ns : gap_ns;
}

static void run_series(struct run *run, struct series *series)
{
    const struct course_settings *s = run->settings;
    bool endless = s->situation == COURSE_SITUATION_ALIVE;

    clock_advance(&run->clock, copy_gap_ns(run, series));
    while (endless ? series->copies < ALIVE_WINDOW_PROBES : !copies_exhausted(run, series)) {
        emit(run, series->what);
        series->copies++;
        if (series->copies == 1 && s->check != COURSE_CHECK_SYN)
            series->owed = run->clock;
        if (reply(run))
            return;
        clock_advance(&run->clock, copy_gap_ns(run, series));
    }
    if (endless) {
        emit(run, COURSE_GOES_ON);
        return;
    }
    if (by_user_timeout(run, series)) {
        /* The cut makes up for the lateness of the timers before it. */
        int64_t last_ns = stack_timeout_ns(series->rules, s->rto_ns, series->copies);
        run->clock.earliest_ns = series->owed.earliest_ns + s->user_timeout_ns;
        run->clock.latest_ns =
            series->owed.latest_ns + s->user_timeout_ns + late_max_ns(&run->clock, last_ns);
    }
    end(run, COURSE_GIVE_UP, series->copies,
        s->situation == COURSE_SITUATION_BROKEN_ICMP && series->rules->icmp_error
            ? series->rules->icmp_error
            : series->rules->error);
    run->end.sends_rst = series->rules->sends_rst;
}

static enum course_what first_event(enum course_check check)
{
    switch (check) {
    case COURSE_CHECK_DATA:
        return COURSE_SENT;
    case COURSE_CHECK_SYN:
        return COURSE_CONNECT;
    case COURSE_CHECK_WINDOW:
        return COURSE_CLOSED_WINDOW;
    case COURSE_CHECK_KEEPALIVE:
    case COURSE_CHECK_COUNT:
        break;
    }
    return COURSE_HEARD;
}

static void run_backoff(struct run *run, const struct stack_backoff *rules)
{
    const struct course_settings *s = run->settings;
    bool is_window = s->check == COURSE_CHECK_WINDOW;
    struct series series = {.rules = rules, .what = is_window ? COURSE_WINDOW_PROBE : COURSE_COPY};

    emit(run, first_event(s->check));
    if (!is_window && reply(run))
        return;
    if (!is_window && s->situation == COURSE_SITUATION_ALIVE)
        return; /* answered: no timer runs any more */
    if (s->situation == COURSE_SITUATION_BROKEN_ICMP && rules->icmp_ends) {
        end(run, COURSE_GIVE_UP, 0, rules->icmp_error);
        return;
    }
    if (s->check == COURSE_CHECK_DATA && s->tail_loss_probe) {
        /* tcp_schedule_loss_probe(): with one segment in flight about one timeout later; then the
         * timeout starts again. */
        clock_advance(&run->clock, s->rto_ns);
        emit(run, COURSE_TAIL_LOSS);
        if (reply(run))
            return;
    }
    run_series(run, &series);
}

int64_t course_period_ns(const struct course_settings *settings)
{
    bool restarts = settings->stack->keepalive.timers_from_heard;

    return !restarts && settings->intvl_ns > settings->idle_ns ? settings->intvl_ns
                                                               : settings->idle_ns;
}

struct course_end course_run(const struct course_settings *settings, course_visitor *visit,
                             void *user)
{
    const struct stack_backoff *backoff = course_backoff(settings->stack, settings->check);
    struct run run = {
        .settings = settings,
        .visit = visit,
        .user = user,
        .clock = {.stack = settings->stack,
                  .hz = settings->hz,
                  .tick_ns =
                      backoff && backoff->tick_ns ? backoff->tick_ns : settings->stack->tick_ns},
    };

    if (backoff)
        run_backoff(&run, backoff);
    else
        run_keepalive(&run);
    return run.end;
}
