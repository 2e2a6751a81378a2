/* Answer by voice. */
#include "answer.h"

enum {
    WINDOW_FRAMES = 60,
    VOICED_FRAMES = 30,
    TONE_FREE_FRAMES = 30,
    SONORANT_FRAMES = 10, /* noise has none */
    TONE_RUN = 8          /* a vowel may look like a sine for some frames */
};

void answer_set(struct answer *s, bool is_on)
{
    *s = (struct answer){.is_on = is_on};
}

/* Frames since the first voiced one of the window. */
static int first_voiced(const struct vad *v)
{
    int i = WINDOW_FRAMES - 1;

    while (i > 0 && (v->voiced >> i & 1) == 0)
        i--;
    return i;
}

int answer_process(struct answer *s, const struct vad *v, uint64_t end_smp, struct dsp_event *out)
{
    if (!s->is_on)
        return 0;
    s->n_heard += s->n_heard < WINDOW_FRAMES;
    s->n_run = v->is_tone && v->is_loud ? s->n_run + 1 : 0;
    s->n_free = s->n_run >= TONE_RUN ? 0 : s->n_free + (s->n_free < TONE_FREE_FRAMES);
    if (s->n_free < TONE_FREE_FRAMES || vad_voiced(v, s->n_heard) < VOICED_FRAMES ||
        vad_sonorant(v, s->n_heard) < SONORANT_FRAMES)
        return 0;
    *out = (struct dsp_event){
        .kind = DSP_ANSWERED,
        .at_smp = end_smp - (uint64_t)(first_voiced(v) + 1) * VAD_FRAME_SMP,
        .power = v->power,
    };
    s->is_on = false;
    s->since_smp = out->at_smp;
    s->told_smp = end_smp;
    s->has_told = true;
    return 1;
}
