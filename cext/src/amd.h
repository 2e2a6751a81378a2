/* Person or answering machine: who answered a call that the box made, by the rhythm of the greeting.
 *
 * A person says little and waits; a machine speaks on, or beeps. Decided from the moment it is switched on (the answer):
 *   person   a greeting of at most 1.8 s, 40 ms of it voiced, then 0.8 s of silence
 *   machine  more than 2.4 s of greeting without such a silence, or a beep of 0.2 s or more after some voice
 *   unsure   nothing said for 4 s, or no decision after 8 s
 */
#ifndef CALLBOX_AMD_H
#define CALLBOX_AMD_H

#include "api.h"
#include "vad.h"

struct amd {
    bool is_on;
    int n_frames;   /* since it was switched on */
    int n_greeting; /* frames from the first voiced to the last, 0: none yet */
    int n_voiced;   /* voiced frames of the greeting */
    int first;      /* n_frames at the first voiced frame */
    int n_silent;   /* frames since the last voiced one */
    int n_beep;     /* frames of tone up to now */
};

void amd_set(struct amd *s, bool is_on);
/* Know that the greeting began so many frames ago. */
void amd_greeted(struct amd *s, int n_frames);
/* Take a frame that `v` has just heard and that ends at `end_smp`; write one event at most, and be done. Its id is the reason
 * (enum dsp_amd_reason), its duration how long the decision took.
 */
int amd_process(struct amd *s, const struct vad *v, uint64_t end_smp, struct dsp_event *out);

#endif
