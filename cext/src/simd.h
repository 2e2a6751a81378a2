/* Which vectors this machine has (api.h: simd_has, simd_best). The choice is made once, at init, and kept in
 * the caller's state. */
#ifndef CALLBOX_SIMD_H
#define CALLBOX_SIMD_H

#include "api.h"

#endif
