/* Commands from the facade to the tick, through a ring. */
#ifndef CALLBOX_COMMAND_H
#define CALLBOX_COMMAND_H

#include "dtmf_tx.h" /* struct dial */
#include "hdlc_tx.h" /* DSP_FRAME_MAX */
#include "id_tx.h"   /* struct id_message */
#include "mf_tx.h"   /* struct mf_note */
#include "player.h"  /* struct clip */
#include "rtp_stream.h"
#include "seat.h" /* struct place */

enum command_kind {
    COMMAND_OPEN,
    COMMAND_CLOSE,
    COMMAND_CALLER_ID,
    COMMAND_PLAY,
    COMMAND_STOP_PLAY,
    COMMAND_TONE,
    COMMAND_DIAL,
    COMMAND_MIXER,
    COMMAND_GAIN,
    COMMAND_RECORD,
    COMMAND_STOP_RECORD,
    COMMAND_STREAM_OPEN,
    COMMAND_ECHO,
    COMMAND_WATCH,
    COMMAND_AGC,
    COMMAND_CLEAN,
    COMMAND_ZONE,
    COMMAND_SEND_ID,
    COMMAND_STOP_ID,
    COMMAND_HEAR_MF,
    COMMAND_SEND_MF,
    /* of timeslots that carry octets (digital.h): */
    COMMAND_D_CHANNEL,
    COMMAND_FRAME,
    COMMAND_BERT
};

struct progress_plan;

struct command {
    enum command_kind kind;
    int channel;
    union {
        uint32_t detectors;
        int is_on;
        struct clip clip;
        int tone;
        struct dial dial;
        struct place place;
        struct {
            int what;          /* enum dsp_watch */
            uint32_t after_ms; /* 0: off */
        } watch;
        int mains_hz;
        struct {
            float rx;
            float tx;
        } gain;
        uint32_t recording_id;
        struct stream_spec stream;
        struct {
            int tail_ms;
            uint32_t options;
        } echo;
        const struct progress_plan *zone;
        struct id_message message;
        int mf_direction;
        struct mf_note mf_note;
        struct {
            int index;
            int is_on;
        } place_on;
        struct {
            int index; /* place of the D-channel */
            uint16_t n;
            uint8_t octets[DSP_FRAME_MAX];
        } frame;
    };
};

struct channel;

/* Carry out a command on its channel at a sample number; false when a queue was full. */
bool command_run(const struct command *k, struct channel *c, const struct progress_plan *plan,
                 uint64_t at_smp);

#endif
