/* Whole decibels without libm. The power of a full-scale square wave, 1.0, is 0 dBov (RFC 3389);
 * a sine of amplitude 1.0 is +3.14 dBm0 and -3.01 dBov, so 0 dBm0 is -6.15 dBov. */
#ifndef CALLBOX_LOUDNESS_H
#define CALLBOX_LOUDNESS_H

#include "tables.h" /* dbov_power */

static const float DBM0_POWER = 0.24266101f; /* of 0 dBm0 */

/* Power of -level dBm0, 0..63. */
static inline float power_of_dbm0(int level)
{
    return DBM0_POWER * dbov_power[level];
}

/* Give the nearest level, 0..127: -level dBov. */
static inline uint8_t dbov_of_power(float power)
{
    int low = 0, high = 127;

    while (low < high) { /* the first whose upper half step (0.5 dB less) is below the power */
        int middle = (low + high) / 2;
        if (dbov_power[middle] * 0.89125094f <= power)
            high = middle;
        else
            low = middle + 1;
    }
    return (uint8_t)low;
}

/* Give the nearest level, 0..63: -level dBm0. */
static inline uint8_t dbm0_of_power(float power)
{
    uint8_t level = dbov_of_power(power / DBM0_POWER);

    return level < 63 ? level : 63;
}

#endif
