/* DC and mains hum. */
#include "hum.h"

#include <string.h> /* memset */

#include "lanes.h"
#include "tables.h"

static const float PULL = 3.93e-3f; /* 2 pi 5 Hz / 8000 Hz */
static const float TINY = 1e-15f;   /* far below a sample's last bit: keeps states from denormals */

void hum_set(struct hum *s, int mains_hz)
{
    if (s->mains_hz == mains_hz)
        return;
    memset(s, 0, sizeof *s);
    s->mains_hz = mains_hz;
}

static void high_pass(struct hum *s, float *pcm, size_t n)
{
    const float *c = hum_high_pass; /* gain; the zeros are 1 -2 1; poles 1 and 2 */
    float z1 = s->high_pass[0];
    float z2 = s->high_pass[1];

    for (size_t i = 0; i < n; i++) {
        float x = c[0] * pcm[i] + TINY;
        float y = x + z1;
        z1 = -2.0f * x - c[1] * y + z2;
        z2 = x - c[2] * y;
        pcm[i] = y;
    }
    s->high_pass[0] = z1;
    s->high_pass[1] = z2;
}

static void notches(struct hum *s, float *pcm, size_t n)
{
    const float *turn = hum_turn[s->mains_hz == 60];
    const lanes cos0 = lanes_load(turn);
    const lanes cos1 = lanes_load(turn + 4);
    const lanes sin0 = lanes_load(turn + 8);
    const lanes sin1 = lanes_load(turn + 12);
    lanes re0 = lanes_load(s->re), re1 = lanes_load(s->re + 4);
    lanes im0 = lanes_load(s->im), im1 = lanes_load(s->im + 4);

    for (size_t i = 0; i < n; i++) {
        float y = pcm[i] - lanes_sum(re0 + re1);
        float pull = PULL * y + TINY;
        lanes a0 = re0 + pull, a1 = re1 + pull;
        re0 = a0 * cos0 - im0 * sin0;
        re1 = a1 * cos1 - im1 * sin1;
        im0 = a0 * sin0 + im0 * cos0;
        im1 = a1 * sin1 + im1 * cos1;
        pcm[i] = y;
    }
    lanes_store(s->re, re0);
    lanes_store(s->re + 4, re1);
    lanes_store(s->im, im0);
    lanes_store(s->im + 4, im1);
}

void hum_process(struct hum *s, float *pcm, size_t n)
{
    if (s->mains_hz == 0)
        return;
    high_pass(s, pcm, n);
    notches(s, pcm, n);
}
