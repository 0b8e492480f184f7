/* libxml2's trees with fewer words. */
#include "report/node.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/visible.h"

enum {
	FORMATTED_MAX = 4096
};

static const xmlChar *
octets(const char *text)
{
	return (const xmlChar *)text;
}

xmlNode *
node_add(xmlNode *parent, const char *name)
{
	xmlNode *node = xmlNewNode(NULL, octets(name));

	if (node == NULL)
		abort();
	if (parent != NULL) {
		xmlSetNs(node, parent->ns);
		if (xmlAddChild(parent, node) == NULL)
			abort();
	}
	return node;
}

xmlNode *
node_add_text(xmlNode *parent, const char *name, const char *text)
{
	xmlNode *node = node_add(parent, name);

	if (text != NULL)
		node_text(node, text);
	return node;
}

void
node_text(xmlNode *node, const char *text)
{
	xmlNode *child = xmlNewText(octets(text));

	if (child == NULL || xmlAddChild(node, child) == NULL)
		abort();
}

void
node_set(xmlNode *node, const char *attribute, const char *value)
{
	if (xmlSetProp(node, octets(attribute), octets(value)) == NULL)
		abort();
}

void
node_format(xmlNode *node, const char *attribute, const char *format, ...)
{
	char text[FORMATTED_MAX];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	node_set(node, attribute, text);
}

void
node_visible(xmlNode *node, const char *attribute, const char *text)
{
	struct buffer shown = {0};

	if (text == NULL)
		return;
	visible_name(&shown, text, NODE_TEXT_MAX);
	node_set(node, attribute, buffer_string(&shown));
	buffer_free(&shown);
}

const char *
node_get(const xmlNode *node, const char *attribute)
{
	const xmlAttr *found = xmlHasProp(node, octets(attribute));

	if (found == NULL)
		return NULL;
	if (found->children == NULL)
		return "";
	return (const char *)found->children->content;
}

bool
node_is(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE &&
	       strcmp((const char *)node->name, name) == 0;
}

xmlNode *
node_child(const xmlNode *node, const char *name)
{
	xmlNode *child = node->children;

	while (child != NULL && !node_is(child, name))
		child = child->next;
	return child;
}
