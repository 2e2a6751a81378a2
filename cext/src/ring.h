/* A ring of fixed-size items between one producer and one consumer thread. Wait-free, no lock.
 *
 * `head` counts items put and is written by the producer alone, `tail` items taken, by the consumer
 * alone; both wrap. An item is complete before the count that shows it is published
 * (release/acquire).
 */
#ifndef CALLBOX_RING_H
#define CALLBOX_RING_H

#include <stdatomic.h> /* _Atomic, atomic_load_explicit */
#include <stdint.h>

struct ring {
    uint8_t *items;
    uint32_t item_oct;
    uint32_t mask; /* capacity - 1, capacity a power of two */
    _Atomic uint32_t head;
    uint8_t apart[60]; /* keeps the two counts off one cache line */
    _Atomic uint32_t tail;
};

void ring_init(struct ring *r, void *items, uint32_t item_oct, uint32_t capacity);

/* Give the place of the next item, or null when full; publish it with ring_commit. Producer only. */
void *ring_reserve(struct ring *r);
void ring_commit(struct ring *r);

/* Give the oldest item, or null when empty; free its place with ring_drop. Consumer only. */
const void *ring_peek(struct ring *r);
void ring_drop(struct ring *r);

#endif
