/* Person or answering machine. */
#include "amd.h"

enum {
    NOBODY_FRAMES = 400,
    PERSON_FRAMES = 180,  /* the longest greeting of a person */
    MACHINE_FRAMES = 240, /* longer is a machine's */
    WAIT_FRAMES = 80,     /* of silence: it is our turn */
    WORD_FRAMES = 4,      /* of voice; less before such a silence was a noise of the line */
    BEEP_FRAMES = 20,
    STILL_FRAMES = 12, /* of them with a level that stands still, as no vowel's does */
    GIVE_UP_FRAMES = 800
};

void amd_set(struct amd *s, bool is_on)
{
    *s = (struct amd){.is_on = is_on};
}

void amd_greeted(struct amd *s, int n_frames)
{
    s->n_frames = s->n_greeting = s->n_voiced = n_frames;
    s->first = 1;
}

static void follow(struct amd *s, const struct vad *v)
{
    s->n_frames++;
    s->n_beep = v->is_tone && v->is_loud ? s->n_beep + 1 : 0;
    /* A click is no greeting: two voiced frames of the last four. */
    if (v->is_voiced && vad_voiced(v, 4) >= 2) {
        if (s->n_greeting == 0)
            s->first = s->n_frames;
        s->n_greeting = s->n_frames - s->first + 1;
        s->n_voiced++;
        s->n_silent = 0;
    } else {
        s->n_silent++;
    }
    if (s->n_silent == WAIT_FRAMES && s->n_voiced < WORD_FRAMES)
        s->n_greeting = s->n_voiced = 0;
}

/* The kind of the decision, or -1 for none yet. */
static int decide(const struct amd *s, const struct vad *v, uint32_t *reason)
{
    if (s->n_greeting > 0 && s->n_beep >= BEEP_FRAMES && v->level.n >= STILL_FRAMES) {
        *reason = DSP_AMD_BEEP;
        return DSP_MACHINE;
    }
    if (s->n_greeting > MACHINE_FRAMES) {
        *reason = DSP_AMD_LONG_GREETING;
        return DSP_MACHINE;
    }
    if (s->n_greeting > 0 && s->n_greeting <= PERSON_FRAMES && s->n_silent >= WAIT_FRAMES) {
        *reason = DSP_AMD_SHORT_GREETING;
        return DSP_PERSON;
    }
    if (s->n_greeting == 0 && s->n_frames >= NOBODY_FRAMES) {
        *reason = DSP_AMD_NOBODY_SPEAKS;
        return DSP_UNSURE;
    }
    *reason = DSP_AMD_NO_DECISION;
    return s->n_frames >= GIVE_UP_FRAMES ? DSP_UNSURE : -1;
}

int amd_process(struct amd *s, const struct vad *v, uint64_t end_smp, struct dsp_event *out)
{
    uint32_t reason;

    if (!s->is_on)
        return 0;
    follow(s, v);
    int kind = decide(s, v, &reason);
    if (kind < 0)
        return 0;
    *out = (struct dsp_event){.kind = (uint8_t)kind,
                              .id = reason,
                              .at_smp = end_smp,
                              .duration_smp = (uint32_t)s->n_frames * VAD_FRAME_SMP};
    s->is_on = false;
    return 1;
}
