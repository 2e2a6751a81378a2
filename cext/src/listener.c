/* One direction of a channel, frame by frame; and the same over samples at hand. */
#include "listener.h"

#include <string.h> /* memcpy */

enum { FRAME_MS = 10 };

void listener_reset(struct listener *s, uint64_t at_smp)
{
    s->is_telling_voice = s->is_telling_sound = s->was_voice = false;
    s->voice_smp = s->smp = at_smp;
    s->n = 0;
    vad_reset(&s->vad);
    level_reset(&s->level);
    silence_reset(&s->silence);
    answer_set(&s->answer, false);
    amd_set(&s->amd, false);
}

static void tell_voices(struct listener *s, bool is_on)
{
    s->is_telling_voice = is_on;
    s->was_voice = false; /* a voice that is on already is told */
    silence_rules(&s->silence, is_on || s->is_telling_sound);
}

static void tell_sound(struct listener *s, bool is_on)
{
    s->is_telling_sound = is_on;
    silence_rules(&s->silence, s->is_telling_voice && !is_on); /* a watch begins anew */
    silence_rules(&s->silence, is_on || s->is_telling_voice);
    silence_mutes(&s->silence, is_on);
}

/* Who answered by voice has begun the greeting before anybody could ask. */
static void watch_machine(struct listener *s, bool is_on)
{
    amd_set(&s->amd, is_on);
    if (is_on && s->answer.has_told && s->smp - s->answer.told_smp <= ANSWER_FRESH_SMP)
        amd_greeted(&s->amd, (int)((s->smp - s->answer.since_smp) / VAD_FRAME_SMP));
}

void listener_watch(struct listener *s, int what, uint32_t after_ms)
{
    switch ((enum dsp_watch)what) {
    case DSP_WATCH_VOICE: tell_voices(s, after_ms > 0); break;
    case DSP_WATCH_SOUND: tell_sound(s, after_ms > 0); break;
    case DSP_WATCH_ANSWER: answer_set(&s->answer, after_ms > 0); break;
    case DSP_WATCH_MACHINE: watch_machine(s, after_ms > 0); break;
    case DSP_WATCH_SILENCE: silence_watch(&s->silence, after_ms / FRAME_MS, false); break;
    case DSP_WATCH_SILENCE_OF_BOTH: silence_watch(&s->silence, after_ms / FRAME_MS, true); break;
    }
}

static int tell_voice(struct listener *s, struct dsp_event *out)
{
    bool is_voice = s->vad.is_voice;

    if (!s->is_telling_voice || is_voice == s->was_voice)
        return 0;
    s->was_voice = is_voice;
    if (is_voice)
        s->voice_smp = s->smp;
    *out = (struct dsp_event){.kind = is_voice ? DSP_VOICE_BEGIN : DSP_VOICE_END,
                              .at_smp = s->smp,
                              .power = s->vad.power,
                              .duration_smp = (uint32_t)(s->smp - s->voice_smp)};
    return 1;
}

static int hear_frame(struct listener *s, const float *frame, bool is_other_voice,
                      struct dsp_event *out)
{
    const struct vad *v = &s->vad;

    vad_process(&s->vad, frame);
    s->smp += VAD_FRAME_SMP;
    level_process(&s->level, v, frame);
    int n_out = tell_voice(s, out);
    n_out += silence_process(&s->silence, v, is_other_voice, s->smp, out + n_out);
    n_out += answer_process(&s->answer, v, s->smp, out + n_out);
    return n_out + amd_process(&s->amd, v, s->smp, out + n_out);
}

int listener_process(struct listener *s, const float *pcm, int n, bool is_other_voice,
                     struct dsp_event *out)
{
    int n_out = 0;

    if (s->n == 0 && n == VAD_FRAME_SMP) /* a tick of the engine */
        return hear_frame(s, pcm, is_other_voice, out);
    while (n > 0) {
        int room = VAD_FRAME_SMP - s->n;
        int m = n < room ? n : room;
        memcpy(s->frame + s->n, pcm, (size_t)m * sizeof *pcm);
        s->n += m;
        pcm += m;
        n -= m;
        if (s->n == VAD_FRAME_SMP) {
            s->n = 0;
            n_out += hear_frame(s, s->frame, is_other_voice, out + n_out);
        }
    }
    return n_out;
}

size_t listener_size(void)
{
    return sizeof(struct listener);
}

/* Feed blocks of at most 80 samples; stop before `out` could overflow. */
int listener_feed(struct listener *s, const int16_t *pcm, size_t n, int is_other_voice,
                  struct dsp_event *out, int cap)
{
    int n_out = 0;

    for (size_t at = 0; at < n && n_out + LISTENER_EVENTS <= cap; at += DSP_BLOCK_SMP) {
        size_t m = n - at < DSP_BLOCK_SMP ? n - at : DSP_BLOCK_SMP;
        float block[DSP_BLOCK_SMP];
        for (size_t i = 0; i < m; i++)
            block[i] = (float)pcm[at + i] * (1.0f / 32768.0f);
        n_out += listener_process(s, block, (int)m, is_other_voice != 0, out + n_out);
    }
    return n_out;
}

void listener_read_level(const struct listener *s, struct dsp_level *out)
{
    level_read(&s->level, out);
}
