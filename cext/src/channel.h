/* One channel: what it hears, what it says, and who is attached. */
#ifndef CALLBOX_CHANNEL_H
#define CALLBOX_CHANNEL_H

#include "detector.h"
#include "api.h"
#include "dtmf_tx.h"
#include "echo_stage.h"
#include "gain.h"
#include "id_tx.h"
#include "listener.h"
#include "meter.h"
#include "mf_rx.h"
#include "mf_tx.h"
#include "player.h"
#include "recorder.h"
#include "rtp_stream.h"
#include "seat.h"
#include "tone_tx.h"
#include "treatment.h"

struct channel {
    bool is_open;
    uint32_t id_detectors; /* for caller ID, open or not */
    uint32_t detectors;    /* of the open channel */
    struct ears ears;
    struct seat seat;
    struct listener listener; /* to the line */
    struct vad said;          /* to what we send, while the silence of both is watched */
    struct treatment treatment;
    struct player player;
    struct tone_tx tone;
    struct dtmf_tx dial;
    struct id_tx id_tx;
    struct mf_rx mf_rx; /* only while a call is set up by MFC/R2 */
    struct mf_tx mf_tx;
    const struct progress_plan *zone; /* null: the engine's own tones */
    struct gain rx_gain;
    struct gain tx_gain;
    struct meter rx_meter;
    struct meter tx_meter;
    struct recorder recorder;
    struct echo_stage echo;
    _Atomic uint32_t clips_retired; /* played or dropped, counts up */
    _Atomic uint32_t dials_retired;
    struct rtp_stream *stream;  /* where they come from instead of a timeslot, or null */
    float heard[DSP_BLOCK_SMP]; /* this tick's samples from the line; after rx gain for the mixer */
    uint8_t rx[DSP_BLOCK_SMP];  /* the octets they came from, to be recorded */
    bool is_lost;               /* none came: silence stands for them */
    float whispered[DSP_BLOCK_SMP]; /* this tick's, to this channel alone */
    bool is_whispered;
};

void channel_reset(struct channel *c);
/* Something has to be done for it each tick. */
bool channel_is_active(const struct channel *c);
/* Drop what is queued. */
void channel_drop_clips(struct channel *c);
void channel_drop_dials(struct channel *c);
/* Hear this tick's octets (in c->rx): detect, meter. Return the count of events. c->heard is what
 * came from the line until channel_heard applies the gain. */
int channel_hear(struct channel *c, struct dsp_event *out);
void channel_heard(struct channel *c);
/* Say something: `pcm` holds what comes from the mixer; add player and tones, apply gain, code into
 * `tx`. */
int channel_say(struct channel *c, float *pcm, uint8_t *tx, struct dsp_event *out);

enum {
    CHANNEL_HEARS = EARS_EVENTS + LISTENER_EVENTS + MF_RX_EVENTS,
    CHANNEL_SAYS = DSP_MAX_CLIPS + DSP_MAX_DIALS + 1,
    CHANNEL_EVENTS = CHANNEL_HEARS > CHANNEL_SAYS ? CHANNEL_HEARS : CHANNEL_SAYS
};

#endif
