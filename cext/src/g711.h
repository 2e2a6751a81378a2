/* G.711 at the edges: octets to float32 and back. 1.0 = +3.14 dBm0.
 *
 * Encoding takes the interval that holds the value; intervals are closed below, as in the reference
 * software of ITU-T G.191, so that every 16-bit input gives the code of the standard.
 */
#ifndef CALLBOX_G711_H
#define CALLBOX_G711_H

#include "tables.h" /* alaw_from_step, alaw_to_float */

enum { ALAW_SILENCE = 0xD5 };

/* Code a sample, saturated. */
static inline uint8_t alaw_from_float(float x)
{
    float step =
        x * 2048.0f + 2048.0f; /* the truncation below then rounds down on both sides of zero */
    step = step > 0.0f ? step : 0.0f;
    step = step < 4095.0f ? step : 4095.0f;
    return alaw_from_step[(int)step];
}

/* The same in u-law. */
static inline uint8_t ulaw_from_float(float x)
{
    float step = x * 8192.0f + 8192.0f;
    step = step > 0.0f ? step : 0.0f;
    step = step < 16383.0f ? step : 16383.0f;
    return ulaw_from_step[(int)step];
}

/* Turn a sample into 16 bits, saturated. */
static inline int16_t pcm16_from_float(float x)
{
    float v = x * 32768.0f + 32768.5f;
    v = v > 0.0f ? v : 0.0f;
    v = v < 65535.0f ? v : 65535.0f;
    return (int16_t)((int)v - 32768);
}

#endif
