/*
 * A scan on libuv: watches the descriptors of the resolver and the sinks,
 * turns the scan after every batch of events, passes on time and signals.
 */
#ifndef SCANNER_LOOP_H
#define SCANNER_LOOP_H

#include <stdint.h>
#include <uv.h>

#include "resolver/resolver.h"
#include "scanner/scan.h"
#include "store/store.h"

struct loop;

/* Called once a second, and for the last time when the scan has ended. */
typedef void (*loop_second_cb)(void *arg, uint64_t elapsed_ms);

/* Called on SIGHUP, from the loop. */
typedef void (*loop_hangup_cb)(void *arg);

struct loop *loop_new(void);

/* For the prober, which lives on the same loop. */
uv_loop_t *loop_uv(struct loop *loop);

/* To be called before loop_run(); without it SIGHUP is left as it is. */
void loop_on_hangup(struct loop *loop, loop_hangup_cb cb, void *arg);

/*
 * Drive scan until it has ended. The first SIGINT or SIGTERM drains it, the
 * second stops at once. Returns 0, or -1 after the second signal.
 */
int loop_run(struct loop *loop, struct scan *scan,
	const struct scan_parts *parts, loop_second_cb second, void *arg);

/* To be called when the prober is freed: runs the last close callbacks and
   proves that nothing is left open. */
void loop_free(struct loop *loop);

/* Monotonic milliseconds of this loop, and Unix time in microseconds. */
uint64_t loop_now_ms(const struct loop *loop);
int64_t loop_wall_us(void);

#endif
