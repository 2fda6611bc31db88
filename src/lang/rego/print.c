/* print: JSON as Go's encoding/json prints it. */
#include "base/arena.h"
#include "lang/json/json.h"
#include "lang/rego/builtin.h"

typedef struct pretty {
	pv_buf *b;
	const char *prefix, *indent; /* indent NULL: compact */
	bool sorted;
} pretty;

/* Go's encoding/json writes < > & and the line separators as escapes. */
static void
escape_html(pv_buf *b, const pv_buf *from)
{
	for (size_t i = 0; i < from->len; i++) {
		unsigned char c = (unsigned char)from->s[i];
		if (c == '<' || c == '>' || c == '&') {
			pv_buf_printf(b, "\\u%04x", c);
		} else if (c == 0xe2 && i + 2 < from->len && from->s[i + 1] == '\x80' &&
			   (from->s[i + 2] == '\xa8' || from->s[i + 2] == '\xa9')) {
			pv_buf_adds(b, from->s[i + 2] == '\xa8' ? "\\u2028" : "\\u2029");
			i += 2;
		} else {
			pv_buf_addc(b, (char)c);
		}
	}
}

static void
write_scalar(const pretty *p, const pv_val *v)
{
	pv_buf text;
	pv_buf_init(&text, p->b->arena);
	pv_json_write(&text, v);
	escape_html(p->b, &text);
	pv_buf_done(&text);
}

static void
newline(const pretty *p, int depth)
{
	if (!p->indent)
		return;
	pv_buf_printf(p->b, "\n%s", p->prefix);
	for (int i = 0; i < depth; i++)
		pv_buf_adds(p->b, p->indent);
}

/* Depth is that of a value: bounded by what made it. */
static void
put(const pretty *p, const pv_val *v, int depth)
{
	bool object = v->type == PV_OBJECT;
	if ((!object && v->type != PV_LIST) || v->len == 0) {
		write_scalar(p, v);
		return;
	}
	pv_buf_addc(p->b, object ? '{' : '[');
	for (uint32_t i = 0; i < v->len; i++) {
		const pv_member *m = !object ? NULL : p->sorted ? pv_sorted(v, i) : &v->members[i];
		if (i)
			pv_buf_addc(p->b, ',');
		newline(p, depth + 1);
		if (object) {
			write_scalar(p, &m->key);
			pv_buf_adds(p->b, p->indent ? ": " : ":");
		}
		put(p, object ? &m->val : &v->items[i], depth + 1);
	}
	newline(p, depth);
	pv_buf_addc(p->b, object ? '}' : ']');
}

void
rg_write_pretty(pv_buf *b, const pv_val *v, const char *prefix, const char *indent)
{
	pretty p = {b, prefix, indent, true};
	pv_buf_adds(b, prefix);
	put(&p, v, 0);
}

void
pv_rego_write(pv_buf *b, const pv_val *v, const char *indent, bool sorted)
{
	pretty p = {b, "", indent, sorted};
	put(&p, v, 0);
}
