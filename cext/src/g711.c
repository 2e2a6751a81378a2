/* A-law and u-law over buffers of 16-bit samples, ITU-T G.711 tables 1 and 2. */
#include "g711.h"

#include <stddef.h> /* size_t */

#include "api.h"

void alaw_encode(const int16_t *pcm, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = alaw_from_step[(pcm[i] >> 4) + 2048];
}

void alaw_decode(const uint8_t *in, int16_t *pcm, size_t n)
{
    for (size_t i = 0; i < n; i++)
        pcm[i] = alaw_to_pcm16[in[i]];
}

void ulaw_encode(const int16_t *pcm, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = ulaw_from_step[(pcm[i] >> 2) + 8192];
}

void ulaw_decode(const uint8_t *in, int16_t *pcm, size_t n)
{
    for (size_t i = 0; i < n; i++)
        pcm[i] = ulaw_to_pcm16[in[i]];
}
