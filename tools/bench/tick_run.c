/* Run the busy engine for tools/bench/estimate_a72.py: tick_run BLOCKS CHANNELS TICKS ECHO_MS
 *
 * Every channel hears its own octets of the file of blocks, detects digits and call-progress tones, plays, is mixed in
 * pairs, recorded, and has an echo canceller of ECHO_MS (0: none).
 */
#include <stdio.h>
#include <stdlib.h>

#include "api.h"

enum { PROMPT_OCT = 16000 };

static uint8_t prompt[PROMPT_OCT];

/* China's list, which the product hears. */
static const struct tone_spec tones[] = {
    {.freqs_hz = {450}, .n_freqs = 1},
    {.freqs_hz = {450}, .n_freqs = 1, .steps_ms = {1000, 4000}, .n_steps = 2},
    {.freqs_hz = {450}, .n_freqs = 1, .steps_ms = {350, 350}, .n_steps = 2},
    {.freqs_hz = {450}, .n_freqs = 1, .steps_ms = {700, 700}, .n_steps = 2},
    {.freqs_hz = {950}, .n_freqs = 1},
};

enum { N_TONES = sizeof tones / sizeof tones[0] };

static struct engine *open_engine(int channels)
{
    struct tone_spec list[N_TONES];
    struct engine *e = calloc(1, engine_size());

    for (int i = 0; i < N_TONES; i++) {
        list[i] = tones[i];
        list[i].amplitude = 0.2f;
        list[i].freq_tolerance = 0.056f;
        list[i].power_min = 1e-4f;
        list[i].slack_percent = 10;
    }
    if (e == NULL || engine_init(e, channels, list, N_TONES) != 0)
        exit(1);
    return e;
}

static void busy(struct engine *e, int channel, int echo_ms)
{
    engine_open(e, channel, DSP_DETECT_DTMF | DSP_DETECT_PROGRESS);
    engine_mixer(e, channel, channel / 2 % DSP_MAX_MIXERS, DSP_ROLE_PARTY, 0);
    engine_play(e, channel, prompt, sizeof prompt, 1, 1.0f, 1);
    engine_record(e, channel, (uint32_t)channel);
    if (echo_ms != 0)
        engine_echo(e, channel, echo_ms, DSP_ECHO_SUPPRESS | DSP_ECHO_NOISE);
}

int main(int argc, char **argv)
{
    FILE *file = argc == 5 ? fopen(argv[1], "rb") : NULL;
    const int channels = file != NULL ? atoi(argv[2]) : 0;
    const int ticks = file != NULL ? atoi(argv[3]) : 0;
    struct dsp_event event;

    if (channels < 1 || ticks < 1)
        return 1;
    struct engine *e = open_engine(channels);
    const size_t block_oct = engine_block_oct(e);
    uint8_t *rx = malloc(block_oct), *tx = malloc(block_oct), *chunks = malloc(1 << 20);
    for (int i = 0; i < PROMPT_OCT; i++)
        prompt[i] = (uint8_t)(i * 7 + i / 80 * 13);
    for (int tick = 0; tick < ticks; tick++) {
        for (int c = tick * 8; c < tick * 8 + 8 && c < channels; c++) /* the ring of commands is short */
            busy(e, c, atoi(argv[4]));
        if (fread(rx, 1, block_oct, file) != block_oct)
            return 1;
        engine_tick(e, rx, block_oct, tx);
        while (engine_next_event(e, &event))
            ;
        while (engine_read_recording(e, chunks, 1 << 20) != 0)
            ;
    }
    printf("%d\n", tx[block_oct - 1]);
    return 0;
}
