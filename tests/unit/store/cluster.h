/*
 * A throw-away PostgreSQL cluster for tests. However the test ends, a guardian
 * process sees it and removes the cluster.
 */
#ifndef TESTS_UNIT_STORE_CLUSTER_H
#define TESTS_UNIT_STORE_CLUSTER_H

#include <fcntl.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct cluster {
	char folder[40];
	char dsn[256];
	int alive; /* the guardian waits for the end of this pipe */
	pid_t guardian;
};

enum {
	CLUSTER_LIMIT_S = 300
};

/* scripts/pg.sh WORD FOLDER; 0 on success. Its first line goes to out. */
static inline int
cluster_script(const struct cluster *c, const char *word, char *out, int size)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "scripts/pg.sh %s %s/pg", word,
		c->folder);
	FILE *pipe = popen(command, "re");
	if (pipe == NULL)
		return -1;
	if (fgets(out, size, pipe) != NULL)
		out[strcspn(out, "\n")] = '\0';
	return pclose(pipe);
}

static inline int
cluster_again(struct cluster *c)
{
	return cluster_script(c, "start", c->dsn, sizeof(c->dsn));
}

static inline int
cluster_start(struct cluster *c)
{
	char line[256];
	int ends[2];

	(void)snprintf(
		c->folder, sizeof(c->folder), "/tmp/danescan-unit.XXXXXX");
	if (mkdtemp(c->folder) == NULL || chmod(c->folder, 0755) != 0 ||
		pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	c->alive = ends[1];
	c->guardian = fork();
	if (c->guardian == 0) {
		(void)setsid(); /* a signal to the group is not for it */
		close(ends[1]);
		(void)!read(ends[0], line, 1);
		int status = cluster_script(c, "remove", line, sizeof(line));
		_exit(rmdir(c->folder) != 0 || status != 0);
	}
	close(ends[0]);
	return cluster_again(c);
}

static inline int
cluster_stop(struct cluster *c)
{
	int status = -1;

	close(c->alive);
	(void)waitpid(c->guardian, &status, 0);
	return status;
}

/* The server dies at once, as in a power failure. */
static inline int
cluster_crash(const struct cluster *c)
{
	char path[80];
	char line[32] = "";

	(void)snprintf(
		path, sizeof(path), "%s/pg/data/postmaster.pid", c->folder);
	FILE *file = fopen(path, "re");
	if (file == NULL || fgets(line, sizeof(line), file) == NULL)
		return -1;
	fclose(file);
	pid_t pid = (pid_t)atoi(line);
	if (pid <= 1 || kill(pid, SIGQUIT) != 0)
		return -1;
	for (time_t end = time(NULL) + CLUSTER_LIMIT_S; time(NULL) < end;)
		if (access(path, F_OK) != 0)
			return 0;
	return -1;
}

/* First column of the first row as text, "" for NULL or none. */
static inline const char *
cluster_ask(PGconn *pg, const char *sql, char out[1024])
{
	PGresult *result = PQexec(pg, sql);

	out[0] = '\0';
	if (PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) > 0)
		(void)snprintf(out, 1024, "%s", PQgetvalue(result, 0, 0));
	else if (PQresultStatus(result) != PGRES_COMMAND_OK)
		(void)snprintf(out, 1024, "%s", PQerrorMessage(pg));
	PQclear(result);
	return out;
}

#endif
