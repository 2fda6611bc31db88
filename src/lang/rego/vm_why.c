/* vm_why: what a rule body that held stands on (pv_rego_eval.explains): its statements, and what of the
 * input was read for it, or was not there.  Only who asks why pays for it. */
#include "base/str.h"
#include "lang/rego/held.h"
#include "lang/rego/vm.h"
#include "lang/value/place.h"

#define HELD_MOST 2000
#define MISSING_MOST 10000
#define READS_MOST 8
#define STATEMENTS_MOST 24

struct rg_why {
	pv_arena *arena;
	const pv_val *input;
	pv_places *places; /* of the input; once they are asked for */
	pv_vec *held;      /* of pv_rego_held */
	pv_vec missing;    /* of absence, in order */
};

typedef struct absence { /* what was asked for in vain, and of what */
	const pv_val *of;
	pv_val key; /* a string */
} absence;

rg_why *
rg_why_new(pv_arena *arena, const pv_val *input, pv_vec *held)
{
	rg_why *why = pv_new(arena, rg_why);

	*why = (rg_why){.arena = arena, .input = input, .held = held};
	pv_vec_init(&why->missing, arena, sizeof(absence));
	return why;
}

/* Most evaluations hold nothing, and never ask. */
static const char *
place_of(rg_why *why, const pv_val *v)
{
	if (!why->places)
		why->places = pv_places_of(why->arena, why->input, "");
	return pv_place_find(why->places, v);
}

rg_since
rg_why_since(const rg_why *why)
{
	return (rg_since){(uint32_t)why->held->len, (uint32_t)why->missing.len};
}

static bool
calls(const rg_term *t, const char *name)
{
	return t->kind == RG_CALL && t->args[0]->kind == RG_VAR && pv_streq(t->args[0]->name, name);
}

/* msg := sprintf(...): it words what the others found, and decides nothing. */
static bool
only_words(const rg_expr *e)
{
	const rg_term *t = e->kind == RG_E_TERM && !e->negated ? e->term : NULL, *of;

	if (!t || t->n != 3 || !(calls(t, "assign") || calls(t, "eq")) || t->args[1]->kind != RG_VAR)
		return false;
	of = t->args[2];
	return calls(of, "sprintf") || calls(of, "concat") || of->kind == RG_TEMPLATE ||
	       (of->kind == RG_CONST && of->val.type == PV_STRING);
}

/* ---- what was not there ---- */

void
rg_why_missing(rg_vm *vm, const rg_code *code, const rg_insn *ip, const pv_val *const *R)
{
	const pv_val *of, *key;

	if ((ip->op != OP_GETS && ip->op != OP_GET) || vm->why->missing.len >= MISSING_MOST)
		return;
	of = ip->b >= 0 ? R[ip->b] : &code->consts[~ip->b];
	key = ip->c >= 0 ? R[ip->c] : &code->consts[~ip->c];
	if (of->type == PV_OBJECT && key->type == PV_STRING)
		pv_vec_push(&vm->why->missing, &(absence){of, *key});
}

/* ---- what was read ---- */

static void
add(pv_vec *reads, const char *path, const pv_val *value)
{
	pv_rego_read one = {path, value};

	for (size_t i = 0; i < reads->len; i++)
		if (pv_streq(PV_AT(pv_rego_read, reads, i)->path, path))
			return;
	pv_vec_push(reads, &one);
}

static void
add_register(rg_vm *vm, const pv_val *const *R, int32_t reg, pv_vec *reads)
{
	const pv_val *v = reg >= 0 ? R[reg] : NULL;
	const char *path = v ? place_of(vm->why, v) : NULL;

	if (path)
		add(reads, path, v);
}

/* A comprehension goes over many: what it goes over was read, and not the last of it. */
static void
add_registers(rg_vm *vm, const rg_code *code, const pv_val *const *R, pv_vec *reads)
{
	uint32_t depth = 0, over = 0;

	for (uint32_t i = 0; i < code->n; i++) {
		const rg_insn *ip = &code->ins[i];
		bool iterates = ip->op == OP_ITER || ip->op == OP_VITER;

		depth += ip->op == OP_BUILD;
		if (iterates && depth && !over)
			over = depth;
		if (ip->op == OP_BUILT) {
			over = over == depth ? 0 : over;
			depth -= depth > 0;
		}
		if (over || (ip->step < code->nsteps && only_words(code->steps[ip->step])))
			continue;
		if (iterates || ip->op == OP_GET || ip->op == OP_GETS || ip->op == OP_ITEM ||
		    ip->op == OP_MOVE || ip->op == OP_RULE || ip->op == OP_RULEKEY || ip->op == OP_RULEAT ||
		    ip->op == OP_CALL)
			add_register(vm, R, ip->a, reads);
		if (iterates)
			add_register(vm, R, ip->c, reads);
	}
}

static bool
is_leaf(const pv_vec *reads, size_t i)
{
	const char *path = PV_AT(pv_rego_read, reads, i)->path;

	for (size_t k = 0; k < reads->len; k++)
		if (i != k && pv_place_within(PV_AT(pv_rego_read, reads, k)->path, path))
			return false;
	return true;
}

/* Without what others are a part of; what is not there first, as that offends more often than not. */
static void
keep_leaves(pv_arena *arena, pv_vec *reads)
{
	pv_vec kept;

	pv_vec_init(&kept, arena, sizeof(pv_rego_read));
	for (int there = 0; there < 2; there++)
		for (size_t i = 0; i < reads->len && kept.len < READS_MOST; i++) {
			const pv_rego_read *one = PV_AT(pv_rego_read, reads, i);

			if ((one->value != NULL) == (there == 1) && is_leaf(reads, i))
				pv_vec_push(&kept, one);
		}
	*reads = kept;
}

static bool
any_within(const pv_vec *reads, size_t n, const char *path)
{
	for (size_t i = 0; i < n; i++)
		if (pv_place_within(path, PV_AT(pv_rego_read, reads, i)->path))
			return true;
	return false;
}

static bool
has_read(const pv_vec *reads, const char *path)
{
	for (size_t i = 0; i < reads->len; i++)
		if (pv_streq(PV_AT(pv_rego_read, reads, i)->path, path))
			return true;
	return false;
}

/* What rules that the body asked read of the last things that it read, and what was not there of all of them. */
static void
add_finer(rg_vm *vm, rg_since since, const pv_vec *all, pv_vec *reads)
{
	rg_why *why = vm->why;
	size_t own = reads->len;

	for (size_t i = since.held; i < why->held->len; i++) {
		const pv_vec *asked = &PV_AT(pv_rego_held, why->held, i)->reads;

		for (size_t k = 0; k < asked->len; k++) {
			const pv_rego_read *one = PV_AT(pv_rego_read, asked, k);

			if (any_within(reads, own, one->path))
				add(reads, one->path, one->value);
		}
	}
	for (size_t i = since.missing; i < why->missing.len; i++) {
		const absence *one = PV_AT(absence, &why->missing, i);
		const char *of = place_of(why, one->of), *path;

		if (!of)
			continue;
		path = pv_place_member(vm->arena, of, pv_strv(&one->key));
		if (any_within(reads, own, path) || has_read(all, of))
			add(reads, path, NULL);
	}
}

/* ---- statements ---- */

static void
add_statements(const rg_code *code, pv_vec *ret)
{
	uint32_t end = 0;

	for (uint32_t i = 0; i < code->nsteps && ret->len < STATEMENTS_MOST; i++) {
		const rg_loc *loc = &code->steps[i]->loc;
		pv_rego_expr one = {
			{code->text.s + loc->off, loc->end - loc->off}, (int)loc->row, (int)loc->col};

		if (only_words(code->steps[i]) || loc->end <= end ||
		    loc->end <= loc->off) /* a part of the one before */
			continue;
		end = loc->end;
		pv_vec_push(ret, &one);
	}
}

/* ---- what rules of its own gave ---- */

static const pv_rego_held *
maker_of(const rg_why *why, const char *rule, const pv_val *value)
{
	for (size_t i = 0; i < why->held->len; i++) {
		const pv_rego_held *one = PV_AT(pv_rego_held, why->held, i);

		if (one->value && pv_streq(one->rule, rule) && pv_eq(one->value, value))
			return one;
	}
	return NULL;
}

/* An element of another rule stands on what that body stands on. */
static void
add_maker(rg_vm *vm, int32_t group, const pv_val *element, pv_rego_held *ret)
{
	const rg_node *node = (*PV_AT(rg_group *, &vm->program->groups, (size_t)group))->node;
	const pv_rego_held *maker =
		element ? maker_of(vm->why, rg_node_name(vm->arena, node), element) : NULL;
	bool made = maker && pv_streq(maker->file, ret->file) && !place_of(vm->why, element);

	for (size_t i = 0; maker && i < maker->reads.len; i++) {
		const pv_rego_read *one = PV_AT(pv_rego_read, &maker->reads, i);

		add(&ret->reads, one->path, one->value);
	}
	/* A part of the input speaks for itself. */
	for (size_t i = 0; made && i < maker->statements.len && ret->statements.len < STATEMENTS_MOST; i++)
		pv_vec_push(&ret->statements, PV_AT(pv_rego_expr, &maker->statements, i));
}

static void
add_makers(rg_vm *vm, const rg_code *code, const pv_val *const *R, pv_rego_held *ret)
{
	int32_t *from = pv_new_array(vm->arena, int32_t, code->nregs + 1); /* 1 + the group; 0: of none */

	for (uint32_t i = 0; i < code->n; i++) {
		const rg_insn *ip = &code->ins[i];

		if (ip->op == OP_RULE)
			from[ip->a] = 1 + ip->d;
		else if (ip->op == OP_RULEKEY)
			add_maker(vm, ip->d, R[ip->a], ret);
		else if (ip->op == OP_ITER && ip->b >= 0 && from[ip->b])
			add_maker(vm, from[ip->b] - 1, R[ip->a >= 0 ? ip->a : ip->c], ret);
	}
}

void
rg_why_held(rg_vm *vm, const rg_code *code, rg_acc *acc, const pv_val *const *R, const pv_val *value)
{
	pv_rego_held one = {.value = value, .file = code->file};
	pv_vec all;

	if (!acc->group || vm->why->held->len >= HELD_MOST)
		return;
	one.rule = rg_node_name(vm->arena, acc->group->node);
	one.line = (int)acc->clause->rule->loc.row;
	pv_vec_init(&one.statements, vm->arena, sizeof(pv_rego_expr));
	pv_vec_init(&one.reads, vm->arena, sizeof(pv_rego_read));
	add_statements(code, &one.statements);
	add_registers(vm, code, R, &one.reads);
	add_makers(vm, code, R, &one);
	all = one.reads;
	keep_leaves(vm->arena, &one.reads);
	add_finer(vm, acc->since, &all, &one.reads);
	keep_leaves(vm->arena, &one.reads);
	pv_vec_push(vm->why->held, &one);
	acc->since = rg_why_since(vm->why); /* the next solution has its own */
}
