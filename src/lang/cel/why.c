/* why: which parts of an expression decided what it gave, and what they read.  A second walk over the tree,
 * by who asks. */
#include "lang/cel/why.h"

#include "lang/cel/ast.h"

#define PARTS_MOST 6
#define READS_MOST 8
#define ELEMENTS_MOST 3 /* of a list, each of which breaks it */

typedef struct asker {
	run *r;
	const pv_cel *program;
	pv_places *places;
	pv_vec *parts; /* of pv_cel_part */
} asker;

static void explain(asker *a, const node *n, bool holds);

/* ---- what a part read ---- */

static bool
is_chain(const node *n)
{
	return n->kind == N_SELECT || n->kind == N_OPT_SELECT || n->kind == N_HAS || n->kind == N_INDEX ||
	       n->kind == N_OPT_INDEX || n->kind == N_VAR || n->kind == N_LOCAL;
}

/* Where a value stands that was handed on. */
static const char *
place_of(const asker *a, const val *v)
{
	const pv_val text = {.type = PV_STRING, .len = v->len, .s = v->s};

	if (!a->places)
		return NULL;
	if ((v->kind == PV_CEL_LIST || v->kind == PV_CEL_MAP) && v->native)
		return pv_place_find(a->places, v->v);
	return v->kind == PV_CEL_STRING ? pv_place_find(a->places, &text) : NULL;
}

/* "object.spec.replicas"; NULL: it is of no document. */
static const char *
path_of(asker *a, const node *n)
{
	const char *path;
	val v, key;

	switch ((int)n->kind) {
	case N_VAR:
		path = place_of(a, &a->r->vars[n->slot]);
		return path ? path : a->program->vars[n->slot].name;
	case N_LOCAL: v = a->r->slots[n->slot]; return place_of(a, &v);
	case N_SELECT:
	case N_OPT_SELECT:
	case N_HAS:
		path = path_of(a, n->args[0]);
		return path ? pv_place_member(a->r->arena, path, n->plain) : NULL;
	case N_INDEX:
	case N_OPT_INDEX:
		path = path_of(a, n->args[0]);
		key = cel_run_node(a->r, n->args[1]);
		if (path && key.kind == PV_CEL_INT && key.i >= 0)
			return pv_place_item(a->r->arena, path, (size_t)key.i);
		return path && key.kind == PV_CEL_STRING ? pv_place_member(a->r->arena, path, v_strv(&key))
							 : NULL;
	}
	v = cel_run_node(a->r, n);
	return place_of(a, &v);
}

/* NULL: it is not there, or has no JSON. */
static const pv_val *
value_of(asker *a, const node *n)
{
	node read = *n;
	pv_val json;
	val v;

	if (read.kind == N_HAS)
		read.kind = N_SELECT;
	v = cel_run_node(a->r, &read);
	if (v.kind == PV_CEL_OPTIONAL && v.items)
		v = *v.items;
	if (v.kind == PV_CEL_OPTIONAL || is_error(&v))
		return NULL;
	if (pv_cel_json(a->r->cx, &v, &json) < 0) {
		(void)pv_recover(a->r->cx);
		return NULL;
	}
	return pv_box(a->r->arena, json);
}

static void
add_read(asker *a, const node *n, pv_vec *reads)
{
	const char *path = path_of(a, n);
	pv_cel_read one = {
		path ? path : pv_strndup(a->r->arena, a->program->text.s + n->from, n->to - n->from), NULL};

	for (size_t i = 0; i < reads->len; i++)
		if (pv_streq(PV_AT(pv_cel_read, reads, i)->path, one.path))
			return;
	if (reads->len >= READS_MOST)
		return;
	one.value = value_of(a, n);
	pv_vec_push(reads, &one);
}

static void
add_reads(asker *a, const node *n, pv_vec *reads)
{
	uint32_t most = n->kind == N_FOLD ? 1 : n->n; /* of a comprehension what it goes over */

	if (is_chain(n)) {
		add_read(a, n, reads);
		return;
	}
	for (uint32_t i = 0; i < most; i++)
		if (n->args[i])
			add_reads(a, n->args[i], reads);
}

/* ---- which parts ---- */

static void
add_part(asker *a, const node *n, bool holds)
{
	pv_cel_part *part;
	pv_str text = {a->program->text.s + n->from, n->to - n->from};

	if (a->parts->len >= PARTS_MOST)
		return;
	part = pv_vec_add(a->parts);
	text = pv_str_trim(text);
	*part = (pv_cel_part){.text = pv_strndup(a->r->arena, text.s, text.len), .holds = holds};
	pv_vec_init(&part->reads, a->r->arena, sizeof(pv_cel_read));
	add_reads(a, n, &part->reads);
}

static bool
gives(asker *a, const node *n, bool wanted)
{
	val v = cel_run_node(a->r, n);

	return v.kind == PV_CEL_BOOL && v.b == wanted;
}

/* a && b fails by the first that does, a || b by all of them; what holds the other way round. */
static void
explain_logic(asker *a, const node *n, bool holds)
{
	bool by_one = (n->kind == N_AND) != holds;

	for (uint32_t i = 0; i < n->n; i++) {
		if (by_one && gives(a, n->args[i], !holds))
			continue;
		explain(a, n->args[i], holds);
		if (by_one)
			return;
	}
}

/* The elements by which all() fails, or exists() holds. */
static bool
explain_fold(asker *a, const node *n, bool holds)
{
	val range = cel_run_node(a->r, n->args[0]);
	size_t told = 0;

	if (n->n != 2 || n->fold != (holds ? FOLD_EXISTS : FOLD_ALL) || range.kind != PV_CEL_LIST)
		return false;
	for (size_t i = 0; i < range.len && told < ELEMENTS_MOST && !a->r->over; i++) {
		val item = v_item(a->r, &range, i);

		a->r->slots[n->slot] = n->var2.s ? v_int((int64_t)i) : item;
		if (n->var2.s)
			a->r->slots[n->slot + 1] = item;
		if (gives(a, n->args[1], !holds))
			continue;
		explain(a, n->args[1], holds);
		told++;
	}
	return told > 0;
}

/* It gives `holds`, or an error. */
static void
explain(asker *a, const node *n, bool holds)
{
	switch ((int)n->kind) {
	case N_AND:
	case N_OR: explain_logic(a, n, holds); return;
	case N_COND: explain(a, n->args[gives(a, n->args[0], true) ? 1 : 2], holds); return;
	case N_FOLD:
		if (explain_fold(a, n, holds))
			return;
		break;
	case N_CALL:
		if (pv_str_is(n->name, "!_") && n->n == 1 &&
		    (n->args[0]->kind == N_AND || n->args[0]->kind == N_OR || n->args[0]->kind == N_FOLD)) {
			explain(a, n->args[0], !holds);
			return;
		}
	}
	add_part(a, n, holds);
}

void
pv_cel_why(pv_ctx *cx, const pv_cel *program, const pv_cel_run *with, pv_places *places, pv_vec *ret)
{
	run r = cel_run_of(cx, program, with);
	asker a = {&r, program, places, ret};

	explain(&a, program->root, false);
}
