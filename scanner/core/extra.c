/*
 * The further look-ups of --extras. Pure.
 */
#include "scanner/core/extra.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "scanner/core/domain.h"
#include "scanner/core/extra_txt.h"
#include "scanner/core/extra_zone.h"

/* Submission over TLS, submission (RFC 8314 section 7). */
static const uint16_t ports[FACT_PORTS] = {465, 587};

const char *
extra_label(enum extra extra)
{
	switch (extra) {
	case EXTRA_MTA_STS:
		return "mta-sts";
	case EXTRA_TLSRPT:
		return "tlsrpt";
	case EXTRA_NS:
		return "ns";
	case EXTRA_DS:
		return "ds";
	case EXTRA_DENIAL:
		return "denial";
	case EXTRA_PORTS:
		return "ports";
	case EXTRAS:
		break;
	}
	return NULL;
}

/* Facts for what is wanted: it was asked for, whatever comes of it. */
static void *
make(const struct extra_job *job, unsigned extras, size_t size)
{
	return job->wanted & extras ? arena_alloc(job->arena, size) : NULL;
}

bool
extra_domain(struct extra_job *job, const struct fact_domain *domain,
	unsigned wanted, struct arena *arena)
{
	*job = (struct extra_job){
		.wanted = wanted & EXTRA_OF_DOMAIN,
		.arena = arena,
		.domain = domain,
		.place = domain->name,
	};
	job->mtasts = make(job, 1 << EXTRA_MTA_STS, sizeof(*job->mtasts));
	job->tlsrpt = make(job, 1 << EXTRA_TLSRPT, sizeof(*job->tlsrpt));
	job->zone = make(
		job, 1 << EXTRA_NS | 1 << EXTRA_DS, sizeof(*job->zone));
	job->signing = make(job, 1 << EXTRA_DS, sizeof(*job->signing));
	return job->wanted != 0;
}

bool
extra_host(struct extra_job *job, const struct fact_host *host, uint16_t port,
	unsigned wanted, struct arena *arena)
{
	*job = (struct extra_job){
		.wanted = wanted & EXTRA_OF_HOST,
		.arena = arena,
		.host = host,
		.port = port,
	};
	job->denial = make(job, 1 << EXTRA_DENIAL, sizeof(*job->denial));
	job->ports = make(
		job, 1 << EXTRA_PORTS, FACT_PORTS * sizeof(*job->ports));
	for (size_t i = 0; job->ports != NULL && i < FACT_PORTS; i++)
		job->ports[i].port = ports[i];
	return job->wanted != 0;
}

/* Which question comes next. */

/* Is there a domain, as far as the MX question told? One that must not be asked
   about has no answer. */
static bool
exists(const struct extra_job *job)
{
	return job->domain != NULL &&
	       job->domain->mx.status != ANSWER_SKIPPED &&
	       (job->domain->mx.status != ANSWER_NXDOMAIN ||
		       job->domain->mx.trust == ANSWER_BOGUS);
}

/* Servers that do not answer for MX need not be asked for more. */
static bool
answers(const struct extra_job *job)
{
	const struct fact_lookup *mx = &job->domain->mx;

	return exists(job) && mx->trust != ANSWER_BOGUS &&
	       !answer_failed(mx->status);
}

static bool
is_believed(const struct fact_lookup *lookup, enum answer_status status)
{
	return lookup->status == status && lookup->trust != ANSWER_BOGUS;
}

/* TLSA was asked for, and the answer is one to compare others with. */
static bool
has_tlsa_answer(const struct extra_job *job)
{
	const struct fact_host *host = job->host;

	return host->base != NULL && host->tlsa.trust != ANSWER_BOGUS &&
	       host->tlsa.status != ANSWER_SKIPPED &&
	       !answer_failed(host->tlsa.status);
}

static bool
applies(const struct extra_job *job)
{
	switch ((enum extra_step)job->step) {
	case EXTRA_STEP_MTA_STS:
		return job->mtasts != NULL && answers(job);
	case EXTRA_STEP_TLSRPT:
		return job->tlsrpt != NULL && answers(job);
	case EXTRA_STEP_ZONE:
		return job->zone != NULL && exists(job);
	case EXTRA_STEP_DS:
		return job->signing != NULL && exists(job);
	case EXTRA_STEP_DNSKEY:
		return job->signing != NULL &&
		       is_believed(&job->zone->lookup, ANSWER_DATA);
	case EXTRA_STEP_NSEC3PARAM:
		return job->signing != NULL && job->signing->key_count > 0;
	case EXTRA_STEP_NSEC3:
		return job->signing != NULL && job->signing->nsec3 != NULL;
	case EXTRA_STEP_PARENT:
	case EXTRA_STEP_OWNER:
		return job->denial != NULL && has_tlsa_answer(job);
	case EXTRA_STEP_PORTS:
	case EXTRA_STEP_DONE:
		break;
	}
	return job->ports != NULL && job->host->base != NULL;
}

/* False: the name would be too long to exist. */
static bool
put_question(struct opinion_question *question, enum answer_type type,
	const char *prefix, const char *name)
{
	int len = snprintf(
		question->name, sizeof(question->name), "%s%s", prefix, name);

	question->type = type;
	return len > 0 && (size_t)len < sizeof(question->name);
}

/* At a port of the host. */
static bool
put_port(const struct extra_job *job, struct opinion_question *question,
	enum answer_type type, uint16_t port)
{
	char prefix[32];

	snprintf(prefix, sizeof(prefix), "_%u._tcp.", port);
	return put_question(question, type, prefix, job->host->base);
}

static bool
ask(const struct extra_job *job, struct opinion_question *question)
{
	switch ((enum extra_step)job->step) {
	case EXTRA_STEP_MTA_STS:
		return put_question(question, ANSWER_TYPE_TXT, "_mta-sts.",
			job->domain->name);
	case EXTRA_STEP_TLSRPT:
		return put_question(question, ANSWER_TYPE_TXT, "_smtp._tls.",
			job->domain->name);
	case EXTRA_STEP_ZONE:
		return put_question(question, ANSWER_TYPE_NS, "", job->place);
	case EXTRA_STEP_DS:
		return put_question(question, ANSWER_TYPE_DS, "", job->place);
	case EXTRA_STEP_DNSKEY:
		return put_question(
			question, ANSWER_TYPE_DNSKEY, "", job->place);
	case EXTRA_STEP_NSEC3PARAM:
		return put_question(
			question, ANSWER_TYPE_NSEC3PARAM, "", job->place);
	case EXTRA_STEP_NSEC3:
		/* The apex of a forward zone has no PTR: the denial shows the
		   zone's NSEC3 records. */
		return put_question(question, ANSWER_TYPE_PTR, "", job->place);
	case EXTRA_STEP_PARENT:
		return put_question(
			question, ANSWER_TYPE_A, "_tcp.", job->host->base);
	case EXTRA_STEP_OWNER:
		return put_port(job, question, ANSWER_TYPE_A, job->port);
	case EXTRA_STEP_PORTS:
	case EXTRA_STEP_DONE:
		break;
	}
	return put_port(job, question, ANSWER_TYPE_TLSA,
		ports[job->step - EXTRA_STEP_PORTS]);
}

bool
extra_next(struct extra_job *job, struct opinion_question *question)
{
	for (; job->step < EXTRA_STEP_DONE; job->step++)
		if (applies(job) && ask(job, question))
			return true;
	return false;
}

/* What an answer tells. */

/* The zone is where NS records are; above the domain, if not at it. Where the
   look-up fails, so will it further up. */
static void
take_zone(struct extra_job *job, const struct answer *answer)
{
	bool failed = answer->trust == ANSWER_BOGUS ||
		      answer_failed(answer->status);
	bool apex = !failed && answer->status == ANSWER_DATA &&
		    answer->alias == NULL;
	const char *above = opinion_next_zone(job->place, true);

	domain_keep_lookup(&job->zone->lookup, answer, job->arena);
	if (!failed && !apex && above != NULL) {
		job->place = above;
		return;
	}
	if (!apex && !failed)
		job->zone->lookup.status = ANSWER_NODATA;
	if (apex)
		job->zone->name = job->place;
	if (apex && job->signing != NULL)
		job->signing->zone = job->place;
	if (apex)
		extra_zone_take_servers(job->zone, answer, job->arena);
	else
		extra_zone_use_servers(job->zone, job->domain->servers,
			job->domain->server_count, job->arena);
	job->step++;
}

static void
take_port(struct extra_job *job, const struct answer *answer)
{
	struct fact_port *port = &job->ports[job->step - EXTRA_STEP_PORTS];

	domain_keep_lookup(&port->tlsa, answer, job->arena);
	port->count = answer->count;
}

void
extra_take(struct extra_job *job, const struct answer *answer)
{
	switch ((enum extra_step)job->step) {
	case EXTRA_STEP_MTA_STS:
		extra_txt_take_mtasts(job->mtasts, answer, job->arena);
		break;
	case EXTRA_STEP_TLSRPT:
		extra_txt_take_tlsrpt(job->tlsrpt, answer, job->arena);
		break;
	case EXTRA_STEP_ZONE:
		take_zone(job, answer);
		return;
	case EXTRA_STEP_DS:
		extra_zone_take_ds(job->signing, answer, job->arena);
		break;
	case EXTRA_STEP_DNSKEY:
		extra_zone_take_dnskey(job->signing, answer, job->arena);
		break;
	case EXTRA_STEP_NSEC3PARAM:
		extra_zone_take_nsec3param(job->signing, answer, job->arena);
		break;
	case EXTRA_STEP_NSEC3:
		extra_zone_take_nsec3(job->signing, answer, job->arena);
		break;
	case EXTRA_STEP_PARENT:
		domain_keep_lookup(&job->denial->parent, answer, job->arena);
		break;
	case EXTRA_STEP_OWNER:
		domain_keep_lookup(&job->denial->owner, answer, job->arena);
		break;
	case EXTRA_STEP_PORTS:
	case EXTRA_STEP_DONE:
	default:
		take_port(job, answer);
		break;
	}
	job->step++;
}

/*
 * A resolver that looks for the name label by label stops at one that does not
 * exist, and never gets to see what the servers do with TLSA (CONFORMANCE B27).
 * Only a secure denial hides something: else the servers' words are the answer.
 */
bool
extra_wants_servers(
	const struct extra_job *job, struct opinion_question *question)
{
	return job->denial != NULL && job->host->base != NULL &&
	       job->host->tlsa.status == ANSWER_NXDOMAIN &&
	       job->host->tlsa.trust == ANSWER_SECURE &&
	       put_port(job, question, ANSWER_TYPE_TLSA, job->port);
}

void
extra_take_servers(
	struct extra_job *job, const struct fact_server *servers, size_t count)
{
	job->denial->servers = servers;
	job->denial->server_count = count;
}

const struct fact_extras *
extra_of_domain(const struct extra_job *job)
{
	struct fact_extras *fact = arena_alloc(job->arena, sizeof(*fact));

	assert(job->domain != NULL);
	fact->mtasts = job->mtasts;
	fact->tlsrpt = job->tlsrpt;
	fact->zone = job->wanted & 1 << EXTRA_NS ? job->zone : NULL;
	fact->signing = job->signing;
	return fact;
}

const struct fact_host_extras *
extra_of_host(const struct extra_job *job)
{
	struct fact_host_extras *fact = arena_alloc(job->arena, sizeof(*fact));

	assert(job->host != NULL);
	fact->denial = job->denial;
	fact->ports = job->ports;
	return fact;
}
