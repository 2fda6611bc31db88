#include "cmd/place.h"

#include <string.h>

#include "base/str.h"
#include "lang/yaml/yaml.h"

static int
line_of(pv_ctx *cx, const ask_doc *doc, const char *field)
{
	int line = doc->line, column;
	(void)pv_yaml_locate(cx, doc->text, doc->line, pv_printf(cx->arena, "%s%s", doc->base, field), &line,
			     &column);
	return line;
}

/* unknown field "spec.replcas", duplicate field "spec.replicas": the server has no causes for these. */
static void
add_named_fields(pv_ctx *cx, const char *message)
{
	static const char before[] = " field \"";
	const char *at = strstr(message, "strict decoding error: ");
	while (at && (at = strstr(at, before))) {
		const char *name = at + strlen(before), *end = strchr(name, '"'), *word = at;
		while (word > message && word[-1] != ' ')
			word--;
		if (!end)
			return;
		pv_add_cause(cx, "FieldValueInvalid", pv_strndup(cx->arena, name, (size_t)(end - name)),
			     "%.*s field", (int)(at - word), word);
		at = end;
	}
}

int
place_fault(pv_ctx *cx, int r, const ask_doc *doc, const char *what)
{
	int line = doc->line;
	if (!cx->err->causes)
		add_named_fields(cx, cx->err->message);
	for (pv_cause *c = cx->err->causes; c; c = c->next) {
		int own = line_of(cx, doc, c->field);
		if (c == cx->err->causes)
			line = own;
		c->file = doc->file;
		c->line = own;
	}
	return pv_wrap(cx, r, "%s:%d: %s", doc->file, line, what);
}
