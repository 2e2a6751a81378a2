/* Adaptive jitter buffer: samples by their RTP timestamp in, a tick of 80 samples out.
 *
 * The buffer is a line of one second of samples, addressed by timestamp, so that order and
 * duplicates do not matter. A packet that came at our time `now` has the delay now - timestamp;
 * what is played at `now` has the play-out delay now - play. A packet is in time when its delay is
 * not above that of the play-out. So the play-out follows the delay that one packet in a hundred of
 * the last 512 exceeds (delay_window.h), and with it the clock of the sender.
 *
 * The play-out delay changes by whole pitch periods, blended over 10 ms; by any length in comfort
 * noise and where it is quiet; and by not moving on while something is missing that is late, not
 * lost. Missing samples are concealed (plc.h) or comfort noise; a packet that comes while its gap is still
 * being concealed is played all the same, and the play-out is later by what was concealed.
 *
 * With a fixed delay (fax, modems) nothing that sounds is ever stretched: the delay stays what it is, and
 * only the drift of clocks is made good, where it is quiet.
 */
#ifndef CALLBOX_JITTER_H
#define CALLBOX_JITTER_H

#include <stdbool.h> /* bool */

#include "api.h"
#include "comfort_noise.h"
#include "delay_window.h"
#include "plc.h"

enum {
    JITTER_LINE_SMP = 8192,
    JITTER_AHEAD_SMP = 7680, /* farther ahead is another time: begin afresh */
    JITTER_BEHIND_SMP = 16000,
    JITTER_NOISES = 4 /* comfort noise payloads that wait */
};

struct jitter_noise {
    uint32_t timestamp;
    uint8_t n; /* octets, 0: none */
    uint8_t payload[DSP_NOISE_OCT];
};

struct jitter {
    /* config */
    int32_t min_smp; /* play-out delay above the smallest delay of a packet */
    int32_t max_smp;
    int32_t start_smp; /* before anything is known */
    bool is_fixed;     /* the play-out delay stays min_smp */
    /* samples */
    int16_t line[JITTER_LINE_SMP]; /* by timestamp; MISSING where there is none */
    int16_t spare[PLC_MAX_LAG];    /* to be played before the line goes on */
    int n_spare;
    struct plc plc;
    struct noise_maker noise;
    struct jitter_noise noises[JITTER_NOISES];
    /* decision */
    bool is_on;      /* something came */
    bool is_waiting; /* the first sample is still to be played */
    bool has_played; /* there is a past to be concealed with */
    bool is_noise;   /* the sender has stopped and described its noise */
    uint32_t play;   /* timestamp of the next sample of the line */
    struct delay_window delays;
    int32_t target; /* play-out delay wanted, samples, counted like those of the packets */
    uint32_t gap;   /* first timestamp of what is being concealed */
    bool is_gap;
    int n_late_row; /* packets in a row that came too late */
    int n_wait;     /* ticks until the delay may change again */
    int n_refused;  /* ticks that looked for a place to change it, and found none */
    /* counters */
    uint32_t n_late;
    uint32_t n_restarts;
    uint32_t concealed_smp;
    uint32_t inserted_smp;
    uint32_t removed_smp;
};

void jitter_reset(struct jitter *s, int32_t min_smp, int32_t max_smp, int32_t start_smp,
                  bool is_fixed);
/* Forget what is buffered; the next packet begins anew. */
void jitter_restart(struct jitter *s);
/* Put the samples of a packet that came before the tick at now_smp; n at most 4096. */
void jitter_put(struct jitter *s, uint32_t timestamp, const int16_t *pcm, int n, uint64_t now_smp);
/* Put the comfort noise that begins at a timestamp. */
void jitter_put_noise(struct jitter *s, uint32_t timestamp, const uint8_t *payload, size_t n);
/* Play a tick of 80 samples. `is_silent`: the sender is known to send nothing now. */
void jitter_play(struct jitter *s, uint64_t now_smp, bool is_silent, int16_t *pcm);
/* Give the play-out delay above the smallest delay of a packet, and the one wanted; samples. */
int32_t jitter_delay(const struct jitter *s, uint64_t now_smp);
int32_t jitter_target(const struct jitter *s);

#endif
