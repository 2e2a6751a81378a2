/* Timeslots that carry octets instead of sound: D-channels with HDLC, bit error tests. They are few, so their state is
 * kept here and not in every channel. The facade gives out the places and sees that the timeslot is not open.
 */
#ifndef CALLBOX_DIGITAL_H
#define CALLBOX_DIGITAL_H

#include "bert.h"
#include "hdlc_rx.h"
#include "hdlc_tx.h"

struct command;

struct d_channel {
    int channel; /* -1: off */
    struct hdlc_rx rx;
    struct hdlc_tx tx;
};

struct bit_test {
    int channel; /* -1: off */
    struct bert bert;
};

struct digital {
    int n_on;
    struct d_channel d_channels[DSP_MAX_D_CHANNELS];
    struct bit_test tests[DSP_MAX_BERTS];
};

void digital_reset(struct digital *d);
/* Carry out a command; false when a queue was full. */
bool digital_run(struct digital *d, const struct command *k);
/* Take a tick's octets out of a block (null: it is lost), and put those to be sent into another. Return the
 * count of events of D-channel i. */
int digital_hear(struct digital *d, int i, const uint8_t *rx, int timeslots, struct dsp_event *out);
void digital_say(struct digital *d, uint8_t *tx, int timeslots);
void digital_check(struct digital *d, const uint8_t *rx, int timeslots);

#endif
