/* DTMF receivers of all channels: filtered eight at a time, decided one by one. */
#ifndef CALLBOX_DTMF_BANK_H
#define CALLBOX_DTMF_BANK_H

#include "dtmf_rx.h"

/* Eight channels. */
struct dtmf_group {
    uint32_t open; /* lanes that listen, as bits */
    struct dtmf_lanes lanes;
    struct dtmf_rx rx[DTMF_LANES];
};

enum { DTMF_GROUP_EVENTS = DTMF_LANES * DTMF_RX_EVENTS };

struct dtmf_bank {
    struct dtmf_plan plan;
    dtmf_hop hop;
    int n_groups;
    struct dtmf_group groups[DSP_ALL_CHANNELS / DTMF_LANES];
};

/* Listen on a lane (from silence, at a sample number), or stop. */
void dtmf_group_set(struct dtmf_group *g, int lane, bool is_on, uint64_t at_smp);
/* Feed 40 samples of each open lane, the first of them number at_smp; pcm of the others is not
 * heard but must be readable. Write the events with their lane as channel, at most two for each
 * lane, and return their count. */
int dtmf_group_hop(struct dtmf_group *g, const struct dtmf_bank *bank,
                   const float *const pcm[DTMF_LANES], uint64_t at_smp, struct dsp_event *out);

/* Return 0, -EINVAL for bad limits (NULL: the usual ones) or a path that this machine has not. */
int dtmf_bank_setup(struct dtmf_bank *b, int n_channels, const struct dtmf_spec *spec,
                    enum simd_path path);

#endif
