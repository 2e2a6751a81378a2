/* Automatic gain for speech, slow, with a limiter.
 *
 * The gain moves only while somebody speaks: towards -20 dBm0 of voice, up by 3 dB/s, down by 10 dB/s, within -12..+18 dB, and
 * never so high that the noise in the pauses would stand above -45 dBm0. In pauses it holds, so noise is never pumped. The
 * limiter looks ahead within the tick (sub-blocks of 1 ms) and lets nothing above 1 dB below full scale.
 */
#ifndef CALLBOX_AGC_H
#define CALLBOX_AGC_H

#include <stdbool.h> /* bool */

#include "api.h"

struct agc {
    bool is_on;
    float level;   /* power of the voice of late; 0: none yet */
    float gain;    /* linear, before the limiter */
    float limiter; /* factor at the end of the last tick, 0..1 */
};

void agc_reset(struct agc *s);
void agc_set(struct agc *s, bool is_on);
/* Treat one tick. `is_voiced`: somebody speaks in it; `noise`: mean square of the pauses, 0 if not known. */
void agc_process(struct agc *s, float *pcm, bool is_voiced, float noise);

#endif
