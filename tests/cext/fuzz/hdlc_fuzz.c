/* Fuzz target of HDLC. An input is: a first octet that chooses how, then
 *
 *   0 of 3   octets as they come from the timeslot
 *   1 of 3   frames (length, octets), sent by our sender, and heard again: each must come, as it was
 *   2 of 3   the same, with bits turned over, octets left out and octets of any kind put in between
 *
 * The receiver gets everything twice, in whole and in pieces: the same frames and counters must come.
 * With libFuzzer (fuzz.sh), or alone: hdlc_fuzz SEED RUNS makes inputs of its own, the same each time.
 */
#include <stdlib.h>
#include <string.h>

#include "hdlc_rx.h"
#include "hdlc_tx.h"

enum { INPUT_OCT = 4096, LINE_OCT = 3 * INPUT_OCT };

struct heard {
    int n;
    uint32_t hash;
    struct frame_stats stats;
};

static uint32_t mix(uint32_t hash, const uint8_t *octets, size_t n)
{
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ octets[i]) * 16777619u;
    return hash;
}

static void check(const struct dsp_event *event)
{
    if (event->kind != DSP_FRAME || event->n_data < DSP_FRAME_MIN || event->n_data > DSP_FRAME_MAX)
        abort();
}

/* Hear the line in pieces of `step` octets at most. */
static struct heard hear(const uint8_t *line, size_t n, size_t step)
{
    static struct dsp_event events[64];
    struct hdlc_rx *rx = malloc(hdlc_rx_size());
    struct heard heard = {.hash = 2166136261u};

    hdlc_rx_reset(rx);
    for (size_t at = 0; at < n;) {
        size_t part = n - at < step ? n - at : step;
        int n_events = 0;
        uint8_t *exact = malloc(part);
        memcpy(exact, line + at, part);
        at += hdlc_rx_feed(rx, exact, part, at, events, 64, &n_events);
        free(exact);
        for (int i = 0; i < n_events; i++) {
            check(&events[i]);
            heard.hash = mix(heard.hash, events[i].data, events[i].n_data);
            heard.hash = mix(heard.hash, (const uint8_t *)&events[i].at_smp, 4);
            heard.n++;
        }
    }
    hdlc_rx_read(rx, &heard.stats);
    heard.stats.sent = 0;
    free(rx);
    return heard;
}

/* Send frames; return how many, and the octets of the line. */
static int send(const uint8_t *data, size_t size, uint8_t *line, size_t *n)
{
    struct hdlc_tx *tx = malloc(hdlc_tx_size());
    int n_frames = 0;
    size_t at = 0;

    hdlc_tx_reset(tx);
    *n = 0;
    while (at + 2 + DSP_FRAME_MIN <= size) {
        size_t want = DSP_FRAME_MIN + (data[at] + 256u * (data[at + 1] & 1)) % (DSP_FRAME_MAX - DSP_FRAME_MIN + 1);
        want = want < size - at - 2 ? want : size - at - 2;
        if (hdlc_tx_put(tx, data + at + 2, want) == 0) {
            n_frames++;
            at += 2 + want;
            continue;
        }
        hdlc_tx_feed(tx, line + *n, 16);
        *n += 16;
    }
    while (hdlc_tx_waiting(tx) > 0 || *n % 16 != 0) {
        hdlc_tx_feed(tx, line + *n, 1);
        *n += 1;
    }
    hdlc_tx_feed(tx, line + *n, 2);
    *n += 2;
    free(tx);
    return n_frames;
}

static void damage(uint8_t *line, size_t n, uint32_t seed)
{
    for (size_t at = seed % 61; at < n; at += 40 + seed % 97) {
        seed = seed * 1664525u + 1013904223u;
        if (seed >> 30 == 0)
            line[at] = (uint8_t)(seed >> 8);
        else if (seed >> 30 == 1)
            memmove(line + at, line + at + 1, n - at - 1);
        else
            line[at] ^= (uint8_t)(1u << (seed >> 8 & 7));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t line[LINE_OCT + 64];
    size_t n = 0;
    int n_sent = 0;

    if (size < 2 || size > INPUT_OCT)
        return 0;
    if (data[0] % 3 == 0)
        memcpy(line, data + 1, n = size - 1);
    else
        n_sent = send(data + 1, size - 1, line, &n);
    if (data[0] % 3 == 2)
        damage(line, n, data[0] * 2654435761u + data[1]);
    struct heard whole = hear(line, n, n);
    struct heard pieces = hear(line, n, 1u + data[0] / 3);
    if (whole.n != pieces.n || whole.hash != pieces.hash ||
        memcmp(&whole.stats, &pieces.stats, sizeof whole.stats) != 0 || whole.stats.good != (uint32_t)whole.n)
        abort();
    if (data[0] % 3 == 1 && (whole.n != n_sent || whole.stats.bad_fcs + whole.stats.aborted + whole.stats.too_short +
                                                          whole.stats.too_long + whole.stats.misaligned !=
                                                      0))
        abort();
    return 0;
}

#ifndef CALLBOX_LIBFUZZER
#include "alone.h"

/* Many ones and flags, so that stuffing, flags and aborts come. */
static size_t make(uint8_t *data)
{
    static const uint8_t often[] = {0xFF, 0x7E, 0x00, 0x3F, 0xFC, 0x7F, 0xFE};
    size_t size = 2 + chance(chance(4) == 0 ? INPUT_OCT - 2 : 300);

    for (size_t i = 0; i < size; i++)
        data[i] = chance(2) == 0 ? often[chance(sizeof often)] : (uint8_t)chance(256);
    data[0] = (uint8_t)chance(256);
    return size;
}
#endif
