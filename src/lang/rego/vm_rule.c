/* vm_rule: rules and functions: which clauses run, what is remembered, and the
 * trace of what decided. */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "lang/rego/index.h"
#include "lang/rego/tests.h"
#include "lang/rego/vm.h"

/* ---- trace ---- */

static void
record(rg_vm *vm, const rg_acc *acc)
{
	const rg_code *code = &acc->clause->code;
	struct pv_rego_step *s;
	if (!vm->trace || vm->trace->len >= 10000)
		return;
	s = pv_vec_add(vm->trace);
	s->rule = rg_node_name(vm->arena, acc->group->node);
	s->file = code->file;
	s->defined = acc->hit;
	const rg_loc *loc = &acc->clause->rule->loc;
	if (!acc->hit && acc->furthest < code->nsteps) {
		loc = &code->steps[acc->furthest]->loc;
		s->expression = pv_strndup(vm->arena, code->text.s + loc->off, loc->end - loc->off);
	}
	s->line = loc->row;
	s->column = loc->col;
}

/* ---- clauses ---- */

static const pv_val *
guarded(const rg_vm *vm, const rg_guard *g, const pv_val *const *args)
{
	const pv_val *v = g->arg < 0 ? vm->env->input : args[g->arg];
	for (uint32_t i = 0; v && i < g->n; i++)
		v = rg_lookup(v, &g->path[i]);
	return v;
}

static bool
guard_holds(const rg_vm *vm, const rg_guard *g, const pv_val *const *args)
{
	const pv_val *v = guarded(vm, g, args);
	return v && pv_eq(v, g->equals);
}

static int
run_code(rg_vm *vm, const rg_clause *c, const rg_code *code, uint32_t n, const pv_val *const *args,
	 rg_acc *acc)
{
	const pv_val **saved;
	const pv_val **regs = rg_regs_take(vm, code->nregs, &saved);
	if (vm->why) {
		memset(regs, 0, code->nregs * sizeof *regs);
		acc->since = rg_why_since(vm->why);
	}
	for (uint32_t i = 0; i < n; i++)
		regs[i] = args[i];
	acc->clause = c;
	acc->furthest = 0;
	int r = rg_exec(vm, code, regs, acc);
	vm->regs = saved;
	return r;
}

static int
run_clause(rg_vm *vm, const rg_clause *c, const pv_val *const *args, rg_acc *acc)
{
	if (c->nguards && !vm->tracing && !guard_holds(vm, c->guards, args))
		return 0;
	return run_code(vm, c, &c->code, c->rule->nargs, args, acc);
}

/* A rule and its else branches: the first that has a solution counts. */
static int
run_chain(rg_vm *vm, const rg_clause *c, const pv_val *const *args, rg_acc *acc)
{
	for (; c; c = c->orelse) {
		acc->hit = false;
		int r = run_clause(vm, c, args, acc);
		if (r < 0)
			return r;
		if (vm->tracing)
			record(vm, acc);
		if (vm->eval->cover && acc->hit)
			rg_cover_rule(vm->eval->cover, &c->code);
		if (acc->hit)
			break;
	}
	return 0;
}

static int
too_deep(rg_vm *vm, const rg_group *g)
{
	return rg_vm_fail(vm, "eval_cancel_error", "rule %s: calls are nested more than %d deep",
			  rg_node_name(vm->arena, g->node), RG_CALL_DEPTH);
}

static int
collect(rg_vm *vm, rg_acc *acc, const pv_val **ret)
{
	const rg_code *code = vm->code;
	const rg_insn *at = vm->at;
	int r = rg_collect_object(vm, &acc->entries, ret);
	vm->code = code;
	vm->at = at;
	return r;
}

static void
acc_init(rg_acc *acc, rg_vm *vm, const rg_group *g)
{
	acc->group = g;
	acc->found = acc->hit = false;
	acc->value = NULL;
	pv_listb_init(&acc->set, vm->arena);
	pv_vec_init(&acc->entries, vm->arena, sizeof(rg_entry));
}

/* The first clause of the index that wants this value. */
static uint32_t
index_find(const rg_group *g, const pv_val *v)
{
	uint32_t lo = 0, hi = g->nrows;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		if (pv_cmp(g->rows[mid].equals, v) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Only the clauses that can succeed, in the order of the file. */
static int
run_indexed(rg_vm *vm, const rg_group *g, const pv_val *const *args, rg_acc *acc)
{
	const pv_val *v = guarded(vm, g->by, args);
	uint32_t i = v ? index_find(g, v) : g->nrows, k = 0;
	int r = 0;
	while (r == 0 && !(acc->found && g->same)) {
		const rg_clause *a = i < g->nrows && pv_eq(g->rows[i].equals, v) ? g->rows[i].clause : NULL;
		const rg_clause *b = k < g->n_unguarded ? g->unguarded[k] : NULL;
		if (!a && !b)
			break;
		bool guarded = a && (!b || a->at < b->at);
		i += guarded;
		k += !guarded;
		r = run_chain(vm, guarded ? a : b, args, acc);
	}
	return r;
}

static int
run_clauses(rg_vm *vm, const rg_group *g, const pv_val *const *args, rg_acc *acc)
{
	int r = 0;
	if (g->by && !vm->tracing)
		return run_indexed(vm, g, args, acc);
	for (uint32_t i = 0; r == 0 && i < g->n && !(acc->found && g->same); i++)
		r = run_chain(vm, g->clauses[i], args, acc);
	return r;
}

static int
run_group(rg_vm *vm, const rg_group *g, const pv_val *const *args, const pv_val **ret)
{
	rg_acc acc;
	acc_init(&acc, vm, g);
	*ret = NULL;
	if (++vm->depth > RG_CALL_DEPTH)
		return too_deep(vm, g);
	int r = run_clauses(vm, g, args, &acc);
	if (r == 0 && !acc.found && g->otherwise)
		r = run_chain(vm, g->otherwise, args, &acc);
	vm->depth--;
	if (r < 0)
		return r;
	if (g->kind == RG_G_SET)
		r = rg_box(vm, pv_listb_end_set(&acc.set), ret);
	else if (g->kind == RG_G_OBJECT)
		r = collect(vm, &acc, ret);
	else
		*ret = acc.value;
	return r;
}

/* ---- documents ---- */

int
rg_eval_group(rg_vm *vm, const rg_group *g, const pv_val **ret)
{
	*ret = NULL;
	if (vm->env->masks && rg_is_masked(vm, g->node)) {
		*ret = rg_base_at(vm, g->node);
		return 0;
	}
	if (g->kind == RG_G_FUNC)
		return 0;
	rg_env *env = vm->env;
	if (!env->cache)
		env->cache = pv_alloc0_array(vm->arena, vm->program->groups.len, sizeof *env->cache);
	const pv_val *known = env->cache[g->id];
	if (known) {
		*ret = known == &rg_undefined ? NULL : known;
		return 0;
	}
	int r = run_group(vm, g, NULL, ret);
	if (r == 0)
		env->cache[g->id] = *ret ? *ret : &rg_undefined;
	return r;
}

/* ---- members: p[key] without the rest of p ---- */

#define WHOLE_AFTER 16 /* members: then the whole document is made, once */

static int
run_member(rg_vm *vm, const rg_group *g, const pv_val *key, const pv_val **ret)
{
	rg_acc acc;
	int r = 0;
	acc_init(&acc, vm, g);
	*ret = NULL;
	if (++vm->depth > RG_CALL_DEPTH)
		return too_deep(vm, g);
	for (uint32_t i = 0; r == 0 && i < g->n && !(g->kind == RG_G_SET && acc.found); i++)
		r = run_code(vm, g->clauses[i], &g->clauses[i]->keyed, 1, &key, &acc);
	vm->depth--;
	if (r < 0 || !acc.found)
		return r;
	*ret = acc.value;
	if (g->kind == RG_G_OBJECT)
		r = collect(vm, &acc, ret);
	if (r == 0 && g->kind == RG_G_OBJECT)
		*ret = rg_lookup(*ret, key);
	return r;
}

/* Many members were asked for: the whole, unless that is an error (a conflict between
 * keys that nobody asked for is none). */
static bool
whole_known(rg_vm *vm, const rg_group *g)
{
	const pv_val *all;
	rg_env *env = vm->env;
	if (g->inner)
		return false;
	if (!env->asked)
		env->asked = pv_alloc0(vm->arena, vm->program->groups.len);
	if (env->asked[g->id] > WHOLE_AFTER)
		return false;
	if (env->asked[g->id]++ < WHOLE_AFTER)
		return false;
	bool fatal = vm->fatal;
	if (rg_eval_group(vm, g, &all) == 0)
		return true;
	pv_recover(vm->cx);
	vm->fatal = fatal;
	vm->env = env;
	return false;
}

int
rg_eval_member(rg_vm *vm, const rg_group *g, const pv_val *key, const pv_val **ret)
{
	const rg_env *env = vm->env;
	const pv_val *all;
	bool hit = false, known = env->cache && env->cache[g->id];
	if (!known && !vm->tracing && !(env->masks && rg_is_masked(vm, g->node))) {
		rg_remembered *e = rg_memo_find(vm, &g->keyed, 1, &key, &hit);
		if (hit) {
			*ret = e->value;
			return 0;
		}
		if (!whole_known(vm, g)) {
			int r = run_member(vm, g, key, ret);
			if (r == 0)
				rg_memo_put(vm, rg_memo_find(vm, &g->keyed, 1, &key, &hit), &g->keyed, 1,
					    &key, *ret);
			return r;
		}
	}
	int r = rg_eval_group(vm, g, &all);
	*ret = r == 0 && all ? rg_lookup(all, key) : NULL;
	return r;
}

/* ---- parts: what lies below a document at a path, of those rules alone that can be there ---- */

/* `depth` is that of the first key. */
static bool
leads_to(const rg_rule *r, uint32_t depth, const pv_val *const *keys, uint32_t n)
{
	uint32_t end = rg_rule_length(r);
	for (uint32_t i = 0; i < n && depth + i <= end; i++)
		if (keys[i] != &rg_undefined && !rg_rule_goes(r, depth + i, keys[i]))
			return false;
	return true;
}

/* The keys at ip->c: how many, then an operand each.  Returns how many. */
static uint32_t
part_keys(const rg_code *code, const rg_insn *ip, const pv_val *const *R, const pv_val **keys)
{
	const int32_t *operands = &code->operands[ip->c];
	uint32_t n = (uint32_t)*operands++;
	for (uint32_t i = 0; i < n; i++)
		keys[i] = operands[i] == RG_ANY ? &rg_undefined
			  : operands[i] < 0     ? &code->consts[~operands[i]]
						: R[operands[i]];
	return n;
}

static int
run_part(rg_vm *vm, const rg_group *g, const pv_val *const *keys, uint32_t n, const pv_val **ret)
{
	rg_acc acc;
	acc_init(&acc, vm, g);
	if (++vm->depth > RG_CALL_DEPTH)
		return too_deep(vm, g);
	vm->steps -= vm->steps < g->n ? vm->steps : g->n; /* each clause is looked at */
	int r = rg_vm_check(vm, 0);
	for (uint32_t i = 0; r == 0 && i < g->n; i++)
		if (leads_to(g->clauses[i]->rule, g->node->depth + 1, keys, n))
			r = run_chain(vm, g->clauses[i], NULL, &acc);
	vm->depth--;
	return r < 0 ? r : collect(vm, &acc, ret);
}

int
rg_eval_part(rg_vm *vm, const rg_code *code, const rg_insn *ip, const pv_val *const *R, const pv_val **ret)
{
	const rg_group *g = *PV_AT(rg_group *, &vm->program->groups, (size_t)ip->d);
	const pv_val *keys[RG_PART_KEYS];
	uint32_t n = part_keys(code, ip, R, keys);
	bool hit;
	int r = 0;
	rg_remembered *e = rg_memo_find(vm, ip, n, keys, &hit);
	*ret = hit ? e->value : NULL;
	if (hit)
		return 0;
	if (vm->env->masks && rg_is_masked(vm, g->node))
		*ret = rg_base_at(vm, g->node);
	else
		r = run_part(vm, g, keys, n, ret);
	for (int32_t i = 0; r == 0 && *ret && i < ip->b; i++)
		*ret = rg_lookup(*ret, keys[i]);
	if (r == 0)
		rg_memo_put(vm, rg_memo_find(vm, ip, n, keys, &hit), ip, n, keys, *ret);
	return r;
}

/* ---- functions ---- */

static const rg_mocked *
find_mock(const rg_vm *vm, const rg_group *g, const rg_builtin *b)
{
	for (const rg_mocked *m = vm->env->mocks; m; m = m->next)
		if (g ? m->mock->group == g : m->mock->builtin == b && !m->mock->group)
			return m;
	return NULL;
}

static int call_builtin(rg_vm *vm, const rg_builtin *b, const pv_val *const *args, const pv_val **ret);

/* A replaced function: inside its replacement nothing is replaced. */
static int
call_mock(rg_vm *vm, const rg_mocked *m, const pv_val *const *args, const pv_val **ret)
{
	if (m->value) {
		*ret = m->value;
		return 0;
	}
	rg_env *saved = vm->env, *bare = rg_env_new(vm, saved);
	bare->mocks = NULL;
	vm->env = bare;
	int r = m->mock->by_group ? run_group(vm, m->mock->by_group, args, ret)
				  : call_builtin(vm, m->mock->by_builtin, args, ret);
	vm->env = saved;
	return r;
}

int
rg_eval_call(rg_vm *vm, const rg_group *g, const pv_val *const *args, const pv_val **ret)
{
	rg_env *env = vm->env;
	if (env->mocks) {
		const rg_mocked *m = find_mock(vm, g, NULL);
		if (m)
			return call_mock(vm, m, args, ret);
	}
	if (vm->tracing)
		return run_group(vm, g, args, ret);
	bool hit;
	rg_remembered *e = rg_memo_find(vm, g, g->arity, args, &hit);
	if (hit) {
		*ret = e->value;
		return 0;
	}
	int r = run_group(vm, g, args, ret);
	if (r == 0)
		rg_memo_put(vm, e, g, g->arity, args, *ret);
	return r;
}

static int
call_builtin(rg_vm *vm, const rg_builtin *b, const pv_val *const *args, const pv_val **ret)
{
	const char *saved = vm->builtin;
	*ret = NULL;
	vm->builtin = b->name;
	int r = rg_check_operands(vm, b, args);
	if (r == 0)
		r = b->fn(vm, args, ret);
	vm->builtin = saved;
	if (r < 0 && !vm->fatal) { /* only a strict evaluation stops at it */
		*ret = NULL;
		return 0;
	}
	return r;
}

int
rg_eval_builtin(rg_vm *vm, const rg_builtin *b, const pv_val *const *args, const pv_val **ret)
{
	if (vm->env->mocks) {
		const rg_mocked *m = find_mock(vm, NULL, b);
		if (m)
			return call_mock(vm, m, args, ret);
	}
	return call_builtin(vm, b, args, ret);
}
