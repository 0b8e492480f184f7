/* Trees of XML through the embedded templates into files. */
#ifndef REPORT_RENDER_H
#define REPORT_RENDER_H

#include <libxml/tree.h>
#include <stdio.h>

struct render;

/* Reads the templates; a mistake in them is a defect: asserted. */
struct render *render_open(void);
void render_free(struct render *render);

/* A page as HTML. */
void render_page(struct render *render, xmlDoc *page, FILE *out);
/* The feed as Atom. */
void render_feed(struct render *render, xmlDoc *feed, FILE *out);
/* A chart with its colours, as a file of its own. */
void render_chart(const xmlNode *chart, FILE *out);

#endif
