/* dsp.h with what it needs around it: cffi reads that file as it is, so it can have neither
 * includes nor a guard. */
#ifndef CALLBOX_API_H
#define CALLBOX_API_H

#include <stddef.h>
#include <stdint.h>

#include "dsp.h"

#endif
