/* DTMF receivers of all channels. */
#include "dtmf_bank.h"

#include <errno.h>  /* EINVAL */
#include <string.h> /* memset */

void dtmf_group_set(struct dtmf_group *g, int lane, bool is_on, uint64_t at_smp)
{
    const uint32_t bit = 1u << lane;

    if (is_on && !(g->open & bit)) {
        dtmf_lanes_clear(&g->lanes, lane);
        dtmf_rx_reset(&g->rx[lane], at_smp);
    }
    g->open = is_on ? g->open | bit : g->open & ~bit;
}

int dtmf_group_hop(struct dtmf_group *g, const struct dtmf_bank *bank,
                   const float *const pcm[DTMF_LANES], uint64_t at_smp, struct dsp_event *out)
{
    uint32_t shown = bank->hop(&g->lanes, pcm, g->open, 2.0f * bank->plan.tone_min);
    int n_out = 0;

    for (int lane = 0; lane < DTMF_LANES; lane++) {
        bool is_shown = shown >> lane & 1;
        if (!(g->open >> lane & 1) || !(is_shown || dtmf_rx_is_busy(&g->rx[lane])))
            continue;
        int n = dtmf_rx_decide(&g->rx[lane], &bank->plan, &g->lanes, lane, is_shown,
                               at_smp + DTMF_HOP_SMP, out + n_out);
        for (int i = 0; i < n; i++)
            out[n_out++].channel = (int16_t)lane;
    }
    return n_out;
}

int dtmf_bank_setup(struct dtmf_bank *b, int n_channels, const struct dtmf_spec *spec,
                    enum simd_path path)
{
    if (n_channels < 1 || n_channels > DSP_ALL_CHANNELS || !simd_has(path))
        return -EINVAL;
    b->n_groups = (n_channels + DTMF_LANES - 1) / DTMF_LANES;
    b->hop = dtmf_hop_of(path);
    return dtmf_plan_init(&b->plan, spec);
}

size_t dtmf_bank_size(void)
{
    return sizeof(struct dtmf_bank);
}

int dtmf_bank_init(struct dtmf_bank *b, int n_channels, const struct dtmf_spec *spec,
                   enum simd_path path)
{
    memset(b, 0, sizeof *b);
    int error = dtmf_bank_setup(b, n_channels, spec, path);
    for (int i = 0; i < n_channels && error == 0; i++)
        dtmf_group_set(&b->groups[i / DTMF_LANES], i % DTMF_LANES, true, 0);
    return error;
}

/* Decode a hop of each lane. Lanes beyond the last channel stay silent. */
static void decode(const uint8_t *const *octets, size_t at, int n, float pcm[][DTMF_HOP_SMP])
{
    for (int lane = 0; lane < n; lane++)
        alaw_to_floats(octets[lane] + at, pcm[lane], DTMF_HOP_SMP);
}

/* Ask for the octets of the next hop: so many streams are more than a processor foresees. */
static void foresee(const uint8_t *const *octets, size_t at, int n)
{
    for (int lane = 0; lane < n; lane++)
        __builtin_prefetch(octets[lane] + at + DTMF_HOP_SMP - 1);
}

size_t dtmf_bank_feed_alaw(struct dtmf_bank *b, const uint8_t *const *octets, int n_channels,
                           size_t n, uint64_t at_smp, struct dsp_event *out, int cap, int *n_out)
{
    float pcm[DTMF_LANES][DTMF_HOP_SMP] = {0};
    const float *rows[DTMF_LANES];
    size_t done;

    *n_out = 0;
    for (int lane = 0; lane < DTMF_LANES; lane++)
        rows[lane] = pcm[lane];
    for (done = 0; done + DTMF_HOP_SMP <= n; done += DTMF_HOP_SMP) {
        if (*n_out + 2 * n_channels > cap)
            break;
        for (int first = 0; first < n_channels; first += DTMF_LANES) {
            int here = n_channels - first < DTMF_LANES ? n_channels - first : DTMF_LANES;
            decode(octets + first, done, here, pcm);
            if (done + 2 * DTMF_HOP_SMP <= n)
                foresee(octets + first, done + DTMF_HOP_SMP, here);
            int m = dtmf_group_hop(&b->groups[first / DTMF_LANES], b, rows, at_smp + done,
                                   out + *n_out);
            for (int i = 0; i < m; i++, (*n_out)++)
                out[*n_out].channel = (int16_t)(out[*n_out].channel + first);
        }
    }
    return done;
}
