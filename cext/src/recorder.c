/* Recorder tap. */
#include "recorder.h"

#include <string.h> /* memcpy */

#include "api.h"

enum { HEAD_OCT = 16, FLAG_LAST = 1 };

void recorder_reset(struct recorder *r)
{
    memset(r, 0, sizeof *r);
}

static void begin(struct recorder *r, uint32_t id, bool is_last)
{
    r->id = id;
    r->seq = 0;
    r->is_on = true;
    r->is_last = is_last;
}

void recorder_start(struct recorder *r, uint32_t id)
{
    if (!r->is_on) {
        begin(r, id, false);
        return;
    }
    r->is_last = true;
    r->is_next = true;
    r->is_next_last = false;
    r->next_id = id;
}

void recorder_stop(struct recorder *r)
{
    r->is_last = true;
    r->is_next_last = true;
}

static void put_u32(uint8_t *at, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(v >> (8 * i));
}

void recorder_chunk(struct recorder *r, int channel, const uint8_t *rx, const uint8_t *tx,
                    uint8_t *out)
{
    put_u32(out, 0x31524243);
    put_u32(out + 4, r->id);
    put_u32(out + 8, r->seq++);
    put_u32(out + 12, (uint32_t)channel | (r->is_last ? (uint32_t)FLAG_LAST << 16 : 0));
    memcpy(out + HEAD_OCT, rx, DSP_BLOCK_SMP);
    memcpy(out + HEAD_OCT + DSP_BLOCK_SMP, tx, DSP_BLOCK_SMP);
    if (!r->is_last)
        return;
    r->is_on = false;
    if (r->is_next)
        begin(r, r->next_id, r->is_next_last);
    r->is_next = false;
}
