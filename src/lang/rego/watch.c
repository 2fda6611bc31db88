/* watch: events and costs. */
#include "lang/rego/watch.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"
#include "base/time.h"

#define EVENTS 1000000 /* of one evaluation; what comes later is not told */

typedef struct cost {
	const rg_expr *expr;
	const rg_code *code;
	uint64_t evals, redos;
	int64_t ns;
} cost;

typedef struct step {
	uint32_t at;
	bool failed;
	cost *cost;
} step;

typedef struct frame { /* a body that is being evaluated */
	const rg_code *code;
	const char *name;
	const rg_group *group;
	size_t base; /* its part of the steps */
} frame;

struct pv_rego_watch {
	pv_arena *arena;
	bool tells;
	pv_vec events; /* pv_rego_event */
	pv_vec frames; /* frame */
	pv_vec steps;  /* step: those that hold so far */
	pv_map *costs; /* by the statement's address */
	pv_vec all;    /* cost *, in the order they were met */
	int64_t last;  /* when time was given to a statement */
};

pv_rego_watch *
pv_rego_watch_new(pv_arena *arena, bool tells)
{
	pv_rego_watch *w = pv_new(arena, pv_rego_watch);
	w->arena = arena;
	w->tells = tells;
	w->costs = pv_map_new(arena);
	pv_vec_init(&w->events, arena, sizeof(pv_rego_event));
	pv_vec_init(&w->frames, arena, sizeof(frame));
	pv_vec_init(&w->steps, arena, sizeof(step));
	pv_vec_init(&w->all, arena, sizeof(cost *));
	return w;
}

static frame *
top(const pv_rego_watch *w)
{
	return PV_AT(frame, &w->frames, w->frames.len - 1);
}

static step *
last_step(const pv_rego_watch *w)
{
	return w->steps.len > top(w)->base ? PV_AT(step, &w->steps, w->steps.len - 1) : NULL;
}

/* The time since the last look is that of the innermost statement. */
static void
charge(pv_rego_watch *w)
{
	int64_t now = pv_mono();
	if (w->steps.len)
		PV_AT(step, &w->steps, w->steps.len - 1)->cost->ns += now - w->last;
	w->last = now;
}

static void
tell(pv_rego_watch *w, enum pv_rego_event_op op, const rg_loc *loc, pv_str text)
{
	const frame *f = top(w);
	bool inner = op != PV_REGO_ENTER;
	if (!w->tells || w->events.len >= EVENTS)
		return;
	*(pv_rego_event *)pv_vec_add(&w->events) = (pv_rego_event){.op = op,
								   .depth = (int)w->frames.len - !inner,
								   .file = f->code->file ? f->code->file : "",
								   .row = loc ? loc->row : 1,
								   .text = text};
}

static void
tell_frame(pv_rego_watch *w, enum pv_rego_event_op op)
{
	tell(w, op, top(w)->code->head, pv_str_of(top(w)->name));
}

static void
tell_step(pv_rego_watch *w, enum pv_rego_event_op op, const cost *c)
{
	const rg_loc *loc = &c->expr->loc;
	pv_str text = {c->code->text.s + loc->off, loc->end - loc->off};
	tell(w, op, loc, text);
}

void
rg_watch_enter(pv_rego_watch *w, const rg_code *code, const rg_group *g)
{
	charge(w);
	*(frame *)pv_vec_add(&w->frames) = (frame){
		.code = code,
		.group = g,
		.name = !w->tells ? ""
			: g       ? rg_node_name(w->arena, g->node)
				  : pv_strndup(w->arena, code->text.s, code->text.len),
		.base = w->steps.len,
	};
	tell_frame(w, PV_REGO_ENTER);
}

void
rg_watch_leave(pv_rego_watch *w)
{
	charge(w);
	while (w->steps.len > top(w)->base)
		pv_vec_pop(&w->steps);
	pv_vec_pop(&w->frames);
}

static cost *
cost_of(pv_rego_watch *w, const rg_code *code, uint32_t at)
{
	const rg_expr *e = code->steps[at];
	cost *c = pv_map_find(w->costs, (const char *)&e, sizeof e);
	if (c)
		return c;
	c = pv_new(w->arena, cost);
	c->expr = e;
	c->code = code;
	pv_map_put(w->costs, (const char *)&e, sizeof e, c);
	pv_vec_push(&w->all, &c);
	return c;
}

void
rg_watch_step(pv_rego_watch *w, const rg_insn *ip)
{
	const frame *f = top(w);
	const step *s = last_step(w);
	uint32_t at = ip->step;
	if ((s && s->at == at) || at >= f->code->nsteps || ip->op == OP_BUILD || ip->op == OP_BARRIER ||
	    ip->op == OP_INDEXED) /* these prepare what comes next */
		return;
	charge(w);
	step *new = pv_vec_add(&w->steps);
	*new = (step){.at = at, .cost = cost_of(w, f->code, at)};
	new->cost->evals++;
	tell_step(w, PV_REGO_EVAL, new->cost);
}

void
rg_watch_after(pv_rego_watch *w, uint8_t op, bool failed)
{
	step *s = last_step(w);
	if (op == OP_RETURN || op == OP_RETSET || op == OP_RETPATH || op == OP_SOLUTION) {
		tell_frame(w, PV_REGO_EXIT);
	} else if (failed && op != OP_CUTFAIL && op != OP_FAIL && s) {
		s->failed = true;
		tell_step(w, PV_REGO_FAIL, s->cost);
	}
}

void
rg_watch_redo(pv_rego_watch *w, uint32_t at, bool again)
{
	step *s;
	charge(w);
	while ((s = last_step(w)) && s->at != at) {
		if (!s->failed && again) {
			s->cost->redos++;
			tell_step(w, PV_REGO_REDO, s->cost);
		}
		pv_vec_pop(&w->steps);
	}
	if (!s)
		return;
	if (!again && s->failed && w->tells) /* what failed is negated: the statement holds */
		pv_vec_pop(&w->events);
	s->failed = false;
	if (!again)
		return;
	s->cost->redos++;
	tell_step(w, PV_REGO_REDO, s->cost);
}

void
rg_watch_note(pv_rego_watch *w, const char *text)
{
	const step *s = last_step(w);
	tell(w, PV_REGO_NOTE, s ? &s->cost->expr->loc : NULL, pv_str_of(pv_strdup(w->arena, text)));
}

const pv_vec *
pv_rego_watch_events(const pv_rego_watch *w)
{
	return &w->events;
}

/* ---- costs, a line each ---- */

static pv_rego_cost *
line_of(pv_vec *all, const cost *c)
{
	const char *file = c->code->file ? c->code->file : "";
	for (size_t i = 0; i < all->len; i++) {
		pv_rego_cost *line = PV_AT(pv_rego_cost, all, i);
		if (line->row == c->expr->loc.row && pv_streq(line->file, file))
			return line;
	}
	pv_rego_cost *new = pv_vec_add(all);
	*new = (pv_rego_cost){.file = file, .row = c->expr->loc.row, .column = c->expr->loc.col};
	new->text = pv_str_of("");
	if (!c->code->head)
		new->text = (pv_str){c->code->text.s + c->expr->loc.off, c->expr->loc.end - c->expr->loc.off};
	return new;
}

void
pv_rego_watch_costs(const pv_rego_watch *w, pv_vec *ret)
{
	for (size_t i = 0; i < w->all.len; i++) {
		const cost *c = *PV_AT(cost *, &w->all, i);
		pv_rego_cost *line = line_of(ret, c);
		line->evals += c->evals;
		line->redos += c->redos;
		line->ns += c->ns;
		line->exprs++;
	}
}
