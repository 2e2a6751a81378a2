/* Caller ID sent on a channel. */
#include "id_tx.h"

void id_tx_start(struct id_tx *t, const struct id_message *message)
{
    t->message = *message;
    fsk_tx_start(&t->fsk, t->message.octets, message->n, (enum dsp_standard)message->standard,
                 message->amplitude);
    t->is_on = true;
}

void id_tx_stop(struct id_tx *t)
{
    t->is_on = false;
}

int id_tx_process(struct id_tx *t, float *pcm, size_t n, struct dsp_event *out)
{
    size_t n_sent;

    if (!t->is_on)
        return 0;
    n_sent = fsk_tx_process(&t->fsk, pcm, n);
    if (n_sent == n)
        return 0;
    t->is_on = false;
    *out = (struct dsp_event){.kind = DSP_CALLER_ID_SENT, .at_smp = n_sent, .id = t->message.id};
    return 1;
}
