/* Pacing of the block exchange by the frame counter of the board.
 *
 * The counter says how many frames the board's clock has made; 80 a tick are consumed. What they
 * differ by is how far the host's timer is off. Small differences (a board that counts on within
 * the block) feed a PI loop: proportional part against the phase, integral part against the drift
 * between the clocks. A whole block more or less (a board that hands out finished blocks, and gave
 * the same one twice or dropped one) says that the exchange has drifted over the edge of a block:
 * it is moved on into the middle, and the drift follows from the time since the last such slip.
 */
#include <stdbool.h> /* bool */

#include "api.h"

enum {
    TICK_NS = 10000000,
    STEP_MAX_NS = 500000,
    DRIFT_MAX_NS = 2000, /* 200 ppm */
    SLIP_FRAMES = 40,
    LOST_FRAMES = 800,
    SHIFT_TICKS = 10 /* ticks over which the exchange is moved by half a block */
};

static const float HALF_BLOCK_NS = 5.0e6f;
static const float PHASE_GAIN_NS = 12500.0f; /* per frame: a tenth of 125 us */
static const float DRIFT_GAIN_NS = 125.0f;

void pacer_reset(struct pacer *p)
{
    *p = (struct pacer){0};
}

static float limit(float x, float max)
{
    x = x < max ? x : max;
    return x > -max ? x : -max;
}

static void lock(struct pacer *p, uint32_t frame_counter)
{
    p->is_locked = 1;
    p->first_frame = frame_counter;
    p->ticks = 1;
}

/* A block was doubled (ahead < 0: our ticks are too short) or dropped (they are too long). The
 * exchange has just crossed the edge between two blocks; half a block further on is the middle of
 * the one it is in. */
static void slip(struct pacer *p, int32_t ahead, uint32_t frame_counter)
{
    float longer = ahead < 0 ? 1.0f : -1.0f;

    if (p->has_slipped) /* half a block of drift since the last time */
        p->drift_ns = limit(p->drift_ns + longer * HALF_BLOCK_NS / (float)p->ticks, DRIFT_MAX_NS);
    p->has_slipped = 1;
    p->shift_ns = -longer * HALF_BLOCK_NS / SHIFT_TICKS;
    p->n_shift = SHIFT_TICKS;
    lock(p, frame_counter);
}

int64_t pacer_next_ns(struct pacer *p, uint32_t frame_counter)
{
    int32_t ahead = (int32_t)(frame_counter - p->first_frame - p->ticks * DSP_BLOCK_SMP);
    float step;

    p->ticks++;
    if (!p->is_locked || ahead > LOST_FRAMES || ahead < -LOST_FRAMES) {
        lock(p, frame_counter);
        return TICK_NS;
    }
    if (ahead >= SLIP_FRAMES || ahead <= -SLIP_FRAMES) {
        slip(p, ahead, frame_counter);
        ahead = 0;
    }
    p->drift_ns = limit(p->drift_ns - DRIFT_GAIN_NS * (float)ahead, DRIFT_MAX_NS);
    step = p->drift_ns - PHASE_GAIN_NS * (float)ahead;
    if (p->n_shift > 0) {
        p->n_shift--;
        step += p->shift_ns;
    }
    return TICK_NS + (int64_t)limit(step, STEP_MAX_NS + DRIFT_MAX_NS);
}
