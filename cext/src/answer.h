/* Answer by voice: on a line whose exchange gives no signal, somebody who speaks has answered.
 *
 * Told when 300 ms of the last 600 ms were voiced, 100 ms of it sonorant, and no tone sounded in the last 300 ms: ringback, busy and announcement
 * tones (SIT) are sines, and background noise stands still.
 */
#ifndef CALLBOX_ANSWER_H
#define CALLBOX_ANSWER_H

#include "api.h"
#include "vad.h"

struct answer {
    bool is_on;
    int n_heard; /* frames since it was switched on, up to what is needed */
    int n_run;   /* frames of tone up to now */
    int n_free;  /* frames since the last tone, up to what is needed */
};

void answer_set(struct answer *s, bool is_on);
/* Take a frame that `v` has just heard and that ends at `end_smp`; write one event at most, and be done. */
int answer_process(struct answer *s, const struct vad *v, uint64_t end_smp, struct dsp_event *out);

#endif
