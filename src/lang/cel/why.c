/* why: which parts of an expression decided what it gave, and what they read.  A second walk over the tree,
 * by who asks. */
#include "lang/cel/why.h"

#include "lang/cel/ast.h"

#define PARTS_MOST 6
#define READS_MOST 8
#define ELEMENTS_MOST 3    /* of a list, each of which breaks it */
#define VARIABLES_MOST 100 /* asked, each time they are */

typedef struct asker {
	run *r;
	const pv_cel *program;
	const pv_cel_asked *asked;
	pv_vec *parts; /* of pv_cel_part */
	size_t *left;  /* of VARIABLES_MOST */
	bool within;   /* a variable */
} asker;

static void explain(asker *a, const node *n, bool holds);
static void add_reads(asker *a, const node *n, pv_vec *reads);

/* ---- variables ---- */

/* The expression that gave it; NULL: it is no variable, or was given. */
static const pv_cel *
maker_of(const asker *a, const node *n)
{
	size_t at = n->slot - a->asked->first;

	return n->kind == N_VAR && n->slot >= a->asked->first && at < a->asked->n ? a->asked->variables[at]
										  : NULL;
}

static bool
gives(asker *a, const node *n, bool wanted)
{
	val v = cel_run_node(a->r, n);

	return v.kind == PV_CEL_BOOL && v.b == wanted;
}

/* False: enough has been asked.  What it costs is a's, as soon as who enters says so. */
static bool
enter(const asker *a, const pv_cel *maker, run *r, asker *ret)
{
	if (!*a->left)
		return false;
	--*a->left;
	*ret = *a;
	*r = cel_run_of(a->r->cx, maker, a->asked->run);
	r->cost = a->r->cost;
	ret->r = r;
	ret->program = maker;
	ret->within = true;
	return true;
}

static const node *
chosen(asker *a, const node *n)
{
	while (n->kind == N_COND)
		n = n->args[gives(a, n->args[0], true) ? 1 : 2];
	return n;
}

/* The element of a comprehension that is looked at. */
static void
set_element(const asker *a, const node *n, const val *range, size_t i)
{
	val item = v_item(a->r, range, i);

	a->r->slots[n->slot] = n->var2.s ? v_int((int64_t)i) : item;
	if (n->var2.s)
		a->r->slots[n->slot + 1] = item;
}

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

	if (!a->asked->places)
		return NULL;
	if ((v->kind == PV_CEL_LIST || v->kind == PV_CEL_MAP) && v->native)
		return pv_place_find(a->asked->places, v->v);
	return v->kind == PV_CEL_STRING ? pv_place_find(a->asked->places, &text) : NULL;
}

static const char *path_of(asker *a, const node *n);

/* Of a variable that is another name for something. */
static const char *
other_name(asker *a, const node *n)
{
	const pv_cel *maker = maker_of(a, n);
	const char *path;
	const node *root;
	asker inner;
	run r;

	if (!maker || !enter(a, maker, &r, &inner))
		return NULL;
	root = chosen(&inner, maker->root);
	path = is_chain(root) ? path_of(&inner, root) : NULL;
	a->r->cost = r.cost;
	return path;
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
		if (!path)
			path = other_name(a, n);
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

static bool
has_read(const pv_vec *reads, const char *path)
{
	for (size_t i = 0; i < reads->len; i++)
		if (pv_streq(PV_AT(pv_cel_read, reads, i)->path, path))
			return true;
	return false;
}

static void
add_read(asker *a, const node *n, pv_vec *reads)
{
	const char *path = path_of(a, n);
	pv_cel_read one;

	if (!path && a->within)
		return; /* a name that is known there only */
	one.path = path ? path : pv_strndup(a->r->arena, a->program->text.s + n->from, n->to - n->from);
	if (has_read(reads, one.path) || reads->len >= READS_MOST)
		return;
	one.value = value_of(a, n);
	pv_vec_push(reads, &one);
}

static void
add_all(const pv_vec *more, pv_vec *reads)
{
	for (size_t i = 0; i < more->len && reads->len < READS_MOST; i++)
		if (!has_read(reads, PV_AT(pv_cel_read, more, i)->path))
			pv_vec_push(reads, PV_AT(pv_cel_read, more, i));
}

/* Nothing but the document that is judged. */
static bool
is_plain(const asker *a, const pv_vec *reads)
{
	for (size_t i = 0; a->asked->document && i < reads->len; i++)
		if (!pv_place_within(PV_AT(pv_cel_read, reads, i)->path, a->asked->document))
			return false;
	return true;
}

/* What decided that it is so.  Who is exempt is read of lists of names, and before the rest: last, then. */
static void
add_deciding(asker *a, const node *n, bool holds, pv_vec *reads)
{
	asker inner = *a;
	pv_vec parts;

	pv_vec_init(&parts, a->r->arena, sizeof(pv_cel_part));
	inner.parts = &parts;
	explain(&inner, n, holds);
	for (int plain = 1; plain >= 0; plain--)
		for (size_t i = parts.len; i-- > 0;)
			if (is_plain(a, &PV_AT(pv_cel_part, &parts, i)->reads) == plain)
				add_all(&PV_AT(pv_cel_part, &parts, i)->reads, reads);
}

static bool
has_within(const pv_vec *reads, size_t from, const char *place)
{
	for (size_t i = from; i < reads->len; i++)
		if (pv_place_within(PV_AT(pv_cel_read, reads, i)->path, place))
			return true;
	return false;
}

/* Why that element stayed; that it did, if nothing in it says so. */
static void
add_element(asker *a, const node *wanted, const val *element, pv_vec *reads)
{
	pv_cel_read one = {place_of(a, element), element->v};
	size_t before = reads->len;

	add_deciding(a, wanted, true, reads);
	if (!one.path || has_within(reads, before, one.path) || has_read(reads, one.path) ||
	    reads->len >= READS_MOST)
		return;
	if (element->kind == PV_CEL_STRING)
		one.value = pv_box(a->r->arena, pv_stringn(a->r->arena, element->s, element->len));
	pv_vec_push(reads, &one);
}

/* Of a list that was sifted: why the first of it stayed.  False: none did, or it is another. */
static bool
add_sifted(asker *a, const node *n, pv_vec *reads)
{
	const node *wanted = n->fold == FOLD_FILTER && n->n == 2 ? n->args[1]
			     : n->fold == FOLD_MAP && n->n == 3  ? n->args[2]
								 : NULL;
	size_t told = 0;
	val range, item;

	if (!wanted || (range = cel_run_node(a->r, n->args[0])).kind != PV_CEL_LIST)
		return false;
	for (size_t i = 0; i < range.len && told < ELEMENTS_MOST && !a->r->over; i++) {
		set_element(a, n, &range, i);
		if (!gives(a, wanted, true))
			continue;
		item = v_item(a->r, &range, i);
		add_element(a, wanted, &item, reads);
		told++;
	}
	return told > 0;
}

/* What gave a variable its value; that itself, if nothing of the document did. */
static void
add_variable(asker *a, const node *n, const pv_cel *maker, pv_vec *reads)
{
	const val *v = &a->r->vars[n->slot];
	size_t before = reads->len;
	asker inner;
	run r;

	if (!place_of(a, v) && enter(a, maker, &r, &inner)) {
		if (v->kind == PV_CEL_BOOL)
			add_deciding(&inner, maker->root, v->b, reads);
		else
			add_reads(&inner, chosen(&inner, maker->root), reads);
		a->r->cost = r.cost;
	}
	if (reads->len == before)
		add_read(a, n, reads);
}

static void
add_reads(asker *a, const node *n, pv_vec *reads)
{
	uint32_t most = n->kind == N_FOLD ? 1 : n->n; /* of a comprehension what it goes over */
	const pv_cel *maker = maker_of(a, n);

	if (maker)
		add_variable(a, n, maker, reads);
	else if (is_chain(n))
		add_read(a, n, reads);
	if (maker || is_chain(n) || (n->kind == N_FOLD && a->within && add_sifted(a, n, reads)))
		return;
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

/* The elements by which all() fails, or exists() holds; within a variable, where only what is read counts,
 * exists() fails by each. */
static bool
explain_fold(asker *a, const node *n, bool holds)
{
	val range = cel_run_node(a->r, n->args[0]);
	bool each = a->within && !holds && n->fold == FOLD_EXISTS;
	size_t told = 0;

	if (n->n != 2 || (!each && n->fold != (holds ? FOLD_EXISTS : FOLD_ALL)) || range.kind != PV_CEL_LIST)
		return false;
	for (size_t i = 0; i < range.len && told < ELEMENTS_MOST && !a->r->over; i++) {
		set_element(a, n, &range, i);
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
pv_cel_why(pv_ctx *cx, const pv_cel *program, const pv_cel_asked *asked, pv_vec *ret)
{
	run r = cel_run_of(cx, program, asked->run);
	size_t left = VARIABLES_MOST;
	asker a = {&r, program, asked, ret, &left, false};

	explain(&a, program->root, false);
}
