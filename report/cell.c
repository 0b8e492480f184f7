/* CSV without formulas, JSON without surprises. */
#include "report/cell.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "report/visible.h"
#include "store/text.h"

static bool
is_formula(const char *value)
{
	const char *first = value + strspn(value, " ");

	return *first != '\0' && strchr("=+-@\t\r\n", *first) != NULL;
}

void
cell_csv(struct buffer *out, const char *value, enum cell_form form)
{
	struct buffer text = {0};
	bool quoted;

	if (value == NULL)
		return;
	if (form == CELL_TEXT && is_formula(value))
		buffer_byte(&text, '\'');
	visible_add(&text, value, VISIBLE_ALL);
	value = buffer_string(&text);
	quoted = *value == '\0' || value[strcspn(value, ",\"")] != '\0';
	if (quoted)
		buffer_byte(out, '"');
	for (; *value != '\0'; value++) {
		if (*value == '"')
			buffer_byte(out, '"');
		buffer_byte(out, *value);
	}
	if (quoted)
		buffer_byte(out, '"');
	buffer_free(&text);
}

static json_t *
json_number(const char *value)
{
	/* JSON readers lose integers over 2^53; none of ours is so large. */
	if (strpbrk(value, ".eE") == NULL)
		return json_integer(strtoll(value, NULL, 10));
	return json_real(strtod(value, NULL));
}

json_t *
cell_json(const char *value, enum cell_form form)
{
	struct buffer text = {0};
	json_t *json;

	if (value == NULL)
		return json_null();
	if (form == CELL_NUMBER)
		return json_number(value);
	text_clean(&text, value, strlen(value));
	json = json_string(buffer_string(&text));
	buffer_free(&text);
	return json;
}
