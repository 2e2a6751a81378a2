/* The media thread: exchanges blocks with the board and runs the tick in real time.
 *
 * Alone uses pthread, sockets, ioctl, timers and eventfd. Two kinds of board:
 *   socket  SOCK_SEQPACKET, one block a message; the peer paces: send ours, wait for its, tick
 *   spidev  one full-duplex transfer a tick, woken by a timer that follows the frame counter of
 *           the board (pacer.c)
 *
 * Ends by itself with BOARD_GONE when the connection breaks or nothing comes for BOARD_TIMEOUT_MS.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>            /* open */
#include <linux/spi/spidev.h> /* SPI_IOC_MESSAGE */
#include <poll.h>
#include <pthread.h>
#include <signal.h> /* sigfillset */
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h> /* clock_gettime */
#include <unistd.h>

#include "engine.h"

enum {
    BOARD_TIMEOUT_MS = 3000,
    BOARD_LOOKS = 30, /* in that time */
    TICK_NS = 10000000,
    LATE_NS = 10000000,          /* later than this is reported */
    LATE_REPORT_NS = 1000000000, /* and reported no more often than this */
    PRIORITY = 60                /* SCHED_FIFO, where the system lets us */
};

struct engine_thread {
    struct engine *engine;
    uint8_t *rx;
    uint8_t *tx;
    int event_fd; /* readable when events were put */
    int stop_fd;  /* readable when the thread is to end */
    int board_fd;
    int timer_fd;
    bool is_started;
    uint32_t speed_hz;
    uint32_t n_signalled; /* events announced so far */
    int64_t late_reported_ns;
    struct pacer pacer;
    pthread_t thread;
};

size_t engine_thread_size(void)
{
    return sizeof(struct engine_thread);
}

int engine_thread_init(struct engine_thread *t, struct engine *e, uint8_t *blocks)
{
    t->engine = e;
    t->rx = blocks;
    t->tx = blocks + engine_block_oct(e);
    t->board_fd = t->timer_fd = -1;
    t->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    t->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return t->event_fd < 0 || t->stop_fd < 0 ? -errno : 0;
}

int engine_thread_fileno(const struct engine_thread *t)
{
    return t->event_fd;
}

static void drain(int fd)
{
    uint64_t value;

    while (read(fd, &value, sizeof value) > 0)
        ;
}

static void raise_flag(int fd)
{
    const uint64_t one = 1;

    while (write(fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

void engine_thread_acknowledge(struct engine_thread *t)
{
    drain(t->event_fd);
}

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void announce(struct engine_thread *t)
{
    uint32_t head = atomic_load_explicit(&t->engine->events.head, memory_order_relaxed);

    if (head == t->n_signalled)
        return;
    t->n_signalled = head;
    raise_flag(t->event_fd);
}

static void tick(struct engine_thread *t, size_t n)
{
    _Atomic uint64_t *longest = &t->engine->counters.longest_tick_ns;
    int64_t begin = now_ns();

    engine_tick(t->engine, t->rx, n, t->tx);
    uint64_t took = (uint64_t)(now_ns() - begin);
    if (took > atomic_load_explicit(longest, memory_order_relaxed))
        atomic_store_explicit(longest, took, memory_order_relaxed);
    announce(t);
}

static void report_late(struct engine_thread *t, int64_t late_ns, int64_t now)
{
    struct dsp_event late = {.kind = DSP_LATE, .channel = -1, .at_smp = t->engine->smp};

    if (late_ns < LATE_NS)
        return;
    counter_add(&t->engine->counters.late_ticks, 1);
    if (t->late_reported_ns != 0 && now - t->late_reported_ns < LATE_REPORT_NS)
        return;
    t->late_reported_ns = now;
    late.duration_smp = (uint32_t)(late_ns / (1000000000 / DSP_RATE_HZ));
    engine_put_event(t->engine, &late);
}

static void report_gone(struct engine_thread *t, int error)
{
    struct dsp_event gone = {
        .kind = DSP_BOARD_GONE, .channel = -1, .at_smp = t->engine->smp, .id = (uint32_t)error};

    engine_put_event(t->engine, &gone);
    announce(t);
}

/* Wait for `fd`: 0 ready, -ECANCELED the thread is to end, -ETIMEDOUT. */
static int wait_for(struct engine_thread *t, int fd, short what, int timeout_ms)
{
    struct pollfd fds[2] = {{.fd = t->stop_fd, .events = POLLIN}, {.fd = fd, .events = what}};
    int n;

    do
        n = poll(fds, 2, timeout_ms);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    if (fds[0].revents != 0)
        return -ECANCELED;
    return n == 0 ? -ETIMEDOUT : 0;
}

/* Send our block. A peer that does not read gets no more blocks, but is not waited for. */
static int send_block(struct engine_thread *t)
{
    ssize_t n = send(t->board_fd, t->tx, engine_block_oct(t->engine), MSG_NOSIGNAL | MSG_DONTWAIT);

    if (n >= 0)
        return 0;
    if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS) {
        counter_add(&t->engine->counters.slips, 1);
        return 0;
    }
    return -errno;
}

/* Receive the board's block: its octets, 0 the peer closed, -errno. It waits in short looks: to a
 * process that was stopped itself, its board was silent for one of them only. */
static ssize_t receive_block(struct engine_thread *t)
{
    int error = -ETIMEDOUT;
    ssize_t n;

    for (int look = 0; look < BOARD_LOOKS && error == -ETIMEDOUT; look++)
        error = wait_for(t, t->board_fd, POLLIN, BOARD_TIMEOUT_MS / BOARD_LOOKS);
    if (error != 0)
        return error;
    do
        n = recv(t->board_fd, t->rx, engine_block_oct(t->engine), MSG_TRUNC);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

static void *run_socket(void *arg)
{
    struct engine_thread *t = arg;
    int64_t last = 0;
    int error = 0;

    engine_idle_block(t->engine, t->tx);
    for (;;) {
        error = send_block(t);
        if (error != 0)
            break;
        ssize_t n = receive_block(t);
        error = (int)n;
        if (n <= 0)
            break;
        int64_t now = now_ns();
        if (last != 0)
            report_late(t, now - last - TICK_NS, now);
        last = now;
        tick(t, (size_t)n);
    }
    if (error != -ECANCELED)
        report_gone(t, -error);
    return NULL;
}

static int transfer(struct engine_thread *t)
{
    struct spi_ioc_transfer message = {
        .tx_buf = (uintptr_t)t->tx,
        .rx_buf = (uintptr_t)t->rx,
        .len = (uint32_t)engine_block_oct(t->engine),
        .speed_hz = t->speed_hz,
        .bits_per_word = 8,
    };

    return ioctl(t->board_fd, SPI_IOC_MESSAGE(1), &message) < 0 ? -errno : 0;
}

static int sleep_until(struct engine_thread *t, int64_t at_ns)
{
    struct itimerspec timer = {.it_value = {.tv_sec = (time_t)(at_ns / 1000000000),
                                            .tv_nsec = (long)(at_ns % 1000000000)}};

    if (timerfd_settime(t->timer_fd, TFD_TIMER_ABSTIME, &timer, NULL) != 0)
        return -errno;
    int error = wait_for(t, t->timer_fd, POLLIN, BOARD_TIMEOUT_MS);
    drain(t->timer_fd);
    return error;
}

/* When to exchange the next block: by the board's clock, or at once after falling more than two
 * ticks behind. */
static int64_t next_exchange(struct engine_thread *t, int64_t at_ns, int64_t now)
{
    if (t->engine->has_block)
        at_ns += pacer_next_ns(&t->pacer, t->engine->frame_counter);
    else
        at_ns += TICK_NS;
    if (now - at_ns < 2 * (int64_t)TICK_NS)
        return at_ns;
    pacer_reset(&t->pacer);
    return now;
}

static void *run_spidev(void *arg)
{
    struct engine_thread *t = arg;
    int64_t at_ns = now_ns() + TICK_NS;
    int error;

    engine_idle_block(t->engine, t->tx);
    pacer_reset(&t->pacer);
    while ((error = sleep_until(t, at_ns)) == 0) {
        int64_t now = now_ns();
        report_late(t, now - at_ns, now);
        error = transfer(t);
        if (error != 0)
            break;
        tick(t, engine_block_oct(t->engine));
        at_ns = next_exchange(t, at_ns, now);
    }
    if (error != -ECANCELED)
        report_gone(t, -error);
    return NULL;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Start the thread without signals of its own, at real-time priority if that is allowed. */
static int launch(struct engine_thread *t, void *(*run)(void *))
{
    struct sched_param priority = {.sched_priority = PRIORITY};
    sigset_t all;
    sigset_t before;
    int error;

    drain(t->stop_fd);
    t->late_reported_ns = 0;
    t->engine->is_in_step = false;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&t->thread, NULL, run, t);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    t->is_started = error == 0;
    if (error == 0)
        pthread_setschedparam(t->thread, SCHED_FIFO, &priority);
    else
        close_fd(&t->board_fd);
    return -error;
}

static int connect_socket(int fd, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof address.sun_path)
        return -ENAMETOOLONG;
    strcpy(address.sun_path, path);
    return connect(fd, (const struct sockaddr *)&address, sizeof address) < 0 ? -errno : 0;
}

int engine_thread_start_socket(struct engine_thread *t, const char *path)
{
    int error;

    if (t->is_started)
        return -EBUSY;
    t->board_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (t->board_fd < 0)
        return -errno;
    error = connect_socket(t->board_fd, path);
    if (error != 0) {
        close_fd(&t->board_fd);
        return error;
    }
    return launch(t, run_socket);
}

static int open_spidev(struct engine_thread *t, const char *path)
{
    uint8_t mode = SPI_MODE_0;
    uint8_t bits = 8;

    t->board_fd = open(path, O_RDWR | O_CLOEXEC);
    if (t->board_fd < 0)
        return -errno;
    if (ioctl(t->board_fd, SPI_IOC_WR_MODE, &mode) < 0 ||
        ioctl(t->board_fd, SPI_IOC_WR_BITS_PER_WORD, &bits) < 0 ||
        ioctl(t->board_fd, SPI_IOC_WR_MAX_SPEED_HZ, &t->speed_hz) < 0)
        return -errno;
    t->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    return t->timer_fd < 0 ? -errno : 0;
}

int engine_thread_start_spidev(struct engine_thread *t, const char *path, uint32_t speed_hz)
{
    int error;

    if (t->is_started)
        return -EBUSY;
    t->speed_hz = speed_hz;
    error = open_spidev(t, path);
    if (error != 0) {
        close_fd(&t->board_fd);
        close_fd(&t->timer_fd);
        return error;
    }
    return launch(t, run_spidev);
}

void engine_thread_stop(struct engine_thread *t)
{
    if (!t->is_started)
        return;
    raise_flag(t->stop_fd);
    pthread_join(t->thread, NULL);
    t->is_started = false;
    drain(t->stop_fd);
    close_fd(&t->board_fd);
    close_fd(&t->timer_fd);
}

void engine_thread_release(struct engine_thread *t)
{
    engine_thread_stop(t);
    close_fd(&t->event_fd);
    close_fd(&t->stop_fd);
}
