/* A text that is ready to be sent, line by line. Pure. */
#ifndef REPORT_NOTICE_H
#define REPORT_NOTICE_H

#include "store/buffer.h"

/* Append text in lines of at most 72 characters, each after indent blanks.
   Control characters and the like are made visible. */
void notice_paragraph(struct buffer *out, int indent, const char *text);

#endif
