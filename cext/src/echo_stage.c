/* Echo canceller and suppressor of one channel. */
#include "echo_stage.h"

#include <errno.h>  /* EINVAL */
#include <string.h> /* memcpy, memmove, memset */

#include "g711.h"

enum { SMP_PER_MS = 8 };

void echo_stage_init(struct echo_stage *s, enum simd_path path)
{
    echo_can_init(&s->can, path);
    echo_stage_set(s, 0, 0);
}

void echo_stage_set(struct echo_stage *s, int tail_ms, uint32_t options)
{
    echo_can_reset(&s->can, (size_t)tail_ms * SMP_PER_MS);
    echo_nlp_reset(&s->nlp, (options & DSP_ECHO_SUPPRESS) != 0, (options & DSP_ECHO_NOISE) != 0);
    memset(s->sent, ALAW_SILENCE, sizeof s->sent);
}

bool echo_stage_is_on(const struct echo_stage *s)
{
    return s->can.n_taps > 0;
}

void echo_stage_cancel(struct echo_stage *s, float *pcm, bool is_lost)
{
    float sent[DSP_BLOCK_SMP];

    for (int i = 0; i < DSP_BLOCK_SMP; i++)
        sent[i] = alaw_to_float[s->sent[0][i]];
    if (is_lost)
        echo_can_fillin(&s->can, sent);
    else
        echo_can_process(&s->can, sent, pcm);
}

void echo_stage_sent(struct echo_stage *s, const uint8_t *octets)
{
    memmove(s->sent[0], s->sent[1], sizeof s->sent - sizeof s->sent[0]);
    memcpy(s->sent[ECHO_DELAY_TICKS - 1], octets, sizeof s->sent[0]);
}

struct echo {
    struct echo_can can;
    struct echo_nlp nlp;
};

size_t echo_size(void)
{
    return sizeof(struct echo);
}

int echo_init(struct echo *e, int tail_ms, uint32_t options, enum simd_path path)
{
    if ((tail_ms != 16 && tail_ms != 32) || !simd_has(path))
        return -EINVAL;
    echo_can_init(&e->can, path);
    echo_can_reset(&e->can, (size_t)tail_ms * SMP_PER_MS);
    echo_nlp_reset(&e->nlp, (options & DSP_ECHO_SUPPRESS) != 0, (options & DSP_ECHO_NOISE) != 0);
    return 0;
}

size_t echo_feed_pcm16(struct echo *e, const int16_t *sent, const int16_t *heard, int16_t *out,
                       size_t n)
{
    float x[DSP_BLOCK_SMP];
    float d[DSP_BLOCK_SMP];
    size_t at;

    for (at = 0; at + DSP_BLOCK_SMP <= n; at += DSP_BLOCK_SMP) {
        for (size_t i = 0; i < DSP_BLOCK_SMP; i++) {
            x[i] = (float)sent[at + i] * (1.0f / 32768.0f);
            d[i] = (float)heard[at + i] * (1.0f / 32768.0f);
        }
        echo_can_process(&e->can, x, d);
        echo_nlp_process(&e->nlp, &e->can, d);
        for (size_t i = 0; i < DSP_BLOCK_SMP; i++)
            out[at + i] = pcm16_from_float(d[i]);
    }
    return at;
}

int echo_is_disabled(const struct echo *e)
{
    return echo_can_is_disabled(&e->can);
}
