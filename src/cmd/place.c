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

static int
unnamed(pv_ctx *cx, const ask_doc *doc)
{
	static const char field[] = "metadata.generateName";
	int r = pv_fail(
		cx, PV_EINVALID,
		"%s: expected metadata.name: an object is found again by its name, and this one would "
		"have another each time; give it one, or make a new one each time with `kubectl "
		"create -f`",
		field);
	pv_add_cause(cx, "FieldValueForbidden", field, "expected metadata.name instead");
	return place_fault(cx, r, doc, pv_text_at(doc->object, "kind", ""));
}

int
place_check(pv_ctx *cx, const ask_doc *doc, bool text)
{
	static const char *const needed[] = {"apiVersion", "kind", "metadata.name"};
	if (!pv_is(doc->object, PV_OBJECT))
		return pv_fail_at(cx, PV_EINVALID, doc->file, doc->line, 1,
				  "expected an object with apiVersion, kind and metadata.name, found a %s",
				  pv_type_name(doc->object));
	for (size_t i = 0; i < PV_LEN(needed); i++) {
		const pv_val *v = pv_at(doc->object, needed[i]);
		bool absent = !v || pv_is(v, PV_NULL) || pv_streq(pv_text(v, NULL), "");
		if (!absent && (pv_is(v, PV_STRING) || (!text && i == 2)))
			continue;
		if (absent && i == 2 && pv_at(doc->object, "metadata.generateName"))
			return unnamed(cx, doc);
		if (absent)
			(void)pv_fail(cx, PV_EINVALID,
				      "expected apiVersion, kind and metadata.name, found no %s", needed[i]);
		else
			(void)pv_fail(
				cx, PV_EINVALID,
				"%s: expected a string, found a %s (quote it: YAML reads words such as yes, "
				"no, on, off and y as booleans)",
				needed[i], pv_type_name(v));
		pv_add_cause(cx, absent ? "FieldValueRequired" : "FieldValueTypeInvalid", needed[i], "%s",
			     absent ? "Required value" : "expected a string");
		return place_fault(cx, -PV_EINVALID, doc, pv_text_at(doc->object, "kind", "the document"));
	}
	return 0;
}
