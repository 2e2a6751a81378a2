/* The filters of the echo canceller for eight lanes: AVX2. */
#if defined(__x86_64__)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC target("avx2")
#endif
#endif
#define LANES_WIDE     8
#define ECHO_FIR_RUN   echo_fir_run_v8
#define ECHO_FIR_ADAPT echo_fir_adapt_v8
#include "echo_fir_body.h"

#if defined(__x86_64__) && defined(__clang__)
#pragma clang attribute pop
#endif
