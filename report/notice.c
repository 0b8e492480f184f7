/* Paragraphs of mail. */
#include "report/notice.h"

#include <string.h>

#include "report/visible.h"

enum {
	WIDTH = 72,
	TEXT_MAX = 2000,
};

void
notice_paragraph(struct buffer *out, int indent, const char *text)
{
	struct buffer shown = {0};
	int column = 0;

	visible_add(&shown, text, TEXT_MAX);
	text = buffer_string(&shown);
	while (*text != '\0') {
		int len = (int)strcspn(text, " ");

		if (column > 0 && column + 1 + len > WIDTH) {
			buffer_byte(out, '\n');
			column = 0;
		}
		if (column == 0)
			buffer_format(out, "%*s", indent, "");
		else
			buffer_byte(out, ' ');
		column = column == 0 ? indent + len : column + 1 + len;
		buffer_add(out, text, (size_t)len);
		text += len;
		text += strspn(text, " ");
	}
	buffer_byte(out, '\n');
	buffer_free(&shown);
}
