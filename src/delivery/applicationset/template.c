/* template: texts with parameters in them, as Go templates or as {{name}}.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Template/ */
#include <string.h>

#include "base/map.h"
#include "base/str.h"
#include "delivery/applicationset/appset.h"
#include "lang/go/fmt.h"

#define DEPTH_MOST 100
#define OUTPUT_MOST ((size_t)4 << 20) /* bytes that one text may become */
#define STEPS_MOST 5000000

params *
appset_params_new(appset *s, pv_val val)
{
	params *p = pv_alloc0(s->cx->arena, sizeof(*p));
	p->val = val;
	return p;
}

const char *
appset_template_plain(pv_arena *arena, const pv_val *v)
{
	pv_buf b;
	if (pv_is(v, PV_STRING))
		return v->s;
	pv_buf_init(&b, arena);
	if (pv_is(v, PV_NUMBER)) /* a float64, as encoding/json reads it: 1e+06 */
		pv_go_float(&b, pv_f64(v, 0));
	else
		pv_go_print(&b, v, false);
	return b.len ? b.s : "";
}

/* ---- Go templates ---- */

static int
parse(appset *s, pv_str text, pv_tmpl **ret)
{
	static const pv_tfunc *const functions[] = {PV_TMPL_SPRIG, pv_tmpl_documents,
						    appset_template_functions, NULL};
	const pv_tmpl_opts opts = {.funcs = functions};
	pv_tmpl *t = pv_map_find(s->parsed, text.s, text.len);
	int r = 0;
	if (!t) {
		t = pv_tmpl_new(s->cx->arena, &opts);
		r = pv_tmpl_parse(s->cx, t, PV_STR(""), text);
		if (r == 0)
			pv_map_put(s->parsed, text.s, text.len, t);
	}
	*ret = t;
	return r < 0 ? pv_wrap(s->cx, r, "failed to parse template %.*s", PV_CLIP(text.s)) : 0;
}

/* A cluster's labels and annotations are maps of texts: what index does not find in them is an empty text. */
static void
type_notes(pv_tv *dot)
{
	static const char *const notes[] = {"labels", "annotations"};
	pv_tv *meta = pv_tmap_find(dot->map, PV_STR("metadata"));
	for (size_t i = 0; meta && meta->kind == PV_T_MAP && i < PV_LEN(notes); i++) {
		pv_tv *map = pv_tmap_find(meta->map, pv_str_of(notes[i]));
		if (map && map->kind == PV_T_MAP)
			map->type = PV_TY_STRING_MAP;
	}
}

static int
go_text(appset *s, pv_str text, params *p, pv_str *ret)
{
	const pv_tmpl_run how = {.missing = s->missing,
				 .steps = STEPS_MOST,
				 .output = OUTPUT_MOST,
				 .now = pv_plan_now(s->plan)};
	pv_tmpl *t;
	pv_buf out;
	int64_t deadline;
	int r = parse(s, text, &t);
	if (r < 0)
		return r;
	if (!p->has_dot) {
		p->dot = pv_tv_from(s->cx->arena, &p->val, true);
		p->has_dot = true;
		if (p->dot.kind == PV_T_MAP)
			type_notes(&p->dot);
	}
	pv_buf_init(&out, s->cx->arena);
	deadline = s->cx->deadline_ns;
	s->cx->deadline_ns = s->alone ? deadline : s->until;
	r = pv_tmpl_execute(s->cx, t, &how, PV_STR(""), p->dot, &out);
	s->cx->deadline_ns = deadline;
	*ret = (pv_str){out.len ? out.s : "", out.len};
	if (r == -PV_ETIMEOUT && !s->alone) {
		(void)pv_recover(s->cx);
		return appset_goes_on(s);
	}
	return r < 0 ? pv_wrap(s->cx, r, "failed to execute go template %.*s", PV_CLIP(text.s)) : 0;
}

/* ---- {{name}} ---- */

/* What is no parameter stays as it is. */
static void
add_tag(pv_buf *b, const pv_val *values, pv_str tag)
{
	pv_str name = pv_str_trim(tag);
	const pv_val *v = name.len ? pv_getn(values, name.s, name.len) : NULL;
	if (pv_is(v, PV_STRING)) {
		pv_buf_add(b, v->s, v->len);
		return;
	}
	pv_buf_adds(b, "{{");
	pv_buf_add(b, tag.s, tag.len);
	pv_buf_adds(b, "}}");
}

static void
plain_text(appset *s, pv_str text, const params *p, pv_str *ret)
{
	pv_buf b;
	pv_buf_init(&b, s->cx->arena);
	while (text.len > 0 && b.len <= OUTPUT_MOST) {
		const char *open = memmem(text.s, text.len, "{{", 2), *close;
		size_t before = open ? (size_t)(open - text.s) : text.len;
		close = open ? memmem(open + 2, text.len - before - 2, "}}", 2) : NULL;
		if (!close) {
			pv_buf_add(&b, text.s, text.len);
			break;
		}
		pv_buf_add(&b, text.s, before);
		add_tag(&b, &p->val, (pv_str){open + 2, (size_t)(close - open) - 2});
		text.len -= (size_t)(close + 2 - text.s);
		text.s = close + 2;
	}
	*ret = (pv_str){b.len ? b.s : "", b.len};
}

int
appset_template_text(appset *s, pv_str text, params *p, pv_str *ret)
{
	int r = appset_goes_on(s);
	*ret = text;
	if (r < 0)
		return r;
	if (text.len < 4 || !memmem(text.s, text.len, "{{", 2))
		return 0;
	if (s->go)
		return go_text(s, text, p, ret);
	plain_text(s, text, p, ret);
	return ret->len <= OUTPUT_MOST
		       ? 0
		       : pv_fail(s->cx, PV_ETOOLARGE, "a text of the template becomes more than %zu bytes",
				 OUTPUT_MOST);
}

/* ---- values ---- */

static int value(appset *s, const pv_val *v, params *p, int depth, pv_val *ret);

static int
list(appset *s, const pv_val *v, params *p, int depth, pv_val *ret)
{
	pv_listb b;
	int r = 0;
	pv_listb_init(&b, s->cx->arena);
	for (size_t i = 0; r == 0 && i < pv_count(v); i++) {
		pv_val item;
		r = value(s, pv_item(v, i), p, depth + 1, &item);
		if (r == 0)
			pv_listb_add(&b, item);
	}
	*ret = pv_listb_end(&b);
	return r;
}

static int
object(appset *s, const pv_val *v, params *p, int depth, pv_val *ret)
{
	pv_objb b;
	int r = 0;
	pv_objb_init(&b, s->cx->arena);
	for (size_t i = 0; r == 0 && i < pv_member_count(v); i++) {
		const pv_member *m = &v->members[i];
		pv_val key, val;
		r = value(s, &m->key, p, depth + 1, &key);
		if (r == 0)
			r = value(s, &m->val, p, depth + 1, &val);
		if (r == 0)
			pv_objb_putv(&b, key, val);
	}
	*ret = pv_objb_end(&b);
	return r;
}

static int
value(appset *s, const pv_val *v, params *p, int depth, pv_val *ret)
{
	pv_str text;
	int r;
	*ret = *v;
	if (depth > DEPTH_MOST)
		return pv_fail(s->cx, PV_ETOOLARGE, "the template is deeper than %d levels", DEPTH_MOST);
	if (pv_is(v, PV_LIST))
		return list(s, v, p, depth, ret);
	if (pv_is(v, PV_OBJECT))
		return object(s, v, p, depth, ret);
	if (!pv_is(v, PV_STRING))
		return 0;
	r = appset_template_text(s, pv_strv(v), p, &text);
	if (r == 0 && text.s != v->s)
		*ret = pv_stringn(s->cx->arena, text.s, text.len);
	return r;
}

int
appset_template_value(appset *s, const pv_val *v, params *p, pv_val *ret)
{
	return value(s, v, p, 0, ret);
}
