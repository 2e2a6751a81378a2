/* The TDM block: check and read what the board sent, make what it gets. Format: head of dsp.h. */
#ifndef CALLBOX_TDM_H
#define CALLBOX_TDM_H

#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>

enum { TDM_HEAD_OCT = 12, TDM_FLAG_RX_OVERRUN = 1, TDM_FLAG_TX_UNDERRUN = 2, TDM_FLAG_REFUSED = 8 };

struct tdm_head {
    uint32_t frame_counter; /* of the first frame */
    uint16_t accepted_seq;
    uint8_t flags;
};

/* CRC-16/CCITT-FALSE. */
uint16_t tdm_crc(const uint8_t *octets, size_t n);

/* Say whether `rx` is a whole block from the board, and read its head. */
bool tdm_check(const uint8_t *rx, size_t n, int timeslots, struct tdm_head *out);

/* Fill a block to the board with silence; seal it after the frames are in. */
void tdm_clear(uint8_t *tx, int timeslots, uint16_t seq);
void tdm_seal(uint8_t *tx, int timeslots);

/* Copy one timeslot out of, or into, a block. */
void tdm_gather(const uint8_t *block, int timeslots, int timeslot, uint8_t *octets);
void tdm_scatter(uint8_t *block, int timeslots, int timeslot, const uint8_t *octets);

#endif
