/* The DTMF filter bank in plain C, and the choice between the paths. */
#define LANES_WIDE 1
#define LANES_HOP  dtmf_hop_c
#include "dtmf_lanes_body.h"

dtmf_hop dtmf_hop_of(enum simd_path path)
{
    return path == SIMD_V8 ? dtmf_hop_v8 : path == SIMD_V4 ? dtmf_hop_v4 : dtmf_hop_c;
}

void dtmf_lanes_clear(struct dtmf_lanes *l, int lane)
{
    for (int i = 0; i < DTMF_NOTCHES + 1; i++)
        l->notch[i][0][lane] = l->notch[i][1][lane] = 0.0f;
    for (int i = 0; i < DTMF_TAPS; i++)
        for (int k = 0; k < 16; k++)
            l->base[i][k][lane] = 0.0f;
    for (int i = 0; i < DTMF_HISTORY; i++)
        l->energy[i][lane] = 0.0f;
}
