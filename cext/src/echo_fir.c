/* Choice of the filters of the echo canceller. */
#include "echo_fir.h"

void echo_fir_choose(struct echo_fir *f, enum simd_path path)
{
    f->run = path == SIMD_V8 ? echo_fir_run_v8 : echo_fir_run_v4;
    f->adapt = path == SIMD_V8 ? echo_fir_adapt_v8 : echo_fir_adapt_v4;
}
