/* The metrics of a scan. Families are kept together, as the format demands. */
#include "scanner/metrics.h"

#include "scanner/exposition.h"

/* The commonest form: a family of one sample. */
static void
counter(struct buffer *out, const char *name, const char *help, uint64_t n)
{
	exposition_family(out, name, "counter", help);
	exposition_count(out, name, NULL, NULL, n);
}

static void
gauge(struct buffer *out, const char *name, const char *help, double n)
{
	exposition_family(out, name, "gauge", help);
	exposition_number(out, name, NULL, NULL, n);
}

static void
put_scan(const struct metrics *m, struct buffer *out)
{
	exposition_family(out, "danescan_build_info", "gauge",
		"Version of the program; always 1.");
	exposition_count(
		out, "danescan_build_info", "version", DANESCAN_VERSION, 1);
	exposition_family(out, "danescan_scan_id", "gauge",
		"Number of the scan in the database, 0 without one.");
	exposition_number(
		out, "danescan_scan_id", "label", m->label, (double)m->scan_id);
	gauge(out, "danescan_start_time_seconds",
		"When the scan began, Unix time.", (double)m->started_us / 1e6);
	gauge(out, "danescan_update_time_seconds",
		"When this file was written, Unix time.",
		(double)m->now_us / 1e6);
	gauge(out, "danescan_complete",
		"1 when every domain is scanned and committed.",
		m->state == SCAN_COMPLETE ? 1 : 0);
}

static void
put_lines(const struct metrics *m, struct buffer *out)
{
	static const char lines[] = "danescan_input_lines_total";
	static const char rejected[] = "danescan_rejected_lines_total";

	exposition_family(out, lines, "counter", "Lines of the lists by use.");
	exposition_count(out, lines, "use", "name", m->list.names);
	exposition_count(out, lines, "use", "rejected", m->list.rejected);
	exposition_count(out, lines, "use", "duplicate", m->list.duplicates);
	exposition_count(out, lines, "use", "skipped", m->list.skipped);
	exposition_count(out, lines, "use", "sampled-out", m->list.sampled_out);
	exposition_family(out, rejected, "counter",
		"Lines without a valid name by the reason.");
	for (size_t i = 0; i < LIST_REASONS_MAX; i++) {
		const struct list_rejected *r = &m->rejected[i];

		if (r->reason == NULL)
			break;
		exposition_count(out, rejected, "reason", r->reason, r->lines);
	}
}

static void
put_results(const struct metrics *m, struct buffer *out)
{
	static const char classes[] = "danescan_domains_total";
	static const char reasons[] = "danescan_domains_by_reason_total";

	exposition_family(
		out, classes, "counter", "Domains with a verdict, by class.");
	for (unsigned i = 0; i < CLASS_COUNT; i++)
		exposition_count(out, classes, "class",
			vocabulary_class((enum domain_class)i),
			m->scan.classes[i]);
	exposition_family(out, reasons, "counter",
		"Domains with a verdict, by reason; those without one are "
		"left out.");
	for (unsigned i = REASON_NONE + 1; i < REASON_COUNT; i++)
		if (m->tally->reasons[i] > 0)
			exposition_count(out, reasons, "reason",
				vocabulary_reason((enum reason)i),
				m->tally->reasons[i]);
	counter(out, "danescan_domains_truncated_total",
		"Domains with more MX hosts or addresses than are looked at.",
		m->tally->truncated);
}

static void
put_domains(const struct metrics *m, struct buffer *out)
{
	unsigned lowered = m->scan.canaries.law.window;

	counter(out, "danescan_domains_admitted_total",
		"Domains that were begun.", m->scan.admitted);
	counter(out, "danescan_domains_done_total", "Domains with a verdict.",
		m->scan.done);
	counter(out, "danescan_domains_committed_total",
		"Domains whose rows are committed.", m->scan.committed);
	counter(out, "danescan_domains_resumed_total",
		"Domains that earlier runs of this scan, and others of its "
		"fleet, have stored.",
		m->scan.others);
	gauge(out, "danescan_domains_expected",
		"Domains in the lists, an estimate until they are read; 0 is "
		"unknown.",
		(double)m->expected);
	gauge(out, "danescan_domains_in_flight",
		"Domains begun and not yet committed.",
		(double)(m->scan.admitted - m->scan.put_off -
			 m->scan.committed));
	gauge(out, "danescan_domains_aside",
		"Of these, domains that wait for dead name servers, and are "
		"not counted in the window.",
		(double)m->scan.aside);
	gauge(out, "danescan_window",
		"Limit of domains in flight, lower while canaries fail.",
		lowered > 0 && lowered < m->window ? lowered : m->window);
	gauge(out, "danescan_window_configured",
		"Limit of domains in flight that was asked for.",
		m->window_wanted);
}

static void
put_lookups(const struct metrics *m, struct buffer *out)
{
	static const char answers[] = "danescan_dns_answers_total";
	static const char seconds[] = "danescan_dns_lookup_seconds";

	counter(out, "danescan_dns_questions_total",
		"Questions put to the resolver.", m->resolver.asked);
	exposition_family(out, answers, "counter",
		"Answers of the resolver by what the name servers said.");
	for (unsigned i = ANSWER_DATA; i < TALLY_STATUSES; i++)
		exposition_count(out, answers, "status",
			answer_status_label((enum answer_status)i),
			m->tally->answers[i]);
	counter(out, "danescan_dns_timeouts_total",
		"Questions without an answer in time.", m->resolver.timeouts);
	counter(out, "danescan_dns_upstream_total",
		"Questions that the resolver processes sent to name servers.",
		m->resolver.sent);
	gauge(out, "danescan_dns_questions_open",
		"Questions that wait for their answer.", m->resolver.open);
	gauge(out, "danescan_dns_questions_late",
		"Questions given up that a resolver process still works on.",
		m->resolver.late);
	counter(out, "danescan_resolver_restarts_total",
		"Resolver processes that were replaced.", m->resolver.restarts);
	exposition_family(out, seconds, "histogram",
		"Time from a question to its answer, by what is asked for.");
	for (unsigned i = 0; i < TALLY_LOOKUPS; i++)
		exposition_histogram(out, seconds, "lookup",
			tally_lookup_label((enum tally_lookup)i),
			&m->tally->lookups[i]);
}

static void
put_mail(const struct metrics *m, struct buffer *out)
{
	static const char sessions[] = "danescan_smtp_sessions_total";
	const struct hosts_stats *hosts = &m->scan.hosts;

	counter(out, "danescan_hosts_total", "MX hosts that were met.",
		hosts->hosts);
	gauge(out, "danescan_hosts_open", "MX hosts being examined.",
		(double)hosts->open);
	exposition_family(out, sessions, "counter",
		"SMTP sessions that ended, by how far they came.");
	for (unsigned i = FACT_PHASE_CONNECT; i <= FACT_PHASE_DONE; i++)
		exposition_count(out, sessions, "phase",
			tally_phase_label((enum fact_phase)i),
			m->tally->phases[i]);
	gauge(out, "danescan_smtp_open", "SMTP sessions under way.",
		hosts->probes_open);
	gauge(out, "danescan_smtp_waiting",
		"SMTP sessions that wait for their turn.",
		hosts->probes_waiting);
	gauge(out, "danescan_smtp_limit", "Limit of SMTP sessions at once.",
		m->probes);
	exposition_family(out, "danescan_smtp_session_seconds", "histogram",
		"Length of SMTP sessions, connecting included.");
	exposition_histogram(out, "danescan_smtp_session_seconds", NULL, NULL,
		&m->tally->sessions);
	exposition_family(out, "danescan_tls_handshake_seconds", "histogram",
		"Length of completed TLS handshakes.");
	exposition_histogram(out, "danescan_tls_handshake_seconds", NULL, NULL,
		&m->tally->handshakes);
}

/* Which limit a connection met first. */
static void
put_waits(const struct metrics *m, struct buffer *out)
{
	static const char waits[] = "danescan_smtp_waits_total";
	const struct pace_stats *pace = &m->scan.hosts.pace;
	const struct {
		const char *limit;
		uint64_t n;
	} limits[] = {
		{"address", pace->waited_address},
		{"network", pace->waited_network},
		{"provider", pace->waited_provider},
		{"total", pace->waited_total},
		{"rate", pace->waited_rate},
	};

	counter(out, "danescan_smtp_turns_total",
		"SMTP sessions that asked for their turn.", pace->tickets);
	exposition_family(out, waits, "counter",
		"Of these, those that had to wait, by the limit.");
	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++)
		exposition_count(
			out, waits, "limit", limits[i].limit, limits[i].n);
}

/* Domains that are looked at again, and names that must resolve. */
static void
put_passes(const struct metrics *m, struct buffer *out)
{
	const struct passes_stats *passes = &m->scan.passes;

	gauge(out, "danescan_pass", "Pass of the scan, from 1.", passes->pass);
	counter(out, "danescan_domains_deferred_total",
		"Domains put off to a further pass.", passes->deferred);
	counter(out, "danescan_domains_mended_total",
		"Of these, those with another outcome then.", passes->mended);
	gauge(out, "danescan_domains_waiting",
		"Domains that wait for the next pass.",
		(double)passes->waiting);
	counter(out, "danescan_canaries_asked_total",
		"Questions for names that must resolve.",
		m->scan.canaries.asked);
	counter(out, "danescan_canaries_failed_total",
		"Of these, those without an answer.", m->scan.canaries.failed);
	gauge(out, "danescan_canaries_failing",
		"1 while names that must resolve do not.",
		m->scan.canaries.law.failing);
}

/* One family over all sinks. */
static void
put_sinks(const struct metrics *m, struct buffer *out)
{
	static const struct {
		const char *name, *type, *help;
	} families[] = {
		{"danescan_sink_rows_total", "counter",
			"Domains handed to a sink."},
		{"danescan_sink_committed_total", "counter",
			"Domains that a sink has committed."},
		{"danescan_sink_backlog", "gauge",
			"Domains handed to a sink and not yet committed."},
		{"danescan_sink_backlog_bytes", "gauge",
			"Octets encoded and not yet committed."},
		{"danescan_sink_batches_total", "counter",
			"Batches committed."},
		{"danescan_sink_reconnects_total", "counter",
			"Connections opened again."},
		{"danescan_sink_problem", "gauge",
			"1 while a sink waits for something to be mended."},
	};

	for (size_t f = 0; f < sizeof(families) / sizeof(*families); f++) {
		exposition_family(out, families[f].name, families[f].type,
			families[f].help);
		for (size_t i = 0; i < m->sink_count; i++) {
			const struct store_stats *s = &m->sinks[i].stats;
			const uint64_t values[] = {s->added, s->committed,
				s->added - s->committed, s->bytes, s->batches,
				s->reconnects, s->problem != NULL};

			exposition_count(out, families[f].name, "sink",
				m->sinks[i].name, values[f]);
		}
	}
}

static void
put_machine(const struct metrics *m, struct buffer *out)
{
	static const char memory[] = "danescan_resident_memory_bytes";
	static const char cpu[] = "danescan_cpu_seconds_total";

	exposition_family(out, memory, "gauge",
		"Resident memory; of the resolver, the sum of its processes.");
	exposition_number(
		out, memory, "process", "scanner", (double)m->scanner.resident);
	exposition_number(out, memory, "process", "resolver",
		(double)m->resolvers.resident);
	exposition_family(out, cpu, "counter", "User and system time.");
	exposition_number(out, cpu, "process", "scanner", m->scanner.cpu_s);
	exposition_number(out, cpu, "process", "resolver", m->resolvers.cpu_s);
	gauge(out, "danescan_resolver_processes", "Resolver processes alive.",
		m->resolvers.processes);
	gauge(out, "danescan_max_fds", "Limit of open files of each process.",
		m->descriptors);
}

void
metrics_text(const struct metrics *metrics, struct buffer *out)
{
	put_scan(metrics, out);
	put_lines(metrics, out);
	put_results(metrics, out);
	put_domains(metrics, out);
	put_lookups(metrics, out);
	put_mail(metrics, out);
	put_waits(metrics, out);
	put_passes(metrics, out);
	put_sinks(metrics, out);
	put_machine(metrics, out);
}
