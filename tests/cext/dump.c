/* Prints what the engine computes, bit by bit, so that two machines can be compared: dump
 *
 * For each vector path that the machine has: the events of the DTMF bank. Then an engine that plays, mixes, dials and hears
 * tones: its events, and a hash of all it sent; then a span: frames, MFC/R2 signals, a bit error test. Floats are printed as their bits. Lines that begin with
 * '#' name the path and are not compared.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "tdm.h"

enum { CHANNELS = 20, SECONDS = 6, SMP = SECONDS * DSP_RATE_HZ, EVENTS = 4000, TICKS = SMP / DSP_BLOCK_SMP };

static uint8_t octets[CHANNELS][SMP];

static uint32_t chance(uint32_t n)
{
    static uint64_t state = 7;

    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33) % n;
}

/* Digits of every level over noise, other octets, or silence, by channel. */
static void fill(void)
{
    static int16_t pcm[SMP];

    for (int c = 0; c < CHANNELS; c++) {
        memset(pcm, 0, sizeof pcm);
        dtmf_samples("159D0#*A2468B37C159D0#*A2468", 400 + 40 * (uint32_t)c, 480, 0.02f * (float)(c + 1), pcm, SMP);
        for (int i = 0; i < SMP && c % 3 == 1; i++)
            pcm[i] = (int16_t)(pcm[i] + (int)chance(1200) - 600);
        alaw_encode(pcm, octets[c], SMP);
        for (int i = 0; i < SMP && c % 7 == 6; i++)
            octets[c][i] = (uint8_t)(i < SMP / 2 ? chance(256) : 0xD5);
    }
}

static void print_event(const struct dsp_event *e)
{
    uint32_t power;
    uint32_t hash = 2166136261u;
    uint32_t powers[2];

    memcpy(&power, &e->power, sizeof power);
    for (int i = 0; i < e->n_data; i++)
        hash = (hash ^ e->data[i]) * 16777619u;
    memcpy(powers, e->powers, sizeof powers);
    printf("channel %d kind %d digit %c tone %d at %llu for %u power %08x %08x %08x data %08x\n", e->channel, e->kind,
           e->digit != 0 ? e->digit : '-', e->tone, (unsigned long long)e->at_smp, e->duration_smp,
           (unsigned)power, (unsigned)powers[0], (unsigned)powers[1], (unsigned)hash);
}

static void dump_bank(enum simd_path path)
{
    struct dtmf_bank *bank = calloc(1, dtmf_bank_size());
    struct dsp_event *events = calloc(EVENTS, sizeof *events);
    const uint8_t *rows[CHANNELS];
    int n = 0;

    for (int c = 0; c < CHANNELS; c++)
        rows[c] = octets[c];
    if (dtmf_bank_init(bank, CHANNELS, NULL, path) != 0 ||
        dtmf_bank_feed_alaw(bank, rows, CHANNELS, SMP, 0, events, EVENTS, &n) != SMP)
        exit(1);
    printf("# path %s\n", simd_name(path));
    printf("bank: %d events\n", n);
    for (int i = 0; i < n; i++)
        print_event(&events[i]);
    free(bank);
    free(events);
}

static void start(struct engine *e)
{
    for (int c = 0; c < CHANNELS; c++) {
        engine_open(e, c, DSP_DETECT_DTMF | DSP_DETECT_PROGRESS);
        engine_caller_id(e, c, c % 2);
        engine_mixer(e, c, c / 4, DSP_ROLE_PARTY, 0);
        engine_gain(e, c, 0.7f, 1.3f);
        if (c % 4 == 0)
            engine_play(e, c, octets[(c + 5) % CHANNELS], SMP / 2, 1, 0.5f, 1);
        if (c % 4 == 1)
            engine_dial(e, c, "123,456*#", 2, 800, 800, 0.2f);
        if (c % 4 == 2)
            engine_tone(e, c, c % 2);
    }
}

static void take_events(struct engine *e)
{
    struct dsp_event event;

    while (engine_next_event(e, &event))
        print_event(&event);
}

static void dump_engine(void)
{
    static const struct tone_spec tones[] = {
        {.freqs_hz = {450.0f}, .n_freqs = 1, .amplitude = 0.2f},
        {.freqs_hz = {350.0f, 440.0f}, .n_freqs = 2, .amplitude = 0.1f, .steps_ms = {350, 350}, .n_steps = 2}};
    static uint8_t rx[CHANNELS * DSP_BLOCK_SMP + DSP_BLOCK_OVERHEAD], tx[sizeof rx];
    struct engine *e = calloc(1, engine_size());
    uint64_t hash = 14695981039346656037u;

    if (engine_init(e, CHANNELS, tones, 2) != 0)
        exit(1);
    start(e);
    printf("# engine\n");
    for (uint32_t t = 0; t < TICKS; t++) {
        uint32_t frame = t * DSP_BLOCK_SMP;
        memset(rx, 0, TDM_HEAD_OCT);
        rx[1] = 0xBC;
        for (int k = 0; k < 4; k++)
            rx[4 + k] = (uint8_t)(frame >> (24 - 8 * k));
        for (int c = 0; c < CHANNELS; c++)
            tdm_scatter(rx, CHANNELS, c, c % 4 == 3 ? tx : octets[c] + frame);
        tdm_seal(rx, CHANNELS);
        engine_tick(e, rx, sizeof rx, tx);
        for (size_t i = 0; i < sizeof tx; i++)
            hash = (hash ^ tx[i]) * 1099511628211u;
        take_events(e);
    }
    printf("engine: sent %016llx\n", (unsigned long long)hash);
    free(e);
}

/* A block from the board: timeslot c gets what timeslot c ^ 1 sent, with noise where it is sound. */
static void cross_over(uint8_t *rx, const uint8_t *tx, int timeslots, uint32_t frame)
{
    memset(rx, 0, TDM_HEAD_OCT);
    rx[1] = 0xBC;
    for (int k = 0; k < 4; k++)
        rx[4 + k] = (uint8_t)(frame >> (24 - 8 * k));
    for (int c = 0; c < timeslots; c++) {
        uint8_t got[DSP_BLOCK_SMP];
        int16_t pcm[DSP_BLOCK_SMP];
        tdm_gather(tx, timeslots, c ^ 1, got);
        alaw_decode(got, pcm, DSP_BLOCK_SMP);
        for (int i = 0; i < DSP_BLOCK_SMP; i++)
            pcm[i] = (int16_t)(pcm[i] + (int)chance(300) - 150);
        if (c >= 4)
            alaw_encode(pcm, got, DSP_BLOCK_SMP);
        if (c == 2 && chance(5) == 0)
            got[chance(DSP_BLOCK_SMP)] ^= 4;
        tdm_scatter(rx, timeslots, c, got);
    }
    tdm_seal(rx, timeslots);
}

/* Timeslots 0 and 1 have frames, 2 and 3 a bit error test, 4 to 19 signals in both directions. */
static void span_commands(struct engine *e, uint32_t t)
{
    uint8_t frame[DSP_FRAME_MAX];

    for (size_t i = 0; i < sizeof frame; i++)
        frame[i] = (uint8_t)(chance(3) == 0 ? 0xFF : chance(256));
    if (t % 5 == 0)
        engine_send_frame(e, (int)(t % 2), frame, DSP_FRAME_MIN + chance(DSP_FRAME_MAX - 2));
    for (int c = 4; c < CHANNELS && t % 7 == 0; c++) {
        int signal = t % 2 == 0 ? 0 : 1 + (int)chance(15); /* one after the other: their order counts */
        float amplitude = 0.05f * (float)(1 + chance(9));
        engine_send_mf(e, c, signal, 1 + c % 2, amplitude);
    }
}

static void dump_span(void)
{
    static uint8_t rx[CHANNELS * DSP_BLOCK_SMP + DSP_BLOCK_OVERHEAD], tx[sizeof rx];
    struct engine *e = calloc(1, engine_size());
    struct frame_stats frames;
    struct bert_stats bits;

    if (engine_init(e, CHANNELS, NULL, 0) != 0)
        exit(1);
    for (int i = 0; i < 2; i++) {
        engine_d_channel(e, i, i, 1);
        engine_bert(e, 2 + i, i, 1);
    }
    for (int c = 4; c < CHANNELS; c++) {
        engine_open(e, c, 0);
        engine_hear_mf(e, c, 2 - c % 2);
    }
    engine_idle_block(e, tx);
    for (uint32_t t = 0; t < TICKS; t++) {
        span_commands(e, t);
        cross_over(rx, tx, CHANNELS, t * DSP_BLOCK_SMP);
        engine_tick(e, rx, sizeof rx, tx);
        take_events(e);
    }
    engine_frame_stats(e, 0, &frames);
    engine_bert_stats(e, 0, &bits);
    printf("span: frames %u bad %u bits %llu errors %llu\n", frames.good, frames.bad_fcs,
           (unsigned long long)bits.bits, (unsigned long long)bits.errors);
    free(e);
}

int main(void)
{
    fill();
    for (int path = SIMD_C; path <= SIMD_V8; path++)
        if (simd_has((enum simd_path)path))
            dump_bank((enum simd_path)path);
    dump_engine();
    dump_span();
    printf("# engine simd path: %s\n", simd_name(simd_best()));
    return 0;
}
