/* Two sines below 2 kHz fitted to the end of a signal, so that it can go on: keys, dial and busy tones.
 *
 * Two sines obey x[n] + x[n-4] = a (x[n-1] + x[n-3]) + b x[n-2] at any rate of samples; at half the
 * rate noise matters less. That gives a first guess of their frequencies; least squares over
 * frequency, amplitude and phase (Gauss and Newton) make it exact.
 */
#ifndef CALLBOX_TONE_FIT_H
#define CALLBOX_TONE_FIT_H

enum { TONE_FIT_MAX_SMP = 96 };

struct tone_fit {
    float step[2][2];  /* cosine and sine of the phase turned in a sample */
    float phase[2][2]; /* of the next sample: re, im, amplitude in it; the sound is the real part */
};

/* Fit to the n samples before `end`, 16..96, and return the share of their energy that is not
 * explained: 1 where no two sines can be told apart. */
float tone_fit_find(struct tone_fit *f, const float *end, int n);
/* Give the next n samples. */
void tone_fit_go_on(struct tone_fit *f, float *y, int n);

#endif
