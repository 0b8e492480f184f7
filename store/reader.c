/* A stored scan, row by row: the database makes objects, libpq streams them. */
#include "store/reader.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "store/connection.h"
#include "store/unrow.h"

struct reader {
	PGconn *pg;
	char scan[24];
};

static const char CERTIFICATES[] =
	"SELECT c.sha256, c.der FROM dane.certificate c WHERE c.sha256 IN ("
	"SELECT unnest(e.chain || e.other_chain) FROM dane.endpoint_obs e "
	"WHERE e.scan_id = $1)";

static const char HOSTS[] =
	"SELECT row_to_json(x) FROM (SELECT h.*, "
	"extract(epoch FROM h.time)::bigint AS time_s, "
	"extract(epoch FROM h.tlsa_sig_begins)::bigint AS tlsa_sig_begins_s, "
	"extract(epoch FROM h.tlsa_sig_expires)::bigint "
	"AS tlsa_sig_expires_s, "
	"ARRAY(SELECT row_to_json(e) FROM dane.endpoint_obs e "
	"WHERE e.scan_id = $1 AND e.host = h.host AND e.run = h.run "
	"ORDER BY e.position) AS endpoints, "
	"ARRAY(SELECT row_to_json(t) FROM dane.tlsa_obs t "
	"WHERE t.scan_id = $1 AND t.host = h.host AND t.run = h.run "
	"ORDER BY t.position) AS records "
	"FROM dane.host_obs h WHERE h.scan_id = $1) x";

static const char DOMAINS[] =
	"SELECT row_to_json(x) FROM (SELECT d.*, "
	"(extract(epoch FROM d.time) * 1000000)::bigint AS time_us, "
	"extract(epoch FROM d.mx_sig_begins)::bigint AS mx_sig_begins_s, "
	"extract(epoch FROM d.mx_sig_expires)::bigint AS mx_sig_expires_s, "
	"ARRAY(SELECT json_build_array(m.preference, m.host, m.run) "
	"FROM dane.mx_obs m WHERE m.scan_id = $1 AND m.domain = d.domain "
	"ORDER BY m.position) AS mx "
	"FROM dane.domain_obs d WHERE d.scan_id = $1) x";

static int
fail(const PGresult *result, const PGconn *pg, char *err, size_t errsize)
{
	connection_error_line(result, pg, err, errsize);
	return -1;
}

/* The rows are read as objects whatever the session's own forms are. */
struct reader *
reader_open(const char *dsn, int64_t scan, char *err, size_t errsize)
{
	struct reader *reader = calloc(1, sizeof(*reader));
	PGresult *result;
	bool ready;

	if (reader == NULL)
		abort();
	(void)snprintf(reader->scan, sizeof(reader->scan), "%" PRId64, scan);
	reader->pg = connection_open(dsn, err, errsize);
	if (reader->pg == NULL) {
		reader_free(reader);
		return NULL;
	}
	result = PQexec(reader->pg,
		"SET bytea_output = hex; SET statement_timeout = 0; "
		"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
	ready = PQresultStatus(result) == PGRES_COMMAND_OK;
	if (!ready)
		(void)fail(result, reader->pg, err, errsize);
	PQclear(result);
	if (ready)
		return reader;
	reader_free(reader);
	return NULL;
}

void
reader_free(struct reader *reader)
{
	if (reader == NULL)
		return;
	PQfinish(reader->pg);
	free(reader);
}

/* What is done with a row. */
struct taker {
	int (*take)(const struct taker *taker, const PGresult *row, char *err,
		size_t errsize);
	reader_certificate_cb on_certificate;
	reader_host_cb on_host;
	reader_domain_cb on_domain;
	void *arg;
};

static int
take_rows(const struct taker *taker, PGresult *result, PGconn *pg, char *err,
	size_t errsize)
{
	if (PQresultStatus(result) == PGRES_FATAL_ERROR)
		return fail(result, pg, err, errsize);
	return PQntuples(result) == 0
		       ? 0
		       : taker->take(taker, result, err, errsize);
}

/* All results are taken in any case, or the connection would be of no use. */
static int
stream(struct reader *reader, const char *sql, const struct taker *taker,
	bool binary, char *err, size_t errsize)
{
	const char *scan = reader->scan;
	PGresult *result;
	int status = 0;

	if (!PQsendQueryParams(
		    reader->pg, sql, 1, NULL, &scan, NULL, NULL, binary) ||
		!PQsetSingleRowMode(reader->pg))
		return fail(NULL, reader->pg, err, errsize);
	while ((result = PQgetResult(reader->pg)) != NULL) {
		if (status == 0)
			status = take_rows(
				taker, result, reader->pg, err, errsize);
		PQclear(result);
	}
	return status;
}

static int
take_certificate(const struct taker *taker, const PGresult *row, char *err,
	size_t errsize)
{
	(void)err;
	(void)errsize;
	return taker->on_certificate(taker->arg,
		(const uint8_t *)PQgetvalue(row, 0, 0),
		(const uint8_t *)PQgetvalue(row, 0, 1),
		(size_t)PQgetlength(row, 0, 1));
}

int
reader_certificates(struct reader *reader, reader_certificate_cb cb, void *arg,
	char *err, size_t errsize)
{
	const struct taker taker = {
		.take = take_certificate, .on_certificate = cb, .arg = arg};

	return stream(reader, CERTIFICATES, &taker, true, err, errsize);
}

static json_t *
object_of(const PGresult *row, char *err, size_t errsize)
{
	json_t *object = json_loadb(PQgetvalue(row, 0, 0),
		(size_t)PQgetlength(row, 0, 0), JSON_ALLOW_NUL, NULL);

	if (object == NULL)
		(void)snprintf(err, errsize, "a stored row is not JSON");
	return object;
}

static int
take_host(const struct taker *taker, const PGresult *result, char *err,
	size_t errsize)
{
	json_t *object = object_of(result, err, errsize);
	struct unjson_pool pool = {0};
	struct row_host row;
	int status;

	if (object == NULL)
		return -1;
	unrow_host(&pool, object, &row);
	status = taker->on_host(taker->arg, unjson_int(object, "run", 0), &row);
	unjson_free(&pool);
	json_decref(object);
	return status;
}

int
reader_hosts(struct reader *reader, reader_host_cb cb, void *arg, char *err,
	size_t errsize)
{
	const struct taker taker = {
		.take = take_host, .on_host = cb, .arg = arg};

	return stream(reader, HOSTS, &taker, false, err, errsize);
}

static int
take_domain(const struct taker *taker, const PGresult *result, char *err,
	size_t errsize)
{
	json_t *object = object_of(result, err, errsize);
	struct unjson_pool pool = {0};
	struct row_domain row;
	const int64_t *runs;
	int status;

	if (object == NULL)
		return -1;
	unrow_domain(&pool, object, &row, &runs);
	status = taker->on_domain(taker->arg, runs, &row);
	unjson_free(&pool);
	json_decref(object);
	return status;
}

int
reader_domains(struct reader *reader, reader_domain_cb cb, void *arg, char *err,
	size_t errsize)
{
	const struct taker taker = {
		.take = take_domain, .on_domain = cb, .arg = arg};

	return stream(reader, DOMAINS, &taker, false, err, errsize);
}
