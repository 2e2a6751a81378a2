/* The engine: all channels, mixers and rings in one piece of memory. */
#ifndef CALLBOX_ENGINE_H
#define CALLBOX_ENGINE_H

#include "channel.h"
#include "command.h"
#include "digital.h"
#include "dtmf_bank.h"
#include "mixer.h"
#include "progress_plan.h"
#include "ring.h"

enum {
    ENGINE_COMMANDS = 2048,
    ENGINE_EVENTS = 1024,
    ENGINE_CHUNKS = 16384 /* 1.3 s of 120 channels */
};

struct counters {
    _Atomic uint64_t ticks;
    _Atomic uint64_t lost_blocks;
    _Atomic uint64_t refused_blocks;
    _Atomic uint64_t slips;
    _Atomic uint64_t late_ticks;
    _Atomic uint64_t longest_tick_ns;
    _Atomic uint64_t ring_overflows;
    _Atomic uint64_t bad_messages;
};

struct engine {
    int timeslots;
    int channels_in_use; /* timeslots, then streams */
    struct progress_plan plan;
    struct progress_plan zones[DSP_MAX_ZONES];
    struct ring commands;
    struct ring events;
    struct ring chunks;
    struct counters counters;
    uint64_t smp;           /* sample number of the first sample of this tick */
    uint16_t seq;           /* of the next block to the board */
    bool is_in_step;        /* next_frame is known */
    uint32_t next_frame;    /* frame counter the next block should have */
    uint32_t frame_counter; /* of the last good block */
    bool has_block;         /* the last tick had a good block */
    int n_active;
    uint16_t active[DSP_ALL_CHANNELS]; /* channels to work on, ascending */
    struct dtmf_bank dtmf;
    struct digital digital;
    struct mixer mixers[DSP_MAX_MIXERS];
    struct channel channels[DSP_ALL_CHANNELS];
    struct command command_items[ENGINE_COMMANDS];
    struct dsp_event event_items[ENGINE_EVENTS];
    uint8_t chunk_items[ENGINE_CHUNKS][DSP_CHUNK_OCT];
};

/* Producer side of the events; counts an overflow. */
void engine_put_event(struct engine *e, const struct dsp_event *event);

static inline void counter_add(_Atomic uint64_t *c, uint64_t n)
{
    atomic_fetch_add_explicit(c, n, memory_order_relaxed);
}

#endif
