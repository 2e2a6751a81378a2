/* Recorder tap of one channel: a chunk per tick with the octets of both directions as they were on
 * the line.
 *
 * Chunk, 176 octets, little-endian: u32 magic 31524243, u32 recording id, u32 seq from 0, u16
 * channel, u16 flags (1 = last), u8 rx[80], u8 tx[80]. A recording ends with one chunk
 * flagged as the last, also when it is stopped, or replaced by another, within the tick of its
 * start.
 */
#ifndef CALLBOX_RECORDER_H
#define CALLBOX_RECORDER_H

#include <stdbool.h> /* bool */
#include <stdint.h>

struct recorder {
    uint32_t id;
    uint32_t seq;
    bool is_on;
    bool is_last; /* the next chunk is the last one */
    bool is_next; /* another recording begins after it */
    bool is_next_last;
    uint32_t next_id;
};

void recorder_reset(struct recorder *r);
void recorder_start(struct recorder *r, uint32_t id);
void recorder_stop(struct recorder *r);
/* Write the chunk of this tick. */
void recorder_chunk(struct recorder *r, int channel, const uint8_t *rx, const uint8_t *tx,
                    uint8_t *out);

#endif
