/* The DTMF filter bank for AVX2: eight lanes in a vector. On other machines the plain one. */
#if defined(__x86_64__)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC target("avx2")
#endif
#define LANES_WIDE 8
#else
#define LANES_WIDE 1
#endif
#define LANES_HOP dtmf_hop_v8
#include "dtmf_lanes_body.h"

#if defined(__x86_64__) && defined(__clang__)
#pragma clang attribute pop
#endif
