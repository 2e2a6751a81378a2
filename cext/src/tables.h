/* Constant tables, made by cext/gen_tables.py. */
#ifndef CALLBOX_TABLES_H
#define CALLBOX_TABLES_H

#include <stdint.h>

enum {
    HDLC_SPECIAL = 0xFFFF, /* no entry: a flag, an abort, or the begin of one */
    SINE_STEPS = 1024,
    DTMF_SUB_SMP = 20,     /* 2.5 ms */
    DTMF_TURN_STEPS = 400, /* sub-blocks until every whole-Hz tone is back at its phase */
    DTMF_NOTCHES = 3,
    DBOV_LEVELS = 128,
    FSK_TAPS = 7, /* one bit of 1200 baud is 6.67 samples */
    MF_TONES = 6,
    MF_SUB_SMP = 40, /* 5 ms */
    MF_SMP = 8,      /* decimated by 5, in 5 ms */
    MF_TAPS = 16,
    MF_WINDOW = 32, /* decimated samples: 20 ms */
    MF_STEPS = 5,   /* sub-blocks until the centre is back at its phase */
    SPECIAL_FREQS = 6,
    SPECIAL_SUB_SMP = 40 /* 5 ms */
};

extern const uint8_t alaw_from_step[4096];  /* of (pcm16 >> 4) + 2048 */
extern const uint8_t ulaw_from_step[16384]; /* of (pcm16 >> 2) + 8192 */
extern const int16_t alaw_to_pcm16[256];
extern const int16_t ulaw_to_pcm16[256];
extern const float alaw_to_float[256]; /* 1.0 = +3.14 dBm0 */
extern const uint16_t crc16_rows[4 * 256];
extern const uint16_t hdlc_fcs[256]; /* CRC-16 0x8408, the least significant bit first */
/* [ones before][octet of the timeslot]: data bits, their count << 8, ones after << 12 */
extern const uint16_t hdlc_unstuff[6][256];
/* [ones before][octet of the frame]: bits to send, (their count - 8) << 10, ones after << 12 */
extern const uint16_t hdlc_stuff[5][256];
extern const float sine_wave[SINE_STEPS + 1];
extern const float dtmf_correlator[DTMF_SUB_SMP / 2]
                                  [16];            /* [sample][tone, (cos, sin)] about the middle */
extern const float dtmf_turn[DTMF_TURN_STEPS][16]; /* [sub-block][tone, (cos, -sin)] */
extern const float dtmf_notch[DTMF_NOTCHES * 4];   /* gain, zero, pole1, pole2 */
extern const float fsk_tap[FSK_TAPS * 4]; /* [tap][mark cos, mark sin, space cos, space sin] */
extern const float
    special_correlator[SPECIAL_SUB_SMP * 2 * SPECIAL_FREQS]; /* [sample][tone, (cos, -sin)] */
extern const float special_back[SPECIAL_FREQS][2];
/* MFC/R2, [forward, backward, below both]: low pass about the centre of the six tones, half of it, [4 taps (re, im)] */
extern _Alignas(16) const float mf_tap[3][MF_TAPS];
/* What brings the centre to 0 Hz: [sub-block][2 samples (re re re re, -im im -im im)] */
extern _Alignas(16) const float mf_turn[3][MF_STEPS][32];
/* Later half of the window: [2 samples][60, 180, 300 Hz; 0, 120, 240, 360 Hz (cos, sin)][sample, re and im] */
extern _Alignas(16) const float mf_tone_window[MF_WINDOW / 4][24];
extern _Alignas(16) const float mf_gap_window[MF_WINDOW / 4][32];
extern const float mf_shift[MF_TONES][2]; /* turn of a tone in 5 ms, off the centre, ascending */
extern const float mf_spread[1];          /* of what places 60 Hz apart see: the power of a tone */
extern const float mf_mend[2];        /* tone power over that seen, by 1 - cos(turn): powers 1, 2 */
extern const float modem_tone[2][80]; /* cos, -sin of 2100 Hz over one tick */

/* Before the notches of mains hum: gain, pole1, pole2 of the high-pass; its zeros are 1 -2 1. */
extern const float hum_high_pass[3];
/* [50 or 60 Hz][cos of 8 harmonics, sin of 8 harmonics], of the turn in one sample. */
extern const float hum_turn[2][16];
extern const float dbov_power[DBOV_LEVELS]; /* of -n dBov; 1.0 = 0 dBov, a full-scale square wave */

#endif
