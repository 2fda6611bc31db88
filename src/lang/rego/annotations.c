#include "lang/rego/annotations.h"

#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "lang/rego/ast.h"
#include "lang/rego/program.h"

/* a.b["c d"] of the elements from the second on, up to what is not constant. */
static void
put_path(pv_listb *path, const rg_term *ref, uint32_t from)
{
	for (uint32_t i = from; i < ref->n && ref->args[i]->kind == RG_CONST; i++)
		pv_listb_add(path, ref->args[i]->val);
}

static const char *
package_of(pv_arena *arena, const rg_module *m)
{
	pv_buf b;
	pv_buf_init(&b, arena);
	pv_buf_adds(&b, "");
	for (uint32_t i = 1; i < m->package->n; i++)
		pv_rego_put_key(&b, &m->package->args[i]->val);
	return b.s + (*b.s == '.');
}

static void
add(pv_arena *arena, const rg_module *m, const rg_rule *rule, const pv_val *says, pv_vec *ret)
{
	const rg_loc *at = rule ? &rule->loc : &m->loc;
	pv_rego_annotation *a;
	pv_listb path;
	a = pv_vec_add(ret);
	*a = (pv_rego_annotation){.says = says,
				  .package = package_of(arena, m),
				  .file = m->name,
				  .row = at->row,
				  .column = at->col};
	pv_listb_init(&path, arena);
	pv_listb_add(&path, pv_string_ref("data"));
	put_path(&path, m->package, 1);
	if (rule) {
		const rg_loc *ref = &rule->ref->loc;
		a->rule = pv_strndup(arena, m->text.s + ref->off, ref->end - ref->off);
		pv_listb_add(&path, pv_string(arena, rule->ref->kind == RG_REF ? rule->ref->args[0]->name
									       : rule->ref->name));
		if (rule->ref->kind == RG_REF)
			put_path(&path, rule->ref, 1);
	}
	a->path = pv_listb_end(&path);
}

int
pv_rego_annotations(pv_ctx *cx, const pv_rego_module *module, bool v0, pv_vec *ret)
{
	rg_module *m;
	int r = rg_parse_module(cx, cx->arena, module, (v0 && !module->v1) || module->v0, &m);
	if (r < 0)
		return r;
	for (size_t i = 0; i < m->notes.len; i++)
		add(cx->arena, m, NULL, PV_AT(const rg_note, &m->notes, i)->says, ret);
	for (size_t i = 0; i < m->rules.len; i++) {
		const rg_rule *rule = *PV_AT(const rg_rule *, &m->rules, i);
		for (const rg_note *n = rule->notes; n; n = n->next)
			add(cx->arena, m, rule, n->says, ret);
	}
	return 0;
}

static int
by_path(const void *a, const void *b)
{
	const pv_rego_annotation *x = a, *y = b;
	for (size_t i = 0; i < pv_count(&x->path) && i < pv_count(&y->path); i++) {
		int c = pv_str_cmp(pv_strv(pv_item(&x->path, i)), pv_strv(pv_item(&y->path, i)));
		if (c)
			return c;
	}
	if (pv_count(&x->path) != pv_count(&y->path))
		return pv_count(&x->path) < pv_count(&y->path) ? -1 : 1;
	int c = strcmp(x->file, y->file);
	return c ? c : x->row - y->row;
}

void
pv_rego_annotations_sort(pv_vec *all)
{
	pv_vec_sort(all, by_path);
}

/* ---- of a policy ---- */

/* Are the constants of the reference the path's from there on?  Returns where they end, 0: no. */
static size_t
matches(const rg_term *ref, uint32_t from, const pv_val *path, size_t at)
{
	for (uint32_t i = from; i < ref->n; i++, at++)
		if (at >= pv_count(path) || ref->args[i]->kind != RG_CONST ||
		    !pv_eq(&ref->args[i]->val, pv_item(path, at)))
			return 0;
	return at;
}

static bool
is_at(const rg_module *m, const rg_rule *r, const pv_val *path)
{
	const rg_term *ref = r->ref;
	const char *name = ref->kind == RG_REF ? ref->args[0]->name : ref->name;
	size_t at = matches(m->package, 1, path, 1);
	if (!at || !pv_streq(pv_text(pv_item(path, at), NULL), name))
		return false;
	return (ref->kind == RG_REF ? matches(ref, 1, path, at + 1) : at + 1) == pv_count(path);
}

const pv_val *
pv_rego_annotation_at(pv_arena *arena, const pv_rego *rego, const pv_val *path, const char *member,
		      const char **ret_package)
{
	const pv_val *own = NULL;
	for (size_t i = 0; i < rego->p.modules.len; i++) {
		const rg_module *m = *PV_AT(rg_module *, &rego->p.modules, i);
		for (size_t k = 0; k < m->rules.len; k++) {
			const rg_rule *r = *PV_AT(const rg_rule *, &m->rules, k);
			if (!r->notes || !is_at(m, r, path))
				continue;
			*ret_package = rg_package_ref(arena, m->package);
			for (const rg_note *n = r->notes; n; n = n->next) {
				const pv_val *v = pv_get(n->says, member);
				if (v && pv_streq(n->scope, "document"))
					return v;
				own = own ? own : v;
			}
		}
	}
	return own;
}
