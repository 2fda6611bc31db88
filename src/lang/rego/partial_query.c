/* partial_query: pv_rego_partial(): a query and its unknowns in, the queries that are left over out. */
#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"
#include "base/time.h"
#include "lang/json/json.h"
#include "lang/rego/ast_json.h"
#include "lang/rego/partial.h"
#include "lang/rego/unknowns.h"
#include "lang/rego/unparse.h"

static int
add_path(pe_state *pe, const char *what, const char *text, pv_vec *to)
{
	rg_body body;
	int r = rg_parse_query(pe->cx, pe->cx->arena, pv_str_of(text), false, &body);
	rg_term *t = r == 0 && body.n == 1 && body.exprs[0]->kind == RG_E_TERM ? body.exprs[0]->term : NULL,
		*ref;
	if (r < 0)
		return pv_wrap(pe->cx, r, "%s", what);
	if (t && t->kind == RG_VAR) {
		ref = pe_term(pe, RG_REF, 1);
		ref->args[0] = t;
		t = ref;
	}
	if (!t || t->kind != RG_REF || t->args[0]->kind != RG_VAR ||
	    (!pv_streq(t->args[0]->name, "input") && !pv_streq(t->args[0]->name, "data")))
		return pv_fail(pe->cx, PV_EBADREQUEST,
			       "%s: expected references such as input or data.reports, found \"%.*s\"", what,
			       PV_CLIP(text));
	pv_vec_push(to, &t);
	return 0;
}

/* Each once. */
static int
tell_queries(pe_state *pe, bool text, pv_rego_left *ret)
{
	pv_map *told = pv_map_new(pe->cx->arena);
	pv_listb all;
	pv_listb_init(&all, pe->cx->arena);
	for (size_t i = 0; i < pe->found->len; i++) {
		rg_body *body = &PV_AT(pe_found, pe->found, i)->body;
		pv_val q = rg_body_json(pe->cx->arena, body);
		pv_buf b;
		int r = pe_check(pe);
		if (r < 0)
			return r;
		if (pv_map_puts(told, pv_json_text(pe->cx->arena, &q), body))
			continue;
		pv_listb_add(&all, q);
		if (!text)
			continue;
		pv_buf_init(&b, pe->cx->arena);
		pv_buf_adds(&b, "");
		rg_unparse_body(&b, body);
		pv_vec_push(&ret->query_texts, &b.s);
	}
	pv_val list = pv_listb_end(&all);
	ret->queries = pv_copy(pe->cx->arena, &list); /* it outlives the policy */
	return 0;
}

static void
tell_kept(pe_state *pe, bool text, pv_rego_left *ret)
{
	pv_listb all;
	pv_listb_init(&all, pe->cx->arena);
	for (size_t i = 0; i < pe->kept.len; i++) {
		const rg_module *m = *PV_AT(rg_module *, &pe->kept, i);
		pv_buf b;
		if (!m->rules.len)
			continue;
		pv_listb_add(&all, rg_module_json(pe->cx->arena, m));
		if (!text)
			continue;
		pv_buf_init(&b, pe->cx->arena);
		rg_unparse_module(&b, m);
		pv_vec_push(&ret->support_texts, &b.s);
	}
	pv_val list = pv_listb_end(&all);
	ret->support = pv_copy(pe->cx->arena, &list);
}

static int
begin(pe_state *pe, const pv_rego_partial_opts *opts)
{
	pv_arena *arena = pe->cx->arena;
	size_t groups = pe->rego->p.groups.len + 1;
	int r = 0;
	if (!pe->eval.cpu_from)
		pe->eval.cpu_from = pv_cpu();
	pe->slots = pv_map_new(arena);
	pe->depends = pv_new_array(arena, uint8_t, groups);
	pe->keeps = pv_new_array(arena, uint8_t, groups);
	pv_vec_init(&pe->trail, arena, sizeof(pe_slot *));
	pv_vec_init(&pe->saved, arena, sizeof(pe_left));
	pv_vec_init(&pe->unknowns, arena, sizeof(rg_term *));
	pv_vec_init(&pe->apart, arena, sizeof(rg_term *));
	pv_vec_init(&pe->kept, arena, sizeof(rg_module *));
	for (size_t i = 0; r == 0 && i < opts->n_unknowns; i++)
		r = add_path(pe, "unknowns", opts->unknowns[i], &pe->unknowns);
	for (size_t i = 0; r == 0 && i < opts->n_apart; i++)
		r = add_path(pe, "disableInlining", opts->apart[i], &pe->apart);
	return r;
}

/* What is no query is none in part either: unsafe, or of types that do not fit. */
static int
check(pv_ctx *cx, pv_rego *rego, const char *query)
{
	pv_rego_query *q = NULL;
	int r = pv_rego_prepare(cx, rego, query, &q);
	pv_rego_query_free(q);
	return r;
}

int
pv_rego_partial(pv_ctx *cx, pv_rego *rego, const pv_rego_partial_opts *opts, pv_rego_left *ret)
{
	pe_state pe = {.cx = cx,
		       .rego = rego,
		       .eval = opts->eval,
		       .volatiles = opts->nondeterministic,
		       .shallow = opts->shallow};
	pv_vec found;
	rg_body body;
	int r = check(cx, rego, opts->query);
	if (r == 0)
		r = rg_parse_query(cx, cx->arena, pv_str_of(opts->query), rego->p.v0, &body);
	if (r == 0)
		r = begin(&pe, opts);
	if (r < 0)
		return r;
	pv_vec_init(&found, cx->arena, sizeof(pe_found));
	pe.found = &found;
	r = pe_run(&pe, pe_push_body(&pe, pe_frame_new(&pe, NULL, &body), &body, NULL));
	if (r == 0)
		r = pe_check(&pe); /* of the last solution, too */
	if (r < 0)
		return r;
	pv_vec_init(&ret->query_texts, cx->arena, sizeof(const char *));
	pv_vec_init(&ret->support_texts, cx->arena, sizeof(const char *));
	r = tell_queries(&pe, opts->text, ret);
	if (r == 0)
		tell_kept(&pe, opts->text, ret);
	return r;
}
