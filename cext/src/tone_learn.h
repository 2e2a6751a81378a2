/* Learn an unknown tone from a recording: frequencies, cadence, and how sure that is.
 *
 * The mean spectrum shows the frequencies, their power every 5 ms the stretches of on and off, and
 * the shortest pattern of stretches that repeats is the cadence. Beside the audio path: it may take
 * its time and use libm.
 */
#ifndef CALLBOX_TONE_LEARN_H
#define CALLBOX_TONE_LEARN_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */

#include "api.h"

enum {
    LEARN_FFT_SMP = 1024, /* 128 ms: 7.8 Hz */
    LEARN_HOP_SMP = 256,
    LEARN_STEP_SMP = 40, /* 5 ms */
    LEARN_STEP_MS = 5,
    LEARN_TAPS = 8, /* steps in the window of the envelope: 40 ms */
    LEARN_RUNS = 512
};

/* Stretches of on and off by turns. */
struct learn_runs {
    int n;
    bool is_on_first;
    int steps[LEARN_RUNS];
};

#endif
