/* gen: ordered goals -> bytecode.  Which variable is bound where is known here,
 * so every instruction either binds or compares, never both. */
#include <string.h>

#include "base/arena.h"
#include "lang/rego/compile.h"
#include "lang/rego/index.h"

typedef struct gen {
	rg_unit *u;
	pv_vec ins, consts, operands, frames, indexes;
	rg_bits bound;
	int32_t nregs;
	uint16_t step;
} gen;

static rg_insn *
emit(gen *g, int op, int32_t a, int32_t b, int32_t c, int32_t d)
{
	rg_insn *i = pv_vec_add(&g->ins);
	*i = (rg_insn){.op = (uint8_t)op, .step = g->step, .a = a, .b = b, .c = c, .d = d};
	return i;
}

static int32_t
constant(gen *g, const pv_val *v)
{
	/* What is no number and holds none: equal ones may be written in other ways. */
	for (size_t i = 0; i < g->consts.len && i < 64; i++) {
		const pv_val *c = PV_AT(pv_val, &g->consts, i);
		if (c->type == v->type && c->type != PV_NUMBER && c->type <= PV_STRING && pv_eq(c, v))
			return ~(int32_t)i;
	}
	pv_vec_push(&g->consts, v);
	return ~((int32_t)g->consts.len - 1);
}

static int32_t
temp(gen *g)
{
	return g->nregs++;
}

static size_t
here(const gen *g)
{
	return g->ins.len;
}

static void
land(gen *g, size_t barrier)
{
	PV_AT(rg_insn, &g->ins, barrier)->d = (int32_t)here(g);
}

static bool
is_bound(const gen *g, const rg_pat *p)
{
	return rg_pat_ground(p, g->bound);
}

/* ---- values ---- */

static int32_t value(gen *g, const rg_pat *p);

static int32_t
operands(gen *g, rg_pat *const *pats, uint32_t n)
{
	int32_t *regs = pv_new_array(g->u->scratch, int32_t, n + 1);
	for (uint32_t i = 0; i < n; i++)
		regs[i] = value(g, pats[i]);
	int32_t at = (int32_t)g->operands.len;
	for (uint32_t i = 0; i < n; i++)
		pv_vec_push(&g->operands, &regs[i]);
	return at;
}

/* The operand that holds a ground pattern's value. */
static int32_t
value(gen *g, const rg_pat *p)
{
	if (p->kind == PAT_CONST)
		return constant(g, &p->val);
	if (p->kind == PAT_VAR)
		return p->slot;
	int32_t at = operands(g, p->args, p->n), reg = temp(g);
	if (p->kind == PAT_OBJECT)
		emit(g, OP_OBJECT, reg, (int32_t)p->n / 2, at, 0);
	else
		emit(g, p->kind == PAT_SET ? OP_SET : OP_ARRAY, reg, (int32_t)p->n, at, 0);
	return reg;
}

/* The register into which a result for `p` may go straight away, or a new one. */
static int32_t
target(gen *g, const rg_pat *p)
{
	return p && p->kind == PAT_VAR && !is_bound(g, p) ? p->slot : temp(g);
}

static void match(gen *g, const rg_pat *p, int32_t reg);

static void
match_array(gen *g, const rg_pat *p, int32_t reg)
{
	emit(g, OP_ISARRAY, 0, reg, (int32_t)p->n, 0);
	for (uint32_t i = 0; i < p->n; i++) {
		int32_t item = target(g, p->args[i]);
		emit(g, OP_ITEM, item, reg, (int32_t)i, 0);
		match(g, p->args[i], item);
	}
}

static void
match_object(gen *g, const rg_pat *p, int32_t reg)
{
	emit(g, OP_ISOBJECT, 0, reg, (int32_t)p->n / 2, 0);
	for (uint32_t i = 0; i < p->n; i += 2) {
		int32_t key = value(g, p->args[i]), item = target(g, p->args[i + 1]);
		emit(g, OP_GET, item, reg, key, 0);
		match(g, p->args[i + 1], item);
	}
}

/* Matches the value in `reg` against p: binds what is unbound, compares the rest. */
static void
match(gen *g, const rg_pat *p, int32_t reg)
{
	if (p->kind == PAT_VAR && !is_bound(g, p)) {
		if (p->slot != reg)
			emit(g, OP_MOVE, p->slot, reg, 0, 0);
		rg_pat_bind(p, g->bound);
	} else if (is_bound(g, p)) {
		emit(g, OP_EQ, 0, reg, value(g, p), 0);
	} else if (p->kind == PAT_ARRAY) {
		match_array(g, p, reg);
	} else {
		match_object(g, p, reg);
	}
}

/* ---- references ---- */

static bool
is_string(const rg_pat *p)
{
	return p->kind == PAT_CONST && p->val.type == PV_STRING;
}

/* One step of a path.  cursor: the base may hold rules; stored: it is a document as
 * loaded, whose keys are strings: data[2] finds "2".  Returns the register. */
static int32_t
path_step(gen *g, int32_t base, const rg_pat *p, bool cursor, bool stored, int32_t dst)
{
	if (is_bound(g, p)) {
		int op = cursor ? OP_VGET : is_string(p) ? OP_GETS : OP_GET;
		emit(g, op, dst, base, value(g, p), 0)->flag =
			p->kind == PAT_CONST && p->val.type == PV_NUMBER && stored;
		return dst;
	}
	int32_t key = p->kind == PAT_VAR ? p->slot : temp(g);
	bool unused = p->kind == PAT_VAR && PV_AT(rg_var, &g->u->vars, (size_t)p->slot)->wildcard;
	emit(g, cursor ? OP_VITER : OP_ITER, dst, base, unused ? -1 : key, 0);
	if (unused)
		rg_pat_bind(p, g->bound);
	else
		match(g, p, key);
	return dst;
}

/* Of a path into a document whose rules read each other: the keys up to the last that is known.  Returns how
 * many of the first are; 0 and *ret_at -1: none. */
static uint32_t
part_keys(gen *g, const rg_goal *goal, int32_t *ret_at)
{
	int32_t keys[RG_PART_KEYS + 1];
	uint32_t n = 0, first = 0;
	for (uint32_t i = 0; i < goal->npath && i < RG_PART_KEYS; i++)
		n = is_bound(g, goal->path[i]) ? i + 1 : n;
	while (first < n && is_bound(g, goal->path[first]))
		first++;
	keys[0] = (int32_t)n;
	for (uint32_t i = 0; i < n; i++)
		keys[i + 1] = is_bound(g, goal->path[i]) ? value(g, goal->path[i]) : RG_ANY;
	*ret_at = n ? (int32_t)g->operands.len : -1;
	for (uint32_t i = 0; n && i <= n; i++)
		pv_vec_push(&g->operands, &keys[i]);
	return first;
}

/* Wildcards that occur twice cannot be: each is its own variable. */
static void
gen_ref(gen *g, const rg_goal *goal)
{
	bool cursor = false;
	int32_t reg = 0;
	uint32_t n = goal->npath, first = 0;
	int32_t last = n == 0 ? target(g, goal->out) : -1, keys = -1;
	switch ((enum rg_base)goal->base) {
	case BASE_PAT: reg = value(g, goal->a); break;
	case BASE_INPUT:
		reg = last >= 0 ? last : temp(g);
		emit(g, OP_INPUT, reg, 0, 0, 0);
		break;
	case BASE_DATA:
		reg = last >= 0 ? last : temp(g);
		emit(g, OP_DATA, reg, 0, 0, 0);
		break;
	case BASE_GROUP:
		reg = last >= 0 ? last : temp(g);
		if (goal->group->inner)
			first = part_keys(g, goal, &keys);
		if (keys >= 0) {
			reg = n == first ? target(g, goal->out) : reg;
			emit(g, OP_RULEAT, reg, (int32_t)first, keys, (int32_t)goal->group->id);
			break;
		}
		if (n > 0 && goal->group->keyed && is_bound(g, goal->path[0])) {
			first = 1;
			reg = n == 1 ? target(g, goal->out) : reg;
			emit(g, OP_RULEKEY, reg, 0, value(g, goal->path[0]), (int32_t)goal->group->id);
			break;
		}
		emit(g, OP_RULE, reg, 0, 0, (int32_t)goal->group->id);
		break;
	case BASE_NODE:
		cursor = true;
		reg = temp(g);
		pv_val id = pv_int((int64_t)(intptr_t)goal->node);
		emit(g, OP_NODE, reg, constant(g, &id), 0, 0);
		break;
	}
	for (uint32_t i = first; i < n; i++) {
		int32_t dst =
			i + 1 == n && !cursor && is_bound(g, goal->path[i]) ? target(g, goal->out) : temp(g);
		reg = path_step(g, reg, goal->path[i], cursor, goal->base == BASE_DATA, dst);
	}
	if (cursor) {
		int32_t whole = target(g, goal->out);
		emit(g, OP_FORCE, whole, reg, 0, 0);
		reg = whole;
	}
	match(g, goal->out, reg);
}

/* ---- calls ---- */

static void
gen_call(gen *g, const rg_goal *goal)
{
	int32_t at = operands(g, goal->path, goal->npath);
	const rg_builtin *b = goal->builtin;
	if (goal->group) {
		int32_t reg = target(g, goal->out);
		emit(g, OP_CALL, reg, (int32_t)goal->npath, at, (int32_t)goal->group->id);
		match(g, goal->out, reg);
		return;
	}
	int32_t reg = b->flags & RG_B_RELATION ? temp(g) : target(g, goal->out);
	pv_val id = pv_int((int64_t)(intptr_t)b);
	emit(g, OP_BUILTIN, reg, (int32_t)goal->npath, at, constant(g, &id));
	if (b->flags & RG_B_RELATION) {
		int32_t item = target(g, goal->out);
		emit(g, OP_ITER, item, reg, -1, 0);
		reg = item;
	}
	match(g, goal->out, reg);
}

/* ---- closures ---- */

static void gen_goals(gen *g, const rg_goals *goals);

static size_t
barrier(gen *g, int32_t *ret_mark)
{
	*ret_mark = temp(g);
	emit(g, OP_BARRIER, *ret_mark, 0, 0, 0);
	return here(g) - 1;
}

static rg_bits
save_bound(gen *g)
{
	rg_bits saved = g->bound, inside = rg_bits_new(g->u);
	memcpy(inside, saved, g->u->words * sizeof *saved);
	g->bound = inside;
	return saved;
}

static void
gen_not(gen *g, const rg_goal *goal)
{
	int32_t mark;
	size_t at = barrier(g, &mark);
	rg_bits saved = save_bound(g);
	gen_goals(g, &goal->body);
	emit(g, OP_CUTFAIL, mark, 0, 0, 0);
	g->bound = saved;
	land(g, at);
}

static void
gen_every(gen *g, const rg_goal *goal)
{
	int32_t outer, inner;
	int32_t domain = value(g, goal->a);
	emit(g, OP_ISCOLL, 0, domain, 0, 0);
	size_t all = barrier(g, &outer);
	emit(g, OP_ITER, goal->path[1]->slot, domain, goal->path[0]->slot, 0);
	size_t one = barrier(g, &inner);
	rg_bits saved = save_bound(g);
	rg_pat_bind(goal->path[0], g->bound);
	rg_pat_bind(goal->path[1], g->bound);
	gen_goals(g, &goal->body);
	emit(g, OP_CUTFAIL, inner, 0, 0, 0); /* this one holds: on to the next */
	g->bound = saved;
	land(g, one);
	emit(g, OP_CUTFAIL, outer, 0, 0, 0); /* this one does not */
	land(g, all);
}

/* The instruction that asks the comprehension's index, if it has one, else none. */
static size_t
ask_index(gen *g, const rg_goal *goal, int32_t out)
{
	rg_pat **keys;
	rg_index *ix = rg_index_comprehension(g->u, goal, g->bound, &keys);
	if (!ix)
		return SIZE_MAX;
	emit(g, OP_INDEXED, out, (int32_t)g->indexes.len, operands(g, keys, ix->nkeys), 0);
	pv_vec_push(&g->indexes, &ix);
	return here(g) - 1;
}

static void
gen_compr(gen *g, const rg_goal *goal)
{
	int32_t mark, out = target(g, goal->out), list = temp(g);
	size_t ask = ask_index(g, goal, out);
	emit(g, OP_BUILD, list, goal->compr, 0, 0);
	size_t at = barrier(g, &mark);
	rg_bits saved = save_bound(g);
	gen_goals(g, &goal->body);
	int32_t key = value(g, goal->a);
	if (goal->b)
		emit(g, OP_PUT, list, key, value(g, goal->b), 0);
	else
		emit(g, OP_ADD, list, key, 0, 0);
	emit(g, OP_FAIL, 0, 0, 0, 0);
	g->bound = saved;
	land(g, at);
	emit(g, OP_BUILT, out, list, 0, 0);
	if (ask < here(g))
		land(g, ask);
	match(g, goal->out, out);
}

static void
gen_with(gen *g, const rg_goal *goal)
{
	rg_frame frame = {goal->mocks, goal->nmocks};
	int32_t *regs = pv_new_array(g->u->scratch, int32_t, goal->nmocks + 1);
	pv_val none = pv_null();
	for (uint32_t i = 0; i < goal->nmocks; i++)
		regs[i] = goal->values[i] ? value(g, goal->values[i]) : constant(g, &none);
	int32_t at = (int32_t)g->operands.len;
	for (uint32_t i = 0; i < goal->nmocks; i++)
		pv_vec_push(&g->operands, &regs[i]);
	emit(g, OP_WITH, 0, 0, at, (int32_t)g->frames.len);
	pv_vec_push(&g->frames, &frame);
	gen_goals(g, &goal->body);
	emit(g, OP_UNWITH, 0, 0, 0, 0);
}

static void
gen_unify(gen *g, const rg_goal *goal)
{
	if (is_bound(g, goal->a))
		match(g, goal->b, value(g, goal->a));
	else
		match(g, goal->a, value(g, goal->b));
}

static void
gen_goal(gen *g, const rg_goal *goal)
{
	g->step = goal->step;
	switch ((enum rg_goal_kind)goal->kind) {
	case GOAL_UNIFY: gen_unify(g, goal); break;
	case GOAL_REF: gen_ref(g, goal); break;
	case GOAL_CALL: gen_call(g, goal); break;
	case GOAL_TRUE: emit(g, OP_TRUE, 0, value(g, goal->a), 0, 0); break;
	case GOAL_NOT: gen_not(g, goal); break;
	case GOAL_EVERY: gen_every(g, goal); break;
	case GOAL_COMPR: gen_compr(g, goal); break;
	case GOAL_WITH: gen_with(g, goal); break;
	case GOAL_FAIL: emit(g, OP_FAIL, 0, 0, 0, 0); break;
	}
}

static void
gen_goals(gen *g, const rg_goals *goals)
{
	for (size_t i = 0; i < goals->list.len; i++)
		gen_goal(g, *PV_AT(rg_goal *, &goals->list, i));
}

static void
gen_head(gen *g, const rg_head *head)
{
	int32_t at;
	g->step = (uint16_t)g->u->steps.len;
	switch (head->kind) {
	case OP_RETURN:
		emit(g, OP_RETURN, 0, value(g, head->pats[0]),
		     head->final || head->pats[0]->kind == PAT_CONST, 0);
		break;
	case OP_RETSET: emit(g, OP_RETSET, 0, value(g, head->pats[0]), 0, 0); break;
	default:
		at = operands(g, head->pats, head->n);
		emit(g, head->kind, 0, (int32_t)head->n, at, 0)->flag = head->into_set;
		break;
	}
}

rg_code
rg_code_of(const rg_unit *u)
{
	return (rg_code){
		.steps = u->steps.data,
		.head = u->rule ? &u->rule->loc : NULL,
		.nsteps = (uint32_t)u->steps.len,
		.file = u->module ? u->module->name : "",
		.text = u->module ? u->module->text : (pv_str){"", 0},
	};
}

void
rg_generate(rg_unit *u, const rg_goals *goals, const rg_head *head, rg_code *ret)
{
	gen g = {.u = u, .nregs = (int32_t)u->vars.len};
	pv_vec_init(&g.ins, u->scratch, sizeof(rg_insn));
	pv_vec_init(&g.consts, u->scratch, sizeof(pv_val));
	pv_vec_init(&g.operands, u->scratch, sizeof(int32_t));
	pv_vec_init(&g.frames, u->scratch, sizeof(rg_frame));
	pv_vec_init(&g.indexes, u->scratch, sizeof(rg_index *));
	g.bound = rg_bits_new(u);
	for (uint32_t i = 0; i < head->nargs; i++)
		g.bound[i / 64] |= UINT64_C(1) << (i % 64);
	gen_goals(&g, goals);
	gen_head(&g, head);
	*ret = rg_code_of(u);
	ret->ins = pv_vec_copy(&g.ins, u->arena);
	ret->n = (uint32_t)g.ins.len;
	ret->consts = pv_vec_copy(&g.consts, u->arena);
	ret->operands = pv_vec_copy(&g.operands, u->arena);
	ret->frames = pv_vec_copy(&g.frames, u->arena);
	ret->indexes = pv_vec_copy(&g.indexes, u->arena);
	ret->nregs = (uint32_t)g.nregs;
}
