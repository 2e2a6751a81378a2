/*
 * What we use of libpri (its libpri.h is what is compiled; cffi checks these declarations against it).
 * Sections of ITU-T Q.931 and Q.921 are named where the constants are used, in Python.
 */

typedef struct q931_call q931_call;
struct pri;
struct pri_sr;
struct timeval { int64_t tv_sec; int64_t tv_usec; ...; };

#define PRI_NETWORK ...
#define PRI_CPE ...
#define PRI_SWITCH_EUROISDN_E1 ...

#define PRI_EVENT_DCHAN_UP ...
#define PRI_EVENT_DCHAN_DOWN ...
#define PRI_EVENT_RESTART ...
#define PRI_EVENT_CONFIG_ERR ...
#define PRI_EVENT_RING ...
#define PRI_EVENT_HANGUP ...
#define PRI_EVENT_RINGING ...
#define PRI_EVENT_ANSWER ...
#define PRI_EVENT_HANGUP_ACK ...
#define PRI_EVENT_RESTART_ACK ...
#define PRI_EVENT_FACILITY ...
#define PRI_EVENT_INFO_RECEIVED ...
#define PRI_EVENT_PROCEEDING ...
#define PRI_EVENT_SETUP_ACK ...
#define PRI_EVENT_HANGUP_REQ ...
#define PRI_EVENT_NOTIFY ...
#define PRI_EVENT_PROGRESS ...
#define PRI_EVENT_KEYPAD_DIGIT ...
#define PRI_EVENT_SERVICE ...
#define PRI_EVENT_SERVICE_ACK ...
#define PRI_EVENT_CONNECT_ACK ...

#define PRI_PROG_CALLED_NOT_ISDN ...
#define PRI_PROG_INBAND_AVAILABLE ...

#define PRI_TRANS_CAP_SPEECH ...
#define PRI_TRANS_CAP_3_1K_AUDIO ...
#define PRI_LAYER_1_ALAW ...

#define PRI_SUBCMD_REDIRECTING ...
#define PRI_SUBCMD_CONNECTED_LINE ...

#define PRI_DISPLAY_OPTION_NAME_INITIAL ...
#define PRI_CHAR_SET_ISO8859_1 ...
#define PRI_REDIR_UNCONDITIONAL ...

#define PRI_TIMER_N200 ...
#define PRI_TIMER_T200 ...
#define PRI_TIMER_T203 ...
#define PRI_TIMER_K ...
#define PRI_TIMER_T303 ...
#define PRI_TIMER_T305 ...
#define PRI_TIMER_T308 ...
#define PRI_TIMER_T309 ...
#define PRI_TIMER_T313 ...

struct pri_party_name { int valid; int presentation; int char_set; char str[...]; ...; };
struct pri_party_number { int valid; int presentation; int plan; char str[...]; ...; };
struct pri_party_id { struct pri_party_name name; struct pri_party_number number; ...; };
struct pri_party_connected_line { struct pri_party_id id; ...; };
struct pri_party_redirecting {
    struct pri_party_id from;
    struct pri_party_id to;
    struct pri_party_id orig_called;
    int count;
    int orig_reason;
    int reason;
    ...;
};

struct pri_subcommand { int cmd; ...; };
struct pri_subcommands { int counter_subcmd; struct pri_subcommand subcmd[...]; ...; };

typedef struct pri_event_generic { int e; ...; } pri_event_generic;
typedef struct pri_event_error { int e; char err[...]; ...; } pri_event_error;
typedef struct pri_event_restart { int e; int channel; ...; } pri_event_restart;
typedef struct pri_event_restart_ack { int e; int channel; ...; } pri_event_restart_ack;
typedef struct pri_event_ringing {
    int e; int channel; int cref; int progressmask; q931_call *call; ...;
} pri_event_ringing;
typedef struct pri_event_answer {
    int e; int channel; int cref; int progressmask; q931_call *call; struct pri_subcommands *subcmds; ...;
} pri_event_answer;
typedef struct pri_event_ring {
    int e; int channel; int calledplan; char callednum[...]; int flexible; int cref; int ctype; int complete;
    q931_call *call; struct pri_subcommands *subcmds; struct pri_party_id calling; ...;
} pri_event_ring;
typedef struct pri_event_hangup {
    int e; int channel; int cause; int cref; q931_call *call; struct pri_subcommands *subcmds; ...;
} pri_event_hangup;
typedef struct pri_event_proceeding {
    int e; int channel; int cref; int progressmask; int cause; q931_call *call; ...;
} pri_event_proceeding;
typedef struct pri_event_setup_ack { int e; int channel; q931_call *call; int progressmask; ...; } pri_event_setup_ack;
typedef struct pri_event_keypad_digit {
    int e; int channel; q931_call *call; char digits[...]; ...;
} pri_event_keypad_digit;
struct pri_event_connect_ack { int e; int channel; q931_call *call; ...; };
typedef struct pri_event_notify { int e; int channel; int info; q931_call *call; ...; } pri_event_notify;

typedef union {
    int e;
    pri_event_generic gen;
    pri_event_restart restart;
    pri_event_error err;
    pri_event_ring ring;
    pri_event_hangup hangup;
    pri_event_ringing ringing;
    pri_event_answer answer;
    pri_event_restart_ack restartack;
    pri_event_proceeding proceeding;
    pri_event_setup_ack setup_ack;
    pri_event_notify notify;
    pri_event_keypad_digit digit;
    struct pri_event_connect_ack connect_ack;
    ...;
} pri_event;

typedef int (*pri_io_cb)(struct pri *pri, void *buf, int buflen);
struct pri *pri_new_cb(int fd, int node, int switchtype, pri_io_cb io_read, pri_io_cb io_write, void *userdata);
void *pri_get_userdata(struct pri *pri);
void pri_set_userdata(struct pri *pri, void *userdata);
void pri_set_message(void (*report)(struct pri *pri, char *text));
void pri_set_error(void (*report)(struct pri *pri, char *text));
pri_event *pri_check_event(struct pri *pri);
struct timeval *pri_schedule_next(struct pri *pri);
pri_event *pri_schedule_run(struct pri *pri);
int pri_set_timer(struct pri *pri, int timer, int value);
int pri_get_timer(struct pri *pri, int timer);
void pri_set_overlapdial(struct pri *pri, int state);
void pri_hangup_fix_enable(struct pri *ctrl, int enable);
void pri_display_options_send(struct pri *ctrl, unsigned long flags);
const char *pri_get_version(void);

q931_call *pri_new_call(struct pri *pri);
int pri_get_crv(struct pri *pri, q931_call *call, int *callmode);
int pri_is_dummy_call(q931_call *call);
struct pri_sr *pri_sr_new(void);
void pri_sr_free(struct pri_sr *sr);
int pri_sr_set_channel(struct pri_sr *sr, int channel, int exclusive, int nonisdn);
int pri_sr_set_bearer(struct pri_sr *sr, int transmode, int userl1);
int pri_sr_set_called(struct pri_sr *sr, char *called, int calledplan, int complete);
void pri_sr_set_caller_party(struct pri_sr *sr, const struct pri_party_id *caller);
void pri_sr_set_redirecting_parties(struct pri_sr *sr, const struct pri_party_redirecting *redirecting);
int pri_setup(struct pri *pri, q931_call *call, struct pri_sr *req);
int pri_information(struct pri *pri, q931_call *call, char digit);
int pri_setup_ack(struct pri *ctrl, q931_call *call, int channel, int nonisdn, int inband);
int pri_proceeding(struct pri *pri, q931_call *call, int channel, int info);
int pri_acknowledge(struct pri *pri, q931_call *call, int channel, int info);
int pri_progress(struct pri *pri, q931_call *call, int channel, int info);
int pri_progress_with_cause(struct pri *pri, q931_call *call, int channel, int info, int cause);
int pri_connected_line_update(struct pri *pri, q931_call *call, const struct pri_party_connected_line *connected);
int pri_answer(struct pri *pri, q931_call *call, int channel, int nonisdn);
void pri_connect_ack_enable(struct pri *ctrl, int enable);
int pri_connect_ack(struct pri *ctrl, q931_call *call, int channel);
int pri_hangup(struct pri *pri, q931_call *call, int cause);
void pri_destroycall(struct pri *pri, q931_call *call);
int pri_reset(struct pri *pri, int channel);

/* Ours, and one of libpri that its header leaves out. */
struct pri_party_id *isdn_connected(struct pri_subcommand *command);
struct pri_party_redirecting *isdn_redirecting(struct pri_subcommand *command);
void isdn_set_clock_us(int64_t now_us);
int q931_is_call_valid(struct pri *ctrl, q931_call *call);

extern "Python" int isdn_read(struct pri *pri, void *buffer, int size);
extern "Python" int isdn_write(struct pri *pri, void *buffer, int size);
extern "Python" void isdn_message(struct pri *pri, char *text);
extern "Python" void isdn_error(struct pri *pri, char *text);
