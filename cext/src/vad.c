/* Voice activity: energy above a tracked floor, tones told from voices by prediction. */
#include "vad.h"

#include <string.h> /* memcpy */

#include "lanes.h"

/* Energies are sums of squares over a frame of filtered samples; 0 dBm0 in the middle of the band is about 10. */
static const float PRE_EMPHASIS = 0.9f;   /* takes 19 dB of 50 Hz, 12 dB of 300 Hz */
static const float DC_POLE = 0.95f;       /* 65 Hz */
static const float TINY = 1e-15f;         /* keeps the filter from denormals */
static const float FIRST_FLOOR = 1.2e-4f; /* until something lower was heard: about -50 dBm0 */
static const float LEAST_POWER = 1.5e-6f; /* -52 dBm0: nothing below is a voice */
static const float BEGIN_RATIO = 8.0f;    /* 9 dB above the floor */
static const float STAY_RATIO = 4.0f;     /* 6 dB while a voice is on */
static const float FLOOR_BIAS = 1.2f;     /* the least of smoothed energies lies below their mean */
static const float STEADY_RATIO = 1.6f;   /* 2 dB */
static const float STILL_RATIO = 1.6f;
static const float TONE_ERROR = 0.016f;     /* -18 dB: foretold */
static const float HALF_TONE_ERROR = 0.06f; /* -12 dB */
static const float SONORANT_ERROR = 0.2f;   /* -7 dB: more than noise can be */
static const float DEAD_ENERGY = 1e-9f;     /* one step of A-law's last bit in a frame: 4e-7 */

enum {
    STEADY_FRAMES = 80, /* steady for so long is background */
    STILL_FRAMES = 12,
    BEGIN_FRAMES = 5,
    BEGIN_OF = 8,
    END_FRAMES = 25
};

static void start_run(struct vad_run *r, float x)
{
    r->low = r->high = x;
    r->n = 1;
}

static void extend_run(struct vad_run *r, float x, float ratio)
{
    float low = x < r->low ? x : r->low;
    float high = x > r->high ? x : r->high;

    if (r->n == 0 || high > ratio * low) {
        start_run(r, x);
        return;
    }
    r->low = low;
    r->high = high;
    r->n++;
}

static void set_floor(struct vad *s, float energy)
{
    for (int i = 0; i < VAD_WINDOWS; i++)
        s->least[i] = energy;
    s->window = 0;
    s->n_window = 0;
}

void vad_reset(struct vad *s)
{
    memset(s, 0, sizeof *s);
    s->smooth = FIRST_FLOOR;
    set_floor(s, FIRST_FLOOR);
}

/* Block DC: z = x - x1 + p z1, into z + VAD_ORDER, before which z holds the end of the last frame. Four samples at a time:
 * z = d + p d1 + p^2 d2 + p^3 d3 + p^4 z4 with d = x - x1.
 */
static void block_dc(struct vad *s, const float *pcm, float *z)
{
    const float p = DC_POLE;
    float x[VAD_ORDER + VAD_FRAME_SMP];
    lanes out = lanes_load(s->tail);

    memcpy(x, s->last, sizeof s->last);
    memcpy(x + VAD_ORDER, pcm, VAD_FRAME_SMP * sizeof *pcm);
    memcpy(z, s->tail, sizeof s->tail);
    for (int i = VAD_ORDER; i < VAD_ORDER + VAD_FRAME_SMP; i += 4) {
        lanes x0 = lanes_load(x + i);
        lanes x1 = lanes_load(x + i - 1);
        lanes x2 = lanes_load(x + i - 2);
        lanes x3 = lanes_load(x + i - 3);
        lanes x4 = lanes_load(x + i - 4);
        lanes d = (x0 - x1) + p * (x1 - x2) + (p * p) * (x2 - x3) + (p * p * p) * (x3 - x4) + TINY;
        out = d + (p * p * p * p) * out;
        lanes_store(z + i, out);
    }
    memcpy(s->last, x + VAD_FRAME_SMP, sizeof s->last);
    lanes_store(s->tail, out);
}

/* Energy of the frame at z with high frequencies raised. */
static float raised_energy(const float *z)
{
    lanes sum = {0};

    for (int i = 0; i < VAD_FRAME_SMP; i += 4) {
        lanes y = lanes_load(z + i) - PRE_EMPHASIS * lanes_load(z + i - 1);
        sum += y * y;
    }
    return lanes_sum(sum);
}

static float product(const float *a, const float *b)
{
    lanes sum = {0};

    for (int i = 0; i < VAD_FRAME_SMP; i += 4)
        sum += lanes_load(a + i) * lanes_load(b + i);
    return lanes_sum(sum);
}

/* What is left of the frame at y when its four samples before foretell each sample: error over energy, by the covariance
 * method. The last pivot of the elimination, with the frame itself as the last row, is the error.
 */
static float prediction_error(const float *y, float energy)
{
    double phi[VAD_ORDER + 1][VAD_ORDER + 1];
    const float *end = y + VAD_FRAME_SMP - 1;

    phi[0][0] = (double)energy;
    for (int k = 1; k <= VAD_ORDER; k++)
        phi[0][k] = (double)product(y, y - k);
    for (int i = 0; i < VAD_ORDER; i++)
        for (int k = i; k < VAD_ORDER; k++)
            phi[i + 1][k + 1] = phi[i][k] + (double)y[-1 - i] * (double)y[-1 - k] -
                                (double)end[-i] * (double)end[-k];
    for (int p = VAD_ORDER; p > 0; p--) {
        double pivot = phi[p][p] + 1e-7 * (double)energy;
        for (int i = 0; i < p; i++) {
            double part = phi[i][p] / pivot;
            for (int k = i; k < p; k++)
                phi[i][k] -= part * phi[k][p];
        }
    }
    return (float)(phi[0][0] / (double)energy);
}

static float floor_of(const struct vad *s)
{
    float least = s->least[0];

    for (int i = 1; i < VAD_WINDOWS; i++)
        least = s->least[i] < least ? s->least[i] : least;
    return FLOOR_BIAS * least;
}

/* Follow the background: up slowly, down at once when two frames agree. */
static void follow_floor(struct vad *s, float energy)
{
    float higher = energy > s->before ? energy : s->before;

    s->before = energy;
    s->smooth += (energy > s->smooth ? 0.25f : 0.5f) * (energy - s->smooth);
    if (higher < 0.25f * s->smooth)
        s->smooth = higher;
    extend_run(&s->background, s->smooth, STEADY_RATIO);
    if (s->background.n >= STEADY_FRAMES)
        set_floor(s, s->smooth);
    if (s->smooth < s->least[s->window])
        s->least[s->window] = s->smooth;
    if (++s->n_window == VAD_WINDOW_FRAMES) {
        s->n_window = 0;
        s->window = (s->window + 1) % VAD_WINDOWS;
        s->least[s->window] = s->smooth;
    }
}

static bool stands_still(struct vad *s, float energy)
{
    float sum = 0.0f;

    s->box[s->at_box] = energy;
    s->at_box = (s->at_box + 1) % VAD_BOX_FRAMES;
    for (int i = 0; i < VAD_BOX_FRAMES; i++)
        sum += s->box[i];
    extend_run(&s->level, sum, STILL_RATIO);
    return s->level.n >= STILL_FRAMES;
}

static int count(uint64_t bits, int n)
{
    int sum = 0;

    for (int i = 0; i < n; i++)
        sum += (int)(bits >> i & 1);
    return sum;
}

int vad_voiced(const struct vad *s, int n)
{
    return count(s->voiced, n);
}

int vad_sonorant(const struct vad *s, int n)
{
    return count(s->sonorant, n);
}

static void decide(struct vad *s)
{
    s->voiced = s->voiced << 1 | s->is_voiced;
    if (s->is_voice)
        s->is_voice = (s->voiced & ((1u << END_FRAMES) - 1)) != 0;
    else
        s->is_voice = s->is_voiced && (s->sonorant & ((1u << BEGIN_OF) - 1)) != 0 &&
                      vad_voiced(s, BEGIN_OF) >= BEGIN_FRAMES;
}

void vad_process(struct vad *s, const float *pcm)
{
    float buffer[VAD_ORDER + VAD_FRAME_SMP];
    const float *z = buffer + VAD_ORDER;

    block_dc(s, pcm, buffer);
    float sum = product(z, z);
    float energy = raised_energy(z);
    float ratio = s->is_voice ? STAY_RATIO : BEGIN_RATIO;
    bool is_still = stands_still(s, energy);
    s->power = sum / VAD_FRAME_SMP;
    s->is_dead = energy < DEAD_ENERGY;
    s->is_loud = s->power > LEAST_POWER && energy > ratio * floor_of(s);
    float error = s->power > LEAST_POWER ? prediction_error(z, sum) : 1.0f;
    s->is_tone = error < TONE_ERROR || (is_still && error < HALF_TONE_ERROR);
    s->is_voiced = s->is_loud && !s->is_tone && !is_still;
    s->sonorant = s->sonorant << 1 | (s->is_voiced && error < SONORANT_ERROR);
    follow_floor(s, energy);
    decide(s);
}
