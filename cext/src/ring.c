/* Single-producer single-consumer ring. */
#include "ring.h"

#include <stddef.h> /* NULL */

void ring_init(struct ring *r, void *items, uint32_t item_oct, uint32_t capacity)
{
    r->items = items;
    r->item_oct = item_oct;
    r->mask = capacity - 1;
    atomic_store_explicit(&r->head, 0, memory_order_relaxed);
    atomic_store_explicit(&r->tail, 0, memory_order_relaxed);
}

static void *place(const struct ring *r, uint32_t count)
{
    return r->items + (size_t)(count & r->mask) * r->item_oct;
}

void *ring_reserve(struct ring *r)
{
    uint32_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
    uint32_t tail = atomic_load_explicit(&r->tail, memory_order_acquire);

    return head - tail > r->mask ? NULL : place(r, head);
}

void ring_commit(struct ring *r)
{
    uint32_t head = atomic_load_explicit(&r->head, memory_order_relaxed);

    atomic_store_explicit(&r->head, head + 1, memory_order_release);
}

const void *ring_peek(struct ring *r)
{
    uint32_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
    uint32_t head = atomic_load_explicit(&r->head, memory_order_acquire);

    return head == tail ? NULL : place(r, tail);
}

void ring_drop(struct ring *r)
{
    uint32_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

    atomic_store_explicit(&r->tail, tail + 1, memory_order_release);
}
