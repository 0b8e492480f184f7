/* libxslt does the escaping. */
#include "report/render.h"

#include <assert.h>
#include <libxml/parser.h>
#include <libxslt/security.h>
#include <libxslt/transform.h>
#include <libxslt/xslt.h>
#include <libxslt/xsltutils.h>
#include <stdlib.h>

#include "report/assets.h"
#include "report/node.h"

struct render {
	xsltStylesheet *page;
	xsltStylesheet *feed;
	xsltSecurityPrefs *nothing; /* no file, no network */
};

static xsltStylesheet *
read_sheet(const char *name)
{
	const struct asset *asset = assets_find(name);
	xmlDoc *doc = xmlReadMemory(asset->data, (int)asset->len, name, NULL,
		XML_PARSE_NOCDATA | XML_PARSE_NONET);
	xsltStylesheet *sheet;

	assert(doc != NULL);
	sheet = xsltParseStylesheetDoc(doc);
	assert(sheet != NULL && sheet->errors == 0);
	return sheet;
}

struct render *
render_open(void)
{
	struct render *render = calloc(1, sizeof(*render));

	if (render == NULL)
		abort();
	render->page = read_sheet("page.xsl");
	render->feed = read_sheet("feed.xsl");
	render->nothing = xsltNewSecurityPrefs();
	if (render->nothing == NULL)
		abort();
	for (int what = XSLT_SECPREF_READ_FILE;
		what <= XSLT_SECPREF_WRITE_NETWORK; what++)
		(void)xsltSetSecurityPrefs(render->nothing,
			(xsltSecurityOption)what, xsltSecurityForbid);
	return render;
}

void
render_free(struct render *render)
{
	if (render == NULL)
		return;
	xsltFreeStylesheet(render->page);
	xsltFreeStylesheet(render->feed);
	xsltFreeSecurityPrefs(render->nothing);
	free(render);
}

static void
apply(struct render *render, xsltStylesheet *sheet, xmlDoc *doc, bool html,
	FILE *out)
{
	xsltTransformContext *context = xsltNewTransformContext(sheet, doc);
	xmlDoc *result;
	xmlChar *text = NULL;
	int len = 0;

	if (context == NULL)
		abort();
	(void)xsltSetCtxtSecurityPrefs(render->nothing, context);
	result = xsltApplyStylesheetUser(sheet, doc, NULL, NULL, NULL, context);
	if (result == NULL || context->state != XSLT_STATE_OK)
		abort();
	if (html)
		(void)xmlCreateIntSubset(
			result, (const xmlChar *)"html", NULL, NULL);
	if (xsltSaveResultToString(&text, &len, result, sheet) != 0)
		abort();
	(void)fwrite(text, 1, (size_t)len, out);
	xmlFree(text);
	xmlFreeDoc(result);
	xsltFreeTransformContext(context);
}

void
render_page(struct render *render, xmlDoc *page, FILE *out)
{
	apply(render, render->page, page, true, out);
}

void
render_feed(struct render *render, xmlDoc *feed, FILE *out)
{
	apply(render, render->feed, feed, false, out);
}

void
render_chart(const xmlNode *chart, FILE *out)
{
	xmlDoc *doc = xmlNewDoc((const xmlChar *)"1.0");
	xmlNode *root = xmlDocCopyNode((xmlNode *)(uintptr_t)chart, doc, 1);
	xmlNode *style;
	xmlChar *text = NULL;
	int len = 0;

	if (doc == NULL || root == NULL)
		abort();
	xmlDocSetRootElement(doc, root);
	style = node_add_text(NULL, "style", assets_find("chart.css")->data);
	xmlSetNs(style, root->ns);
	if (xmlAddPrevSibling(root->children, style) == NULL)
		abort();
	xmlDocDumpMemoryEnc(doc, &text, &len, "UTF-8");
	(void)fwrite(text, 1, (size_t)len, out);
	xmlFree(text);
	xmlFreeDoc(doc);
}
