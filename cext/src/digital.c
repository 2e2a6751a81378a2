/* Timeslots that carry octets. */
#include "digital.h"

#include "command.h"
#include "tdm.h"

static void count_on(struct digital *d)
{
    d->n_on = 0;
    for (int i = 0; i < DSP_MAX_D_CHANNELS; i++)
        d->n_on += d->d_channels[i].channel >= 0;
    for (int i = 0; i < DSP_MAX_BERTS; i++)
        d->n_on += d->tests[i].channel >= 0;
}

void digital_reset(struct digital *d)
{
    for (int i = 0; i < DSP_MAX_D_CHANNELS; i++)
        d->d_channels[i].channel = -1;
    for (int i = 0; i < DSP_MAX_BERTS; i++)
        d->tests[i].channel = -1;
    count_on(d);
}

static void set_d_channel(struct d_channel *c, int channel)
{
    c->channel = channel;
    hdlc_tx_start(&c->tx);
    if (channel >= 0)
        hdlc_rx_reset(&c->rx);
}

static void set_test(struct bit_test *t, int channel)
{
    t->channel = channel;
    if (channel >= 0)
        bert_start(&t->bert);
}

bool digital_run(struct digital *d, const struct command *k)
{
    bool is_done = true;

    switch (k->kind) {
    case COMMAND_D_CHANNEL:
        set_d_channel(&d->d_channels[k->place_on.index], k->place_on.is_on ? k->channel : -1);
        break;
    case COMMAND_BERT:
        set_test(&d->tests[k->place_on.index], k->place_on.is_on ? k->channel : -1);
        break;
    case COMMAND_FRAME:
        is_done = hdlc_tx_put(&d->d_channels[k->frame.index].tx, k->frame.octets, k->frame.n) == 0;
        break;
    default: break;
    }
    count_on(d);
    return is_done;
}

int digital_hear(struct digital *d, int i, const uint8_t *rx, int timeslots, struct dsp_event *out)
{
    struct d_channel *c = &d->d_channels[i];
    uint8_t octets[DSP_BLOCK_SMP];

    if (rx == NULL) {
        hdlc_rx_lose(&c->rx);
        return 0;
    }
    tdm_gather(rx, timeslots, c->channel, octets);
    return hdlc_rx_process(&c->rx, octets, DSP_BLOCK_SMP, out);
}

void digital_check(struct digital *d, const uint8_t *rx, int timeslots)
{
    uint8_t octets[DSP_BLOCK_SMP];

    for (int i = 0; i < DSP_MAX_BERTS; i++) {
        struct bit_test *t = &d->tests[i];
        if (t->channel >= 0 && rx == NULL)
            bert_lose(&t->bert);
        if (t->channel < 0 || rx == NULL)
            continue;
        tdm_gather(rx, timeslots, t->channel, octets);
        bert_check(&t->bert, octets, DSP_BLOCK_SMP);
    }
}

void digital_say(struct digital *d, uint8_t *tx, int timeslots)
{
    uint8_t octets[DSP_BLOCK_SMP];

    for (int i = 0; i < DSP_MAX_D_CHANNELS; i++)
        if (d->d_channels[i].channel >= 0) {
            hdlc_tx_process(&d->d_channels[i].tx, octets, DSP_BLOCK_SMP);
            tdm_scatter(tx, timeslots, d->d_channels[i].channel, octets);
        }
    for (int i = 0; i < DSP_MAX_BERTS; i++)
        if (d->tests[i].channel >= 0) {
            bert_send(&d->tests[i].bert, octets, DSP_BLOCK_SMP);
            tdm_scatter(tx, timeslots, d->tests[i].channel, octets);
        }
}
