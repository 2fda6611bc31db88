/* print: values as Go prints what encoding/json made of them: %v and %#v; and what is wrong, all at once. */
#include <math.h>

#include "base/arena.h"
#include "base/map.h"
#include "lang/go/fmt.h"

static void
put_number(pv_buf *b, const pv_val *v)
{
	char room[PV_NUMBER_ROOM];
	double d = pv_f64(v, 0);

	if (v->num == PV_INT) {
		pv_str text = pv_number_text(v, room);

		pv_buf_add(b, text.s, text.len);
	} else if (d == trunc(d) && fabs(d) < 9e18) {
		pv_buf_printf(b, "%lld", (long long)d);
	} else {
		pv_go_float(b, d);
	}
}

static void
put_list(pv_buf *b, const pv_val *v, bool syntax)
{
	pv_buf_adds(b, syntax ? "[]interface {}{" : "[");
	for (size_t i = 0; i < pv_count(v); i++) {
		pv_buf_adds(b, i == 0 ? "" : syntax ? ", " : " ");
		pv_go_print(b, pv_item(v, i), syntax);
	}
	pv_buf_addc(b, syntax ? '}' : ']');
}

static void
put_map(pv_buf *b, const pv_val *v, bool syntax)
{
	pv_buf_adds(b, syntax ? "map[string]interface {}{" : "map[");
	for (size_t i = 0; i < pv_count(v); i++) {
		const pv_member *m = pv_sorted(v, i);

		pv_buf_adds(b, i == 0 ? "" : syntax ? ", " : " ");
		if (syntax)
			pv_go_quote(b, pv_strv(&m->key), false);
		else
			pv_buf_add(b, m->key.s, m->key.len);
		pv_buf_addc(b, ':');
		pv_go_print(b, &m->val, syntax);
	}
	pv_buf_addc(b, syntax ? '}' : ']');
}

void
pv_go_print(pv_buf *b, const pv_val *v, bool syntax)
{
	switch (v->type) {
	case PV_BOOL: pv_buf_adds(b, pv_truth(v, false) ? "true" : "false"); break;
	case PV_NUMBER: put_number(b, v); break;
	case PV_STRING:
		if (syntax)
			pv_go_quote(b, pv_strv(v), false);
		else
			pv_buf_adds(b, pv_text(v, ""));
		break;
	case PV_SET:
	case PV_LIST: put_list(b, v, syntax); break;
	case PV_OBJECT: put_map(b, v, syntax); break;
	case PV_NULL:
	default: pv_buf_adds(b, syntax ? "interface {}(nil)" : "<nil>"); break;
	}
}

const char *
pv_go_type(const pv_val *v)
{
	switch (v->type) {
	case PV_BOOL: return "bool";
	case PV_NUMBER: return v->num == PV_INT ? "int64" : "float64";
	case PV_STRING: return "string";
	case PV_SET:
	case PV_LIST: return "[]interface {}";
	case PV_OBJECT: return "map[string]interface {}";
	case PV_NULL:
	default: return "<nil>";
	}
}

const char *
pv_go_errors(pv_arena *arena, const pv_vec *texts)
{
	pv_map *told = pv_map_new(arena);
	pv_buf b;

	pv_buf_init(&b, arena);
	for (size_t i = 0; i < texts->len; i++) {
		const char *text = *PV_AT(const char *, texts, i);

		if (!pv_map_puts(told, text, told))
			pv_buf_printf(&b, "%s%s", b.len ? ", " : "", text);
	}
	return pv_map_len(told) > 1 ? pv_printf(arena, "[%s]", b.s) : b.s;
}
