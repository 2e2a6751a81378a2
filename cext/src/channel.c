/* One channel. */
#include "channel.h"

#include "g711.h"

void channel_reset(struct channel *c)
{
    c->is_open = false;
    seat_reset(&c->seat);
    treatment_reset(&c->treatment);
    c->is_whispered = false;
    c->detectors = 0;
    ears_set(&c->ears, c->id_detectors & c->ears.detectors, NULL, 0);
    channel_drop_clips(c);
    channel_drop_dials(c);
    tone_tx_stop(&c->tone);
    id_tx_stop(&c->id_tx);
    mf_rx_set(&c->mf_rx, DSP_MF_NONE, 0);
    c->mf_tx = (struct mf_tx){0};
    c->zone = NULL;
    echo_stage_set(&c->echo, 0, 0);
    gain_reset(&c->rx_gain);
    gain_reset(&c->tx_gain);
    atomic_store_explicit(&c->rx_meter.power, 0.0f, memory_order_relaxed);
    atomic_store_explicit(&c->tx_meter.power, 0.0f, memory_order_relaxed);
    if (c->recorder.is_on)
        recorder_stop(&c->recorder);
    if (c->stream != NULL)
        rtp_stream_close(c->stream);
    c->dial.is_silent = false;
}

bool channel_is_active(const struct channel *c)
{
    return c->is_open || c->id_detectors != 0 || c->id_tx.is_on || c->recorder.is_on;
}

static void retire(_Atomic uint32_t *count, int n)
{
    atomic_fetch_add_explicit(count, (uint32_t)n, memory_order_release);
}

void channel_drop_clips(struct channel *c)
{
    retire(&c->clips_retired, c->player.n);
    player_reset(&c->player);
}

void channel_drop_dials(struct channel *c)
{
    retire(&c->dials_retired, c->dial.n);
    dtmf_tx_reset(&c->dial);
}

/* Take the echo out of what is heard; what is recorded is what is left. */
static void cancel_echo(struct channel *c)
{
    echo_stage_cancel(&c->echo, c->heard, c->is_lost);
    if (c->recorder.is_on)
        for (int i = 0; i < DSP_BLOCK_SMP; i++)
            c->rx[i] = alaw_from_float(c->heard[i]);
}

int channel_hear(struct channel *c, struct dsp_event *out)
{
    int n_out;

    for (int i = 0; i < DSP_BLOCK_SMP && c->stream == NULL; i++) /* a stream has filled it in */
        c->heard[i] = alaw_to_float[c->rx[i]];
    if (echo_stage_is_on(&c->echo))
        cancel_echo(c);
    n_out = ears_process(&c->ears, c->heard, DSP_BLOCK_SMP, out);
    if (c->mf_rx.direction != DSP_MF_NONE)
        n_out += mf_rx_process(&c->mf_rx, c->heard, DSP_BLOCK_SMP, out + n_out);
    meter_process(&c->rx_meter, c->heard, DSP_BLOCK_SMP);
    if (c->is_open)
        n_out +=
            listener_process(&c->listener, c->heard, DSP_BLOCK_SMP, c->said.is_voice, out + n_out);
    return n_out;
}

void channel_heard(struct channel *c)
{
    if (echo_stage_is_on(&c->echo))
        echo_nlp_process(&c->echo.nlp, &c->echo.can, c->heard);
    if (c->is_open)
        treatment_process(&c->treatment, &c->listener, c->heard);
    gain_process(&c->rx_gain, c->heard, DSP_BLOCK_SMP);
}

int channel_say(struct channel *c, float *pcm, uint8_t *tx, struct dsp_event *out)
{
    int n_played = player_process(&c->player, pcm, DSP_BLOCK_SMP, out, DSP_MAX_CLIPS);
    int n_dialed = dtmf_tx_process(&c->dial, pcm, DSP_BLOCK_SMP, out + n_played, DSP_MAX_DIALS);
    int n_sent = id_tx_process(&c->id_tx, pcm, DSP_BLOCK_SMP, out + n_played + n_dialed);

    retire(&c->clips_retired, n_played);
    retire(&c->dials_retired, n_dialed);
    tone_tx_process(&c->tone, pcm, DSP_BLOCK_SMP);
    mf_tx_process(&c->mf_tx, pcm, DSP_BLOCK_SMP);
    gain_process(&c->tx_gain, pcm, DSP_BLOCK_SMP);
    meter_process(&c->tx_meter, pcm, DSP_BLOCK_SMP);
    if (c->listener.silence.is_both)
        vad_process(&c->said, pcm);
    for (int i = 0; i < DSP_BLOCK_SMP; i++)
        tx[i] = alaw_from_float(pcm[i]);
    if (echo_stage_is_on(&c->echo))
        echo_stage_sent(&c->echo, tx);
    return n_played + n_dialed + n_sent;
}
