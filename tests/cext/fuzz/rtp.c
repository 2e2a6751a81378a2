/* Fuzz target: what comes from the network, into one RTP stream.
 *
 * Input: records of u8 what, u8 n, n octets. what & 3: 0 the octets as a packet; 1 as payload of a packet in
 * sequence; 2 the same, with sequence and time moved by the first octets; 3 as many ticks. what >> 2 is the payload
 * type, or says which.
 *
 *   clang -fsanitize=fuzzer,address,undefined ... rtp.c       libFuzzer
 *   gcc -DALONE -fsanitize=address,undefined ... rtp.c        ./rtp SEED RUNS: the same with inputs of its own
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rtp_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct peer {
    struct rtp_stream *stream;
    uint64_t now_smp;
    uint16_t seq;
    uint32_t timestamp;
};

static const struct stream_spec spec = {.alaw_type = 8,
                                        .ulaw_type = 0,
                                        .noise_type = 13,
                                        .event_type = 5,
                                        .is_saving = 1,
                                        .packet_smp = 160,
                                        .min_smp = 80,
                                        .max_smp = 1600,
                                        .ssrc = 1};

static void ticks(struct peer *p, int n)
{
    struct dsp_event events[TELEPHONE_EVENT_EVENTS];
    struct dtmf_tx dial = {.n = 0};
    uint8_t octets[DSP_BLOCK_SMP] = {0}, packet[DSP_PACKET_OCT];
    float pcm[DSP_BLOCK_SMP];
    struct stream_stats stats;

    for (int i = 0; i < n; i++) {
        while (rtp_stream_take(p->stream, p->now_smp, events) >= 0)
            ;
        rtp_stream_hear(p->stream, p->now_smp, pcm, events);
        for (int k = 0; k < DSP_BLOCK_SMP; k++)
            if (!(pcm[k] >= -1.0f && pcm[k] <= 1.0f))
                abort();
        rtp_stream_say(p->stream, pcm, octets, &dial);
        while (rtp_stream_get(p->stream, packet, sizeof packet) > 0)
            ;
        rtp_stream_stats(p->stream, &stats);
        if (stats.target_smp < 0 || stats.target_smp > spec.max_smp)
            abort();
        p->now_smp += DSP_BLOCK_SMP;
    }
}

/* A copy of its exact size, so that reading beyond it is seen. */
static void put(struct peer *p, const uint8_t *octets, size_t n)
{
    uint8_t *copy = malloc(n > 0 ? n : 1);

    memcpy(copy, octets, n);
    rtp_stream_put(p->stream, copy, n, p->now_smp * 125);
    free(copy);
}

static void put_payload(struct peer *p, uint8_t type, const uint8_t *payload, size_t n)
{
    uint8_t octets[DSP_PACKET_OCT];
    struct rtp_packet packet = {.payload_type = type & 15,
                                .seq = p->seq++,
                                .timestamp = p->timestamp,
                                .ssrc = 7,
                                .payload = payload,
                                .n_payload = n};

    p->timestamp += 160;
    put(p, octets, rtp_build(&packet, octets, sizeof octets));
}

static void step(struct peer *p, uint8_t what, const uint8_t *from, size_t n)
{
    switch (what & 3) {
    case 0: put(p, from, n); break;
    case 2:
        for (size_t i = 0; i < n && i < 4; i++) {
            p->seq = (uint16_t)(i < 2 ? p->seq * 256u + from[i] : p->seq);
            p->timestamp = p->timestamp * 256u + from[i];
        }
        put_payload(p, what >> 2, from, n);
        break;
    case 1: put_payload(p, what >> 2, from, n); break;
    default: ticks(p, 1 + (what >> 2)); break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct peer p = {.stream = calloc(1, sizeof(struct rtp_stream))};

    rtp_stream_init(p.stream);
    rtp_stream_open(p.stream, &spec);
    for (size_t at = 0; at + 2 <= size;) {
        size_t n = data[at + 1] < size - at - 2 ? data[at + 1] : size - at - 2;
        step(&p, data[at], data + at + 2, n);
        at += 2 + n;
    }
    ticks(&p, 10);
    rtp_stream_close(p.stream);
    free(p.stream);
    return 0;
}

#ifdef ALONE
static uint64_t random_state;

static uint8_t chance(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint8_t)(random_state >> 56);
}

/* Inputs that look like something: mostly audio in sequence with ticks between, some of everything else. */
int main(int argc, char **argv)
{
    static uint8_t data[16384];
    const uint8_t kinds[] = {8 << 2 | 1, 0 << 2 | 1, 13 << 2 | 1, 5 << 2 | 1, 8 << 2 | 2,
                             5 << 2 | 2, 0,          3,           7,          255};
    long runs = argc == 3 ? strtol(argv[2], NULL, 10) : 0;

    random_state = argc == 3 ? strtoull(argv[1], NULL, 10) : 0;
    for (long run = 0; run < runs; run++) {
        size_t n = 0;
        while (n + 258 < sizeof data && (n == 0 || chance() > 0)) {
            uint8_t what =
                chance() < 128 ? kinds[n / 2 % 2 ? 7 : 0] : kinds[chance() % sizeof kinds];
            uint8_t length = (what & 3) == 3                    ? 0
                             : chance() < 200 && what >> 2 == 8 ? 160
                                                                : chance() >> (chance() % 8);
            data[n++] = what;
            data[n++] = length;
            for (int i = 0; i < length; i++)
                data[n++] = chance();
            if ((what & 3) == 0 && length > 0 && chance() < 200)
                data[n - length] = (uint8_t)(0x80 | (chance() & 0x3F));
        }
        LLVMFuzzerTestOneInput(data, n);
    }
    printf("runs %ld\n", runs);
    return runs == 0;
}
#endif
