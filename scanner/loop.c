/*
 * A scan on libuv.
 */
#include "scanner/loop.h"

#include <assert.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "scanner/core/arena.h"

#define HASH_NONFATAL_OOM 0
#define uthash_fatal(message) arena_out_of_memory()
#include <uthash.h>

enum {
	TICK_MS = 50,
	SECOND_MS = 1000
};

enum owner {
	OWNER_RESOLVER,
	OWNER_DIRECT,
	OWNER_POLICY,
	OWNER_STORE
};

/* One watched descriptor. */
struct watch {
	uv_poll_t poll;
	struct loop *loop;
	enum owner owner;
	struct store *store; /* OWNER_STORE */
	int fd;
	int events; /* of libuv */
	UT_hash_handle hh;
};

struct loop {
	uv_loop_t uv;
	uv_prepare_t prepare;
	uv_check_t check;
	uv_idle_t idle; /* active while there is more to do at once */
	uv_timer_t tick;
	uv_timer_t second;
	uv_signal_t signals[2];
	uv_signal_t hangup;    /* where on_hangup is set */
	struct watch *watches; /* by fd */

	struct scan *scan;
	const struct scan_parts *parts;
	loop_second_cb on_second;
	void *on_second_arg;
	loop_hangup_cb on_hangup;
	void *on_hangup_arg;
	uint64_t begun_ms;
	bool signalled;
	bool stopped; /* by the second signal */
};

uint64_t
loop_now_ms(const struct loop *loop)
{
	return uv_now(&loop->uv);
}

int64_t
loop_wall_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

struct loop *
loop_new(void)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	if (loop == NULL || uv_loop_init(&loop->uv) < 0)
		arena_out_of_memory();
	return loop;
}

uv_loop_t *
loop_uv(struct loop *loop)
{
	return &loop->uv;
}

/* Descriptors. */

static void
on_watch_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static struct watch *
find_watch(struct loop *loop, int fd)
{
	struct watch *watch;

	HASH_FIND_INT(loop->watches, &fd, watch);
	return watch;
}

/* The owner closes fd right after this: libuv lets go of it at once, only the
   handle's memory stays until its close callback. */
static void
end_watch(struct loop *loop, struct watch *watch)
{
	if (watch == NULL)
		return;
	uv_poll_stop(&watch->poll);
	HASH_DEL(loop->watches, watch);
	uv_close((uv_handle_t *)&watch->poll, on_watch_closed);
}

static void
on_ready(uv_poll_t *poll, int status, int events)
{
	struct watch *watch = poll->data;
	struct loop *loop = watch->loop;
	int ready = 0;

	/* An error is told by a read that follows it, perhaps not the next one;
	   and libuv has stopped watching. */
	if (status < 0) {
		uv_poll_start(poll, watch->events, on_ready);
		ready = STORE_READ | STORE_WRITE;
	}
	if (events & (UV_READABLE | UV_DISCONNECT))
		ready |= STORE_READ;
	if (events & UV_WRITABLE)
		ready |= STORE_WRITE;
	switch (watch->owner) {
	case OWNER_RESOLVER:
		resolver_ready(
			loop->parts->resolver, watch->fd, loop_now_ms(loop));
		return;
	case OWNER_DIRECT:
		direct_ready(loop->parts->direct, watch->fd);
		return;
	case OWNER_POLICY:
		policy_ready(loop->parts->policy, watch->fd,
			(ready & STORE_READ ? RESOLVER_READ : 0u) |
				(ready & STORE_WRITE ? RESOLVER_WRITE : 0u));
		return;
	case OWNER_STORE:
		store_ready(watch->store, watch->fd, ready, loop_now_ms(loop));
		return;
	}
}

static struct watch *
begin_watch(struct loop *loop, int fd, enum owner owner)
{
	struct watch *watch = calloc(1, sizeof(*watch));

	if (watch == NULL)
		arena_out_of_memory();
	watch->loop = loop;
	watch->owner = owner;
	watch->fd = fd;
	watch->poll.data = watch;
	uv_poll_init(&loop->uv, &watch->poll, fd);
	HASH_ADD_INT(loop->watches, fd, watch);
	return watch;
}

static void
watch_events(struct loop *loop, int fd, unsigned events, enum owner owner)
{
	struct watch *watch = find_watch(loop, fd);

	if (events == 0) {
		end_watch(loop, watch);
		return;
	}
	if (watch == NULL)
		watch = begin_watch(loop, fd, owner);
	watch->owner = owner;
	watch->events = (events & RESOLVER_READ ? UV_READABLE : 0) |
			(events & RESOLVER_WRITE ? UV_WRITABLE : 0);
	uv_poll_start(&watch->poll, watch->events, on_ready);
}

static void
watch_resolver(void *arg, int fd, unsigned events)
{
	watch_events(arg, fd, events, OWNER_RESOLVER);
}

static void
watch_direct(void *arg, int fd, unsigned events)
{
	watch_events(arg, fd, events, OWNER_DIRECT);
}

static void
watch_policy(void *arg, int fd, unsigned events)
{
	watch_events(arg, fd, events, OWNER_POLICY);
}

static void
watch_store(void *arg, struct store *store, int fd, int events)
{
	struct loop *loop = arg;
	struct watch *watch = find_watch(loop, fd);

	if (events == 0) {
		end_watch(loop, watch);
		return;
	}
	if (watch == NULL)
		watch = begin_watch(loop, fd, OWNER_STORE);
	watch->owner = OWNER_STORE;
	watch->store = store;
	watch->events = (events & STORE_READ ? UV_READABLE : 0) |
			(events & STORE_WRITE ? UV_WRITABLE : 0);
	uv_poll_start(&watch->poll, watch->events, on_ready);
}

/* Turns, time and signals. */

static bool
ended(const struct loop *loop)
{
	enum scan_state state = scan_state(loop->scan);

	return loop->stopped || state == SCAN_COMPLETE ||
	       state == SCAN_INTERRUPTED || state == SCAN_FAILED;
}

static void
on_idle(uv_idle_t *idle)
{
	/* Being active is enough: the loop does not sleep. */
	(void)idle;
}

static void
turn(struct loop *loop)
{
	uv_update_time(&loop->uv);
	if (scan_turn(loop->scan, loop_now_ms(loop), loop_wall_us()))
		uv_idle_start(&loop->idle, on_idle);
	else
		uv_idle_stop(&loop->idle);
	if (ended(loop))
		uv_stop(&loop->uv);
}

static void
on_prepare(uv_prepare_t *prepare)
{
	turn(prepare->data);
}

static void
on_check(uv_check_t *check)
{
	turn(check->data);
}

static void
on_tick(uv_timer_t *timer)
{
	struct loop *loop = timer->data;
	uint64_t now_ms = loop_now_ms(loop);

	resolver_tick(loop->parts->resolver, now_ms);
	direct_tick(loop->parts->direct, now_ms);
	if (loop->parts->policy != NULL)
		policy_tick(loop->parts->policy, now_ms);
	for (size_t i = 0; i < loop->parts->store_count; i++)
		store_tick(loop->parts->stores[i], now_ms);
}

static void
on_second(uv_timer_t *timer)
{
	struct loop *loop = timer->data;

	if (loop->on_second != NULL)
		loop->on_second(loop->on_second_arg,
			loop_now_ms(loop) - loop->begun_ms);
}

static void
on_signal(uv_signal_t *handle, int number)
{
	struct loop *loop = handle->data;

	(void)number;
	loop->stopped = loop->signalled;
	loop->signalled = true;
	scan_drain(loop->scan);
}

static void
on_hangup(uv_signal_t *handle, int number)
{
	struct loop *loop = handle->data;

	(void)number;
	loop->on_hangup(loop->on_hangup_arg);
}

void
loop_on_hangup(struct loop *loop, loop_hangup_cb cb, void *arg)
{
	loop->on_hangup = cb;
	loop->on_hangup_arg = arg;
}

static void
begin(struct loop *loop)
{
	static const int numbers[2] = {SIGINT, SIGTERM};

	uv_prepare_init(&loop->uv, &loop->prepare);
	uv_check_init(&loop->uv, &loop->check);
	uv_idle_init(&loop->uv, &loop->idle);
	uv_timer_init(&loop->uv, &loop->tick);
	uv_timer_init(&loop->uv, &loop->second);
	loop->prepare.data = loop->check.data = loop->tick.data =
		loop->second.data = loop;
	uv_prepare_start(&loop->prepare, on_prepare);
	uv_check_start(&loop->check, on_check);
	uv_timer_start(&loop->tick, on_tick, TICK_MS, TICK_MS);
	uv_timer_start(&loop->second, on_second, 0, SECOND_MS);
	for (int i = 0; i < 2; i++) {
		uv_signal_init(&loop->uv, &loop->signals[i]);
		loop->signals[i].data = loop;
		uv_signal_start(&loop->signals[i], on_signal, numbers[i]);
	}
	if (loop->on_hangup != NULL) {
		uv_signal_init(&loop->uv, &loop->hangup);
		loop->hangup.data = loop;
		uv_signal_start(&loop->hangup, on_hangup, SIGHUP);
	}
	resolver_watch(loop->parts->resolver, watch_resolver, loop);
	direct_watch(loop->parts->direct, watch_direct, loop);
	if (loop->parts->policy != NULL)
		policy_watch(loop->parts->policy, watch_policy, loop);
	scan_watch(loop->scan, watch_store, loop);
}

static void
end(struct loop *loop)
{
	struct watch *watch, *next;

	HASH_ITER (hh, loop->watches, watch, next)
		end_watch(loop, watch);
	uv_close((uv_handle_t *)&loop->prepare, NULL);
	uv_close((uv_handle_t *)&loop->check, NULL);
	uv_close((uv_handle_t *)&loop->idle, NULL);
	uv_close((uv_handle_t *)&loop->tick, NULL);
	uv_close((uv_handle_t *)&loop->second, NULL);
	for (int i = 0; i < 2; i++)
		uv_close((uv_handle_t *)&loop->signals[i], NULL);
	if (loop->on_hangup != NULL)
		uv_close((uv_handle_t *)&loop->hangup, NULL);
}

int
loop_run(struct loop *loop, struct scan *scan, const struct scan_parts *parts,
	loop_second_cb second, void *arg)
{
	loop->scan = scan;
	loop->parts = parts;
	loop->on_second = second;
	loop->on_second_arg = arg;
	uv_update_time(&loop->uv);
	loop->begun_ms = loop_now_ms(loop);
	begin(loop);
	uv_run(&loop->uv, UV_RUN_DEFAULT);
	on_second(&loop->second);
	end(loop);
	return loop->stopped ? -1 : 0;
}

void
loop_free(struct loop *loop)
{
	int busy;

	if (loop == NULL)
		return;
	uv_run(&loop->uv, UV_RUN_DEFAULT);
	busy = uv_loop_close(&loop->uv);
	assert(busy == 0);
	(void)busy;
	free(loop);
}
