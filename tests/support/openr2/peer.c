/* A far end made of libopenr2, on a circuit in memory: a program that is led by lines on its standard input.
 *
 * libopenr2 talks to a DAHDI channel: ioctl for bits and events, read and write for A-law, gettimeofday for its
 * timers. Linked with --wrap of these, the calls end here. (A program, for Debian's libopenr2.a cannot be linked
 * into a shared object, and the shared library's calls cannot be wrapped.)
 *
 *     peer VARIANT MAX_ANI MAX_DNIS IS_ANI_FIRST
 *     step MICROSECONDS BITS OCTETS  ->  BITS OCTETS WHAT;HAPPENED;   20 ms: 160 A-law octets in hex, both ways
 *     call ANI DNIS | accept | answer | block | unblock | disconnect CAUSE  ->  0, or -1 if refused
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include <openr2.h> /* after the others: it does not include what it needs */

#define FD        1000000 /* of the channel; all others are real */
#define BLOCK_SMP 160     /* what libopenr2 reads and writes at once: 20 ms */
#define SILENCE   0xD5
#define TOLD_MAX  8192

/* DAHDI's numbers, the part of an ioctl request that says which; and its values */
enum { FLUSH = 0x03, PARAMS = 0x05, EVENT = 0x08, IOMUX = 0x09, GAINS = 0x10, BUFFERS = 0x1b };
enum { ECHO = 0x21, CHANNO = 0x22, LAW = 0x27, BITS = 0x2b };
enum {
    IOMUX_READ = 1,
    IOMUX_WRITE = 2,
    IOMUX_EVENT = 8,
    EVENT_BITS = 13,
    SIG_CAS = 1 << 15,
    SIGTYPE_AT = 3
};

static openr2_chan_t *chan;
static long long now_us;
static int rx_bits, tx_bits, has_new_bits, has_read, is_written;
static unsigned char heard[BLOCK_SMP], said[BLOCK_SMP];
static char told[TOLD_MAX];
static size_t told_n;

int __real_ioctl(int fd, unsigned long request, void *arg);
ssize_t __real_read(int fd, void *buf, size_t n);
ssize_t __real_write(int fd, const void *buf, size_t n);

int __wrap_gettimeofday(struct timeval *tv, void *zone)
{
    (void)zone;
    tv->tv_sec = now_us / 1000000;
    tv->tv_usec = now_us % 1000000;
    return 0;
}

static int io_mux(int *wanted)
{
    int ready = has_new_bits ? IOMUX_EVENT : 0;
    ready |= has_read ? IOMUX_READ : 0;
    ready |= is_written ? 0 : IOMUX_WRITE;
    *wanted &= ready;
    return 0;
}

int __wrap_ioctl(int fd, unsigned long request, void *arg)
{
    int *value = arg, is_get = (request >> 30) & 2;
    if (fd != FD)
        return __real_ioctl(fd, request, arg);
    switch (request & 0xff) {
    case CHANNO: *value = 1; return 0;
    case PARAMS: value[SIGTYPE_AT] = SIG_CAS; return 0;
    case IOMUX: return io_mux(value);
    case EVENT:
        *value = has_new_bits ? EVENT_BITS : 0;
        has_new_bits = 0;
        return 0;
    case BITS:
        if (is_get)
            *value = rx_bits;
        else
            tx_bits = *value;
        return 0;
    case FLUSH: is_written = 0; return 0;
    case BUFFERS:
    case GAINS:
    case LAW:
    case ECHO: return 0;
    }
    errno = ENOTTY; /* a request that this channel does not know fails the test */
    return -1;
}

ssize_t __wrap_read(int fd, void *buf, size_t n)
{
    if (fd != FD)
        return __real_read(fd, buf, n);
    n = n < BLOCK_SMP ? n : BLOCK_SMP;
    memcpy(buf, heard, n);
    has_read = 0;
    return (ssize_t)n;
}

ssize_t __wrap_write(int fd, const void *buf, size_t n)
{
    if (fd != FD)
        return __real_write(fd, buf, n);
    n = n < BLOCK_SMP ? n : BLOCK_SMP;
    memcpy(said, buf, n);
    is_written = 1;
    return (ssize_t)n;
}

static void tell(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(told + told_n, TOLD_MAX - told_n, format, args);
    va_end(args);
    if (n > 0 && told_n + (size_t)n < TOLD_MAX)
        told_n += (size_t)n;
}

static void on_init(openr2_chan_t *c)
{
    (void)c, tell("seized;");
}

static void on_offered(openr2_chan_t *c, const char *ani, const char *dnis,
                       openr2_calling_party_category_t who)
{
    (void)c, tell("offered %s %s %d;", dnis, ani && *ani ? ani : "-", (int)who);
}

static void on_accepted(openr2_chan_t *c, openr2_call_mode_t mode)
{
    (void)c, tell("accepted %d;", (int)mode);
}
static void on_answered(openr2_chan_t *c)
{
    (void)c, tell("answered;");
}
static void on_end(openr2_chan_t *c)
{
    (void)c, tell("end;");
}
static void on_alarm(openr2_chan_t *c, int alarm)
{
    (void)c, tell("alarm %d;", alarm);
}
static void on_os_error(openr2_chan_t *c, int error)
{
    (void)c, tell("os-error %d;", error);
}
static void on_blocked(openr2_chan_t *c)
{
    (void)c, tell("blocked;");
}
static void on_idle(openr2_chan_t *c)
{
    (void)c, tell("idle;");
}
static void on_pulse(openr2_chan_t *c)
{
    (void)c, tell("pulse;");
}
static int on_dnis(openr2_chan_t *c, char digit)
{
    return (void)c, (void)digit, 1;
}
static void on_ani(openr2_chan_t *c, char digit)
{
    (void)c, (void)digit;
}
static void on_read(openr2_chan_t *c, const unsigned char *buf, int n)
{
    (void)c, (void)buf, (void)n;
}

static void on_disconnect(openr2_chan_t *c, openr2_call_disconnect_cause_t cause)
{
    (void)c, tell("disconnected %d;", (int)cause);
}

static void on_error(openr2_chan_t *c, openr2_protocol_error_t error)
{
    (void)c, tell("error %s;", openr2_proto_get_error(error));
}

static void log_channel(openr2_chan_t *c, openr2_log_level_t level, const char *format,
                        va_list args)
{
    (void)c, (void)level;
    if (!getenv("OPENR2_TRACE"))
        return;
    fprintf(stderr, "[%8.3f] ", (double)now_us / 1e6);
    vfprintf(stderr, format, args);
}

static void log_context(openr2_context_t *c, openr2_log_level_t level, const char *format,
                        va_list args)
{
    (void)c, (void)level, (void)format, (void)args;
}

static openr2_event_interface_t events = {
    .on_call_init = on_init,
    .on_call_offered = on_offered,
    .on_call_accepted = on_accepted,
    .on_call_answered = on_answered,
    .on_call_disconnect = on_disconnect,
    .on_call_end = on_end,
    .on_call_read = on_read,
    .on_hardware_alarm = on_alarm,
    .on_os_error = on_os_error,
    .on_protocol_error = on_error,
    .on_line_blocked = on_blocked,
    .on_line_idle = on_idle,
    .on_context_log = log_context,
    .on_dnis_digit_received = on_dnis,
    .on_ani_digit_received = on_ani,
    .on_billing_pulse_received = on_pulse,
};

static int make(char **argv)
{
    openr2_context_t *context = openr2_context_new(
        NULL, &events, NULL, openr2_proto_get_variant(argv[1]), atoi(argv[2]), atoi(argv[3]));
    openr2_context_set_ani_first(context, atoi(argv[4]));
    chan = openr2_chan_new_from_fd(context, FD, NULL, NULL);
    if (!chan)
        return -1;
    openr2_chan_set_logging_func(chan, log_channel);
    openr2_chan_set_log_level(chan, getenv("OPENR2_TRACE") ? OR2_LOG_ALL : OR2_LOG_NOTHING);
    openr2_chan_enable_read(chan);
    return openr2_chan_set_idle(chan);
}

static void answer_step(void)
{
    printf("%d ", tx_bits);
    for (int i = 0; i < BLOCK_SMP; i++)
        printf("%02x", said[i]);
    told[told_n] = 0;
    printf(" %s\n", told);
    told_n = 0;
}

/* Let 20 ms pass. */
static int step(const char *line)
{
    int bits, at = 0;
    unsigned octet;
    if (sscanf(line, "%lld %d %n", &now_us, &bits, &at) != 2)
        return -1;
    for (int i = 0; i < BLOCK_SMP; i++) {
        if (sscanf(line + at + 2 * i, "%2x", &octet) != 1)
            return -1;
        heard[i] = (unsigned char)octet;
    }
    has_new_bits |= bits != rx_bits;
    rx_bits = bits;
    has_read = 1;
    is_written = 0;
    memset(said, SILENCE, BLOCK_SMP);
    openr2_chan_process_event(chan);
    answer_step();
    return 0;
}

static int call(const char *line)
{
    char ani[64], dnis[64];
    if (sscanf(line, "%63s %63s", ani, dnis) != 2)
        return -1;
    return openr2_chan_make_call(chan, ani, dnis, OR2_CALLING_PARTY_CATEGORY_NATIONAL_SUBSCRIBER);
}

static int obey(const char *word, const char *rest)
{
    if (!strcmp(word, "call"))
        return call(rest);
    if (!strcmp(word, "accept"))
        return openr2_chan_accept_call(chan, OR2_CALL_WITH_CHARGE);
    if (!strcmp(word, "answer"))
        return openr2_chan_answer_call(chan);
    if (!strcmp(word, "block"))
        return openr2_chan_set_blocked(chan);
    if (!strcmp(word, "unblock"))
        return openr2_chan_set_idle(chan);
    if (!strcmp(word, "disconnect"))
        return openr2_chan_disconnect_call(chan, (openr2_call_disconnect_cause_t)atoi(rest));
    return -1;
}

int main(int argc, char **argv)
{
    char line[1024], word[16];
    int at;
    if (argc != 5 || make(argv))
        return 1;
    while (fgets(line, sizeof line, stdin)) {
        at = 0;
        if (sscanf(line, "%15s %n", word, &at) != 1)
            return 2;
        if (strcmp(word, "step"))
            printf("%d\n", obey(word, line + at));
        else if (step(line + at))
            return 3;
        fflush(stdout);
    }
    return 0;
}
