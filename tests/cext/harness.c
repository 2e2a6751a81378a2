/* Runs the engine without Python, for the sanitizers: harness MODE SEED TICKS
 *
 *   random   virtual time: random blocks (good, damaged, short), random commands, clips in memory
 *            of their exact size
 *   socket   the thread against a board on a socket; commands, events and chunks from the main
 *            thread meanwhile
 *   spidev   the thread against a board behind open() and ioctl(), which the linker hands to us
 *            (--wrap)
 *
 * Prints one line of counters and returns 0, or says what is wrong and returns 1.
 */
#define _GNU_SOURCE

#include <fcntl.h>
#include <linux/spi/spidev.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "api.h"
#include "tdm.h"

enum {
    STREAMS = 8,
    TIMESLOTS = 24,
    CHANNELS = TIMESLOTS + STREAMS,
    BLOCK_OCT = TIMESLOTS * DSP_BLOCK_SMP + DSP_BLOCK_OVERHEAD
};

static const char FAKE_SPI[] = "/fake/spidev";

static const struct tone_spec tones[] = {
    {.freqs_hz = {450.0f}, .n_freqs = 1, .amplitude = 0.2f},
    {.freqs_hz = {450.0f}, .n_freqs = 1, .amplitude = 0.2f, .steps_ms = {350, 350}, .n_steps = 2},
    {.freqs_hz = {440.0f, 480.0f},
     .n_freqs = 2,
     .amplitude = 0.2f,
     .steps_ms = {2000, 4000},
     .n_steps = 2},
    {.freqs_hz = {450.0f},
     .n_freqs = 1,
     .amplitude = 0.2f,
     .steps_ms = {100, 100, 100, 100, 400, 400},
     .n_steps = 6},
};
enum { N_TONES = sizeof tones / sizeof tones[0], MAX_CLIP = 900, N_KEPT = 4096 };

static _Thread_local uint64_t random_state = 1;

static uint32_t chance(uint32_t n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % n;
}

static void fail(const char *what)
{
    fprintf(stderr, "harness: %s\n", what);
    exit(1);
}

/* A block of the board: frames of tones, digits, noise or silence by timeslot. */
static void board_block(uint8_t *rx, uint32_t frame, uint32_t tick)
{
    memset(rx, 0, TDM_HEAD_OCT);
    rx[1] = 0xBC;
    for (int i = 0; i < 4; i++)
        rx[4 + i] = (uint8_t)(frame >> (24 - 8 * i));
    for (int ts = 0; ts < TIMESLOTS; ts++) {
        uint8_t octets[DSP_BLOCK_SMP];
        int16_t pcm[DSP_BLOCK_SMP] = {0};
        uint32_t kind = (tick / 37 + (uint32_t)ts) % 5;
        if (kind == 1)
            dtmf_samples("5", DSP_BLOCK_SMP, 0, 0.3f, pcm, DSP_BLOCK_SMP);
        else if (kind == 2)
            tone_samples(&tones[0], pcm, DSP_BLOCK_SMP);
        alaw_encode(pcm, octets, DSP_BLOCK_SMP);
        for (int i = 0; i < DSP_BLOCK_SMP && kind == 3; i++)
            octets[i] = (uint8_t)chance(256);
        tdm_scatter(rx, TIMESLOTS, ts, octets);
    }
    tdm_seal(rx, TIMESLOTS);
}

/* Clips live in blocks of their exact size; they are freed when the engine says it has retired
 * them. */
struct kept {
    uint8_t *alaw[N_KEPT];
    uint32_t put;
    uint32_t freed;
};

static struct kept kept[CHANNELS];

static void free_retired(struct engine *e, int channel)
{
    struct kept *k = &kept[channel];

    while (k->freed != engine_clips_retired(e, channel))
        free(k->alaw[k->freed++ % N_KEPT]);
}

static void play(struct engine *e, int channel)
{
    struct kept *k = &kept[channel];
    uint32_t n = chance(MAX_CLIP);
    uint8_t *alaw;

    free_retired(e, channel);
    if (k->put - k->freed >= DSP_MAX_CLIPS)
        return;
    alaw = malloc(n > 0 ? n : 1);
    memset(alaw, (int)chance(256), n);
    if (engine_play(e, channel, alaw, n, k->put, 0.5f, chance(10) == 0) == 0)
        k->alaw[k->put++ % N_KEPT] = alaw;
    else
        free(alaw);
}

/* Packets in sequence with some that are not, open, and fetch. */
static void stream_command(struct engine *e, int channel)
{
    static uint32_t n_put[CHANNELS];
    static const uint8_t types[] = {8, 8, 8, 8, 0, 13, 101, 77};
    const struct stream_spec spec = {.alaw_type = 8,
                                     .noise_type = 13,
                                     .event_type = 101,
                                     .is_saving = (int32_t)chance(2),
                                     .is_ulaw = (int32_t)chance(2),
                                     .packet_smp = 80 * (int32_t)(1 + chance(6)),
                                     .is_fixed = (int32_t)chance(2),
                                     .max_smp = 1600};
    uint32_t i = n_put[channel] += 1 + (chance(20) == 0 ? chance(70000) : 0);
    uint8_t octets[DSP_PACKET_OCT + 1] = {0x80, types[chance(8)], (uint8_t)(i >> 8), (uint8_t)i};
    struct stream_stats stats;

    for (int k = 0; k < 4; k++)
        octets[4 + k] = (uint8_t)(i * 160 >> (24 - 8 * k));
    for (size_t k = 12; k < sizeof octets; k++)
        octets[k] = (uint8_t)chance(256);
    if (chance(40) == 0)
        engine_stream_open(e, channel, &spec), engine_open(e, channel, chance(4));
    if (chance(30) == 0)
        octets[0] = (uint8_t)chance(256);
    engine_stream_put(e, channel, octets, chance(10) == 0 ? chance(sizeof octets + 1) : 172,
                      i * 20000);
    while (engine_stream_get(e, channel, octets, sizeof octets) > 0)
        ;
    engine_stream_stats(e, channel, &stats);
}

/* D-channels and bit error tests on the first timeslots, where they override the sound; frames of any octets. */
static void digital_command(struct engine *e)
{
    static uint32_t n_put[DSP_MAX_D_CHANNELS];
    uint8_t octets[DSP_FRAME_MAX];
    uint32_t place = chance(DSP_MAX_D_CHANNELS);
    struct frame_stats frames;
    struct bert_stats bits;

    for (size_t i = 0; i < sizeof octets; i++)
        octets[i] = (uint8_t)(chance(3) == 0 ? 0xFF : chance(256));
    if (chance(20) == 0)
        engine_d_channel(e, (int)place, (int)place, chance(4) != 0);
    if (chance(20) == 0)
        engine_bert(e, (int)(DSP_MAX_D_CHANNELS + place), (int)place, (int)chance(2));
    if (n_put[place] - engine_frames_retired(e, (int)place) < DSP_MAX_FRAMES &&
        engine_send_frame(e, (int)place, octets,
                          DSP_FRAME_MIN + chance(DSP_FRAME_MAX - DSP_FRAME_MIN + 1)) == 0)
        n_put[place]++;
    engine_frame_stats(e, (int)place, &frames);
    engine_bert_stats(e, (int)place, &bits);
}

static void command(struct engine *e)
{
    int channel = (int)chance(CHANNELS);

    static const uint8_t message[] = {0x80, 5, 2, 3, '1', '2', '3'};

    stream_command(e, TIMESLOTS + (int)chance(STREAMS));
    digital_command(e);
    switch (chance(23)) {
    case 0: engine_close(e, channel); break;
    case 1: engine_caller_id(e, channel, chance(2) * DSP_DETECT_FSK); break;
    case 2: engine_stop_play(e, channel); break;
    case 3: engine_tone(e, channel, (int)chance(N_TONES + 1) - 1); break;
    case 4:
        engine_dial(e, channel, "12,*#ABCD", 1, 160 + chance(400), 160 + chance(400), 0.3f);
        break;
    case 5:
        engine_mixer(e, channel, (int)chance(6) - 1, (int)chance(3), (int)chance(TIMESLOTS));
        break;
    case 6: engine_gain(e, channel, (float)chance(30), (float)chance(30)); break;
    case 7: engine_record(e, channel, chance(1000)); break;
    case 8: engine_stop_record(e, channel); break;
    case 9:
    case 10:
    case 11: play(e, channel); break;
    case 12: engine_watch(e, channel, (int)chance(5), chance(3) * 50); break;
    case 13: engine_agc(e, channel, (int)chance(2)); break;
    case 14: engine_clean(e, channel, (int)chance(2) * 10 + 50); break;
    case 15: engine_echo(e, channel, 16 * (int)chance(3), chance(4)); break;
    case 16: engine_send_id(e, channel, message, sizeof message, (int)chance(2), 0.3f, 7); break;
    case 17: engine_stop_id(e, channel); break;
    case 18: engine_zone(e, channel, (int)chance(2)); break;
    case 19: engine_hear_mf(e, channel, (int)chance(3)); break;
    case 20: engine_send_mf(e, channel, (int)chance(16), 1 + (int)chance(2), 0.2f); break;
    default: engine_open(e, channel, chance(8)); break;
    }
}

static void fetch(struct engine *e, uint32_t *n_events, size_t *n_chunks)
{
    struct dsp_event event;
    uint8_t chunks[5 * DSP_CHUNK_OCT];
    float levels[2];
    struct dsp_stats stats;
    struct dsp_level level;

    while (engine_next_event(e, &event))
        (*n_events)++;
    for (size_t n; (n = engine_read_recording(e, chunks, sizeof chunks)) > 0;)
        *n_chunks += n / DSP_CHUNK_OCT;
    engine_levels(e, (int)chance(CHANNELS), &levels[0], &levels[1]);
    engine_read_level(e, (int)chance(CHANNELS), &level);
    engine_read_stats(e, &stats);
}

static struct rtp_stream *streams;

static struct engine *new_engine(void)
{
    struct engine *e = calloc(1, engine_size());

    if (engine_init(e, TIMESLOTS, tones, N_TONES) != 0 ||
        engine_add_zone(e, 1, tones + 2, N_TONES - 2) != 0)
        fail("engine_init");
    streams = calloc(STREAMS, stream_size());
    engine_streams(e, streams, STREAMS);
    return e;
}

static void end_engine(struct engine *e, uint32_t n_events, size_t n_chunks)
{
    struct dsp_stats stats;
    uint8_t tx[BLOCK_OCT];

    for (int i = 0; i < CHANNELS; i++)
        engine_close(e, i);
    engine_tick(e, tx, 0, tx);
    for (int i = 0; i < CHANNELS; i++) {
        free_retired(e, i);
        if (kept[i].put != kept[i].freed)
            fail("a clip was not retired");
    }
    engine_read_stats(e, &stats);
    printf("ticks %llu events %u chunks %zu lost %llu overflows %llu\n",
           (unsigned long long)stats.ticks, n_events, n_chunks,
           (unsigned long long)stats.lost_blocks, (unsigned long long)stats.ring_overflows);
    if (n_events == 0 || n_chunks == 0)
        fail("nothing happened");
    free(e);
    free(streams);
}

static void run_random(uint32_t ticks)
{
    struct engine *e = new_engine();
    uint32_t n_events = 0;
    size_t n_chunks = 0;
    uint8_t *rx = malloc(BLOCK_OCT);
    uint8_t *tx = malloc(BLOCK_OCT);

    for (uint32_t i = 0; i < ticks; i++) {
        for (uint32_t n = chance(8); n > 0; n--)
            command(e);
        board_block(rx, i * DSP_BLOCK_SMP, i);
        if (chance(20) == 0)
            rx[chance(BLOCK_OCT)] ^= (uint8_t)(1 + chance(255));
        engine_tick(e, rx, chance(50) == 0 ? chance(BLOCK_OCT) : BLOCK_OCT, tx);
        if (tdm_crc(tx, BLOCK_OCT - 2) != (tx[BLOCK_OCT - 2] << 8 | tx[BLOCK_OCT - 1]))
            fail("a block with a wrong CRC");
        if (chance(4) == 0)
            fetch(e, &n_events, &n_chunks);
    }
    fetch(e, &n_events, &n_chunks);
    end_engine(e, n_events, n_chunks);
    free(rx);
    free(tx);
}

/* The board's end of the socket, in a thread of its own. */
struct board {
    int listener;
    uint32_t ticks;
};

static void *run_board(void *arg)
{
    struct board *board = arg;
    int fd = accept(board->listener, NULL, NULL);
    uint8_t block[BLOCK_OCT];

    for (uint32_t i = 0; i < board->ticks; i++) {
        if (recv(fd, block, sizeof block, 0) != BLOCK_OCT)
            break;
        memset(block, 0xD5, sizeof block);
        memset(block, 0, TDM_HEAD_OCT);
        block[1] = 0xBC;
        for (int k = 0; k < 4; k++)
            block[4 + k] = (uint8_t)(i * DSP_BLOCK_SMP >> (24 - 8 * k));
        tdm_seal(block, TIMESLOTS);
        send(fd, block, sizeof block, MSG_NOSIGNAL);
    }
    close(fd);
    return NULL;
}

/* Use the engine from outside until the thread reports that the board is gone (or for `ticks`). */
static void use(struct engine *e, struct engine_thread *t, uint32_t ticks, uint32_t *n_events,
                size_t *n_chunks)
{
    struct dsp_event event;
    struct dsp_stats stats;
    uint8_t chunks[5 * DSP_CHUNK_OCT];

    for (;;) {
        struct pollfd wait = {.fd = engine_thread_fileno(t), .events = POLLIN};
        poll(&wait, 1, 1);
        engine_thread_acknowledge(t);
        while (engine_next_event(e, &event)) {
            (*n_events)++;
            if (event.kind == DSP_BOARD_GONE)
                return;
        }
        *n_chunks += engine_read_recording(e, chunks, sizeof chunks) / DSP_CHUNK_OCT;
        for (int i = 0; i < 5; i++)
            command(e);
        engine_read_stats(e, &stats);
        if (stats.ticks >= ticks)
            return;
    }
}

static void run_socket(uint32_t ticks)
{
    struct engine *e = new_engine();
    struct engine_thread *t = calloc(1, engine_thread_size());
    uint8_t *blocks = malloc(2 * BLOCK_OCT);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct board board = {.listener = socket(AF_UNIX, SOCK_SEQPACKET, 0), .ticks = ticks};
    pthread_t thread;
    uint32_t n_events = 0;
    size_t n_chunks = 0;

    snprintf(address.sun_path, sizeof address.sun_path, "/tmp/callbox-harness-%d", (int)getpid());
    if (bind(board.listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(board.listener, 1) != 0)
        fail("bind");
    pthread_create(&thread, NULL, run_board, &board);
    if (engine_thread_init(t, e, blocks) != 0 ||
        engine_thread_start_socket(t, address.sun_path) != 0)
        fail("start");
    engine_record(e, 0, 1);
    use(e, t, ticks, &n_events, &n_chunks);
    engine_thread_release(t);
    pthread_join(thread, NULL);
    unlink(address.sun_path);
    close(board.listener);
    fetch(e, &n_events, &n_chunks);
    end_engine(e, n_events, n_chunks);
    free(t);
    free(blocks);
}

/* The board behind spidev: its frame counter is a clock 60 ppm fast. */
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);

static int spi_fd = -1;
static struct timespec spi_begin;
static _Atomic uint32_t n_transfers;
static int32_t worst_frames; /* farthest from 80 frames a transfer, after a second */

int __wrap_open(const char *path, int flags, ...)
{
    if (strcmp(path, FAKE_SPI) != 0)
        return __real_open(path, flags);
    clock_gettime(CLOCK_MONOTONIC, &spi_begin);
    return spi_fd = __real_open("/dev/null", O_RDWR);
}

static uint32_t frames_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    double s =
        (double)(now.tv_sec - spi_begin.tv_sec) + (double)(now.tv_nsec - spi_begin.tv_nsec) * 1e-9;
    return (uint32_t)(s * 8000.0 * 1.00006) + 1000;
}

static int spi_transfer(const struct spi_ioc_transfer *message)
{
    static uint32_t first;
    uint8_t *rx = (uint8_t *)(uintptr_t)message->rx_buf;
    const uint8_t *tx = (const uint8_t *)(uintptr_t)message->tx_buf;
    uint32_t frame = frames_now() / DSP_BLOCK_SMP * DSP_BLOCK_SMP; /* of the last finished block */
    uint32_t i = n_transfers++;

    if (message->len != BLOCK_OCT || message->speed_hz != 20000000 || tx[0] != 0x05 ||
        tx[1] != 0xCB)
        fail("an odd transfer");
    first = i == 0 ? frame : first;
    int32_t off = (int32_t)(frame - first - i * DSP_BLOCK_SMP);
    off = off < 0 ? -off : off;
    worst_frames = i > 100 && off > worst_frames ? off : worst_frames;
    board_block(rx, frame, i);
    return BLOCK_OCT;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
    va_list list;
    va_start(list, request);
    void *arg = va_arg(list, void *);
    va_end(list);
    if (fd != spi_fd || spi_fd < 0)
        return __real_ioctl(fd, request, arg);
    return request == SPI_IOC_MESSAGE(1) ? spi_transfer(arg) : 0;
}

static void run_spidev(uint32_t ticks)
{
    struct engine *e = new_engine();
    struct engine_thread *t = calloc(1, engine_thread_size());
    uint8_t *blocks = malloc(2 * BLOCK_OCT);
    uint32_t n_events = 0;
    size_t n_chunks = 0;

    if (engine_thread_init(t, e, blocks) != 0 ||
        engine_thread_start_spidev(t, FAKE_SPI, 20000000) != 0)
        fail("start");
    use(e, t, ticks, &n_events, &n_chunks);
    engine_thread_release(t);
    fetch(e, &n_events, &n_chunks);
    printf("transfers %u worst %d frames\n", n_transfers, worst_frames);
    if (n_transfers < ticks)
        fail("too few transfers");
    end_engine(e, n_events, n_chunks);
    free(t);
    free(blocks);
}

int main(int argc, char **argv)
{
    if (argc != 4)
        fail("usage: harness random|socket|spidev SEED TICKS");
    random_state = strtoull(argv[2], NULL, 10);
    uint32_t ticks = (uint32_t)strtoul(argv[3], NULL, 10);
    if (strcmp(argv[1], "random") == 0)
        run_random(ticks);
    else if (strcmp(argv[1], "socket") == 0)
        run_socket(ticks);
    else if (strcmp(argv[1], "spidev") == 0)
        run_spidev(ticks);
    else
        fail("unknown mode");
    return 0;
}
