#include <string.h>
#include "base/buf.h"
#include "base/str.h"
#include "lang/yaml/node.h"
#include "lang/yaml/resolve.h"

int
yaml_fail_at(const struct node_context *in, yaml_mark_t at, const char *what)
{
	return pv_fail_at(in->cx, PV_EBADREQUEST, in->file, (int)at.line + 1, (int)at.column + 1,
			  "invalid YAML: %s", what);
}

int
yaml_fail_scan(pv_ctx *cx, const char *file, const yaml_parser_t *p, pv_str text)
{
	struct node_context in = {.cx = cx, .file = file};
	const char *problem = p->problem != NULL ? p->problem : "out of memory";

	if (p->error == YAML_READER_ERROR) {
		yaml_mark_t at = {.index = p->problem_offset};

		for (size_t i = 0; i < p->problem_offset && i < text.len; i++) {
			at.column++;
			if (text.s[i] == '\n') {
				at.line++;
				at.column = 0;
			}
		}
		return yaml_fail_at(&in, at, pv_printf(cx->arena, "%s: save the text as UTF-8", problem));
	}
	if (p->context != NULL)
		problem = pv_printf(cx->arena, "%s %s that starts at line %zu", problem, p->context,
				    p->context_mark.line + 1);
	return yaml_fail_at(&in, p->problem_mark, problem);
}

char *
pv_yaml_go_error(pv_arena *arena, const pv_error *err)
{
	const char *what = err->message, *end;
	int line = err->line;

	if (pv_starts_with(what, "invalid YAML: "))
		what += strlen("invalid YAML: ");
	/* Its parser counts lines from 0, its scanner from 1, and neither tells the first. */
	if (line == 1 || pv_starts_with(what, "did not find expected "))
		line--;
	end = strstr(what, " while ");
	end = end ? end : strstr(what, ": save the text as UTF-8");
	what = end ? pv_strndup(arena, what, (size_t)(end - what)) : what;
	return line > 0 ? pv_printf(arena, "yaml: line %d: %s", line, what)
			: pv_printf(arena, "yaml: %s", what);
}

bool
yaml_tag_is(const yaml_char_t *tag, const char *wanted)
{
	return tag != NULL && strcmp((const char *)tag, wanted) == 0;
}

static int
binary(const struct node_context *in, const yaml_event_t *event, pv_val *ret)
{
	pv_str text = {(const char *)event->data.scalar.value, event->data.scalar.length};
	pv_buf joined, valid;
	uint8_t *bytes;
	size_t len;

	pv_buf_init(&joined, in->cx->arena);
	pv_buf_init(&valid, in->cx->arena);
	for (size_t i = 0; i < text.len; i++)
		if (text.s[i] != '\n' && text.s[i] != '\r')
			pv_buf_addc(&joined, text.s[i]);
	bytes = pv_unbase64(in->cx->arena, (pv_str){joined.len > 0 ? joined.s : "", joined.len}, false, &len);
	if (bytes == NULL)
		return yaml_fail_at(in, event->start_mark, "!!binary value contains invalid base64 data");
	yaml_mend(&valid, (pv_str){(const char *)bytes, len}); /* JSON holds text only */
	*ret = pv_stringn(in->cx->arena, valid.len > 0 ? valid.s : "", valid.len);
	return 0;
}

/* An explicit core tag: the text must be of that kind. */
static int
check_tag(const struct node_context *in, const yaml_event_t *event, enum yaml_kind kind, pv_val *v)
{
	static const struct {
		const char *tag, *name;
		enum yaml_kind kind;
	} tags[] = {
		{YAML_TAG("bool"), "!!bool", YAML_BOOL},
		{YAML_TAG("int"), "!!int", YAML_INT},
		{YAML_TAG("float"), "!!float", YAML_FLOAT},
		{YAML_TAG("null"), "!!null", YAML_NULL},
		{YAML_TAG("timestamp"), "!!timestamp", YAML_TIMESTAMP},
	};
	const yaml_char_t *tag = event->data.scalar.tag;

	for (size_t i = 0; i < PV_LEN(tags); i++) {
		if (!yaml_tag_is(tag, tags[i].tag) || kind == tags[i].kind)
			continue;
		if (tags[i].kind == YAML_FLOAT && kind == YAML_INT) {
			*v = pv_double(pv_f64(v, 0));
			return 0;
		}
		return yaml_fail_at(in, event->start_mark,
				    pv_printf(in->cx->arena, "cannot decode `%.*s` as a %s",
					      PV_CLIP((const char *)event->data.scalar.value), tags[i].name));
	}
	return 0;
}

static bool
is_core_tag(const yaml_char_t *tag)
{
	static const char *const core[] = {YAML_TAG("bool"), YAML_TAG("int"), YAML_TAG("float"),
					   YAML_TAG("null"), YAML_TAG("timestamp")};

	for (size_t i = 0; i < PV_LEN(core); i++)
		if (yaml_tag_is(tag, core[i]))
			return true;
	return false;
}

/* What YAML 1.1 has beyond the core schema of 1.2 (section 10.3.2), or beyond go-yaml v3's. */
static bool
is_of_old(const struct node_context *in, pv_str s, enum yaml_kind kind)
{
	if (kind == YAML_BOOL)
		return (in->core || in->v3) && (s.s[0] | 0x20) != 't' && (s.s[0] | 0x20) != 'f';
	return in->core && (kind == YAML_INT || kind == YAML_FLOAT) && memchr(s.s, '_', s.len) != NULL;
}

int
yaml_scalar(const struct node_context *in, const yaml_event_t *event, pv_val *ret)
{
	pv_str s = {(const char *)event->data.scalar.value, event->data.scalar.length};
	const yaml_char_t *tag = event->data.scalar.tag;
	enum yaml_kind kind = YAML_STR;
	int r;

	if (yaml_tag_is(tag, YAML_TAG("binary")))
		return binary(in, event, ret);
	if (is_core_tag(tag) || (tag == NULL && event->data.scalar.plain_implicit)) {
		kind = yaml_resolve(in->cx->arena, s, ret);
		if (tag == NULL && is_of_old(in, s, kind))
			kind = YAML_STR;
		r = check_tag(in, event, kind, ret);
		if (r < 0)
			return r;
		if (in->written && kind != YAML_NULL)
			kind = YAML_STR;
	}
	if (kind == YAML_NOT_FINITE && in->is_key) {
		*ret = pv_string_ref(s.len == 5 ? (s.s[0] == '-' ? "-.inf" : ".inf")
						: ((s.s[1] | 0x20) == 'n' ? ".nan" : ".inf"));
		return 0;
	}
	if (kind == YAML_NOT_FINITE)
		return yaml_fail_at(
			in, event->start_mark,
			pv_printf(in->cx->arena, "%s has no place in JSON: expected a finite number", s.s));
	if (kind == YAML_STR || kind == YAML_TIMESTAMP)
		*ret = pv_stringn(in->cx->arena, s.s, s.len);
	return 0;
}

int
yaml_key(const struct node_context *in, pv_val *v, yaml_mark_t at)
{
	char room[PV_NUMBER_ROOM];
	pv_str text;

	switch ((enum pv_type)v->type) {
	case PV_STRING: return 0;
	case PV_BOOL: *v = pv_string_ref(v->b ? "true" : "false"); return 0;
	case PV_NUMBER:
		if (v->num == PV_DOUBLE) {
			*v = pv_string_ref(yaml_float_key(in->cx->arena, v->d));
		} else {
			text = pv_number_text(v, room);
			*v = pv_stringn(in->cx->arena, text.s, text.len);
		}
		return 0;
	case PV_NULL:
		return yaml_fail_at(in, at,
				    "a key is null: expected a string (write \"\" or \"null\" in quotes)");
	default: return yaml_fail_at(in, at, "a key is a mapping or a list: expected a string");
	}
}
