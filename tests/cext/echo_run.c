/* Run the echo canceller over int16 pairs (sent, heard) from stdin; what is left goes to stdout. For other machines. */
#include <stdio.h>
#include <stdlib.h>

#include "api.h"

int main(void)
{
    struct echo *e = calloc(1, echo_size());
    int16_t pairs[DSP_BLOCK_SMP][2];
    int16_t sent[DSP_BLOCK_SMP];
    int16_t heard[DSP_BLOCK_SMP];
    int16_t out[DSP_BLOCK_SMP];

    if (e == NULL || echo_init(e, 16, 0, simd_best()) != 0)
        return 1;
    while (fread(pairs, sizeof pairs, 1, stdin) == 1) {
        for (int i = 0; i < DSP_BLOCK_SMP; i++) {
            sent[i] = pairs[i][0];
            heard[i] = pairs[i][1];
        }
        echo_feed_pcm16(e, sent, heard, out, DSP_BLOCK_SMP);
        fwrite(out, sizeof out, 1, stdout);
    }
    free(e);
    return 0;
}
