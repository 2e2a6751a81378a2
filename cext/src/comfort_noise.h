/* Comfort noise, ITU-T G.711 Appendix II and RFC 3389: a payload is the level of the noise (-dBov,
 * one octet) and up to some reflection coefficients of its spectrum (one octet each). */
#ifndef CALLBOX_COMFORT_NOISE_H
#define CALLBOX_COMFORT_NOISE_H

#include <stdbool.h> /* bool */

#include "api.h"
#include "predictor.h"

/* The generator: white noise through an all-pole lattice, which is stable whatever comes. */
struct noise_maker {
    int order;
    float k[PREDICTOR_ORDER];
    float back[PREDICTOR_ORDER + 1]; /* delayed backward errors */
    float gain;                      /* of the white noise, goes to target in 20 ms */
    float target;
    uint32_t seed;
};

void noise_maker_reset(struct noise_maker *s);
/* Take a payload of n octets; none changes nothing. */
void noise_maker_update(struct noise_maker *s, const uint8_t *payload, size_t n);
void noise_maker_process(struct noise_maker *s, int16_t *pcm, size_t n);

/* The analyser: autocorrelation, smoothed over about 80 ms. */
struct noise_meter {
    float r[PREDICTOR_ORDER + 1]; /* per sample, 1.0 = full scale */
    bool has_any;
};

void noise_meter_reset(struct noise_meter *s);
/* Listen to a tick of 80 samples, 1.0 = full scale. */
void noise_meter_process(struct noise_meter *s, const float *pcm);
/* Write the payload of what was heard; its octets, DSP_NOISE_OCT. */
size_t noise_meter_payload(const struct noise_meter *s, uint8_t *out);

#endif
