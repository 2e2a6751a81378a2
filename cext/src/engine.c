/* The tick: commands, then hear all, mix, say all. */
#include "engine.h"

#include <errno.h>  /* EINVAL */
#include <string.h> /* memcpy, memset */

#include "g711.h" /* ALAW_SILENCE */
#include "tdm.h"

size_t engine_size(void)
{
    return sizeof(struct engine);
}

size_t engine_block_oct(const struct engine *e)
{
    return (size_t)e->timeslots * DSP_BLOCK_SMP + DSP_BLOCK_OVERHEAD;
}

int engine_init(struct engine *e, int timeslots, const struct tone_spec *tones, int n_tones)
{
    if (timeslots < 1 || timeslots > DSP_MAX_CHANNELS)
        return -EINVAL;
    e->timeslots = e->channels_in_use = timeslots;
    ring_init(&e->commands, e->command_items, sizeof e->command_items[0], ENGINE_COMMANDS);
    ring_init(&e->events, e->event_items, sizeof e->event_items[0], ENGINE_EVENTS);
    ring_init(&e->chunks, e->chunk_items, sizeof e->chunk_items[0], ENGINE_CHUNKS);
    for (int i = 0; i < DSP_ALL_CHANNELS; i++) { /* streams may be added later */
        recorder_reset(&e->channels[i].recorder);
        echo_stage_init(&e->channels[i].echo, simd_best());
        channel_reset(&e->channels[i]);
    }
    digital_reset(&e->digital);
    int error = engine_set_dtmf(e, NULL, simd_best());
    return error != 0 ? error : progress_plan_init(&e->plan, tones, n_tones);
}

int engine_set_dtmf(struct engine *e, const struct dtmf_spec *spec, enum simd_path path)
{
    return dtmf_bank_setup(&e->dtmf, e->channels_in_use, spec, path);
}

int engine_streams(struct engine *e, struct rtp_stream *memory, int streams)
{
    if (streams < 0 || streams > DSP_MAX_STREAMS)
        return -EINVAL;
    for (int i = 0; i < streams; i++) {
        struct channel *c = &e->channels[e->timeslots + i];
        rtp_stream_init(&memory[i]);
        c->stream = &memory[i];
    }
    e->channels_in_use = e->timeslots + streams;
    e->dtmf.n_groups = (e->channels_in_use + DTMF_LANES - 1) / DTMF_LANES;
    return 0;
}

int engine_add_zone(struct engine *e, int zone, const struct tone_spec *tones, int n_tones)
{
    int error;

    if (zone < 1 || zone > DSP_MAX_ZONES)
        return -EINVAL;
    error = progress_plan_init(&e->zones[zone - 1], tones, n_tones);
    e->zones[zone - 1].id = (uint32_t)zone;
    return error;
}

void engine_put_event(struct engine *e, const struct dsp_event *event)
{
    struct dsp_event *place = ring_reserve(&e->events);

    if (place == NULL) {
        counter_add(&e->counters.ring_overflows, 1);
        return;
    }
    memcpy(place, event, offsetof(struct dsp_event, data) + event->n_data);
    ring_commit(&e->events);
}

static void list_active(struct engine *e)
{
    e->n_active = 0;
    for (int i = 0; i < e->channels_in_use; i++)
        if (channel_is_active(&e->channels[i]))
            e->active[e->n_active++] = (uint16_t)i;
}

/* Let the bank listen to a channel, or not; one that was closed in between starts anew. */
static void follow_dtmf(struct engine *e, int channel)
{
    const struct channel *c = &e->channels[channel];

    dtmf_group_set(&e->dtmf.groups[channel / DTMF_LANES], channel % DTMF_LANES,
                   ((c->detectors | c->id_detectors) & DSP_DETECT_DTMF) != 0, e->smp);
}

static void run_commands(struct engine *e)
{
    const struct command *k;
    bool is_changed = false;

    while ((k = ring_peek(&e->commands)) != NULL) {
        bool is_done = k->kind >= COMMAND_D_CHANNEL
                           ? digital_run(&e->digital, k)
                           : command_run(k, &e->channels[k->channel], &e->plan, e->smp);
        if (!is_done)
            counter_add(&e->counters.ring_overflows, 1);
        follow_dtmf(e, k->channel);
        ring_drop(&e->commands);
        is_changed = true;
    }
    if (is_changed)
        list_active(e);
}

static void report_lost(struct engine *e, uint32_t blocks, uint32_t samples)
{
    struct dsp_event lost = {
        .kind = DSP_BLOCK_LOST, .channel = -1, .at_smp = e->smp, .duration_smp = samples};

    counter_add(&e->counters.lost_blocks, blocks);
    engine_put_event(e, &lost);
}

/* Check the block of the board and account for what is missing. */
static void accept_block(struct engine *e, const uint8_t *rx, size_t n)
{
    struct tdm_head head;

    e->has_block = n > 0 && tdm_check(rx, n, e->timeslots, &head);
    if (!e->has_block) {
        report_lost(e, 1, DSP_BLOCK_SMP);
        e->next_frame += DSP_BLOCK_SMP;
        return;
    }
    uint32_t gap = head.frame_counter - e->next_frame;
    if (e->is_in_step && gap != 0)
        report_lost(e, gap < 1u << 31 ? (gap + DSP_BLOCK_SMP - 1) / DSP_BLOCK_SMP : 0,
                    gap < 1u << 31 ? gap : 0);
    e->is_in_step = true;
    e->frame_counter = head.frame_counter;
    e->next_frame = head.frame_counter + DSP_BLOCK_SMP;
    counter_add(&e->counters.refused_blocks, (head.flags & TDM_FLAG_REFUSED) != 0);
    counter_add(&e->counters.slips,
                (head.flags & (TDM_FLAG_RX_OVERRUN | TDM_FLAG_TX_UNDERRUN)) != 0);
}

/* Give the events of a channel their number, and their time if it counts from the tick's begin. */
static void put_events(struct engine *e, int channel, struct dsp_event *events, int n,
                       uint64_t base_smp)
{
    for (int i = 0; i < n; i++) {
        events[i].channel = (int16_t)channel;
        events[i].at_smp += base_smp;
        engine_put_event(e, &events[i]);
    }
}

/* Take the packets of a stream, and its samples in place of a timeslot's octets. */
static void hear_stream(struct engine *e, int channel)
{
    struct channel *c = &e->channels[channel];
    struct dsp_event events[TELEPHONE_EVENT_EVENTS];
    int n = 0;

    for (int i = 0; i < STREAM_IN && n >= 0; i++) {
        n = rtp_stream_take(c->stream, e->smp, events);
        put_events(e, channel, events, n, 0);
    }
    put_events(e, channel, events, rtp_stream_hear(c->stream, e->smp, c->heard, events), 0);
    for (int i = 0; i < DSP_BLOCK_SMP && c->recorder.is_on; i++)
        c->rx[i] = alaw_from_float(c->heard[i]);
}

/* Give what was heard to the mixer, or to the one channel it is whispered to. */
static void speak(struct engine *e, struct channel *c)
{
    const struct place *place = &c->seat.now;

    if (place->mixer < 0 || place->role == DSP_ROLE_MONITOR)
        return;
    seat_fade(&c->seat, c->heard);
    if (place->role == DSP_ROLE_PARTY) {
        mixer_add(&e->mixers[place->mixer], c->heard);
        return;
    }
    struct channel *to = &e->channels[place->to];
    if (!to->is_open)
        return;
    if (!to->is_whispered)
        memset(to->whispered, 0, sizeof to->whispered);
    to->is_whispered = true;
    for (int i = 0; i < DSP_BLOCK_SMP; i++)
        to->whispered[i] += c->heard[i];
}

static void hear(struct engine *e, int channel, const uint8_t *rx)
{
    struct channel *c = &e->channels[channel];
    struct dsp_event events[CHANNEL_EVENTS];
    uint32_t n_bad = c->ears.fsk.n_bad;

    c->is_lost = !e->has_block && c->stream == NULL;
    if (c->stream != NULL)
        hear_stream(e, channel);
    else if (e->has_block)
        tdm_gather(rx, e->timeslots, channel, c->rx);
    else
        memset(c->rx, ALAW_SILENCE, sizeof c->rx);
    put_events(e, channel, events, channel_hear(c, events), 0);
    counter_add(&e->counters.bad_messages, c->ears.fsk.n_bad - n_bad);
}

/* Hear the digits of eight channels. */
static void hear_digits(struct engine *e, int first)
{
    struct dtmf_group *group = &e->dtmf.groups[first / DTMF_LANES];
    struct dsp_event events[DTMF_GROUP_EVENTS];
    const float *pcm[DTMF_LANES];

    for (int at = 0; at < DSP_BLOCK_SMP; at += DTMF_HOP_SMP) {
        for (int lane = 0; lane < DTMF_LANES; lane++)
            pcm[lane] = e->channels[first + lane].heard + at;
        int n = dtmf_group_hop(group, &e->dtmf, pcm, e->smp + (uint64_t)at, events);
        for (int i = 0; i < n; i++)
            put_events(e, first + events[i].channel, &events[i], 1, 0);
    }
}

static void hear_all(struct engine *e, const uint8_t *rx)
{
    for (int i = 0; i < e->n_active; i++)
        hear(e, e->active[i], rx);
    for (int g = 0; g < e->dtmf.n_groups; g++)
        if (e->dtmf.groups[g].open != 0)
            hear_digits(e, g * DTMF_LANES);
    for (int i = 0; i < e->n_active; i++) {
        struct channel *c = &e->channels[e->active[i]];
        channel_heard(c);
        speak(e, c);
    }
}

static void record(struct engine *e, int channel, const uint8_t *tx)
{
    struct channel *c = &e->channels[channel];
    uint8_t spare[DSP_CHUNK_OCT];
    uint8_t *place = ring_reserve(&e->chunks);

    recorder_chunk(&c->recorder, channel, c->rx, tx, place != NULL ? place : spare);
    if (place != NULL)
        ring_commit(&e->chunks);
    else
        counter_add(&e->counters.ring_overflows, 1);
}

/* What a channel hears of its mixer, and what is whispered to it. */
static void listen(struct engine *e, struct channel *c, float *pcm)
{
    if (c->seat.now.mixer >= 0) {
        mixer_minus(&e->mixers[c->seat.now.mixer], seat_is_party(&c->seat) ? c->heard : NULL, pcm);
        seat_fade(&c->seat, pcm);
    }
    if (c->is_whispered)
        for (int i = 0; i < DSP_BLOCK_SMP; i++)
            pcm[i] += c->whispered[i];
    c->is_whispered = false;
    seat_settle(&c->seat);
}

static void say(struct engine *e, int channel, uint8_t *tx)
{
    struct channel *c = &e->channels[channel];
    struct dsp_event events[CHANNEL_EVENTS];
    uint8_t octets[DSP_BLOCK_SMP];
    float pcm[DSP_BLOCK_SMP] = {0};

    if (c->is_open || c->id_tx.is_on) {
        listen(e, c, pcm);
        put_events(e, channel, events, channel_say(c, pcm, octets, events), e->smp);
        if (c->stream == NULL)
            tdm_scatter(tx, e->timeslots, channel, octets);
        else
            rtp_stream_say(c->stream, pcm, octets, &c->dial);
    } else {
        memset(octets, ALAW_SILENCE, sizeof octets);
    }
    if (c->recorder.is_on)
        record(e, channel, octets);
}

/* The timeslots that carry octets. */
static void exchange(struct engine *e, const uint8_t *rx, uint8_t *tx)
{
    struct dsp_event events[HDLC_RX_FRAMES];
    struct digital *d = &e->digital;

    rx = e->has_block ? rx : NULL;
    for (int i = 0; i < DSP_MAX_D_CHANNELS; i++)
        if (d->d_channels[i].channel >= 0)
            put_events(e, d->d_channels[i].channel, events,
                       digital_hear(d, i, rx, e->timeslots, events), e->smp);
    digital_check(d, rx, e->timeslots);
    digital_say(d, tx, e->timeslots);
}

void engine_tick(struct engine *e, const uint8_t *rx, size_t n, uint8_t *tx)
{
    bool is_closing = false;

    run_commands(e);
    accept_block(e, rx, n);
    tdm_clear(tx, e->timeslots, e->seq++);
    for (int i = 0; i < DSP_MAX_MIXERS; i++)
        mixer_clear(&e->mixers[i]);
    hear_all(e, rx);
    for (int i = 0; i < e->n_active; i++) {
        say(e, e->active[i], tx);
        is_closing |= !channel_is_active(&e->channels[e->active[i]]);
    }
    if (is_closing)
        list_active(e);
    if (e->digital.n_on > 0)
        exchange(e, rx, tx);
    tdm_seal(tx, e->timeslots);
    e->smp += DSP_BLOCK_SMP;
    counter_add(&e->counters.ticks, 1);
}

void engine_idle_block(struct engine *e, uint8_t *tx)
{
    tdm_clear(tx, e->timeslots, e->seq++);
    tdm_seal(tx, e->timeslots);
}

int engine_next_event(struct engine *e, struct dsp_event *out)
{
    const struct dsp_event *event = ring_peek(&e->events);

    if (event == NULL)
        return 0;
    memcpy(out, event, offsetof(struct dsp_event, data) + event->n_data);
    ring_drop(&e->events);
    return 1;
}

const uint32_t *engine_events_put(const struct engine *e)
{
    return (const uint32_t *)&e->events
        .head; /* read as a hint only; engine_next_event synchronises */
}

size_t engine_read_recording(struct engine *e, uint8_t *out, size_t cap)
{
    const void *chunk;
    size_t n = 0;

    while (n + DSP_CHUNK_OCT <= cap && (chunk = ring_peek(&e->chunks)) != NULL) {
        memcpy(out + n, chunk, DSP_CHUNK_OCT);
        ring_drop(&e->chunks);
        n += DSP_CHUNK_OCT;
    }
    return n;
}

uint32_t engine_clips_retired(const struct engine *e, int channel)
{
    return atomic_load_explicit(&e->channels[channel].clips_retired, memory_order_acquire);
}

uint32_t engine_dials_retired(const struct engine *e, int channel)
{
    return atomic_load_explicit(&e->channels[channel].dials_retired, memory_order_acquire);
}

static uint64_t count(const _Atomic uint64_t *c)
{
    return atomic_load_explicit(c, memory_order_relaxed);
}

void engine_read_stats(const struct engine *e, struct dsp_stats *out)
{
    const struct counters *c = &e->counters;

    out->ticks = count(&c->ticks);
    out->lost_blocks = count(&c->lost_blocks);
    out->refused_blocks = count(&c->refused_blocks);
    out->slips = count(&c->slips);
    out->late_ticks = count(&c->late_ticks);
    out->longest_tick_ns = count(&c->longest_tick_ns);
    out->ring_overflows = count(&c->ring_overflows);
    out->bad_messages = count(&c->bad_messages);
}

void engine_levels(const struct engine *e, int channel, float *rx_power, float *tx_power)
{
    *rx_power = atomic_load_explicit(&e->channels[channel].rx_meter.power, memory_order_relaxed);
    *tx_power = atomic_load_explicit(&e->channels[channel].tx_meter.power, memory_order_relaxed);
}

int engine_stream_put(struct engine *e, int channel, const uint8_t *octets, size_t n,
                      uint64_t arrival_us)
{
    return rtp_stream_put(e->channels[channel].stream, octets, n, arrival_us);
}

size_t engine_stream_get(struct engine *e, int channel, uint8_t *out, size_t cap)
{
    return rtp_stream_get(e->channels[channel].stream, out, cap);
}

void engine_stream_stats(const struct engine *e, int channel, struct stream_stats *out)
{
    rtp_stream_stats(e->channels[channel].stream, out);
}

uint32_t engine_frames_retired(const struct engine *e, int place)
{
    return atomic_load_explicit(&e->digital.d_channels[place].tx.n_retired, memory_order_acquire);
}

void engine_frame_stats(const struct engine *e, int place, struct frame_stats *out)
{
    const struct d_channel *c = &e->digital.d_channels[place];

    hdlc_rx_read(&c->rx, out);
    out->sent = atomic_load_explicit(&c->tx.n_sent, memory_order_relaxed);
}

void engine_bert_stats(const struct engine *e, int place, struct bert_stats *out)
{
    bert_read(&e->digital.tests[place].bert, out);
}

void engine_read_level(const struct engine *e, int channel, struct dsp_level *out)
{
    level_read(&e->channels[channel].listener.level, out);
}
