/*
 * Policies of MTA-STS, fetched. Three asynchronous edges: the questions for the
 * policy host's addresses, the turn of its address, and the transfer, which
 * libcurl does on descriptors that the caller watches.
 */
#include "scanner/policy.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <utlist.h>

#include "resolver/name.h"
#include "resolver/reserved.h"
#include "scanner/core/mtasts.h"
#include "scanner/core/pace.h"

enum {
	ADDRESSES_MAX = 8,
	FAMILIES = 2,
	HTTP_OK = 200,
};

static const struct pace_limits limits = {
	.total = 16,
	.per_network = 4,
	.interval_ms = 200, /* between two connections to one address */
};

enum job_state {
	JOB_ADDRESSES, /* they are looked up */
	JOB_TRANSFER,  /* waits for its turn, or is under way */
	JOB_DONE,
};

/* One policy on its way. */
struct job {
	struct job *prev, *next; /* of all under way */
	STAILQ_ENTRY(job) ready;
	struct policy *policy;
	struct arena *arena;	   /* holds this struct */
	struct arena *their_arena; /* for the result */
	policy_cb cb;
	void *arg;
	enum job_state state;
	const char *host;
	unsigned open; /* questions */
	const char *why;
	bool reserved; /* an address was left out */
	bool listed;   /* the host, or an address, is in the blocklist */
	struct fact_address addresses[ADDRESSES_MAX];
	size_t address_count;
	struct pace_ticket ticket; /* its owner is this job */
	CURL *easy;		   /* while the transfer is under way */
	struct curl_slist *resolve;
	char words[CURL_ERROR_SIZE];
	uint8_t *body;
	size_t body_len;
	bool too_large;
	struct fact_policy *fact; /* when done */
};

struct policy {
	struct policy_config config;
	struct pace *pace;
	CURLM *multi;
	struct job *all;
	STAILQ_HEAD(, job) ready;
	resolver_watch_cb watch;
	void *watch_arg;
	uint64_t now_ms;
	uint64_t wake_ms; /* when libcurl wants to be called; 0: it does not */
};

/* Birth and death. */

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *unused)
{
	struct policy *policy = arg;
	unsigned events = 0;

	(void)easy;
	(void)unused;
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		events |= RESOLVER_READ;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		events |= RESOLVER_WRITE;
	if (policy->watch != NULL)
		policy->watch(policy->watch_arg, fd, events);
	return 0;
}

static int
on_timer(CURLM *multi, long delay_ms, void *arg)
{
	struct policy *policy = arg;

	(void)multi;
	policy->wake_ms = delay_ms < 0
				  ? 0
				  : policy->now_ms + (uint64_t)delay_ms + 1;
	return 0;
}

struct policy *
policy_new(const struct policy_config *config)
{
	struct policy *policy = calloc(1, sizeof(*policy));

	if (policy == NULL)
		arena_out_of_memory();
	policy->config = *config;
	policy->pace = pace_new(&limits);
	STAILQ_INIT(&policy->ready);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
		policy->multi = curl_multi_init();
	if (policy->multi == NULL) {
		policy_free(policy);
		return NULL;
	}
	curl_multi_setopt(policy->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(policy->multi, CURLMOPT_SOCKETDATA, policy);
	curl_multi_setopt(policy->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(policy->multi, CURLMOPT_TIMERDATA, policy);
	return policy;
}

static void
end_transfer(struct job *job)
{
	if (job->easy != NULL) {
		curl_multi_remove_handle(job->policy->multi, job->easy);
		curl_easy_cleanup(job->easy);
	}
	curl_slist_free_all(job->resolve);
	free(job->body);
	job->easy = NULL;
	job->resolve = NULL;
	job->body = NULL;
}

static void
end_job(struct job *job)
{
	end_transfer(job);
	DL_DELETE(job->policy->all, job);
	arena_free(job->arena);
}

void
policy_free(struct policy *policy)
{
	if (policy == NULL)
		return;
	policy->watch = NULL;
	while (policy->all != NULL)
		end_job(policy->all);
	if (policy->multi != NULL)
		curl_multi_cleanup(policy->multi);
	pace_free(policy->pace);
	free(policy);
}

/* Edge 1: the addresses. */

/* To be called once for each state that is over. */
static void
post(struct job *job)
{
	STAILQ_INSERT_TAIL(&job->policy->ready, job, ready);
}

static bool
is_listed(const struct job *job, const struct fact_address *address)
{
	const struct blocklist *list = job->policy->config.blocklist;

	return list != NULL && (blocklist_has_name(list, job->host) ||
				       blocklist_has_address(list, address));
}

static void
keep_address(struct job *job, const struct answer_rdata *rdata, bool ipv6)
{
	struct fact_address address = {.ipv6 = ipv6};
	size_t len = ipv6 ? 16 : 4;

	if (rdata->len != len || job->address_count == ADDRESSES_MAX)
		return;
	memcpy(address.bytes, rdata->data, len);
	if (!job->policy->config.allow_reserved &&
		reserved_contains(rdata->data, len)) {
		job->reserved = true;
		return;
	}
	if (is_listed(job, &address)) {
		job->listed = true;
		return;
	}
	job->addresses[job->address_count++] = address;
}

static void
take_answer(struct job *job, const struct answer *answer, bool ipv6)
{
	if (answer->trust == ANSWER_BOGUS || answer_failed(answer->status))
		job->why = arena_strdup(job->arena,
			answer->why != NULL
				? answer->why
				: answer_status_label(answer->status));
	else
		for (size_t i = 0; i < answer->count; i++)
			keep_address(job, &answer->rdata[i], ipv6);
	if (--job->open == 0)
		post(job);
}

static void
on_ipv4(void *arg, const struct answer *answer)
{
	take_answer(arg, answer, false);
}

static void
on_ipv6(void *arg, const struct answer *answer)
{
	take_answer(arg, answer, true);
}

void
policy_fetch(struct policy *policy, const char *domain, struct arena *arena,
	policy_cb cb, void *arg)
{
	static const struct answer unaskable = {
		.status = ANSWER_SERVFAIL,
		.why = "the resolver refused the question",
	};
	const bool left_out[FAMILIES] = {
		policy->config.no_ipv4, policy->config.no_ipv6};
	const resolver_cb cbs[FAMILIES] = {on_ipv4, on_ipv6};
	struct arena *own = arena_new();
	struct job *job = arena_alloc(own, sizeof(*job));

	job->policy = policy;
	job->arena = own;
	job->their_arena = arena;
	job->cb = cb;
	job->arg = arg;
	job->host = arena_printf(own, "mta-sts.%s", domain);
	DL_APPEND(policy->all, job);
	job->open = FAMILIES;
	for (int i = 0; i < FAMILIES; i++)
		if (left_out[i])
			cbs[i](job, &(struct answer){.status = ANSWER_NODATA});
		else if (resolver_ask(policy->config.resolver, job->host,
				 i == 0 ? ANSWER_TYPE_A : ANSWER_TYPE_AAAA,
				 policy->now_ms, cbs[i], job) < 0)
			cbs[i](job, &unaskable);
}

/* Edge 3: the transfer. */

static size_t
on_body(char *data, size_t one, size_t len, void *arg)
{
	struct job *job = arg;
	uint8_t *larger;

	(void)one;
	if (len > MTASTS_BODY_MAX - job->body_len) {
		job->too_large = true;
		return 0;
	}
	larger = realloc(job->body, job->body_len + len + 1);
	if (larger == NULL)
		arena_out_of_memory();
	job->body = larger;
	memcpy(job->body + job->body_len, data, len);
	job->body_len += len;
	return len;
}

/* The addresses for libcurl to try: "+HOST:PORT:ADDRESS,…", all of the family
   of the first, whose turn it is. The plus lets libcurl forget them. */
static struct curl_slist *
resolve_list(const struct job *job)
{
	char line[NAME_SIZE + 32 + ADDRESSES_MAX * 48], text[46];
	size_t len = (size_t)snprintf(line, sizeof(line), "+%s:%u:", job->host,
		job->policy->config.port);
	const char *between = "";

	for (size_t i = 0; i < job->address_count; i++) {
		const struct fact_address *address = &job->addresses[i];

		if (address->ipv6 != job->addresses[0].ipv6)
			continue;
		fact_address_text(address, text);
		len += (size_t)snprintf(line + len, sizeof(line) - len,
			address->ipv6 ? "%s[%s]" : "%s%s", between, text);
		between = ",";
	}
	return curl_slist_append(NULL, line);
}

static void
set_request(struct job *job, CURL *easy)
{
	const struct policy_config *config = &job->policy->config;
	const char *source = job->addresses[0].ipv6 ? config->source_ipv6
						    : config->source_ipv4;

	curl_easy_setopt(easy, CURLOPT_URL,
		arena_printf(job->arena,
			"https://%s:%u/.well-known/mta-sts.txt", job->host,
			config->port));
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(easy, CURLOPT_RESOLVE, job->resolve);
	if (source != NULL)
		curl_easy_setopt(easy, CURLOPT_INTERFACE,
			arena_printf(job->arena, "host!%s", source));
	/* RFC 8461 section 3.3: a redirect is no policy. */
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(
		easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "danescan");
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_CAINFO, config->ca_file);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
		(long)config->connect_timeout_ms);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)config->timeout_ms);
	curl_easy_setopt(easy, CURLOPT_MAXFILESIZE, (long)MTASTS_BODY_MAX);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, job);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, job->words);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, job);
}

/* One short line; names of a certificate may be anything. */
static const char *
printable(const char *words, struct arena *arena)
{
	char *text = arena_strdup(arena, words);

	for (char *p = text; *p != '\0'; p++)
		if (!isprint((unsigned char)*p))
			*p = '?';
	return text;
}

static struct fact_policy *
fact_new(struct job *job, enum policy_state state, const char *why)
{
	job->fact = arena_alloc(job->their_arena, sizeof(*job->fact));
	job->fact->state = state;
	if (why != NULL)
		job->fact->why = printable(why, job->their_arena);
	job->state = JOB_DONE;
	return job->fact;
}

static bool
any_listed(const struct job *job)
{
	for (size_t i = 0; i < job->address_count; i++)
		if (is_listed(job, &job->addresses[i]))
			return true;
	return false;
}

static void
start_transfers(struct policy *policy)
{
	struct pace_ticket *ticket;

	while ((ticket = pace_next(policy->pace, policy->now_ms)) != NULL) {
		struct job *job = ticket->owner;

		/* The list may have changed while it waited. */
		if (any_listed(job)) {
			fact_new(job, POLICY_BLOCKLISTED, NULL);
			pace_leave(policy->pace, ticket, policy->now_ms);
			post(job);
			continue;
		}
		job->easy = curl_easy_init();
		job->resolve = resolve_list(job);
		if (job->easy == NULL || job->resolve == NULL)
			arena_out_of_memory();
		set_request(job, job->easy);
		curl_multi_add_handle(policy->multi, job->easy);
	}
}

static enum policy_state
state_of(const struct job *job, CURLcode code, long http)
{
	if (job->too_large)
		return POLICY_TOO_LARGE;
	switch ((int)code) {
	case CURLE_OK:
		return http == HTTP_OK ? POLICY_FETCHED : POLICY_HTTP;
	case CURLE_FILESIZE_EXCEEDED:
		return POLICY_TOO_LARGE;
	case CURLE_OPERATION_TIMEDOUT:
		return POLICY_TIMEOUT;
	case CURLE_COULDNT_CONNECT:
		return POLICY_UNREACHABLE;
	case CURLE_PEER_FAILED_VERIFICATION:
		return POLICY_CERTIFICATE;
	case CURLE_SSL_CONNECT_ERROR:
		return POLICY_TLS;
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_UNSUPPORTED_PROTOCOL: /* HTTP/0.9 */
		return POLICY_HTTP;
	default:
		return POLICY_FAILED;
	}
}

static void
take_body(struct job *job, struct fact_policy *fact)
{
	struct mtasts_policy policy;
	enum mtasts_error error = mtasts_parse(
		job->body, job->body_len, &policy);
	const char **mx;

	if (error != MTASTS_OK) {
		fact->state = POLICY_SYNTAX;
		fact->why = mtasts_error_text(error);
		return;
	}
	mx = arena_alloc(job->their_arena, policy.mx_count * sizeof(*mx));
	for (size_t i = 0; i < policy.mx_count; i++)
		mx[i] = arena_printf(job->their_arena, "%.*s",
			(int)policy.mx[i].len, policy.mx[i].text);
	fact->mode = policy.mode;
	fact->max_age_s = policy.max_age_s;
	fact->mx = mx;
	fact->mx_count = policy.mx_count;
	fact->truncated = policy.truncated;
}

static void
on_transferred(struct job *job, CURLcode code)
{
	const char *words = job->words[0] != '\0' ? job->words
						  : curl_easy_strerror(code);
	struct policy *policy = job->policy;
	struct fact_policy *fact;
	long http = 0;

	curl_easy_getinfo(job->easy, CURLINFO_RESPONSE_CODE, &http);
	fact = fact_new(job, state_of(job, code, http),
		code != CURLE_OK ? words : NULL);
	fact->http_code = (int)http;
	if (fact->state == POLICY_FETCHED)
		take_body(job, fact);
	end_transfer(job);
	pace_leave(policy->pace, &job->ticket, policy->now_ms);
	post(job);
}

/* Transfers that libcurl has ended. */
static void
collect(struct policy *policy)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(policy->multi, &left)) != NULL) {
		char *job = NULL;
		CURLcode code = message->data.result;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &job);
		on_transferred((struct job *)(void *)job, code);
	}
}

void
policy_ready(struct policy *policy, int fd, unsigned events)
{
	int mask = (events & RESOLVER_READ ? CURL_CSELECT_IN : 0) |
		   (events & RESOLVER_WRITE ? CURL_CSELECT_OUT : 0);
	int running;

	curl_multi_socket_action(policy->multi, fd, mask, &running);
	collect(policy);
}

void
policy_tick(struct policy *policy, uint64_t now_ms)
{
	int running;

	policy->now_ms = now_ms;
	if (policy->wake_ms == 0 || now_ms < policy->wake_ms)
		return;
	policy->wake_ms = 0;
	curl_multi_socket_action(
		policy->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	collect(policy);
}

/* Edge 2: the turn of the address; and the end. */

static void
step(struct job *job)
{
	switch (job->state) {
	case JOB_ADDRESSES:
		if (job->address_count == 0) {
			fact_new(job,
				job->listed	? POLICY_BLOCKLISTED
				: job->reserved ? POLICY_RESERVED
						: POLICY_NO_ADDRESS,
				job->why);
			post(job);
			return;
		}
		job->state = JOB_TRANSFER;
		job->ticket.address = job->addresses[0];
		job->ticket.owner = job;
		pace_enter(job->policy->pace, &job->ticket);
		return;
	case JOB_TRANSFER:
		return;
	case JOB_DONE:
		job->cb(job->arg, job->fact);
		end_job(job);
		return;
	}
}

void
policy_turn(struct policy *policy, uint64_t now_ms)
{
	struct job *job;

	policy->now_ms = now_ms;
	while ((job = STAILQ_FIRST(&policy->ready)) != NULL) {
		STAILQ_REMOVE_HEAD(&policy->ready, ready);
		step(job);
	}
	start_transfers(policy);
}

bool
policy_busy(const struct policy *policy)
{
	return !STAILQ_EMPTY(&policy->ready);
}

void
policy_watch(struct policy *policy, resolver_watch_cb cb, void *arg)
{
	policy->watch = cb;
	policy->watch_arg = arg;
}
