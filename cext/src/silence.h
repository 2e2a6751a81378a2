/* Silence, lost sound, and callers who are too quiet: the rules of a call centre that a machine can hear.
 *
 *   silent   nobody has spoken for a while that can be set; where asked for, in neither direction
 *   lost     a line that had background noise gives exactly nothing for 3 s, or as little as A-law can say and 9 dB less than
 *            that noise: the path is cut, the caller is still there
 *   quiet    the voice of the last 3 s (of speaking) lies below -36 dBm0: the caller cannot be understood well
 *   mute     the caller has said nothing for 10 s since the watch began, or for 30 s after some words
 */
#ifndef CALLBOX_SILENCE_H
#define CALLBOX_SILENCE_H

#include "api.h"
#include "vad.h"

enum { SILENCE_EVENTS = 4 };

struct silence {
    /* config */
    uint32_t after_frames; /* 0: not watched */
    bool is_both;          /* only when nothing is said to the line either */
    bool is_rules;         /* report lost and quiet */
    bool is_mutes;         /* and mute */
    /* decision state */
    uint32_t n_silent; /* frames */
    bool is_silent;
    uint32_t n_pauses; /* frames in which nobody spoke */
    uint32_t n_noisy;  /* of them, with noise */
    float noise;       /* power of that noise, of late */
    uint32_t n_dead;   /* frames of nothing, up to now */
    bool is_lost;
    float voice; /* power of the voice of late */
    uint32_t n_voice;
    bool is_quiet;
    uint32_t n_mute; /* frames since the caller's last word, or since the watch began */
    bool has_spoken; /* since the watch began */
    bool is_mute;
};

void silence_reset(struct silence *s);
/* Watch for silence of so many frames from now on; 0 ends it. */
void silence_watch(struct silence *s, uint32_t after_frames, bool is_both);
/* Report lost sound and quiet callers, or no more; what is so when the watch begins is told too. */
void silence_rules(struct silence *s, bool is_on);
/* Report mute callers from now on, or no more. */
void silence_mutes(struct silence *s, bool is_on);
/* Take a frame that `v` has just heard and that ends at `end_smp`; write at most SILENCE_EVENTS. */
int silence_process(struct silence *s, const struct vad *v, bool is_other_voice, uint64_t end_smp,
                    struct dsp_event *out);

#endif
