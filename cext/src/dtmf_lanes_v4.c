/* The DTMF filter bank for SSE2 and NEON: four lanes in a vector. On other machines lowered by the
 * compiler to what they have. */
#if defined(__arm__) && defined(__GNUC__) && !defined(__clang__)
/* NEON of 32-bit ARM flushes denormals, so GCC uses it only when told that this is no harm: the
 * filters never get there (NO_DENORMALS). Nothing else of that option is wanted. */
#pragma GCC target("fpu=neon")
#pragma GCC optimize("unsafe-math-optimizations", "no-associative-math", "no-reciprocal-math")
#pragma GCC optimize("signed-zeros", "trapping-math")
#endif
#define LANES_WIDE 4
#define LANES_HOP  dtmf_hop_v4
#include "dtmf_lanes_body.h"
