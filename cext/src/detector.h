/* What listens to one channel by itself: call progress, caller ID, each switched on by itself. DTMF is
 * heard by the bank, for all channels at once (dtmf_bank.h). */
#ifndef CALLBOX_DETECTOR_H
#define CALLBOX_DETECTOR_H

#include "fsk_rx.h"
#include "progress_rx.h"
#include "special_rx.h"

struct ears {
    uint32_t detectors; /* DSP_DETECT_... */
    struct progress_rx progress;
    struct fsk_rx fsk;
    struct special_rx special; /* on with progress */
};

enum { EARS_EVENTS = PROGRESS_RX_EVENTS + FSK_RX_EVENTS + SPECIAL_RX_EVENTS };

/* Switch detectors: those that stay on go on where they are, those that are new start here. */
void ears_set(struct ears *s, uint32_t detectors, const struct progress_plan *plan,
              uint64_t at_smp);
/* Feed n samples, at most 80; write at most EARS_EVENTS events, and return their count. */
int ears_process(struct ears *s, const float *pcm, size_t n, struct dsp_event *out);

#endif
