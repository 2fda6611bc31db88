#include "cmd/place.h"

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

int
place_fault(pv_ctx *cx, int r, const ask_doc *doc, const char *what)
{
	int line = doc->line;
	for (pv_cause *c = cx->err->causes; c; c = c->next) {
		int own = line_of(cx, doc, c->field);
		if (c == cx->err->causes)
			line = own;
		c->file = doc->file;
		c->line = own;
	}
	return pv_wrap(cx, r, "%s:%d: %s", doc->file, line, what);
}
