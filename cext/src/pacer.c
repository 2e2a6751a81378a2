/* Pacing of the block exchange by the frame counter of the board.
 *
 * The counter says how many frames the board's clock has made; 80 a tick are consumed. What they differ by is how far
 * the host's timer is off. A PI loop moves the next wake-up: proportional part against the phase, integral part
 * against the drift between the two clocks.
 */
#include <stdbool.h> /* bool */
#include <stddef.h>  /* size_t */
#include <stdint.h>

#include "api.h"

enum { TICK_NS = 10000000, STEP_MAX_NS = 1000000, DRIFT_MAX_NS = 10000, LOST_FRAMES = 800 };

static const float PHASE_GAIN_NS = 12500.0f; /* per frame: a tenth of 125 us */
static const float DRIFT_GAIN_NS = 125.0f;

void pacer_reset(struct pacer *p)
{
    p->is_locked = 0;
    p->drift_ns = 0.0f;
    p->first_frame = p->ticks = 0;
}

static float limit(float x, float max)
{
    x = x < max ? x : max;
    return x > -max ? x : -max;
}

int64_t pacer_next_ns(struct pacer *p, uint32_t frame_counter)
{
    int32_t ahead = (int32_t)(frame_counter - p->first_frame - p->ticks * DSP_BLOCK_SMP);

    p->ticks++;
    if (!p->is_locked || ahead > LOST_FRAMES || ahead < -LOST_FRAMES) {
        p->is_locked = 1;
        p->first_frame = frame_counter;
        p->ticks = 1;
        return TICK_NS;
    }
    p->drift_ns = limit(p->drift_ns - DRIFT_GAIN_NS * (float)ahead, DRIFT_MAX_NS);
    return TICK_NS + (int64_t)limit(p->drift_ns - PHASE_GAIN_NS * (float)ahead, STEP_MAX_NS);
}
