/* Adaptive jitter buffer: what comes in, and the tick. What changes the delay is in stretch.c. */
#include "jitter.h"

#include <string.h> /* memcpy, memset */

#include "stretch.h"

enum {
    LATE_ROW = 3,     /* packets too late in a row: the road has changed, forget how it was */
    SETTLED = 100,    /* packets until the delay may go down */
    SLACK_SMP = 320,  /* that the delay may be above its bound for a while */
    LEAP_SMP = 40,    /* concealed where more is left out */
    REWIND_SMP = 480, /* concealed and yet played later, at most */
    WHOLE = DSP_BLOCK_SMP
};

static int16_t *cell(struct jitter *s, uint32_t timestamp)
{
    return &s->line[timestamp % JITTER_LINE_SMP];
}

static void clear(struct jitter *s)
{
    for (int i = 0; i < JITTER_LINE_SMP; i++)
        s->line[i] = STRETCH_MISSING;
    for (int i = 0; i < JITTER_NOISES; i++)
        s->noises[i].n = 0;
    s->n_spare = 0;
    s->is_gap = false;
}

void jitter_reset(struct jitter *s, int32_t min_smp, int32_t max_smp, int32_t start_smp,
                  bool is_fixed)
{
    memset(s, 0, sizeof *s);
    s->min_smp = min_smp;
    s->max_smp = max_smp;
    s->start_smp = start_smp;
    s->is_fixed = is_fixed;
    plc_reset(&s->plc);
    noise_maker_reset(&s->noise);
    clear(s);
}

void jitter_restart(struct jitter *s)
{
    if (!s->is_on)
        return;
    clear(s);
    delay_window_reset(&s->delays);
    s->is_on = s->is_noise = false;
    s->n_late_row = s->n_wait = s->n_refused = 0;
    s->n_restarts++;
}

static int32_t difference(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b);
}

/* Say what delay is wanted, after a packet. */
static void aim(struct jitter *s)
{
    int32_t low = delay_window_low(&s->delays);
    int32_t above = difference((uint32_t)delay_window_high(&s->delays), (uint32_t)low);

    above = s->delays.n < SETTLED && above < s->start_smp ? s->start_smp : above;
    above = above < s->min_smp || s->is_fixed ? s->min_smp : above;
    above = above > s->max_smp ? s->max_smp : above;
    s->target = (int32_t)((uint32_t)low + (uint32_t)above);
}

/* Begin at this packet, or again when it is from another time than what is played. */
static void find_place(struct jitter *s, uint32_t timestamp)
{
    int32_t ahead = difference(timestamp, s->play);

    if (s->is_on && (ahead > JITTER_AHEAD_SMP || ahead < -JITTER_BEHIND_SMP))
        jitter_restart(s);
    if (s->is_on)
        return;
    s->is_on = s->is_waiting = true;
    s->play = timestamp - (uint32_t)s->start_smp;
}

static void note_delay(struct jitter *s, int32_t delay_smp, bool is_late)
{
    s->n_late += is_late;
    s->n_late_row = is_late ? s->n_late_row + 1 : 0;
    if (s->n_late_row == LATE_ROW) {
        delay_window_reset(&s->delays);
        s->n_late_row = 0;
    }
    delay_window_put(&s->delays, delay_smp);
    aim(s);
}

/* A packet comes whose time is over, and what was made up for it is the last that was played: go back to it. */
static void rewind_to(struct jitter *s, uint32_t timestamp, uint64_t now_smp)
{
    uint32_t place = difference(timestamp, s->gap) > 0 ? timestamp : s->gap;
    int32_t back = difference(s->play, place);

    if (!s->is_gap || s->is_fixed || s->is_noise || back <= 0 || back > REWIND_SMP ||
        jitter_delay(s, now_smp) + back > s->max_smp)
        return;
    s->play = place;
    s->is_gap = false;
    s->inserted_smp += (uint32_t)back;
}

void jitter_put(struct jitter *s, uint32_t timestamp, const int16_t *pcm, int n, uint64_t now_smp)
{
    find_place(s, timestamp);
    bool is_late = difference(s->play, timestamp) > 0;
    if (difference(timestamp + (uint32_t)n, s->gap) > 0)
        rewind_to(s, timestamp, now_smp);
    int32_t passed = difference(s->play, timestamp); /* of its samples, whose time is over */
    int from = passed <= 0 ? 0 : passed < n ? (int)passed : n;

    note_delay(s, difference((uint32_t)now_smp, timestamp), is_late);
    for (int i = from; i < n;) {
        int at = (int)((timestamp + (uint32_t)i) % JITTER_LINE_SMP);
        int m = n - i < JITTER_LINE_SMP - at ? n - i : JITTER_LINE_SMP - at;
        memcpy(&s->line[at], pcm + i, (size_t)m * sizeof *pcm);
        i += m;
    }
}

void jitter_put_noise(struct jitter *s, uint32_t timestamp, const uint8_t *payload, size_t n)
{
    struct jitter_noise *place = &s->noises[0];

    find_place(s, timestamp);
    for (int i = 0; i < JITTER_NOISES; i++) /* a free place, or that of the oldest */
        if (s->noises[i].n == 0 ||
            (place->n > 0 && difference(s->noises[i].timestamp, place->timestamp) < 0))
            place = &s->noises[i];
    place->timestamp = timestamp;
    place->n = (uint8_t)(n < DSP_NOISE_OCT ? n : DSP_NOISE_OCT);
    memcpy(place->payload, payload, place->n);
}

/* Take the comfort noise whose time has come. */
static void take_noise(struct jitter *s)
{
    for (int i = 0; i < JITTER_NOISES; i++) {
        struct jitter_noise *noise = &s->noises[i];
        if (noise->n == 0 || difference(noise->timestamp, s->play) > 0)
            continue;
        noise_maker_update(&s->noise, noise->payload, noise->n);
        noise->n = 0;
        s->is_noise = true;
    }
}

/* Fill in n samples that are not there. */
static void fill(struct jitter *s, bool is_silent, int16_t *pcm, int n)
{
    if (s->is_noise) {
        noise_maker_process(&s->noise, pcm, (size_t)n);
        plc_receive(&s->plc, pcm, (size_t)n);
        return;
    }
    if (!s->has_played) {
        memset(pcm, 0, (size_t)n * sizeof *pcm);
        return;
    }
    plc_conceal(&s->plc, pcm, (size_t)n);
    s->concealed_smp += is_silent || s->is_waiting ? 0 : (uint32_t)n;
}

/* Play n samples as they are. */
static void go_on(struct jitter *s, bool is_silent, int16_t *pcm, int n)
{
    while (n > 0) {
        int m = stretch_run(s, n);
        if (m > 0) {
            stretch_take(s, pcm, m);
            plc_receive(&s->plc, pcm, (size_t)m);
            s->is_noise = s->is_waiting = s->is_gap = false;
            s->has_played = true;
        } else {
            m = stretch_gap(s, n);
            s->gap = s->is_gap ? s->gap : s->play;
            s->is_gap = s->has_played;
            fill(s, is_silent, pcm, m);
            s->play += (uint32_t)m;
            take_noise(s);
        }
        pcm += m;
        n -= m;
    }
}

/* Play-out delay minus the one wanted. */
static int32_t excess(const struct jitter *s, uint64_t now_smp)
{
    uint32_t delay = (uint32_t)now_smp - s->play + (uint32_t)s->n_spare;

    return difference(delay, (uint32_t)s->target);
}

/* Nothing is there to be played: the delay can change for nothing. Give the samples filled in. */
static int change_in_gap(struct jitter *s, int32_t over, bool is_silent, int16_t *pcm)
{
    int held = 0;

    bool is_free = s->is_noise || is_silent || s->is_waiting;

    if (s->is_fixed && !is_free)
        return 0;
    if (over < 0) {
        held = over > -WHOLE ? (int)-over : WHOLE;
        fill(s, is_silent, pcm, held);
        s->inserted_smp += (uint32_t)held;
    } else if (over > 0) {
        int gap = stretch_gap(s, JITTER_LINE_SMP / 2);
        int most = is_free ? gap : over < STRETCH_DEAD_SMP ? 0 : gap - WHOLE; /* some to blend */
        int skipped = most < over ? most : (int)over;
        skipped = skipped > 0 ? skipped : 0;
        s->play += (uint32_t)skipped;
        s->removed_smp += s->is_waiting ? 0 : (uint32_t)skipped;
    }
    return held;
}

/* The delay is beyond its bound, since the road has become shorter at once: leave out all that is too much,
 * and conceal the join. Give the samples played. */
static int leap(struct jitter *s, int32_t over, int16_t *pcm)
{
    s->n_spare = 0;
    s->removed_smp += (uint32_t)over;
    for (int left = (int)over + LEAP_SMP; left > 0; left -= WHOLE)
        stretch_pass(s, left < WHOLE ? left : WHOLE);
    fill(s, false, pcm, LEAP_SMP);
    return LEAP_SMP;
}

void jitter_play(struct jitter *s, uint64_t now_smp, bool is_silent, int16_t *pcm)
{
    int done = 0;

    if (!s->is_on) {
        fill(s, true, pcm, WHOLE);
        return;
    }
    take_noise(s);
    if (s->delays.n > 0) {
        int32_t over = excess(s, now_smp);
        s->n_wait -= s->n_wait > 0;
        if (jitter_delay(s, now_smp) > s->max_smp + SLACK_SMP && over > 0)
            done = leap(s, over, pcm);
        else if (s->n_spare == 0 && *cell(s, s->play) == STRETCH_MISSING)
            done = change_in_gap(s, over, is_silent, pcm);
        else if (stretch_play(s, over, pcm))
            return;
    }
    go_on(s, is_silent, pcm + done, WHOLE - done);
}

int32_t jitter_delay(const struct jitter *s, uint64_t now_smp)
{
    if (!s->is_on || s->delays.n == 0)
        return 0;
    uint32_t delay = (uint32_t)now_smp - s->play + (uint32_t)s->n_spare;
    return difference(delay, (uint32_t)delay_window_low(&s->delays));
}

int32_t jitter_target(const struct jitter *s)
{
    return s->delays.n > 0 ? difference((uint32_t)s->target, (uint32_t)delay_window_low(&s->delays))
                           : 0;
}
