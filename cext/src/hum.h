/* Takes DC and mains hum out of what is heard: a high-pass (Butterworth, order 2, 80 Hz), then a notch at the mains frequency
 * and at each of its first eight harmonics.
 *
 * The notches are one loop: each harmonic has a phasor that is turned by its frequency each sample and pulled towards what
 * the line has of it; the sum of the phasors is subtracted. That has exact zeros at all eight, each 5 Hz wide at -3 dB.
 */
#ifndef CALLBOX_HUM_H
#define CALLBOX_HUM_H

#include <stddef.h> /* size_t */

enum { HUM_HARMONICS = 8 };

struct hum {
    int mains_hz; /* 0: off, 50 or 60 */
    float high_pass[2];
    float re[HUM_HARMONICS];
    float im[HUM_HARMONICS];
};

void hum_set(struct hum *s, int mains_hz);
void hum_process(struct hum *s, float *pcm, size_t n);

#endif
