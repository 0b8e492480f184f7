/* Building trees of XML. Out of memory ends the program here. */
#ifndef REPORT_NODE_H
#define REPORT_NODE_H

#include <libxml/tree.h>
#include <stdbool.h>

enum {
	NODE_TEXT_MAX = 200 /* characters of hostile text */
};

/* A child at the end of parent, in parent's namespace. parent NULL: a node of
   its own, the caller's. */
xmlNode *node_add(xmlNode *parent, const char *name);
/* The same with text in it, unless that is NULL. */
xmlNode *node_add_text(xmlNode *parent, const char *name, const char *text);
/* More text at the end of node. Text has to be what XML can carry. */
void node_text(xmlNode *node, const char *text);
void node_set(xmlNode *node, const char *attribute, const char *value);
void node_format(xmlNode *node, const char *attribute, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same with text that may be hostile, in the form of visible_name(). NULL:
   no attribute. */
void node_visible(xmlNode *node, const char *attribute, const char *text);

/* The value of an attribute, valid as long as it is; NULL: it has none. Of
   trees without entities. */
const char *node_get(const xmlNode *node, const char *attribute);
/* Is it an element of that name? */
bool node_is(const xmlNode *node, const char *name);
/* The first child element of that name, or NULL. */
xmlNode *node_child(const xmlNode *node, const char *name);

#endif
