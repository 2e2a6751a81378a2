/* Answer by voice: on a line whose exchange gives no signal, somebody who speaks has answered.
 *
 * Told when 300 ms of the last 600 ms were voiced, 100 ms of it sonorant, and no tone sounded in the last 300 ms: ringback, busy and announcement
 * tones (SIT) are sines, and background noise stands still.
 */
#ifndef CALLBOX_ANSWER_H
#define CALLBOX_ANSWER_H

#include "api.h"
#include "vad.h"

enum { ANSWER_FRESH_SMP = 4000 }; /* so long after it was told an answer is this one's */

struct answer {
    bool is_on;
    int n_heard;        /* frames since it was switched on, up to what is needed */
    int n_run;          /* frames of tone up to now */
    int n_free;         /* frames since the last tone, up to what is needed */
    uint64_t since_smp; /* begin of the voice that was told */
    uint64_t told_smp;  /* when */
    bool has_told;
};

void answer_set(struct answer *s, bool is_on);
/* Take a frame that `v` has just heard and that ends at `end_smp`; write one event at most, and be done. */
int answer_process(struct answer *s, const struct vad *v, uint64_t end_smp, struct dsp_event *out);

#endif
