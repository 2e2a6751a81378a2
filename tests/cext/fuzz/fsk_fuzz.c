/* Fuzz target of the caller ID receiver. An input is: a first octet that chooses how, then
 *
 *   even    A-law octets as they come from the line
 *   odd     a message (type, length, octets), sent by our sender with bits that the rest of the
 *           first octet damages: so the input gets past mark and framing
 *
 * With libFuzzer (fuzz.sh), or alone: fsk_fuzz SEED RUNS makes inputs of its own, the same each time.
 */
#include <stdlib.h>
#include <string.h>

#include "detector.h"

enum { MESSAGE_SMP = 30000, INPUT_OCT = 4096 };

static void check(const struct dsp_event *event)
{
    if (event->kind != DSP_CALLER_ID || event->n_data < 2 || event->n_data > DSP_MESSAGE_MAX ||
        event->n_data != event->data[1] + 2)
        abort();
}

static void hear(struct detector *d, const int16_t *pcm, size_t n)
{
    struct dsp_event events[64];

    for (size_t at = 0; at < n; at += 4000) {
        size_t part = n - at < 4000 ? n - at : 4000;
        int n_events = detector_feed_pcm16(d, pcm + at, part, events, 64);
        for (int i = 0; i < n_events; i++)
            check(&events[i]);
    }
}

static size_t sound_of(const uint8_t *data, size_t size, int16_t *pcm)
{
    uint8_t how = data[0];
    size_t n;

    data++;
    size--;
    if (how % 2 == 0) {
        n = size < MESSAGE_SMP ? size : MESSAGE_SMP;
        alaw_decode(data, pcm, n);
        return n;
    }
    size = size < DSP_MESSAGE_MAX ? size : DSP_MESSAGE_MAX;
    n = caller_id_samples(data, size, how / 2 % 2, 0.2f, pcm, MESSAGE_SMP);
    for (size_t i = 4000; (how & 4) && i + 7 < n; i += 37u * (how | 1u))
        memset(pcm + i, 0, 7 * sizeof *pcm);
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int16_t pcm[MESSAGE_SMP];
    struct detector *d = calloc(1, detector_size());

    if (size > 0 && detector_init(d, DSP_DETECT_FSK, NULL, 0) == 0)
        hear(d, pcm, sound_of(data, size, pcm));
    free(d);
    return 0;
}

#ifndef CALLBOX_LIBFUZZER
#include "alone.h"

/* A message that looks like one, so that parameters are walked. */
static size_t make(uint8_t *data)
{
    static const uint8_t types[] = {0x04, 0x80, 0x80, 0x80, 0x82, 0xFF, 0x00};
    size_t size = 3 + chance(chance(4) == 0 ? INPUT_OCT - 3 : 60);

    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)chance(256);
    if (data[0] % 2 == 0 || chance(8) == 0)
        return size;
    data[1] = types[chance(sizeof types)];
    data[2] = (uint8_t)(chance(3) == 0 ? chance(256) : size - 3);
    for (size_t at = 3; at + 2 < size; at += 2u + data[at + 1]) {
        data[at] = (uint8_t)chance(9);
        data[at + 1] = (uint8_t)chance(chance(8) == 0 ? 256 : 12);
        for (size_t i = at + 2; i < size && i < at + 2u + data[at + 1]; i++)
            data[i] = (uint8_t)('0' + chance(10));
    }
    return size;
}
#endif
