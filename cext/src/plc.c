/* Packet-loss concealment. */
#include "plc.h"

#include <string.h> /* memcpy */

#include "pitch.h"
#include "predictor.h"

enum {
    FULL_SMP = 80,      /* at full level: 10 ms, G.711 Appendix I */
    SILENT_SMP = 480,   /* from here on nothing: 60 ms, same */
    FADE_SMP = 16,      /* blend into what comes after the gap */
    STEP_SMP = 80,      /* made at once */
    TONE_LONG_SMP = 80, /* looked at to tell tones from other sound; when it began just now, */
    TONE_SHORT_SMP = 32
};

static const float TONE_ERROR_MAX = 0.01f;   /* of the energy */
static const float TONE_COSINE_MAX = 0.972f; /* 300 Hz: what a voice ends with lies below that */
static const float TONE_TWIST_MAX = 30.0f;   /* between the tones, 15 dB */
static const float TONE_MIN = 1e4f;          /* mean square, steps of 16 bits: -47 dBm0 */

size_t plc_size(void)
{
    return sizeof(struct plc);
}

void plc_reset(struct plc *s)
{
    memset(s, 0, sizeof *s);
}

static void remember(struct plc *s, const int16_t *pcm, size_t n)
{
    while (n > 0) {
        size_t room = (size_t)(PLC_PAST_SMP - s->at);
        size_t m = n < room ? n : room;
        memcpy(s->past + s->at, pcm, m * sizeof *pcm);
        s->at = m < room ? s->at + (int)m : 0;
        pcm += m;
        n -= m;
    }
}

/* Let the difference between the last samples and those a period before go on by itself. */
static void ring_out(struct plc *s)
{
    const float *end = s->memory + PLC_MEMORY_SMP;
    float r[PREDICTOR_ORDER + 1], a[PREDICTOR_ORDER + 1], k[PREDICTOR_ORDER];
    float y[PREDICTOR_ORDER + PLC_RING_SMP];

    autocorrelate(end - PLC_SPAN_SMP, PLC_SPAN_SMP, PREDICTOR_ORDER, r);
    predictor_solve(r, PREDICTOR_ORDER, a, k);
    for (int i = 0; i < PREDICTOR_ORDER; i++)
        y[i] = end[i - PREDICTOR_ORDER] - s->gain * end[i - PREDICTOR_ORDER - s->lag];
    for (int i = 0; i < PLC_RING_SMP; i++) {
        float sum = 0.0f;
        for (int j = PREDICTOR_ORDER; j >= 1; j--)
            sum -= a[j] * y[PREDICTOR_ORDER + i - j];
        y[PREDICTOR_ORDER + i] = sum;
        s->ringing[i] = sum * (1.0f - (float)i / PLC_RING_SMP);
    }
}

void plc_past(const struct plc *s, float *out, int n)
{
    int from = s->at < n ? s->at + PLC_PAST_SMP - n : s->at - n;
    int m = PLC_PAST_SMP - from < n ? PLC_PAST_SMP - from : n;

    for (int i = 0; i < m; i++)
        out[i] = (float)s->past[from + i];
    for (int i = m; i < n; i++)
        out[i] = (float)s->past[i - m];
}

static bool is_signal(const struct tone_fit *f, float error)
{
    float first = f->phase[0][0] * f->phase[0][0] + f->phase[0][1] * f->phase[0][1];
    float second = f->phase[1][0] * f->phase[1][0] + f->phase[1][1] * f->phase[1][1];

    return error < TONE_ERROR_MAX && f->step[0][0] < TONE_COSINE_MAX &&
           f->step[1][0] < TONE_COSINE_MAX && first < TONE_TWIST_MAX * second &&
           second < TONE_TWIST_MAX * first;
}

/* Say whether the sound ends with two tones, which are to go on. */
static bool find_tones(struct plc *s)
{
    const float *end = s->memory + PLC_MEMORY_SMP;
    float energy = 0.0f;

    for (int i = 1; i <= TONE_SHORT_SMP; i++)
        energy += end[-i] * end[-i];
    return energy > TONE_MIN * TONE_SHORT_SMP &&
           (is_signal(&s->tones, tone_fit_find(&s->tones, end, TONE_LONG_SMP)) ||
            is_signal(&s->tones, tone_fit_find(&s->tones, end, TONE_SHORT_SMP)));
}

static void begin_gap(struct plc *s)
{
    plc_past(s, s->memory, PLC_MEMORY_SMP);
    s->is_tonal = find_tones(s);
    if (s->is_tonal)
        return;
    struct pitch found = pitch_find(s->memory + PLC_MEMORY_SMP - PLC_SPAN_SMP, PLC_SPAN_SMP, -1,
                                    PLC_MIN_LAG, PLC_MAX_LAG);
    s->lag = found.lag;
    s->blend = s->lag / 4;
    s->jump = s->lag;
    s->reader = PLC_MEMORY_SMP - s->lag;
    s->gain = 0.5f + 0.5f * found.likeness;
    ring_out(s);
}

/* Go back at a join by one period in the first 10 ms, then by two, then three. */
static int next_jump(const struct plc *s, int n_missing)
{
    int periods = 1 + n_missing / 80;

    periods = periods < 3 ? periods : 3;
    while (periods > 1 && periods * s->lag + s->blend > PLC_MEMORY_SMP)
        periods--;
    return periods * s->lag;
}

/* Give n samples of the repeated past: runs up to a join, and joins. */
static void repeat(struct plc *s, float *y, int n)
{
    for (int i = 0; i < n;) {
        int join = PLC_MEMORY_SMP - s->blend;
        int left = (s->reader < join ? join : PLC_MEMORY_SMP) - s->reader;
        int m = left < n - i ? left : n - i;
        const float *from = s->memory + s->reader;
        if (s->reader == join)
            s->jump = next_jump(s, s->n_missing + i);
        float step = s->reader < join ? 0.0f : 1.0f / (float)s->blend;
        float w = s->reader < join ? 0.0f : ((float)(s->reader - join) + 0.5f) * step;
        const float *other = s->reader < join ? from : from - s->jump;
        for (int j = 0; j < m; j++)
            y[i + j] = from[j] + (w + (float)j * step) * (other[j] - from[j]);
        s->reader += m;
        s->reader -= s->reader == PLC_MEMORY_SMP ? s->jump : 0;
        i += m;
    }
}

/* Go on with the gap: n samples, at most STEP_SMP. */
static void extend(struct plc *s, float *y, int n)
{
    const float slope = 1.0f / (SILENT_SMP - FULL_SMP);
    int at = s->n_missing;

    if (at >= SILENT_SMP) {
        memset(y, 0, (size_t)n * sizeof *y);
        return;
    }
    if (s->is_tonal)
        tone_fit_go_on(&s->tones, y, n);
    else
        repeat(s, y, n);
    const float gain = s->is_tonal ? 1.0f : s->gain;
    for (int i = 0; i < n; i++) {
        float level = (float)(SILENT_SMP - at - i) * slope;
        level = level < 1.0f ? level : 1.0f;
        y[i] *= gain * (level > 0.0f ? level : 0.0f);
    }
    for (int i = 0; i < n && at + i < PLC_RING_SMP && !s->is_tonal; i++)
        y[i] += s->ringing[at + i];
    s->n_missing += n;
}

static int16_t rounded(float y)
{
    y += 32768.5f;
    y = y > 0.0f ? y : 0.0f;
    y = y < 65535.0f ? y : 65535.0f;
    return (int16_t)((int)y - 32768);
}

void plc_conceal(struct plc *s, int16_t *pcm, size_t n)
{
    float y[STEP_SMP];

    if (s->n_missing == 0)
        begin_gap(s);
    s->n_faded = 0;
    for (size_t at = 0; at < n; at += STEP_SMP) {
        int m = n - at < STEP_SMP ? (int)(n - at) : STEP_SMP;
        extend(s, y, m);
        for (int i = 0; i < m; i++)
            pcm[at + (size_t)i] = rounded(y[i]);
    }
    remember(s, pcm, n);
}

static void fade(struct plc *s, int16_t *pcm, size_t n)
{
    float y[FADE_SMP];
    int m = FADE_SMP - s->n_faded;

    m = (size_t)m < n ? m : (int)n;
    extend(s, y, m);
    for (int i = 0; i < m; i++) {
        float w = ((float)++s->n_faded - 0.5f) * (1.0f / FADE_SMP);
        pcm[i] = rounded(y[i] + w * ((float)pcm[i] - y[i]));
    }
    if (s->n_faded == FADE_SMP)
        s->n_missing = s->n_faded = 0;
}

void plc_receive(struct plc *s, int16_t *pcm, size_t n)
{
    if (s->n_missing > 0)
        fade(s, pcm, n);
    remember(s, pcm, n);
}
