/* The processor's answer to which vectors it has. Runs at init only. */
#include "simd.h"

#if defined(__arm__) && defined(__linux__)
#include <asm/hwcap.h> /* HWCAP_NEON */
#include <sys/auxv.h>  /* getauxval */
#endif

static int has_v4(void)
{
#if defined(__SSE2__) || defined(__aarch64__)
    return 1;
#elif defined(__arm__) && defined(__linux__)
    return (getauxval(AT_HWCAP) & HWCAP_NEON) != 0;
#else
    return 0;
#endif
}

int simd_has(enum simd_path path)
{
    switch (path) {
    case SIMD_C: return 1;
    case SIMD_V4: return has_v4();
    case SIMD_V8:
#if defined(__x86_64__)
        return __builtin_cpu_supports("avx2") != 0;
#else
        return 0;
#endif
    }
    return 0;
}

enum simd_path simd_best(void)
{
    return simd_has(SIMD_V8) ? SIMD_V8 : simd_has(SIMD_V4) ? SIMD_V4 : SIMD_C;
}

const char *simd_name(enum simd_path path)
{
    if (path == SIMD_C)
        return "c";
    if (path == SIMD_V8)
        return "avx2";
#if defined(__SSE2__)
    return "sse2";
#else
    return "neon";
#endif
}
