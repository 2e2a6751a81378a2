/* The media thread. */
#include <errno.h>
#include "engine.h"
struct engine_thread { struct engine *e; };
size_t engine_thread_size(void) { return sizeof(struct engine_thread); }
int engine_thread_init(struct engine_thread *t, struct engine *e, uint8_t *blocks) { (void)blocks; t->e = e; return 0; }
int engine_thread_fileno(const struct engine_thread *t) { (void)t; return -1; }
int engine_thread_start_socket(struct engine_thread *t, const char *path) { (void)t; (void)path; return -ENOSYS; }
int engine_thread_start_spidev(struct engine_thread *t, const char *path, uint32_t speed_hz) { (void)t; (void)path; (void)speed_hz; return -ENOSYS; }
void engine_thread_stop(struct engine_thread *t) { (void)t; }
void engine_thread_release(struct engine_thread *t) { (void)t; }
void engine_thread_acknowledge(struct engine_thread *t) { (void)t; }
