/* partial_query: pv_rego_partial(): a query and its unknowns in, the queries that are left over out. */
#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"
#include "base/time.h"
#include "lang/rego/ast_json.h"
#include "lang/rego/partial.h"

static int
add_unknown(pe_state *pe, const char *text)
{
	rg_body body;
	int r = rg_parse_query(pe->cx, pe->cx->arena, pv_str_of(text), false, &body);
	rg_term *t = r == 0 && body.n == 1 && body.exprs[0]->kind == RG_E_TERM ? body.exprs[0]->term : NULL,
		*ref;
	if (r < 0)
		return pv_wrap(pe->cx, r, "unknowns");
	if (t && t->kind == RG_VAR) {
		ref = pe_term(pe, RG_REF, 1);
		ref->args[0] = t;
		t = ref;
	}
	if (!t || t->kind != RG_REF || t->args[0]->kind != RG_VAR ||
	    (!pv_streq(t->args[0]->name, "input") && !pv_streq(t->args[0]->name, "data")))
		return pv_fail(pe->cx, PV_EBADREQUEST,
			       "unknowns: expected references such as input or data.reports, found \"%.*s\"",
			       PV_CLIP(text));
	pv_vec_push(&pe->unknowns, &t);
	return 0;
}

static bool
is_told(const pv_vec *list, const pv_val *v)
{
	for (size_t i = 0; i < list->len; i++)
		if (pv_eq(PV_AT(pv_val, list, i), v))
			return true;
	return false;
}

static pv_val
queries_json(pe_state *pe)
{
	pv_listb all;
	pv_vec told;
	pv_listb_init(&all, pe->cx->arena);
	pv_vec_init(&told, pe->cx->arena, sizeof(pv_val));
	for (size_t i = 0; i < pe->found->len; i++) {
		pv_val q = rg_body_json(pe->cx->arena, PV_AT(rg_body, pe->found, i));
		if (is_told(&told, &q))
			continue;
		pv_vec_push(&told, &q);
		pv_listb_add(&all, q);
	}
	return pv_listb_end(&all);
}

int
pv_rego_partial(pv_ctx *cx, pv_rego *rego, const pv_rego_partial_opts *opts, pv_val *ret)
{
	pe_state pe = {.cx = cx, .rego = rego, .eval = opts->eval, .volatiles = opts->nondeterministic};
	const pe_goal *goals = NULL;
	pv_vec found;
	rg_body body;
	int r = rg_parse_query(cx, cx->arena, pv_str_of(opts->query), rego->p.v0, &body);
	if (r < 0)
		return r;
	if (!pe.eval.cpu_from)
		pe.eval.cpu_from = pv_cpu();
	pe.slots = pv_map_new(cx->arena);
	pe.depends = pv_new_array(cx->arena, uint8_t, rego->p.groups.len + 1);
	pe.found = &found;
	pv_vec_init(&found, cx->arena, sizeof(rg_body));
	pv_vec_init(&pe.trail, cx->arena, sizeof(pe_slot *));
	pv_vec_init(&pe.saved, cx->arena, sizeof(rg_expr *));
	pv_vec_init(&pe.unknowns, cx->arena, sizeof(rg_term *));
	for (size_t i = 0; r == 0 && i < opts->n_unknowns; i++)
		r = add_unknown(&pe, opts->unknowns[i]);
	if (r < 0)
		return r;
	pe_frame *f = pe_frame_new(&pe, NULL, &body);
	for (uint32_t i = body.n; i > 0; i--)
		goals = pe_push(&pe, (pe_goal){.kind = PE_EXPR, .frame = f, .expr = body.exprs[i - 1]},
				goals);
	r = pe_run(&pe, goals);
	if (r == 0)
		r = pe_check(&pe); /* of the last solution, too */
	if (r == 0) {
		pv_val all = queries_json(&pe);
		*ret = pv_copy(cx->arena, &all); /* it outlives the policy */
	}
	return r;
}
