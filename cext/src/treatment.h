/* What is done to the sound of a line before others hear it: hum removal, then automatic gain. */
#ifndef CALLBOX_TREATMENT_H
#define CALLBOX_TREATMENT_H

#include "agc.h"
#include "hum.h"
#include "listener.h"

struct treatment {
    struct hum hum;
    struct agc agc;
};

/* Treat one tick, which `l` has heard as it came. */
void treatment_process(struct treatment *s, const struct listener *l, float *pcm);

#endif
