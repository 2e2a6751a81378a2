/* Voice activity, 10 ms at a time: is something said, is it a tone, how loud is the background.
 *
 * A frame is loud when its energy, high frequencies raised, stands above the noise floor (the least smoothed energy of the
 * last 1.6 s, or what has been steady for 0.8 s). A loud frame is a tone when a linear predictor of order 4 (two sines)
 * foretells it, or when it is half foretold and the level stands still. What is loud and no tone and moves is voiced; voice
 * begins with five voiced frames of eight, one of them sonorant, and ends 250 ms after the last one.
 */
#ifndef CALLBOX_VAD_H
#define CALLBOX_VAD_H

#include <stdbool.h> /* bool */
#include <stdint.h>

enum {
    VAD_FRAME_SMP = 80,
    VAD_ORDER = 4,
    VAD_WINDOWS = 8,        /* of the least energy */
    VAD_WINDOW_FRAMES = 20, /* each */
    VAD_BOX_FRAMES =
        5 /* the level that stands still is a mean of 50 ms: beats of two tones vanish in it */
};

/* How long a level has stayed within a ratio. */
struct vad_run {
    float low;
    float high;
    int n; /* frames */
};

struct vad {
    /* filter state */
    float last[VAD_ORDER]; /* samples as they came, oldest first */
    float tail[VAD_ORDER]; /* samples without DC, oldest first */
    /* noise floor, energies of filtered frames */
    float smooth;
    float before; /* energy of the frame before */
    float least[VAD_WINDOWS];
    int window;
    int n_window; /* frames in it */
    struct vad_run background;
    float box[VAD_BOX_FRAMES];
    int at_box;
    struct vad_run level;
    /* decision state */
    uint64_t voiced;   /* bit i: the frame i frames ago was voiced */
    uint64_t sonorant; /* voiced, and more foretellable than noise */
    bool is_voice;
    /* the frame just done */
    float power;    /* mean square without DC */
    bool is_loud;   /* above the floor */
    bool is_tone;   /* one or two sines */
    bool is_voiced; /* loud, no tone, level moves */
    bool is_dead;   /* every sample the same */
};

void vad_reset(struct vad *s);
/* Hear one frame of 80 samples. */
void vad_process(struct vad *s, const float *pcm);

/* Frames of the last n (at most 64) that were voiced; that were sonorant, which noise and hiss are not. */
int vad_voiced(const struct vad *s, int n);
int vad_sonorant(const struct vad *s, int n);

#endif
