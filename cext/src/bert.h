/* Bit error test of a timeslot with the pseudo-random pattern 2^15-1 of ITU-T O.151 section 2.1: sent and checked.
 *
 * A shift register of 15 stages, the sum of the 14th and the 15th fed back to the first; what is sent is inverted, the
 * most significant bit of an octet first. The checker takes 15 bits as they come, and is in step when the next 64 are
 * as they must be; a tick with more than one wrong bit in five puts it out of step (O.150 section 4.5), and is
 * not counted. Out of step it counts nothing.
 */
#ifndef CALLBOX_BERT_H
#define CALLBOX_BERT_H

#include <stdatomic.h> /* _Atomic */
#include <stdbool.h>   /* bool */

#include "api.h"

struct bert {
    uint32_t
        sent; /* the last 15 bits, before they are inverted; the newest is the least significant */
    uint32_t heard; /* the same of what is expected, or came */
    int n_agreed;   /* octets in a row that were as expected */
    /* read by another thread */
    _Atomic uint32_t is_synced;
    _Atomic uint32_t n_sync_losses;
    _Atomic uint64_t n_bits;
    _Atomic uint64_t n_errors;
};

void bert_start(struct bert *s);
void bert_send(struct bert *s, uint8_t *octets, size_t n);
/* Check what came, at most 80 octets, which belong together. */
void bert_check(struct bert *s, const uint8_t *octets, size_t n);
/* Octets are missing: out of step. */
void bert_lose(struct bert *s);
void bert_read(const struct bert *s, struct bert_stats *out);

#endif
