/* What each command does to its channel, and the functions that queue them. */
#include "command.h"

#include <errno.h>  /* EAGAIN */
#include <string.h> /* strncpy, memcpy */

#include "channel.h"
#include "engine.h"

/* DTMF is not among these: the engine's bank hears it, and looks at c->detectors after each command. */
static void open_channel(struct channel *c, uint32_t detectors, const struct progress_plan *plan,
                         uint64_t at_smp)
{
    if (!c->is_open)
        listener_reset(&c->listener, at_smp);
    c->is_open = true;
    c->detectors = detectors & (uint32_t)(DSP_DETECT_DTMF | DSP_DETECT_PROGRESS);
    ears_set(&c->ears, c->detectors | c->id_detectors, c->zone != NULL ? c->zone : plan, at_smp);
}

static void hear_caller_id(struct channel *c, uint32_t detectors, uint64_t at_smp)
{
    c->id_detectors = detectors & (uint32_t)(DSP_DETECT_FSK | DSP_DETECT_DTMF);
    ears_set(&c->ears, c->detectors | c->id_detectors, NULL, at_smp);
}

static void set_tone(struct channel *c, int tone, const struct progress_plan *plan)
{
    if (tone < 0)
        tone_tx_stop(&c->tone);
    else
        tone_tx_start(&c->tone, &plan->tones[tone]);
}

static void watch(struct channel *c, int what, uint32_t after_ms)
{
    listener_watch(&c->listener, what, after_ms);
    if (what == DSP_WATCH_SILENCE_OF_BOTH)
        vad_reset(&c->said);
}

bool command_run(const struct command *k, struct channel *c, const struct progress_plan *plan,
                 uint64_t at_smp)
{
    switch (k->kind) {
    case COMMAND_OPEN: open_channel(c, k->detectors, plan, at_smp); break;
    case COMMAND_CLOSE: channel_reset(c); break;
    case COMMAND_CALLER_ID: hear_caller_id(c, k->detectors, at_smp); break;
    case COMMAND_PLAY: return player_put(&c->player, &k->clip);
    case COMMAND_STOP_PLAY: channel_drop_clips(c); break;
    case COMMAND_TONE: set_tone(c, k->tone, plan); break;
    case COMMAND_DIAL: return dtmf_tx_put(&c->dial, &k->dial);
    case COMMAND_MIXER: seat_take(&c->seat, k->place); break;
    case COMMAND_GAIN:
        gain_set(&c->rx_gain, k->gain.rx);
        gain_set(&c->tx_gain, k->gain.tx);
        break;
    case COMMAND_RECORD: recorder_start(&c->recorder, k->recording_id); break;
    case COMMAND_STOP_RECORD: recorder_stop(&c->recorder); break;
    case COMMAND_STREAM_OPEN:
        rtp_stream_open(c->stream, &k->stream);
        c->dial.is_silent = k->stream.event_type >= 0;
        break;
    case COMMAND_ECHO: echo_stage_set(&c->echo, k->echo.tail_ms, k->echo.options); break;
    case COMMAND_WATCH: watch(c, k->watch.what, k->watch.after_ms); break;
    case COMMAND_AGC: agc_set(&c->treatment.agc, k->is_on); break;
    case COMMAND_CLEAN: hum_set(&c->treatment.hum, k->mains_hz); break;
    case COMMAND_ZONE: c->zone = k->zone; break;
    case COMMAND_SEND_ID: id_tx_start(&c->id_tx, &k->message); break;
    case COMMAND_STOP_ID: id_tx_stop(&c->id_tx); break;
    case COMMAND_HEAR_MF: mf_rx_set(&c->mf_rx, k->mf_direction, at_smp); break;
    case COMMAND_SEND_MF: mf_tx_set(&c->mf_tx, &k->mf_note); break;
    default: break; /* of digital.h */
    }
    return true;
}

static int put(struct engine *e, const struct command *k)
{
    struct command *place = ring_reserve(&e->commands);

    if (place == NULL)
        return -EAGAIN;
    *place = *k;
    ring_commit(&e->commands);
    return 0;
}

int engine_open(struct engine *e, int channel, uint32_t detectors)
{
    return put(e,
               &(struct command){.kind = COMMAND_OPEN, .channel = channel, .detectors = detectors});
}

int engine_close(struct engine *e, int channel)
{
    return put(e, &(struct command){.kind = COMMAND_CLOSE, .channel = channel});
}

int engine_caller_id(struct engine *e, int channel, uint32_t detectors)
{
    return put(e, &(struct command){
                      .kind = COMMAND_CALLER_ID, .channel = channel, .detectors = detectors});
}

int engine_play(struct engine *e, int channel, const uint8_t *alaw, uint32_t n, uint32_t id,
                float gain, int is_loop)
{
    struct command k = {.kind = COMMAND_PLAY, .channel = channel};

    k.clip = (struct clip){.alaw = alaw, .n = n, .id = id, .gain = gain, .is_loop = is_loop != 0};
    return put(e, &k);
}

int engine_stop_play(struct engine *e, int channel)
{
    return put(e, &(struct command){.kind = COMMAND_STOP_PLAY, .channel = channel});
}

int engine_tone(struct engine *e, int channel, int tone)
{
    return put(e, &(struct command){.kind = COMMAND_TONE, .channel = channel, .tone = tone});
}

int engine_dial(struct engine *e, int channel, const char *digits, uint32_t id, uint32_t on_smp,
                uint32_t off_smp, float amplitude)
{
    struct command k = {.kind = COMMAND_DIAL, .channel = channel};

    k.dial = (struct dial){.id = id, .on_smp = on_smp, .off_smp = off_smp, .amplitude = amplitude};
    strncpy(k.dial.digits, digits, DSP_DIAL_MAX);
    return put(e, &k);
}

int engine_mixer(struct engine *e, int channel, int mixer, int role, int to)
{
    struct place place = {.mixer = mixer, .role = (enum dsp_role)role, .to = to};

    return put(e, &(struct command){.kind = COMMAND_MIXER, .channel = channel, .place = place});
}

int engine_gain(struct engine *e, int channel, float rx, float tx)
{
    return put(e, &(struct command){
                      .kind = COMMAND_GAIN, .channel = channel, .gain = {.rx = rx, .tx = tx}});
}

int engine_record(struct engine *e, int channel, uint32_t recording_id)
{
    return put(e, &(struct command){
                      .kind = COMMAND_RECORD, .channel = channel, .recording_id = recording_id});
}

int engine_stop_record(struct engine *e, int channel)
{
    return put(e, &(struct command){.kind = COMMAND_STOP_RECORD, .channel = channel});
}

int engine_stream_open(struct engine *e, int channel, const struct stream_spec *spec)
{
    return put(e,
               &(struct command){.kind = COMMAND_STREAM_OPEN, .channel = channel, .stream = *spec});
}

int engine_echo(struct engine *e, int channel, int tail_ms, uint32_t options)
{
    return put(e, &(struct command){.kind = COMMAND_ECHO,
                                    .channel = channel,
                                    .echo = {.tail_ms = tail_ms, .options = options}});
}

int engine_watch(struct engine *e, int channel, int what, uint32_t after_ms)
{
    struct command k = {.kind = COMMAND_WATCH, .channel = channel};

    k.watch.what = what;
    k.watch.after_ms = after_ms;
    return put(e, &k);
}

int engine_agc(struct engine *e, int channel, int is_on)
{
    return put(e, &(struct command){.kind = COMMAND_AGC, .channel = channel, .is_on = is_on});
}

int engine_clean(struct engine *e, int channel, int mains_hz)
{
    return put(e,
               &(struct command){.kind = COMMAND_CLEAN, .channel = channel, .mains_hz = mains_hz});
}

int engine_zone(struct engine *e, int channel, int zone)
{
    struct command k = {.kind = COMMAND_ZONE, .channel = channel};

    k.zone = zone > 0 ? &e->zones[zone - 1] : NULL;
    return put(e, &k);
}

int engine_send_id(struct engine *e, int channel, const uint8_t *message, uint32_t n, int standard,
                   float amplitude, uint32_t id)
{
    struct command k = {.kind = COMMAND_SEND_ID, .channel = channel};

    k.message = (struct id_message){
        .id = id, .n = (uint16_t)n, .standard = (uint8_t)standard, .amplitude = amplitude};
    memcpy(k.message.octets, message, n);
    return put(e, &k);
}

int engine_stop_id(struct engine *e, int channel)
{
    return put(e, &(struct command){.kind = COMMAND_STOP_ID, .channel = channel});
}

int engine_hear_mf(struct engine *e, int channel, int direction)
{
    return put(e, &(struct command){
                      .kind = COMMAND_HEAR_MF, .channel = channel, .mf_direction = direction});
}

int engine_send_mf(struct engine *e, int channel, int signal, int direction, float amplitude)
{
    struct mf_note note = {.signal = signal, .direction = direction, .amplitude = amplitude};

    return put(e, &(struct command){.kind = COMMAND_SEND_MF, .channel = channel, .mf_note = note});
}

int engine_d_channel(struct engine *e, int channel, int place, int is_on)
{
    return put(e, &(struct command){.kind = COMMAND_D_CHANNEL,
                                    .channel = channel,
                                    .place_on = {.index = place, .is_on = is_on}});
}

int engine_bert(struct engine *e, int channel, int place, int is_on)
{
    return put(e, &(struct command){.kind = COMMAND_BERT,
                                    .channel = channel,
                                    .place_on = {.index = place, .is_on = is_on}});
}

int engine_send_frame(struct engine *e, int place, const uint8_t *octets, uint32_t n)
{
    struct command k = {.kind = COMMAND_FRAME};

    k.frame.index = place;
    k.frame.n = (uint16_t)n;
    memcpy(k.frame.octets, octets, n);
    return put(e, &k);
}
