/* What one direction of a channel says: voice, silence, levels, who answered. Cuts any stream of samples into frames of 10 ms,
 * so that the same signal gives the same events however it is chopped.
 */
#ifndef CALLBOX_LISTENER_H
#define CALLBOX_LISTENER_H

#include "amd.h"
#include "answer.h"
#include "level.h"
#include "silence.h"

enum { LISTENER_EVENTS = SILENCE_EVENTS + 3 };

struct listener {
    bool is_telling_voice;
    bool is_telling_sound;
    bool was_voice;
    uint64_t voice_smp; /* when the voice began */
    uint64_t smp;       /* end of the last whole frame */
    int n;              /* samples of the frame being filled */
    float frame[VAD_FRAME_SMP];
    struct vad vad;
    struct level level;
    struct silence silence;
    struct answer answer;
    struct amd amd;
};

/* Hear n samples, at most 80, while the other direction speaks or not; write at most LISTENER_EVENTS, return their count. */
int listener_process(struct listener *s, const float *pcm, int n, bool is_other_voice,
                     struct dsp_event *out);

#endif
