/* A fuzz target without libFuzzer: TARGET SEED RUNS makes inputs of its own, the same each time. To be included
 * once, after INPUT_OCT and before the target's `make`.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t state;

static uint32_t chance(uint32_t n)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33) % n;
}

/* Write an input of at most INPUT_OCT octets; returns its size. */
static size_t make(uint8_t *data);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
    static uint8_t data[INPUT_OCT];
    long runs = argc > 2 ? atol(argv[2]) : 1000;

    state = argc > 1 ? (uint64_t)atoll(argv[1]) : 1;
    for (long i = 0; i < runs; i++)
        LLVMFuzzerTestOneInput(data, make(data));
    printf("runs %ld\n", runs);
    return 0;
}
