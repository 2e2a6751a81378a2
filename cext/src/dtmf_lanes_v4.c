/* The DTMF filter bank for SSE2 and NEON: four lanes in a vector. On other machines lowered by the
 * compiler to what they have. */
#if defined(__arm__) && !defined(__ARM_NEON)
#pragma GCC target("fpu=neon")
#endif
#define LANES_WIDE 4
#define LANES_HOP  dtmf_hop_v4
#include "dtmf_lanes_body.h"
