/* The media engine: the one list of what C offers. Compiled, and read by cffi as its cdef (so: no macros, no includes).
 *
 * A tick is 10 ms = 80 samples at 8 kHz of every channel at once. A channel is a timeslot of the TDM block.
 * Samples inside are float32, 1.0 = +3.14 dBm0 (both laws); octets (A-law) only at the edges.
 * Commands go in and events come out through single-producer single-consumer rings; nothing here allocates, locks or logs.
 *
 * TDM block, both directions the same length: 12 octets of header, 80 frames of n_timeslots octets (frame-major: all
 * timeslots of the first frame, then of the second, ...), CRC-16/CCITT-FALSE (0x1021, start 0xFFFF) over all before it.
 * Numbers are big-endian.
 *   to the board    05 CB seq:u16 frames:u16 timeslots:u16 00 00 00 00
 *   from the board  00 BC seq:u16 (last accepted) frame_counter:u32 (of the first frame) flags:u8 00 irq:u16
 *   flags           1 rx overrun  2 tx underrun  4 clock not locked  8 last block to the board refused (CRC)
 */

enum {
    DSP_RATE_HZ = 8000,
    DSP_BLOCK_SMP = 80,
    DSP_BLOCK_OVERHEAD = 14, /* octets of header and CRC around the frames of a TDM block */
    DSP_MAX_CHANNELS = 192,
    DSP_MAX_MIXERS = 64,
    DSP_MAX_PARTIES = 32, /* of a mixer; who only listens or whispers does not count */
    DSP_MAX_CLIPS = 16, /* waiting on one channel */
    DSP_MAX_DIALS = 8,  /* waiting on one channel */
    DSP_DIAL_MAX = 64,  /* digits in one dial */
    DSP_MAX_TONES = 24,
    DSP_TONE_FREQS = 4,
    DSP_TONE_STEPS = 16,
    DSP_MAX_ZONES = 64, /* lists of tones beside the engine's own */
    DSP_MESSAGE_MAX = 257, /* caller ID: type, length, 255 octets */
    DSP_CHUNK_OCT = 176,   /* one recorded tick of one channel */
    DSP_MAX_STREAMS = 128, /* channels that are RTP streams, numbered after the timeslots */
    DSP_ALL_CHANNELS = 320, /* both */
    DSP_PACKET_OCT = 640,  /* longest RTP packet taken */
    DSP_NOISE_OCT = 11,    /* comfort noise payload: level, ten coefficients */
    DSP_MAX_D_CHANNELS = 8,
    DSP_MAX_BERTS = 32, /* timeslots under a bit error test */
    DSP_FRAME_MIN = 3,  /* octets of an HDLC frame without FCS: address, control */
    DSP_FRAME_MAX = 264, /* and 260 of information: Q.921 section 5.9.3 */
    DSP_MAX_FRAMES = 16 /* waiting on one D-channel */
};

enum { DSP_ECHO_SUPPRESS = 1, DSP_ECHO_NOISE = 2 };
enum { DSP_DETECT_DTMF = 1, DSP_DETECT_PROGRESS = 2, DSP_DETECT_FSK = 4 };

enum dsp_event_kind {
    DSP_DIGIT_BEGIN,
    DSP_DIGIT_END,
    DSP_TONE_BEGIN,
    DSP_TONE_END,
    DSP_PLAYED,
    DSP_DIALED,
    DSP_CALLER_ID,
    DSP_BLOCK_LOST,
    DSP_BOARD_GONE,
    DSP_LATE,
    DSP_VOICE_BEGIN,
    DSP_VOICE_END,
    DSP_SILENCE_BEGIN,
    DSP_SILENCE_END,
    DSP_AUDIO_LOST,
    DSP_AUDIO_BACK,
    DSP_LEVEL_LOW,
    DSP_LEVEL_GOOD,
    DSP_ANSWERED,
    DSP_PERSON,
    DSP_MACHINE,
    DSP_UNSURE,
    DSP_CALLER_ID_SENT,
    DSP_FRAME,
    DSP_MF_BEGIN,
    DSP_MF_END,
    DSP_MUTE_BEGIN,
    DSP_MUTE_END
};

/* What needs no list: numbers of such tones in events, behind those of a list. */
enum {
    DSP_TONE_SIT = 24,         /* DSP_MAX_TONES: special information, 950, 1400, 1800 Hz in turn */
    DSP_TONE_CNG,              /* a fax calls: 1100 Hz */
    DSP_TONE_ANSWER,           /* a fax or modem answers: 2100 Hz */
    DSP_TONE_ANSWER_REVERSALS, /* the same, with phase reversals */
    DSP_TONE_CAS               /* caller ID in a talk comes: 2130 + 2750 Hz */
};

enum dsp_role { DSP_ROLE_PARTY, DSP_ROLE_MONITOR, DSP_ROLE_WHISPER };

enum dsp_watch {
    DSP_WATCH_VOICE, /* begin and end, too quiet callers, lost sound */
    DSP_WATCH_SILENCE,
    DSP_WATCH_SILENCE_OF_BOTH, /* nothing said from the line, nor to it */
    DSP_WATCH_ANSWER,
    DSP_WATCH_MACHINE,
    DSP_WATCH_SOUND /* lost sound, too quiet and mute callers, from now on; without the voices */
};

enum dsp_amd_reason {
    DSP_AMD_SHORT_GREETING,
    DSP_AMD_LONG_GREETING,
    DSP_AMD_BEEP,
    DSP_AMD_NOBODY_SPEAKS,
    DSP_AMD_NO_DECISION
};

enum dsp_mf_direction { DSP_MF_NONE, DSP_MF_FORWARD, DSP_MF_BACKWARD }; /* Q.441 table 5 */

enum dsp_standard { DSP_BELL202, DSP_V23 };

struct dsp_event {
    uint64_t at_smp;       /* since the engine's start */
    uint32_t id; /* of clip, dial, sent caller ID; zone of a tone; why, for BOARD_GONE (errno), PERSON, MACHINE,
                    UNSURE */
    uint32_t duration_smp; /* of the digit or tone; missing samples for BLOCK_LOST */
    float power;           /* of each frequency, mean; a sine of amplitude 1.0 has 0.5 */
    float powers[2];       /* of a digit's low and high tone; 0 in other events */
    int16_t channel;       /* -1: all */
    uint16_t n_data;
    uint8_t kind;
    uint8_t digit; /* ASCII */
    uint8_t tone;  /* index in the list of tones */
    uint8_t data[DSP_FRAME_MAX]; /* caller ID message, or HDLC frame */
};

struct tone_spec {
    float freqs_hz[DSP_TONE_FREQS];
    float amplitude;       /* of each frequency */
    float modulation_hz;   /* of the amplitude; 0: none */
    float freq_tolerance;  /* part of the frequency that it may be off */
    float power_min;       /* of each frequency */
    int32_t slack_percent; /* of each step that it may be off */
    int32_t n_freqs;
    int32_t steps_ms[DSP_TONE_STEPS]; /* on, off, on, off, ... */
    int32_t n_steps;                  /* 0: continuous */
};

/* Limits of the DTMF receiver. */
struct dtmf_spec {
    float level_min_dbm0;  /* of each tone: accepted 1 dB above, rejected 1 dB below */
    float twist_high_db;   /* the high tone above the low one: accepted 2 dB below this */
    float twist_low_db;    /* and below it */
    float off_max_percent; /* of the frequency: accepted 0.35 below, rejected 0.35 above */
    int32_t bridge_ms;     /* interruptions as long as this are bridged, those 20 ms longer are pauses */
};

enum simd_path { SIMD_C, SIMD_V4, SIMD_V8 }; /* plain C; SSE2 or NEON; AVX2 */

struct dsp_stats {
    uint64_t ticks;
    uint64_t
        lost_blocks; /* from the board: wrong CRC, wrong magic, gap in the frame counter, none in time */
    uint64_t refused_blocks; /* to the board: it says the CRC was wrong */
    uint64_t slips;          /* rx overrun or tx underrun flagged by the board */
    uint64_t late_ticks;
    uint64_t longest_tick_ns; /* real time only */
    uint64_t ring_overflows;  /* events, chunks or commands that found no room */
    uint64_t bad_messages;    /* caller ID messages with a wrong checksum */
};

/* What a channel heard from the line since it was opened; stays until it is opened again. */
struct dsp_level {
    float voice_power; /* mean square while somebody spoke, 0: nobody did */
    float noise_power; /* in the pauses, 0: there were none */
    float peak;        /* largest magnitude */
    uint32_t n_clipped;
    uint32_t n_voice; /* frames of 10 ms */
    uint32_t n_frames;
};

/* The engine. The caller owns the memory (engine_size octets of zeros, aligned to 8). Everything from engine_open to
 * engine_stop_record only queues a command for the next tick; 0, or -EAGAIN when the ring is full.
 */
struct engine;
size_t engine_size(void);
int engine_init(struct engine *e, int timeslots, const struct tone_spec *tones, int n_tones);
/* Before the first tick: a further list of tones, 1..DSP_MAX_ZONES; its events carry the number as id. */
int engine_add_zone(struct engine *e, int zone, const struct tone_spec *tones, int n_tones);
size_t engine_block_oct(const struct engine *e);
/* Before the first tick: limits of the DTMF receivers (NULL: the usual ones) and the path they take. */
int engine_set_dtmf(struct engine *e, const struct dtmf_spec *spec, enum simd_path path);

int engine_open(struct engine *e, int channel, uint32_t detectors);
int engine_close(struct engine *e, int channel);
int engine_caller_id(struct engine *e, int channel, uint32_t detectors); /* FSK, DTMF; open or not */
/* Send caller ID, open or not: `message` of n octets without checksum, copied. */
int engine_send_id(struct engine *e, int channel, const uint8_t *message, uint32_t n, int standard,
                   float amplitude, uint32_t id);
int engine_stop_id(struct engine *e, int channel);
int engine_zone(struct engine *e, int channel, int zone); /* heard from the next open on; 0: own */
int engine_play(struct engine *e, int channel, const uint8_t *alaw, uint32_t n, uint32_t id,
                float gain, int is_loop);
int engine_stop_play(struct engine *e, int channel);
int engine_tone(struct engine *e, int channel, int tone); /* index, -1 stops */
int engine_dial(struct engine *e, int channel, const char *digits, uint32_t id, uint32_t on_smp,
                uint32_t off_smp, float amplitude);
int engine_mixer(struct engine *e, int channel, int mixer, int role, int to); /* -1 leaves */
int engine_watch(struct engine *e, int channel, int what, uint32_t after_ms); /* 0: no more */
int engine_agc(struct engine *e, int channel, int is_on);
int engine_clean(struct engine *e, int channel, int mains_hz); /* 0: off */
int engine_gain(struct engine *e, int channel, float rx, float tx);
int engine_echo(struct engine *e, int channel, int tail_ms, uint32_t options); /* 16, 32; 0 is off */
int engine_hear_mf(struct engine *e, int channel, int direction); /* enum dsp_mf_direction */
int engine_send_mf(struct engine *e, int channel, int signal, int direction,
                   float amplitude); /* 1..15; 0: no more */
int engine_record(struct engine *e, int channel, uint32_t recording_id);
int engine_stop_record(struct engine *e, int channel);

/* Timeslots that carry octets instead of sound; not open. `place` is one of DSP_MAX_D_CHANNELS, or DSP_MAX_BERTS, that
 * the caller gives out. A frame has DSP_FRAME_MIN..DSP_FRAME_MAX octets, without FCS; it is copied.
 */
struct frame_stats {
    uint32_t good;
    uint32_t bad_fcs;
    uint32_t aborted; /* by seven ones, or because octets were lost */
    uint32_t too_long;
    uint32_t too_short;
    uint32_t misaligned; /* not whole octets */
    uint32_t sent;
};
struct bert_stats {
    uint64_t bits; /* compared while in step */
    uint64_t errors;
    uint32_t is_synced;
    uint32_t sync_losses;
};
int engine_d_channel(struct engine *e, int channel, int place, int is_on); /* drops what waits */
int engine_send_frame(struct engine *e, int place, const uint8_t *octets, uint32_t n);
uint32_t engine_frames_retired(const struct engine *e, int place); /* sent or dropped */
void engine_frame_stats(const struct engine *e, int place, struct frame_stats *out);
int engine_bert(struct engine *e, int channel, int place, int is_on);
void engine_bert_stats(const struct engine *e, int place, struct bert_stats *out);

/* One tick. `rx` is the block of the board, n its octets (0: none came); `tx` receives the block to send next. */
void engine_tick(struct engine *e, const uint8_t *rx, size_t n, uint8_t *tx);
void engine_idle_block(struct engine *e, uint8_t *tx);

/* The other ends of the rings. */
int engine_next_event(struct engine *e, struct dsp_event *out);           /* 1 or 0 */
const uint32_t *engine_events_put(const struct engine *e);                /* counts up, wraps */
size_t engine_read_recording(struct engine *e, uint8_t *out, size_t cap); /* octets, whole chunks */
uint32_t engine_clips_retired(const struct engine *e, int channel);       /* played or dropped */
uint32_t engine_dials_retired(const struct engine *e, int channel);
void engine_read_stats(const struct engine *e, struct dsp_stats *out);
void engine_levels(const struct engine *e, int channel, float *rx_power, float *tx_power);
void engine_read_level(const struct engine *e, int channel, struct dsp_level *out);

/* RTP streams: channels beyond the timeslots, in memory that the caller adds (stream_size octets of zeros each, aligned
 * to 8) after engine_init. A payload type of -1 is not used. engine_stream_put belongs to one thread at a time for
 * each stream, which may be another one than that of the commands; so does engine_stream_get.
 */
struct rtp_stream;
struct stream_spec {
    int32_t alaw_type;
    int32_t ulaw_type;
    int32_t noise_type;
    int32_t event_type;
    int32_t is_ulaw;      /* sent; both laws are understood */
    int32_t is_saving;    /* comfort noise is sent instead of silence */
    int32_t packet_smp;   /* sent: 80..480 in steps of 80 */
    int32_t min_smp;      /* play-out delay above the smallest delay of a packet */
    int32_t max_smp;
    int32_t is_fixed;   /* the delay stays min_smp: for fax and modems */
    uint32_t ssrc;
    uint32_t timestamp; /* of the first packet */
    uint32_t seq;
};
struct stream_stats {
    uint32_t received; /* without duplicates */
    uint32_t expected;
    uint32_t late;     /* too late to be played, or part of them */
    uint32_t duplicates;
    uint32_t reordered;
    uint32_t refused;  /* no RTP, wrong payload type or length, or from elsewhere */
    uint32_t restarts; /* another source, or a jump of sequence or time */
    uint32_t overflows; /* in or out: no room in the ring */
    uint32_t sent;
    uint32_t concealed_smp;
    uint32_t inserted_smp;
    uint32_t removed_smp;
    int32_t delay_smp;  /* play-out delay now, above the smallest delay of a packet */
    int32_t target_smp; /* wanted */
    uint32_t jitter_us; /* RFC 3550 section 6.4.1 */
    int32_t skew_ppm;   /* sender's clock against that of the arrival times; 0 until known, after 20 s */
};
size_t stream_size(void);
int engine_streams(struct engine *e, struct rtp_stream *memory, int streams);
int engine_stream_open(struct engine *e, int channel, const struct stream_spec *spec);
int engine_stream_put(struct engine *e, int channel, const uint8_t *octets, size_t n,
                      uint64_t arrival_us); /* 0, -EMSGSIZE or -EAGAIN; counted */
size_t engine_stream_get(struct engine *e, int channel, uint8_t *out, size_t cap); /* one packet, or 0 */
void engine_stream_stats(const struct engine *e, int channel, struct stream_stats *out);

/* The thread: alone uses sockets, ioctl, eventfd. Memory as for the engine. Results are 0 or -errno. */
struct engine_thread;
size_t engine_thread_size(void);
int engine_thread_init(struct engine_thread *t, struct engine *e,
                       uint8_t *blocks); /* 2 blocks of memory */
int engine_thread_fileno(const struct engine_thread *t);
int engine_thread_start_socket(struct engine_thread *t, const char *path);
int engine_thread_start_spidev(struct engine_thread *t, const char *path, uint32_t speed_hz);
void engine_thread_acknowledge(struct engine_thread *t); /* resets the eventfd */
void engine_thread_stop(struct engine_thread *t);
void engine_thread_release(struct engine_thread *t);

/* Paces the blocks by the frame counter of the board (pure; the thread feeds a timer with it). */
struct pacer {
    uint32_t first_frame; /* where we locked to the counter */
    uint32_t ticks;       /* since then */
    int32_t is_locked;
    int32_t has_slipped;
    int32_t n_shift; /* ticks of a move by half a block still to come */
    float shift_ns;  /* of each of them */
    float drift_ns;  /* of the board's clock against ours, per tick */
};
void pacer_reset(struct pacer *p);
int64_t pacer_next_ns(struct pacer *p, uint32_t frame_counter); /* until the next exchange */

/* The same detectors over samples at hand. */
struct detector;
size_t detector_size(void);
int detector_init(struct detector *d, uint32_t detectors, const struct tone_spec *tones,
                  int n_tones);
int detector_set_dtmf(struct detector *d, const struct dtmf_spec *spec, enum simd_path path);
int detector_feed_alaw(struct detector *d, const uint8_t *alaw, size_t n, struct dsp_event *out,
                       int cap);
int detector_feed_pcm16(struct detector *d, const int16_t *pcm, size_t n, struct dsp_event *out,
                        int cap);
int detector_finish(struct detector *d, struct dsp_event *out, int cap);

/* What an unknown tone is, from n octets of a recording. `work` are tone_learn_work(n) floats. Return 0 when
 * there is none, else 1.
 */
struct tone_learned {
    float freqs_hz[DSP_TONE_FREQS]; /* the strongest first */
    int32_t n_freqs;
    int32_t steps_ms[DSP_TONE_STEPS]; /* the longest off is the last */
    int32_t n_steps;                  /* 0: continuous */
    int32_t n_periods;                /* of the cadence seen whole */
    float power;                      /* of each frequency */
    float confidence;                 /* 0..1 */
};
size_t tone_learn_work(size_t n);
int tone_learn(const uint8_t *alaw, size_t n, float *work, struct tone_learned *out);

/* The DTMF receivers of the engine over octets at hand, n of each channel (whole hops of 40 are taken), the
 * first of them number at_smp. Returns how many of them were taken: fewer when `out` has no room for two events of
 * every channel. */
struct dtmf_bank;
size_t dtmf_bank_size(void);
int dtmf_bank_init(struct dtmf_bank *b, int n_channels, const struct dtmf_spec *spec,
                   enum simd_path path);
size_t dtmf_bank_feed_alaw(struct dtmf_bank *b, const uint8_t *const *octets, int n_channels,
                           size_t n, uint64_t at_smp, struct dsp_event *out, int cap, int *n_out);

/* The vectors of this machine: whether it can run a path, the best of them, and its name. */
int simd_has(enum simd_path path);
enum simd_path simd_best(void);
const char *simd_name(enum simd_path path);

/* The echo canceller over samples at hand: `heard` less the echo of `sent`, in whole blocks of 80; the
 * samples done. Tails are 16 and 32 ms, options DSP_ECHO_...
 */
struct echo;
size_t echo_size(void);
int echo_init(struct echo *e, int tail_ms, uint32_t options, enum simd_path path);
size_t echo_feed_pcm16(struct echo *e, const int16_t *sent, const int16_t *heard, int16_t *out,
                       size_t n);
int echo_is_disabled(const struct echo *e); /* by a modem's tone */

/* The same listener over samples at hand (16 bit); `is_other_voice`: the other direction speaks. */
struct listener;
size_t listener_size(void);
void listener_reset(struct listener *l, uint64_t at_smp);
void listener_watch(struct listener *l, int what, uint32_t after_ms);
int listener_feed(struct listener *l, const int16_t *pcm, size_t n, int is_other_voice,
                  struct dsp_event *out, int cap);
void listener_read_level(const struct listener *l, struct dsp_level *out);

/* AGC and hum removal over samples at hand, whole ticks of 80, in place; `l` hears them first. */
struct treatment;
size_t treatment_size(void);
void treatment_reset(struct treatment *t);
void treatment_set(struct treatment *t, int is_agc, int mains_hz);
void treatment_feed(struct treatment *t, struct listener *l, int16_t *pcm, size_t n);

/* Codecs and generators over samples at hand. Counts are samples. */
void alaw_encode(const int16_t *pcm, uint8_t *out, size_t n);
void alaw_decode(const uint8_t *in, int16_t *pcm, size_t n);
void alaw_to_floats(const uint8_t *in, float *out, size_t n); /* 1.0 = +3.14 dBm0 */
void ulaw_encode(const int16_t *pcm, uint8_t *out, size_t n);
void ulaw_decode(const uint8_t *in, int16_t *pcm, size_t n);
size_t dtmf_samples(const char *digits, uint32_t on_smp, uint32_t off_smp, float amplitude,
                    int16_t *pcm, size_t cap);
size_t tone_samples(const struct tone_spec *spec, int16_t *pcm, size_t n);
size_t caller_id_samples(const uint8_t *message, size_t n_message, int standard, float amplitude,
                         int16_t *pcm, size_t cap);

/* Packet-loss concealment over samples at hand (each stream has one of its own). */
struct plc;
size_t plc_size(void);
void plc_reset(struct plc *s);
void plc_receive(struct plc *s, int16_t *pcm, size_t n); /* after a gap, blends into pcm */
void plc_conceal(struct plc *s, int16_t *pcm, size_t n); /* writes pcm */

/* HDLC over octets of a timeslot at hand. hdlc_rx_feed returns how many it took: fewer when `out` has no room for
 * the frames of 80; hdlc_tx_put 0, -EMSGSIZE or -EAGAIN.
 */
struct hdlc_rx;
size_t hdlc_rx_size(void);
void hdlc_rx_reset(struct hdlc_rx *s);
size_t hdlc_rx_feed(struct hdlc_rx *s, const uint8_t *octets, size_t n, uint64_t at_smp,
                    struct dsp_event *out, int cap, int *n_out);
void hdlc_rx_read(const struct hdlc_rx *s, struct frame_stats *out); /* all but `sent` */
struct hdlc_tx;
size_t hdlc_tx_size(void);
void hdlc_tx_reset(struct hdlc_tx *s);
int hdlc_tx_put(struct hdlc_tx *s, const uint8_t *octets, size_t n);
void hdlc_tx_feed(struct hdlc_tx *s, uint8_t *octets, size_t n);
int hdlc_tx_waiting(const struct hdlc_tx *s); /* frames */

/* MFC/R2 signals over samples at hand: the receiver of one direction, and a signal from its soft start to `on_smp` and
 * its soft end.
 */
struct mf_rx;
size_t mf_rx_size(void);
void mf_rx_init(struct mf_rx *s, int direction);
int mf_rx_feed_pcm16(struct mf_rx *s, const int16_t *pcm, size_t n, struct dsp_event *out, int cap);
size_t mf_samples(int signal, int direction, float amplitude, uint32_t on_smp, int16_t *pcm,
                  size_t n);

/* Comfort noise over samples at hand: what the payloads sound like, and the payload of a noise. Counts are samples. */
void noise_samples(const uint8_t *payload, size_t n_payload, uint32_t seed, int16_t *pcm, size_t n);
size_t noise_payload(const int16_t *pcm, size_t n, uint8_t *out); /* DSP_NOISE_OCT */
