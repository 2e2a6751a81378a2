/* The filters of the echo canceller for four lanes: SSE2, NEON, and plain C where there is neither. */
#define LANES_WIDE     4
#define ECHO_FIR_RUN   echo_fir_run_v4
#define ECHO_FIR_ADAPT echo_fir_adapt_v4
#include "echo_fir_body.h"
