/* Silence, lost sound, quiet and mute callers. */
#include "silence.h"

static const float QUIET_POWER = 6.1e-5f;   /* -36 dBm0 */
static const float AUDIBLE_POWER = 1.2e-4f; /* -33 dBm0 */
static const float NEARLY_DEAD_POWER =
    7.7e-8f; /* -65 dBm0: A-law that only knows two codes has -66 */
static const float DEAD_BELOW_NOISE = 0.126f; /* -9 dB */
static const float NOISE_PART = 0.005f; /* of the mean that a pause's frame replaces: about 2 s */
static const float VOICE_PART = 0.005f; /* of the mean that a voiced frame replaces: about 2 s */

enum {
    FRAME_MS = 10,
    LOST_FRAMES = 3000 / FRAME_MS,
    KNOWN_PAUSES = 100, /* a second of pauses tells whether the line has noise */
    OLD_PAUSES = 1000,  /* 10 s of pauses: what was before counts half */
    QUIET_FRAMES = 3000 / FRAME_MS,
    MUTE_FRAMES = 10000 / FRAME_MS,
    MUTE_AGAIN_FRAMES = 30000 / FRAME_MS /* of one who has spoken: he may only listen */
};

void silence_reset(struct silence *s)
{
    *s = (struct silence){0};
}

void silence_watch(struct silence *s, uint32_t after_frames, bool is_both)
{
    s->after_frames = after_frames;
    s->is_both = is_both;
    s->is_silent = false;
    s->n_silent = 0;
}

void silence_rules(struct silence *s, bool is_on)
{
    if (is_on && !s->is_rules) {
        s->is_lost = s->is_quiet = false;
        s->n_voice = 0;
        s->voice = 0.0f;
    }
    s->is_rules = is_on;
}

void silence_mutes(struct silence *s, bool is_on)
{
    s->is_mutes = is_on;
    s->is_mute = s->has_spoken = false;
    s->n_mute = 0;
}

static int put(struct dsp_event *out, enum dsp_event_kind kind, uint64_t at_smp, float power,
               uint32_t frames)
{
    *out = (struct dsp_event){.kind = (uint8_t)kind,
                              .at_smp = at_smp,
                              .power = power,
                              .duration_smp = frames * VAD_FRAME_SMP};
    return 1;
}

static int watch(struct silence *s, const struct vad *v, bool is_other_voice, uint64_t end_smp,
                 struct dsp_event *out)
{
    uint32_t n = s->n_silent;

    if (v->is_voice || (s->is_both && is_other_voice)) {
        bool was_silent = s->is_silent;
        s->n_silent = 0;
        s->is_silent = false;
        return was_silent ? put(out, DSP_SILENCE_END, end_smp, v->power, n) : 0;
    }
    s->n_silent = n < UINT32_MAX / VAD_FRAME_SMP ? n + 1 : n;
    if (s->is_silent || s->after_frames == 0 || s->n_silent < s->after_frames)
        return 0;
    s->is_silent = true;
    return put(out, DSP_SILENCE_BEGIN, end_smp - (uint64_t)s->n_silent * VAD_FRAME_SMP, v->power,
               s->n_silent);
}

/* Nothing at all, or so little that the noise there was is gone: an analog line keeps the box's own last bit. */
static bool is_nothing(const struct silence *s, const struct vad *v)
{
    return v->is_dead ||
           (!v->is_voice && v->power < NEARLY_DEAD_POWER && v->power < s->noise * DEAD_BELOW_NOISE);
}

static void count_pauses(struct silence *s, uint32_t n, uint32_t n_noisy)
{
    s->n_pauses += n;
    s->n_noisy += n_noisy;
    if (s->n_pauses >= OLD_PAUSES) {
        s->n_pauses /= 2;
        s->n_noisy /= 2;
    }
}

/* Learn from a frame that is not nothing what the line's pauses are like. */
static void learn(struct silence *s, const struct vad *v)
{
    /* Pauses of nothing may be this line's habit, also those that were told: who cries wolf is not heard. */
    count_pauses(s, s->n_dead < LOST_FRAMES ? s->n_dead : LOST_FRAMES, 0);
    if (v->is_voice || v->is_loud || v->is_tone)
        return;
    count_pauses(s, 1, 1);
    float part = 1.0f / (float)s->n_noisy;
    s->noise += (part > NOISE_PART ? part : NOISE_PART) * (v->power - s->noise);
}

/* A line whose pauses were hardly ever without noise, and that is now without any. */
static int lost(struct silence *s, const struct vad *v, uint64_t end_smp, struct dsp_event *out)
{
    bool is_known = s->n_noisy >= KNOWN_PAUSES && s->n_noisy >= s->n_pauses - s->n_pauses / 10;
    uint32_t n = s->n_dead;

    if (is_nothing(s, v)) {
        s->n_dead = n < UINT32_MAX / VAD_FRAME_SMP ? n + 1 : n;
        if (s->is_lost || !is_known || s->n_dead < LOST_FRAMES)
            return 0;
        s->is_lost = true;
        return put(out, DSP_AUDIO_LOST, end_smp - (uint64_t)s->n_dead * VAD_FRAME_SMP, 0.0f,
                   s->n_dead);
    }
    learn(s, v);
    s->n_dead = 0;
    if (!s->is_lost)
        return 0;
    s->is_lost = false;
    return put(out, DSP_AUDIO_BACK, end_smp, v->power, n);
}

static int quiet(struct silence *s, const struct vad *v, uint64_t end_smp, struct dsp_event *out)
{
    if (!v->is_voice || !v->is_voiced)
        return 0;
    s->n_voice++;
    float part = 1.0f / (float)s->n_voice;
    s->voice += (part > VOICE_PART ? part : VOICE_PART) * (v->power - s->voice);
    bool is_quiet = s->voice < (s->is_quiet ? AUDIBLE_POWER : QUIET_POWER);
    if (s->n_voice < QUIET_FRAMES || is_quiet == s->is_quiet)
        return 0;
    s->is_quiet = !s->is_quiet;
    return put(out, s->is_quiet ? DSP_LEVEL_LOW : DSP_LEVEL_GOOD, end_smp, s->voice, 0);
}

static int mute(struct silence *s, const struct vad *v, uint64_t end_smp, struct dsp_event *out)
{
    uint32_t n = s->n_mute;

    if (!s->is_mutes)
        return 0;
    if (v->is_voice) {
        bool was_mute = s->is_mute;
        s->n_mute = 0;
        s->is_mute = false;
        s->has_spoken = true;
        return was_mute ? put(out, DSP_MUTE_END, end_smp, v->power, n) : 0;
    }
    s->n_mute = n < UINT32_MAX / VAD_FRAME_SMP ? n + 1 : n;
    if (s->is_mute || s->n_mute < (s->has_spoken ? MUTE_AGAIN_FRAMES : MUTE_FRAMES))
        return 0;
    s->is_mute = true;
    return put(out, DSP_MUTE_BEGIN, end_smp - (uint64_t)s->n_mute * VAD_FRAME_SMP, v->power,
               s->n_mute);
}

int silence_process(struct silence *s, const struct vad *v, bool is_other_voice, uint64_t end_smp,
                    struct dsp_event *out)
{
    int n_out = watch(s, v, is_other_voice, end_smp, out);
    struct dsp_event spare[2];
    struct dsp_event *place = s->is_rules ? out + n_out : spare;
    int n_rules = lost(s, v, end_smp, place);

    n_rules += quiet(s, v, end_smp, place + n_rules);
    n_out += s->is_rules ? n_rules : 0;
    return n_out + mute(s, v, end_smp, out + n_out);
}
