/* include: Helm's functions that render templates within templates, and its ways to
 * refuse. */
#include <string.h>

#include "base/arena.h"
#include "lang/go/fmt.h"
#include "lang/gotmpl/impl.h"

#define NESTED 1000 /* times that a name may be included within itself */

/* What was written, without "<no value>" if it is tpl's. */
static pv_tv
written(pv_trun *r, const pv_buf *b, bool clean)
{
	static const char none[] = "<no value>";
	size_t n = sizeof none - 1;
	pv_buf out;
	if (!clean || b->len == 0 || memmem(b->s, b->len, none, n) == NULL)
		return pv_tv_buf(b);
	pv_buf_init(&out, r->arena);
	for (const char *p = b->s, *end = b->s + b->len; p < end;) {
		const char *at = memmem(p, (size_t)(end - p), none, n);
		pv_buf_add(&out, p, (size_t)((at ? at : end) - p));
		p = at ? at + n : end;
	}
	return pv_tv_buf(&out);
}

TFN(fn_include)
{
	pv_str name = targ(args, 0);
	uintptr_t *times = pv_map_find(r->includes, name.s, name.len);
	pv_buf b;
	if (times == NULL) {
		times = pv_new(r->arena, uintptr_t);
		pv_map_put(r->includes, name.s, name.len, times);
	}
	if (*times > NESTED)
		return pv_trun_fail(
			r, "rendering template has a nested reference name: %.*s: unable to execute template",
			(int)name.len, name.s);
	const tree *t = run_find(r, name);
	if (t == NULL)
		return pv_trun_fail(r, "template: no template \"%.*s\" associated with template \"%s\"",
				    (int)name.len, name.s, r->how->root ? r->how->root : "gotpl");
	++*times;
	pv_buf_init(&b, r->arena);
	int code = run_tree(r, t, &args[1], &b);
	--*times;
	*ret = written(r, &b, false);
	return code;
}

static const char *
quoted(pv_trun *r, pv_str s)
{
	pv_buf b;
	pv_buf_init(&b, r->arena);
	pv_go_quote(&b, s, false);
	return b.s;
}

/* Each text is parsed once an execution. */
static int
parsed(pv_trun *r, pv_str text, const pv_vec **ret)
{
	const char *name = r->how->root ? r->how->root : "gotpl";
	pv_vec *trees = pv_map_find(r->parsed, text.s, text.len);
	if (trees == NULL) {
		if (pv_trun_spend(r, text.len) < 0)
			return -PV_ETOOLARGE;
		trees = pv_new(r->arena, pv_vec);
		pv_vec_init(trees, r->arena, sizeof(tree *));
		if (parse_text(r->cx, r->set, pv_str_of(name), text, trees) < 0) {
			const pv_error *err = pv_take_error(r->cx);
			(void)pv_trun_fail(r, "%s", err->message);
			return pv_trun_fail(r, "cannot parse template %s: %s", quoted(r, text), err->message);
		}
		pv_map_put(r->parsed, text.s, text.len, trees);
	}
	*ret = trees;
	return 0;
}

TFN(fn_tpl)
{
	pv_str text = targ(args, 0), left = r->set->left.len ? r->set->left : PV_STR("{{");
	const pv_vec *trees = NULL;
	pv_buf b;
	pv_buf_init(&b, r->arena);
	if (memmem(text.s, text.len, left.s, left.len) == NULL) {
		pv_buf_add(&b, text.s, text.len);
		*ret = written(r, &b, true);
		return pv_trun_spend(r, text.len / 16);
	}
	int code = parsed(r, text, &trees);
	if (code < 0)
		return code;
	const scope *before = r->scope;
	scope own = {.up = before, .trees = pv_map_new(r->arena)};
	tree *t = NULL;
	for (size_t i = 0; i < trees->len; i++) {
		t = *PV_AT(tree *, trees, i);
		if (i + 1 < trees->len && (!node_is_empty(t->root) || run_find(r, t->name) == NULL))
			pv_map_put(own.trees, t->name.s, t->name.len, t);
	}
	r->scope = trees->len > 1 ? &own : before;
	code = run_tree(r, t, &args[1], &b);
	r->scope = before;
	if (code < 0)
		return pv_trun_fail(r, "error during tpl function execution for %s: %s", quoted(r, text),
				    r->error);
	*ret = written(r, &b, true);
	return 0;
}

/* Helm looks for these marks in an error and shows only what is between them. */
static int
refused(pv_trun *r, pv_str why)
{
	return pv_trun_fail(r, "HELM_ERR_START%.*sHELM_ERR_END", (int)why.len, why.s);
}

TFN(fn_required)
{
	bool missing = args[1].kind <= PV_T_NIL || (args[1].kind == PV_T_STRING && args[1].len == 0);
	*ret = missing ? pv_tv_text("") : args[1];
	return missing && !r->how->lint ? refused(r, targ(args, 0)) : 0;
}

TFN(fn_fail)
{
	*ret = pv_tv_text("");
	return r->how->lint ? 0 : refused(r, targ(args, 0));
}

/* clang-format off */
const pv_tfunc pv_tmpl_include[] = {
	{"include", "sa", fn_include}, {"tpl", "sa", fn_tpl}, {"required", "sa", fn_required},
	{"fail", "s", fn_fail}, {NULL, NULL, NULL},
};
/* clang-format on */

TFN(fn_lookup)
{
	if (r->how->lookup != NULL)
		return r->how->lookup(r, r->how->of, args, ret);
	*ret = pv_tv_map(pv_tmap_new(r->arena));
	return 0;
}

/* clang-format off */
const pv_tfunc pv_tmpl_lookup[] = {
	{"lookup", "ssss", fn_lookup}, {NULL, NULL, NULL},
};
/* clang-format on */
