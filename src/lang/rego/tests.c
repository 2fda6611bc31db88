/* tests: rules named test_.. and todo_test_..: each one of its own, each case told. */
#include "lang/rego/tests.h"

#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"
#include "lang/rego/ast_json.h"
#include "lang/rego/builtin.h"
#include "lang/rego/compile.h"

/* ---- names and cases ---- */

static bool
is_test(const char *name)
{
	return pv_starts_with(name, "test_") || pv_starts_with(name, "todo_test_");
}

static bool
mentions(const rg_term *t, const char *name)
{
	if (t->kind == RG_VAR)
		return pv_streq(t->name, name);
	for (uint32_t i = 0; i < t->n; i++)
		if (mentions(t->args[i], name))
			return true;
	return false;
}

/* How many statements it takes until all of the head's variables have values. */
static uint32_t
bound_behind(const rg_rule *r)
{
	uint32_t most = 0;
	for (uint32_t i = 1; i < r->ref->n; i++) {
		uint32_t at = 0;
		const rg_expr *e;
		if (r->ref->args[i]->kind != RG_VAR)
			continue;
		for (; at < r->body.n; at++) {
			e = r->body.exprs[at];
			if (!e->negated && e->term && mentions(e->term, r->ref->args[i]->name))
				break;
		}
		most = at + 1 > most ? at + 1 : most;
	}
	return most > r->body.n ? r->body.n : most;
}

static rg_term *
made(pv_arena *arena, int kind, const rg_loc *loc, uint32_t n)
{
	rg_term *t = pv_new(arena, rg_term);
	*t = (rg_term){.kind = (uint8_t)kind, .generated = true, .loc = *loc, .n = n};
	t->args = pv_new_array(arena, rg_term *, n + 1);
	return t;
}

/* internal.test_case([keys of the head]), where their values are known. */
static void
tell_case(pv_arena *arena, rg_rule *r)
{
	uint32_t at = bound_behind(r);
	rg_expr **exprs = pv_new_array(arena, rg_expr *, r->body.n + 1);
	rg_expr *tell = pv_new(arena, rg_expr);
	rg_term *call = made(arena, RG_CALL, &r->loc, 2),
		*keys = made(arena, RG_ARRAY, &r->loc, r->ref->n - 1);
	call->args[0] = made(arena, RG_VAR, &r->loc, 0);
	call->args[0]->name = "internal.test_case";
	call->args[1] = keys;
	memcpy(keys->args, r->ref->args + 1, keys->n * sizeof *keys->args);
	*tell = (rg_expr){.kind = RG_E_TERM, .loc = r->loc, .term = call};
	memcpy(exprs, r->body.exprs, at * sizeof *exprs);
	exprs[at] = tell;
	memcpy(exprs + at + 1, r->body.exprs + at, (r->body.n - at) * sizeof *exprs);
	r->body.exprs = exprs;
	r->body.n++;
}

void
rg_tests_prepare(rg_program *p)
{
	for (size_t i = 0; i < p->modules.len; i++) {
		const rg_module *m = *PV_AT(rg_module *, &p->modules, i);
		pv_map *seen = pv_map_new(p->arena);
		for (size_t k = 0; k < m->rules.len; k++) {
			rg_rule *r = *PV_AT(rg_rule *, &m->rules, k);
			rg_term *head = r->ref->args[0];
			if (!is_test(head->name) || r->is_func)
				continue;
			if (r->kind == RG_COMPLETE && r->ref->n > 1 && r->body.n > 0)
				tell_case(p->arena, r);
			uintptr_t times = (uintptr_t)pv_map_finds(seen, head->name);
			pv_map_puts(seen, head->name, (void *)(times + 1));
			if (times > 0 && r->ref->n == 1)
				head->name = pv_printf(p->arena, "%s#%02zu", head->name, (size_t)times);
		}
	}
}

static int
bi_test_case(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	if (vm->cases)
		pv_vec_push(vm->cases, &a[0]);
	return rg_ret_bool(true, ret);
}

static const rg_builtin rows[] = {
	{"internal.test_case", "a", bi_test_case, 1, RG_B_VOLATILE},
};
RG_FAMILY(tests);

/* ---- listings ---- */

const char *
rg_package_ref(pv_arena *arena, const rg_term *package)
{
	pv_buf b;
	pv_buf_init(&b, arena);
	pv_buf_adds(&b, "data");
	for (uint32_t i = 1; i < package->n; i++) {
		const pv_val *part = &package->args[i]->val;
		pv_buf_addc(&b, '[');
		pv_buf_add_json(&b, part->s, part->len);
		pv_buf_addc(&b, ']');
	}
	return b.s;
}

void
pv_rego_rules(const pv_rego *rego, pv_vec *ret)
{
	for (size_t i = 0; i < rego->p.modules.len; i++) {
		const rg_module *m = *PV_AT(rg_module *, &rego->p.modules, i);
		const char *package = rg_dotted_name(ret->arena, m->package);
		const char *ref = rg_package_ref(ret->arena, m->package);
		for (size_t k = 0; k < m->rules.len; k++) {
			const rg_rule *r = *PV_AT(const rg_rule *, &m->rules, k);
			pv_rego_rule *to = pv_vec_add(ret);
			*to = (pv_rego_rule){.package = package,
					     .package_ref = ref,
					     .name = r->ref->args[0]->name,
					     .file = m->name,
					     .row = r->loc.row,
					     .column = r->loc.col,
					     .keyed = r->ref->n > 1 || r->kind == RG_MULTI};
		}
	}
}

int
pv_rego_parse(pv_ctx *cx, const pv_rego_module *module, const pv_rego_opts *opts, pv_val *ret)
{
	rg_module *m;
	int r = rg_parse_module(cx, cx->arena, module, opts && opts->v0 && !module->v1, &m);
	if (r == 0)
		*ret = rg_module_json(cx->arena, m);
	return r;
}
