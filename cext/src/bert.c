/* Bit error test. */
#include "bert.h"

#include <string.h> /* memset */

enum {
    STAGES = 0x7FFF,
    SYNC_OCTETS = 8,
    LOSS_PART = 5, /* more wrong bits than one in so many */
};

void bert_start(struct bert *s)
{
    memset(s, 0, sizeof *s);
    s->sent = STAGES;
}

/* Eight steps at once: no bit depends on one of the seven before it. */
static uint32_t next(uint32_t *stages)
{
    uint32_t octet = (*stages >> 6 ^ *stages >> 7) & 0xFF;

    *stages = (*stages << 8 | octet) & STAGES;
    return octet;
}

void bert_send(struct bert *s, uint8_t *octets, size_t n)
{
    for (size_t i = 0; i < n; i++)
        octets[i] = (uint8_t)~next(&s->sent);
}

static uint32_t ones_in(uint32_t octet)
{
    octet -= octet >> 1 & 0x55;
    octet = (octet & 0x33) + (octet >> 2 & 0x33);
    return (octet + (octet >> 4)) & 0xF;
}

static bool is_synced(const struct bert *s)
{
    return atomic_load_explicit(&s->is_synced, memory_order_relaxed) != 0;
}

static void set_synced(struct bert *s, bool is_on)
{
    atomic_store_explicit(&s->is_synced, is_on, memory_order_relaxed);
}

/* Follow what comes until it is the pattern; return how many octets were taken. */
static size_t seek(struct bert *s, const uint8_t *octets, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t came = (uint32_t)(uint8_t)~octets[i];
        uint32_t stages = s->heard;
        bool is_next = stages != 0 && next(&stages) == came;
        s->n_agreed = is_next ? s->n_agreed + 1 : 0;
        s->heard = (s->heard << 8 | came) & STAGES;
        if (s->n_agreed == SYNC_OCTETS) {
            set_synced(s, true);
            return i + 1;
        }
    }
    return n;
}

void bert_lose(struct bert *s)
{
    s->n_agreed = 0;
    s->heard = 0;
    if (!is_synced(s))
        return;
    set_synced(s, false);
    atomic_fetch_add_explicit(&s->n_sync_losses, 1, memory_order_relaxed);
}

static void compare(struct bert *s, const uint8_t *octets, size_t n)
{
    uint32_t n_errors = 0;

    for (size_t i = 0; i < n; i++)
        n_errors += ones_in(next(&s->heard) ^ (uint32_t)(uint8_t)~octets[i]);
    if (n_errors * LOSS_PART > 8 * n) {
        bert_lose(s);
        return;
    }
    atomic_fetch_add_explicit(&s->n_bits, 8 * n, memory_order_relaxed);
    atomic_fetch_add_explicit(&s->n_errors, n_errors, memory_order_relaxed);
}

void bert_check(struct bert *s, const uint8_t *octets, size_t n)
{
    size_t at = is_synced(s) ? 0 : seek(s, octets, n);

    if (is_synced(s))
        compare(s, octets + at, n - at);
}

void bert_read(const struct bert *s, struct bert_stats *out)
{
    out->bits = atomic_load_explicit(&s->n_bits, memory_order_relaxed);
    out->errors = atomic_load_explicit(&s->n_errors, memory_order_relaxed);
    out->is_synced = atomic_load_explicit(&s->is_synced, memory_order_relaxed);
    out->sync_losses = atomic_load_explicit(&s->n_sync_losses, memory_order_relaxed);
}
