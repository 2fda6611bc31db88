/* vm: runs bytecode.  A failing instruction goes back to the latest choice; the
 * clause is done when none is left. */
#include "lang/rego/vm.h"

#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "lang/rego/index.h"
#include "lang/rego/tests.h"
#include "lang/rego/watch.h"

#define STEPS_EACH 1024 /* steps that call nothing: solutions that are kept add up */

enum { CH_LIST, CH_SET, CH_OBJECT, CH_CURSOR, CH_BARRIER };

const pv_val rg_undefined = {.type = PV_NULL};

const pv_val **
rg_regs_take(rg_vm *vm, uint32_t n, const pv_val ***ret_saved)
{
	*ret_saved = vm->regs;
	if ((size_t)(vm->regs_end - vm->regs) < n)
		return pv_alloc(vm->arena, (n + 1) * sizeof(pv_val *));
	const pv_val **regs = vm->regs;
	vm->regs += n;
	return regs;
}

static rg_choice *
push(rg_vm *vm, int kind, const rg_insn *ip)
{
	if (vm->nchoices == vm->cap) {
		rg_choice *more = pv_alloc(vm->arena, 2 * vm->cap * sizeof *more);
		memcpy(more, vm->choices, vm->nchoices * sizeof *more);
		vm->choices = more;
		vm->cap *= 2;
	}
	rg_choice *c = &vm->choices[vm->nchoices++];
	c->kind = (uint8_t)kind;
	c->ip = ip;
	c->env = vm->env;
	return c;
}

static const pv_val *
index_val(rg_vm *vm, uint32_t i)
{
	static const pv_val small[] = {
#define I(n) {.type = PV_NUMBER, .num = PV_INT, .i = (n)}
#define I4(n) I(n), I((n) + 1), I((n) + 2), I((n) + 3)
#define I16(n) I4(n), I4((n) + 4), I4((n) + 8), I4((n) + 12)
		I16(0),
		I16(16),
		I16(32),
		I16(48),
	};
	return i < PV_LEN(small) ? &small[i] : pv_box(vm->arena, pv_int(i));
}

/* Sets the registers of an iteration's instruction to the element at pos. */
static void
element(rg_vm *vm, const rg_insn *ip, const pv_val *coll, uint32_t pos, const pv_val **R)
{
	const pv_val *key, *val;
	if (coll->type == PV_OBJECT) {
		const pv_member *m = pv_sorted(coll, pos);
		key = &m->key;
		val = &m->val;
	} else {
		val = &coll->items[pos];
		key = coll->type == PV_SET ? val : ip->c >= 0 ? index_val(vm, pos) : NULL;
	}
	R[ip->a] = val;
	if (ip->c >= 0)
		R[ip->c] = key;
}

/* Starts iterating; false if there is nothing. */
static bool
iterate(rg_vm *vm, const rg_insn *ip, const pv_val *coll, const pv_val **R)
{
	if (coll->type != PV_LIST && coll->type != PV_SET && coll->type != PV_OBJECT)
		return false;
	if (coll->len == 0)
		return false;
	element(vm, ip, coll, 0, R);
	if (coll->len > 1) {
		rg_choice *c = push(vm, CH_LIST, ip);
		c->coll = coll;
		c->pos = 1;
		c->n = coll->len;
	}
	return true;
}

/* The next key of a cursor whose document is defined: 1, 0 at the end. */
static int
cursor_next(rg_vm *vm, const rg_insn *ip, const pv_val *cursor, const pv_val *const *keys, uint32_t n,
	    uint32_t *pos, const pv_val **R)
{
	while (*pos < n) {
		const pv_val *key = keys[(*pos)++], *val;
		int r = rg_cursor_get(vm, cursor, key, &val);
		if (r < 0)
			return r;
		if (!val)
			continue;
		R[ip->a] = val;
		if (ip->c >= 0)
			R[ip->c] = key;
		return 1;
	}
	return 0;
}

static int
iterate_cursor(rg_vm *vm, const rg_insn *ip, const pv_val *cursor, const pv_val **R)
{
	const pv_val *const *keys;
	uint32_t n, pos = 0;
	if (!rg_is_cursor(cursor))
		return iterate(vm, ip, cursor, R);
	int r = rg_cursor_keys(vm, cursor, &keys, &n);
	if (r == 0)
		r = cursor_next(vm, ip, cursor, keys, n, &pos, R);
	if (r > 0 && pos < n) {
		rg_choice *c = push(vm, CH_CURSOR, ip);
		c->coll = cursor;
		c->keys = keys;
		c->n = n;
		c->pos = pos;
	}
	return r;
}

/* Back to the latest choice above `base`: where to go on, or NULL if none is left.
 * *ret_error is set if finding the next element failed. */
static const rg_insn *
backtrack(rg_vm *vm, const rg_code *code, uint32_t base, const pv_val **R, int *ret_error)
{
	while (vm->nchoices > base) {
		rg_choice *c = &vm->choices[vm->nchoices - 1];
		vm->env = c->env;
		if (vm->eval->watch)
			rg_watch_redo(vm->eval->watch, c->ip->step, c->kind != CH_BARRIER);
		if (c->kind == CH_BARRIER) {
			vm->nchoices--;
			return code->ins + c->ip->d;
		}
		const rg_insn *ip = c->ip;
		if (c->kind == CH_LIST) {
			uint32_t pos = c->pos++;
			if (c->pos >= c->n)
				vm->nchoices--;
			element(vm, ip, c->coll, pos, R);
			return ip + 1;
		}
		uint32_t at = vm->nchoices - 1, pos = c->pos;
		int r = cursor_next(vm, ip, c->coll, c->keys, c->n, &pos, R);
		vm->choices[at].pos = pos;
		if (r > 0)
			return ip + 1;
		vm->nchoices = at;
		if (r < 0) {
			*ret_error = r;
			return NULL;
		}
	}
	return NULL;
}

/* ---- calls ---- */

static int
call(rg_vm *vm, const rg_code *code, const rg_insn *ip, const pv_val **R, const pv_val **ret)
{
	const pv_val *args[16];
	const pv_val **argv = ip->b <= 16 ? args : pv_alloc(vm->arena, (size_t)ip->b * sizeof *argv);
	const int32_t *ops = code->operands + ip->c;
	for (int32_t i = 0; i < ip->b; i++)
		argv[i] = ops[i] >= 0 ? R[ops[i]] : &code->consts[~ops[i]];
	if (ip->op == OP_CALL)
		return rg_eval_call(vm, *PV_AT(rg_group *, &vm->program->groups, (size_t)ip->d), argv, ret);
	const rg_builtin *b = (const rg_builtin *)(intptr_t)code->consts[~ip->d].i; /* gen.c put it there */
	return rg_eval_builtin(vm, b, argv, ret);
}

static int
with(rg_vm *vm, const rg_code *code, const rg_insn *ip, const pv_val **R)
{
	const rg_frame *f = &code->frames[ip->d];
	const int32_t *ops = code->operands + ip->c;
	const pv_val **values = pv_alloc(vm->arena, (f->n + 1) * sizeof *values);
	for (uint32_t i = 0; i < f->n; i++)
		values[i] = ops[i] >= 0 ? R[ops[i]] : &code->consts[~ops[i]];
	return rg_with_enter(vm, f, values);
}

/* ---- solutions ---- */

static int
solution_value(rg_vm *vm, rg_acc *acc, const pv_val *v)
{
	if (acc->found && !pv_eq(acc->value, v)) {
		const rg_group *g = acc->group;
		return rg_vm_fail(vm, "eval_conflict_error",
				  g && g->kind == RG_G_FUNC
					  ? "functions must not produce multiple outputs for same inputs"
					  : "complete rules must not produce multiple outputs");
	}
	acc->value = v;
	acc->found = acc->hit = true;
	return 0;
}

static void
solution_path(rg_vm *vm, const rg_code *code, const rg_insn *ip, const pv_val **R, rg_acc *acc)
{
	const int32_t *ops = code->operands + ip->c;
	const pv_val **path = pv_alloc(vm->arena, (size_t)(ip->b + 1) * sizeof *path);
	for (int32_t i = 0; i < ip->b; i++)
		path[i] = ops[i] >= 0 ? R[ops[i]] : &code->consts[~ops[i]];
	if (ip->op == OP_SOLUTION) {
		pv_vec_push(&acc->rows, &path);
		return;
	}
	rg_entry *e = pv_vec_add(&acc->entries);
	*e = (rg_entry){.path = path,
			.n = (uint32_t)ip->b - 1,
			.into_set = ip->flag,
			.value = path[ip->b - 1],
			.clause = acc->clause,
			.at = acc->entries.len};
}

static void
note_failure(const rg_insn *ip, rg_acc *acc)
{
	if (!acc->hit && ip->step >= acc->furthest)
		acc->furthest = ip->step;
}

#define V(x) ((x) >= 0 ? R[x] : &K[~(x)])
#define MARK(x) ((uint32_t)(uintptr_t)R[x])

enum { FAILS = 0, NEXT = 1, DONE = 2, JUMPS = 3 }; /* what a step says; negative: an error */

static int
ask_index(rg_vm *vm, const rg_code *code, const rg_insn *ip, const pv_val **R)
{
	const rg_index *ix = code->indexes[ip->b];
	const int32_t *ops = code->operands + ip->c;
	const pv_val *keys[RG_KEYS], *v;
	if (vm->tracing)
		return NEXT;
	for (uint32_t i = 0; i < ix->nkeys; i++)
		keys[i] = R[ops[i]];
	int r = rg_index_ask(vm, ix, keys, &v);
	if (r < 0 || !v)
		return r < 0 ? r : NEXT;
	R[ip->a] = v;
	return JUMPS;
}

/* Instructions that call out. */
static int
step_call(rg_vm *vm, const rg_code *code, const rg_insn *ip, const pv_val **R)
{
	const pv_val *K = code->consts, *v = NULL;
	int r = 0;
	switch ((enum rg_op)ip->op) {
	case OP_NODE: v = rg_cursor(vm, (const rg_node *)(intptr_t)K[~ip->b].i); break;
	case OP_VGET: r = rg_cursor_get(vm, V(ip->b), V(ip->c), &v); break;
	case OP_VITER: return iterate_cursor(vm, ip, V(ip->b), R);
	case OP_FORCE: r = rg_cursor_force(vm, V(ip->b), &v); break;
	case OP_RULE:
		r = rg_eval_group(vm, *PV_AT(rg_group *, &vm->program->groups, (size_t)ip->d), &v);
		break;
	case OP_RULEKEY:
		r = rg_eval_member(vm, *PV_AT(rg_group *, &vm->program->groups, (size_t)ip->d), V(ip->c), &v);
		break;
	case OP_RULEAT: r = rg_eval_part(vm, code, ip, R, &v); break;
	case OP_CALL:
	case OP_BUILTIN: r = call(vm, code, ip, R, &v); break;
	case OP_ARRAY:
	case OP_SET:
	case OP_OBJECT: r = rg_make(vm, code, ip, R, &v); break;
	case OP_BUILD: v = rg_build(vm, ip->b); break;
	case OP_ADD: rg_build_add(R[ip->a], V(ip->b)); return NEXT;
	case OP_PUT: r = rg_build_put(vm, R[ip->a], V(ip->b), V(ip->c)); return r < 0 ? r : NEXT;
	case OP_BUILT: r = rg_build_end(vm, R[ip->b], &v); break;
	case OP_INDEXED: return ask_index(vm, code, ip, R);
	case OP_WITH: r = with(vm, code, ip, R); return r < 0 ? r : NEXT;
	default: pv_panic(__FILE__, __LINE__, "unknown instruction");
	}
	R[ip->a] = v;
	return r < 0 ? r : v != NULL;
}

static const pv_val *
lookup_text(const pv_val *base, const pv_val *number)
{
	char room[PV_NUMBER_ROOM];
	pv_str key = pv_number_text(number, room);
	return pv_getn(base, key.s, key.len);
}

/* Look-ups and comparisons: nearly all that runs. */
static inline int
step_value(rg_vm *vm, const pv_val *K, const rg_insn *ip, const pv_val **R)
{
	const pv_val *v = V(ip->b), *k;
	switch ((enum rg_op)ip->op) {
	case OP_MOVE: R[ip->a] = v; return NEXT;
	case OP_GETS:
		k = &K[~ip->c];
		if (v->type == PV_OBJECT)
			v = pv_getn(v, k->s, k->len);
		else
			v = v->type == PV_SET ? pv_getv(v, k) : NULL;
		R[ip->a] = v;
		return v != NULL;
	case OP_GET:
		R[ip->a] = rg_lookup(v, V(ip->c));
		if (!R[ip->a] && ip->flag)
			R[ip->a] = lookup_text(v, V(ip->c));
		return R[ip->a] != NULL;
	case OP_ITER: return iterate(vm, ip, v, R);
	case OP_EQ: return pv_eq(v, V(ip->c));
	case OP_TRUE: return v->type != PV_BOOL || v->b;
	case OP_ISARRAY: return v->type == PV_LIST && v->len == (uint32_t)ip->c;
	case OP_ISCOLL: return v->type == PV_LIST || v->type == PV_SET || v->type == PV_OBJECT;
	case OP_ISOBJECT: return v->type == PV_OBJECT && v->len == (uint32_t)ip->c;
	default: /* OP_ITEM */ R[ip->a] = &v->items[ip->c]; return NEXT;
	}
}

static inline int
step_control(rg_vm *vm, const rg_code *code, const rg_insn *ip, const pv_val **R, rg_acc *acc)
{
	const pv_val *K = code->consts;
	int r;
	switch ((enum rg_op)ip->op) {
	case OP_INPUT: R[ip->a] = vm->env->input; return vm->env->input != NULL;
	case OP_DATA: R[ip->a] = vm->env->data; return NEXT;
	case OP_BARRIER:
		R[ip->a] = (const pv_val *)(uintptr_t)vm->nchoices;
		push(vm, CH_BARRIER, ip);
		return NEXT;
	case OP_CUTFAIL:
		vm->env = vm->choices[MARK(ip->a)].env;
		vm->nchoices = MARK(ip->a);
		return FAILS;
	case OP_FAIL: return FAILS;
	case OP_UNWITH: vm->env = (rg_env *)(uintptr_t)vm->env->parent; return NEXT;
	case OP_RETSET:
		if (vm->why)
			rg_why_held(vm, code, acc, R, V(ip->b));
		pv_listb_add(&acc->set, *V(ip->b));
		acc->found = acc->hit = true;
		return FAILS;
	case OP_RETPATH:
	case OP_SOLUTION:
		if (vm->why)
			rg_why_held(vm, code, acc, R, NULL);
		solution_path(vm, code, ip, R, acc);
		acc->found = acc->hit = true;
		return FAILS;
	case OP_RETURN:
		if (vm->why)
			rg_why_held(vm, code, acc, R, V(ip->b));
		vm->at = ip;
		r = solution_value(vm, acc, V(ip->b));
		return r < 0 ? r : ip->c ? DONE : FAILS; /* c: no other solution can differ */
	default:
		vm->at = ip;
		r = step_call(vm, code, ip, R);
		return r < 0 || rg_vm_check(vm, 0) == 0 ? r : -PV_EINVALID; /* its error */
	}
}

static int
out_of_steps(rg_vm *vm, const rg_insn *ip)
{
	vm->steps = 0;
	vm->at = ip;
	return rg_vm_fail(vm, "eval_cancel_error", "step limit reached: the policy takes too long");
}

/* Runs until no choice is left (0), a final solution (0) or an error. */
static inline __attribute__((always_inline)) int
loop(rg_vm *vm, const rg_code *code, const pv_val **R, rg_acc *acc, bool tracing)
{
	const rg_insn *ip = code->ins;
	uint32_t base = vm->nchoices;
	int r = 0;
	while (ip) {
		if (tracing && vm->eval->cover)
			rg_cover_step(vm->eval->cover, code, ip->step);
		if (tracing && vm->eval->watch)
			rg_watch_step(vm->eval->watch, ip);
		r = ip->op < OP_CONTROL ? step_value(vm, code->consts, ip, R)
					: step_control(vm, code, ip, R, acc);
		if (tracing && vm->eval->watch)
			rg_watch_after(vm->eval->watch, ip->op, r == FAILS);
		if (r == NEXT) {
			ip++;
			continue;
		}
		if (r == JUMPS) {
			ip = code->ins + ip->d;
			continue;
		}
		if (r != FAILS)
			break;
		if (tracing)
			note_failure(ip, acc);
		if (tracing && vm->why)
			rg_why_missing(vm, code, ip, R);
		if (vm->steps-- == 0)
			return out_of_steps(vm, ip);
		if (vm->steps % STEPS_EACH == 0 && rg_vm_check(vm, 0) < 0)
			return -PV_EINVALID; /* its error */
		ip = vm->nchoices == base ? NULL : backtrack(vm, code, base, R, &r);
	}
	return r < 0 ? r : 0;
}

static int
run(rg_vm *vm, const rg_code *code, const pv_val **R, rg_acc *acc)
{
	if (!vm->eval->watch)
		return vm->tracing ? loop(vm, code, R, acc, true) : loop(vm, code, R, acc, false);
	rg_watch_enter(vm->eval->watch, code, acc->group);
	int r = loop(vm, code, R, acc, true);
	rg_watch_leave(vm->eval->watch);
	return r;
}

int
rg_exec(rg_vm *vm, const rg_code *code, const pv_val **regs, rg_acc *acc)
{
	const rg_code *caller = vm->code;
	const rg_insn *called = vm->at;
	uint32_t base = vm->nchoices;
	rg_env *env = vm->env;
	vm->code = code;
	int r = run(vm, code, regs, acc);
	vm->nchoices = base;
	vm->env = env;
	vm->code = caller;
	vm->at = called;
	return r;
}
