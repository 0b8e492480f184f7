/*
 * The database of a run.
 */
#include "scanner/database.h"

#include <stdio.h>
#include <stdlib.h>

#include "scanner/core/arena.h"
#include "scanner/core/classifier.h"
#include "scanner/core/record_words.h"
#include "scanner/loop.h"

static struct store *
open_store(const struct database_wish *wish, char *err, size_t errsize)
{
	const struct config *config = wish->config;
	char *json = config_json(config);
	struct arena *arena = arena_new();
	struct store_scan scan = {
		.label = wish->label,
		.config = json,
		.started_us = loop_wall_us(),
		.classifier = CLASSIFIER_VERSION,
		.words = record_words(arena),
		.no_list = config->no_list,
	};
	struct store *store;

	if (wish->join != 0)
		store = store_postgres_join(
			config->db, &scan, wish->join, err, errsize);
	else
		store = store_postgres_open(
			config->db, &scan, config->resume, err, errsize);
	free(json);
	arena_free(arena);
	return store;
}

struct store *
database_open(const struct database_wish *wish, struct fleet **fleet, char *err,
	size_t errsize)
{
	struct store *store = open_store(wish, err, errsize);

	if (store == NULL)
		return NULL;
	*fleet = store_postgres_fleet(store, wish->config->db, err, errsize);
	if (*fleet == NULL) {
		store_free(store);
		return NULL;
	}
	return store;
}
