/* rego: the public face: policies, prepared queries, evaluations. */
#include "lang/rego/rego.h"

#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/time.h"
#include "lang/rego/builtin.h"
#include "lang/rego/compile.h"
#include "lang/rego/held.h"
#include "lang/rego/tests.h"
#include "lang/rego/types.h"
#include "lang/rego/typing_schema.h"

#define FAULTS 10000 /* of builtins, told in one evaluation */

struct pv_rego_query {
	pv_arena *arena;
	pv_rego *rego;
	int refs; /* atomic: the owner's, and one for each result that shares its constants */
	const char *text;
	rg_query_code code;
};

/* ---- policies ---- */

static int
parse_all(pv_ctx *cx, rg_program *p, const pv_rego_module *modules, size_t n)
{
	rg_errors e;
	rg_errors_init(&e, cx);
	for (size_t i = 0; i < n; i++) {
		pv_vec comments;
		pv_vec_init(&comments, cx->arena, sizeof(rg_loc));
		rg_module *m = rg_parse_module_in(&e, p->arena, &modules[i],
						  (p->v0 && !modules[i].v1) || modules[i].v0, &comments);
		if (m)
			pv_vec_push(&p->modules, &m);
	}
	return rg_errors_end(&e);
}

/* As the author wrote it. */
static const char *
import_text(pv_arena *arena, const rg_import *im)
{
	pv_buf b;
	pv_buf_init(&b, arena);
	pv_buf_printf(&b, "import %s", im->path->args[0]->name);
	for (uint32_t i = 1; i < im->path->n; i++)
		pv_buf_printf(&b, ".%s", pv_text(&im->path->args[i]->val, "?"));
	if (im->renamed)
		pv_buf_printf(&b, " as %s", im->alias);
	return b.s;
}

/* What is imported must be there once (in v1, and in strict mode) and be used (in strict mode). */
static void
check_imports(const rg_module *m, bool strict, rg_errors *e)
{
	for (size_t i = 0; i < m->imports.len; i++) {
		const rg_import *im = PV_AT(rg_import, &m->imports, i), *same = NULL;
		if (strict && !im->used && !im->is_switch)
			rg_error_add(e, m->name, &im->loc, "rego_compile_error", "%s unused",
				     import_text(e->cx->arena, im));
		for (size_t k = 0; k < i && !same && (strict || m->v1); k++)
			if (pv_streq(PV_AT(rg_import, &m->imports, k)->alias, im->alias))
				same = PV_AT(rg_import, &m->imports, k);
		if (same)
			rg_error_add(e, m->name, &im->loc, "rego_compile_error", "import must not shadow %s",
				     import_text(e->cx->arena, same));
	}
}

static int
compile_all(pv_ctx *cx, rg_program *p)
{
	rg_errors e;
	rg_errors_init(&e, cx);
	e.limit = p->max_errors ? p->max_errors : e.limit;
	if (p->tests)
		rg_tests_prepare(p);
	rg_tree_build(p, &e);
	bool sound = e.n == 0;
	p->scratch = pv_arena_new("rego-body");
	for (size_t i = 0; sound && i < p->groups.len; i++) {
		rg_group *g = *PV_AT(rg_group *, &p->groups, i);
		if (!g->into)
			rg_compile_group(p, &e, g);
	}
	p->scratch = pv_arena_free(p->scratch);
	for (size_t i = 0; sound && i < p->modules.len; i++)
		check_imports(*PV_AT(rg_module *, &p->modules, i), p->strict, &e);
	if (e.n == 0)
		rg_tree_check(p, &e);
	if (e.n == 0 && !p->untyped)
		rg_type_program(p);
	if (sound)
		rg_errors_sort(&e);
	return rg_errors_end(&e);
}

static int
read_input_schema(pv_ctx *cx, rg_program *p)
{
	const pv_val path = {.type = PV_LIST}, *schema = p->schemas ? pv_getv(p->schemas, &path) : NULL;
	const char *fault = schema ? rg_schema_fault(cx, schema) : NULL;
	if (schema && !fault)
		p->input = rg_type_of_schema(p->arena, schema);
	return fault ? rg_fail(cx, NULL, NULL, "rego_type_error", "unable to compile the schema: %s", fault)
		     : 0;
}

int
pv_rego_compile(pv_ctx *cx, const pv_rego_module *modules, size_t n, const pv_rego_opts *opts, pv_rego **ret)
{
	pv_arena *arena = pv_arena_new("rego");
	pv_rego *rego = pv_new(arena, pv_rego);
	rg_program *p = &rego->p;
	p->arena = arena;
	p->v0 = opts && opts->v0;
	p->strict = opts && opts->strict;
	p->prints = opts && opts->prints;
	p->alone = opts && opts->alone;
	p->offline = opts && opts->offline;
	p->external = opts && opts->external;
	p->untyped = opts && opts->untyped;
	p->tests = opts && opts->tests;
	p->max_errors = opts ? opts->max_errors : 0;
	if (opts && opts->schemas)
		p->schemas = pv_box(arena, pv_copy(arena, opts->schemas));
	if (opts && opts->capabilities)
		p->builtins = pv_get(pv_box(arena, pv_copy(arena, opts->capabilities)), "builtins");
	p->refs = 1;
	pthread_mutex_init(&p->writing, NULL);
	pv_vec_init(&p->groups, arena, sizeof(rg_group *));
	pv_vec_init(&p->modules, arena, sizeof(rg_module *));
	pv_vec_init(&p->inputs, arena, sizeof(rg_input_use));
	pv_vec_init(&p->order, arena, sizeof(rg_group *));
	int r = parse_all(cx, p, modules, n);
	if (r == 0)
		r = read_input_schema(cx, p);
	if (r == 0)
		r = compile_all(cx, p);
	if (r < 0) {
		pv_arena_free(arena);
		return r;
	}
	*ret = rego;
	return 0;
}

static const char *
package_name(pv_arena *arena, const rg_module *m)
{
	pv_buf name;
	pv_buf_init(&name, arena);
	for (uint32_t k = 1; k < m->package->n; k++)
		pv_buf_printf(&name, "%s%s", k > 1 ? "." : "", m->package->args[k]->val.s);
	return name.s;
}

int
pv_rego_package(pv_ctx *cx, const pv_rego_module *module, const pv_rego_opts *opts, const char **ret)
{
	rg_module *m;
	int r = rg_parse_module(cx, cx->arena, module, (opts && opts->v0 && !module->v1) || module->v0, &m);
	if (r == 0)
		*ret = package_name(cx->arena, m);
	return r;
}

pv_rego *
pv_rego_ref(pv_rego *rego)
{
	__atomic_add_fetch(&rego->p.refs, 1, __ATOMIC_RELAXED);
	return rego;
}

pv_rego *
pv_rego_unref(pv_rego *rego)
{
	if (rego && __atomic_sub_fetch(&rego->p.refs, 1, __ATOMIC_ACQ_REL) == 0) {
		pthread_mutex_destroy(&rego->p.writing);
		pv_arena_free(rego->p.arena);
	}
	return NULL;
}

/* ---- queries ---- */

int
pv_rego_prepare(pv_ctx *cx, pv_rego *rego, const char *query, pv_rego_query **ret)
{
	return pv_rego_prepare_in(cx, rego, NULL, query, ret);
}

int
pv_rego_prepare_in(pv_ctx *cx, pv_rego *rego, const pv_rego_module *head, const char *query,
		   pv_rego_query **ret)
{
	rg_module *within = NULL;
	rg_body body;
	pv_arena *arena = pv_arena_new("rego-query");
	pv_rego_query *q = pv_new(arena, pv_rego_query);
	q->arena = arena;
	q->text = pv_strdup(arena, query);
	int r = head ? rg_parse_module(cx, arena, head, rego->p.v0, &within) : 0;
	if (r == 0)
		r = rg_parse_query(cx, arena, pv_str_of(q->text), rego->p.v0, &body);
	if (r == 0)
		r = rg_compile_query(cx, &rego->p, arena, &body, pv_str_of(q->text), within, &q->code);
	if (r < 0) {
		pv_arena_free(arena);
		return r;
	}
	q->rego = pv_rego_ref(rego);
	q->refs = 1;
	*ret = q;
	return 0;
}

pv_rego_query *
pv_rego_query_free(pv_rego_query *query)
{
	if (query && __atomic_sub_fetch(&query->refs, 1, __ATOMIC_ACQ_REL) == 0) {
		pv_rego_unref(query->rego);
		pv_arena_free(query->arena);
	}
	return NULL;
}

static void
let_go(void *query)
{
	pv_rego_query_free(query);
}

size_t
pv_rego_query_exprs(const pv_rego_query *query)
{
	return query->code.nexprs;
}

pv_rego_expr
pv_rego_query_expr(const pv_rego_query *query, size_t i)
{
	const rg_loc *loc = query->code.locs[i];
	return (pv_rego_expr){{query->text + loc->off, loc->end - loc->off}, loc->row, loc->col};
}

/* ---- evaluation ---- */

static void
add_row(pv_ctx *cx, const rg_query_code *q, const pv_val *const *row, pv_rego_result *ret)
{
	pv_objb bindings;
	pv_listb values;
	pv_objb_init(&bindings, cx->arena);
	for (uint32_t i = 0; i < q->n; i++)
		pv_objb_putv(&bindings, pv_string_ref(q->names[i]), *row[i]);
	pv_listb_init(&values, cx->arena);
	for (uint32_t i = 0; i < q->nexprs; i++)
		pv_listb_add(&values, *row[q->n + i]);
	const pv_val *set = pv_box(cx->arena, pv_objb_end(&bindings));
	const pv_val *list = pv_box(cx->arena, pv_listb_end(&values));
	pv_vec_push(&ret->sets, &set);
	pv_vec_push(&ret->expressions, &list);
}

static void
vm_init(rg_vm *vm, pv_ctx *cx, const pv_rego_query *query, const pv_rego_eval *eval, rg_env *env)
{
	static const pv_val nothing = {.type = PV_OBJECT};
	*vm = (rg_vm){.cx = cx, .arena = cx->arena, .program = &query->rego->p, .eval = eval, .env = env};
	vm->steps = eval->steps ? eval->steps : RG_STEPS;
	vm->memory = eval->memory ? eval->memory : RG_MEMORY;
	vm->cpu_end = eval->cpu_from ? eval->cpu_from + eval->cpu_ns : 0;
	vm->strict = eval->strict_builtin_errors;
	vm->tracing = eval->trace || eval->cover || eval->explains;
	vm->now_ns = eval->now_ns;
	vm->cap = 32;
	vm->choices = pv_alloc(cx->arena, vm->cap * sizeof *vm->choices);
	vm->regs = pv_alloc(cx->arena, RG_REGS * sizeof *vm->regs);
	vm->regs_end = vm->regs + RG_REGS;
	*env = (rg_env){.input = eval->input, .data = eval->data ? eval->data : &nothing};
}

/* Results share the constants of the policy and the query: both stay until the
 * arena is reset. */
static void
hold(pv_ctx *cx, const pv_rego_query *query)
{
	pv_rego_query *q = (pv_rego_query *)(uintptr_t)query;
	__atomic_add_fetch(&q->refs, 1, __ATOMIC_RELAXED);
	pv_arena_defer(cx->arena, let_go, q);
}

int
pv_rego_run(pv_ctx *cx, const pv_rego_query *query, const pv_rego_eval *eval, pv_rego_result *ret)
{
	rg_vm vm;
	rg_env env;
	const pv_val **saved;
	rg_acc acc = {0};
	uint64_t limit = eval->steps ? eval->steps : RG_STEPS;
	vm_init(&vm, cx, query, eval, &env);
	pv_vec_init(&ret->sets, cx->arena, sizeof(const pv_val *));
	pv_vec_init(&ret->expressions, cx->arena, sizeof(const pv_val *));
	pv_vec_init(&ret->trace, cx->arena, sizeof(struct pv_rego_step));
	pv_vec_init(&ret->cases, cx->arena, sizeof(const pv_val *));
	pv_vec_init(&ret->held, cx->arena, sizeof(pv_rego_held));
	vm.why = eval->explains ? rg_why_new(cx->arena, eval->input, &ret->held) : NULL;
	vm.trace = eval->trace ? &ret->trace : NULL;
	ret->faults = eval->tells_builtin_errors ? pv_new(cx->arena, rg_errors) : NULL;
	if (ret->faults) {
		rg_errors_init(ret->faults, cx);
		ret->faults->limit = FAULTS;
	}
	vm.faults = ret->faults;
	vm.cases = &ret->cases;
	pv_vec_init(&acc.rows, cx->arena, sizeof(const pv_val *const *));
	const rg_query_code *q = &query->code;
	hold(cx, query);
	const pv_val **regs = rg_regs_take(&vm, q->code.nregs, &saved);
	int r = rg_exec(&vm, &q->code, regs, &acc);
	ret->steps = limit - vm.steps;
	for (size_t i = 0; r == 0 && i < acc.rows.len; i++)
		add_row(cx, q, *PV_AT(const pv_val *const *, &acc.rows, i), ret);
	return r;
}

int
pv_rego_faults(pv_rego_result *result)
{
	return result->faults ? rg_errors_end(result->faults) : 0;
}

int
rg_run_body(pv_ctx *cx, pv_rego *rego, const rg_body *body, const pv_rego_eval *eval, pv_rego_result *ret)
{
	pv_arena *arena = pv_arena_new("rego-query");
	pv_rego_query *q = pv_new(arena, pv_rego_query);
	q->arena = arena;
	q->text = "";
	int r = rg_compile_query(cx, &rego->p, arena, body, PV_STR(""), NULL, &q->code);
	if (r < 0) {
		pv_arena_free(arena);
		return r;
	}
	q->rego = pv_rego_ref(rego);
	q->refs = 1;
	r = pv_rego_run(cx, q, eval, ret);
	pv_rego_query_free(q); /* the result still holds it */
	return r;
}

/* ---- listings ---- */

static pv_val
describe_rules(pv_arena *arena, const rg_module *m)
{
	pv_listb rules;
	pv_listb_init(&rules, arena);
	const char *last = NULL;
	for (size_t i = 0; i < m->rules.len; i++) {
		const rg_rule *r = *PV_AT(rg_rule *, &m->rules, i);
		const char *name = r->ref->args[0]->name;
		if (!pv_streq(name, last))
			pv_listb_add(&rules, pv_string(arena, name));
		last = name;
	}
	return pv_listb_end(&rules);
}

/* Where a member of input is read first, by its name. */
static pv_val
describe_inputs(pv_arena *arena, const rg_program *p, const rg_module *m)
{
	pv_objb uses;
	pv_objb_init(&uses, arena);
	for (size_t i = p->inputs.len; i-- > 0;) {
		const rg_input_use *use = PV_AT(rg_input_use, &p->inputs, i);
		if (use->module == m)
			pv_objb_put(&uses, use->name, pv_int(use->row));
	}
	return pv_objb_end(&uses);
}

pv_val
pv_rego_describe(pv_arena *arena, const pv_rego *rego)
{
	pv_listb list;
	pv_listb_init(&list, arena);
	for (size_t i = 0; i < rego->p.modules.len; i++) {
		const rg_module *m = *PV_AT(rg_module *, &rego->p.modules, i);
		pv_objb o;
		pv_objb_init(&o, arena);
		pv_objb_put(&o, "package", pv_stringf(arena, "data.%s", package_name(arena, m)));
		pv_objb_put(&o, "path", pv_string(arena, m->name));
		pv_objb_put(&o, "rules", describe_rules(arena, m));
		pv_objb_put(&o, "inputs", describe_inputs(arena, &rego->p, m));
		pv_listb_add(&list, pv_objb_end(&o));
	}
	return pv_listb_end(&list);
}
