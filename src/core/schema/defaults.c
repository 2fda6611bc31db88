/* The defaults of a schema when it is built: each is held against its own node. */
#include "base/str.h"
#include "base/vec.h"
#include "core/schema/build.h"
#include "core/schema/walk.h"

static void
hand_over(build *b, const pv_vec *causes, const char *at)
{
	for (size_t i = 0; i < causes->len; i++) {
		const pv_cause *c = PV_AT(pv_cause, causes, i);
		const char *field =
			*c->field && *c->field != '<' ? pv_path_field(b->cx->arena, at, c->field) : at;

		pv_fault(b->f, c->reason, field, "%s", c->message);
	}
}

static void
check_default(build *b, const pv_schema *s, const pv_val *def, const char *under)
{
	const char *at = pv_path_field(b->cx->arena, under, "default");
	pv_vec causes, unknown;
	bool whole;

	if (def->type == PV_NULL && !(s->flags & PV_S_NULLABLE))
		return;
	pv_vec_init(&causes, b->cx->arena, sizeof(pv_cause));
	pv_vec_init(&unknown, b->cx->arena, sizeof(const char *));
	(void)schema_fill(b->cx->arena, s, def, &whole);
	if (!whole) {
		pv_fault(b->f, "FieldValueTooLong", at,
			 "Too long: with the defaults below it, it is larger than %u bytes",
			 PV_DEFAULTS_MOST);
		return;
	}
	pv_schema_prune(b->cx, s, def, &unknown);
	if (unknown.len)
		pv_fault_value(b->f, at, def, "must not have unknown fields");
	pv_schema_validate(b->cx, s, def, "", &causes);
	hand_over(b, &causes, at);
}

/* By its own rules: as a value that is new, and as one that stays. */
static void
judge_default(build *b, const pv_schema *s, const pv_val *def, const char *under)
{
	const char *at = pv_path_field(b->cx->arena, under, "default");
	pv_vec causes;

	if (!(s->flags & PV_S_RULES) || (def->type == PV_NULL && !(s->flags & PV_S_NULLABLE)))
		return;
	pv_vec_init(&causes, b->cx->arena, sizeof(pv_cause));
	if (pv_schema_judge(b->cx, s, def, def, &causes, NULL) == 0)
		pv_schema_judge(b->cx, s, def, NULL, &causes, NULL);
	hand_over(b, &causes, at);
}

typedef void visit(build *b, const pv_schema *s, const pv_val *def, const char *under);

static void
each(build *b, walk *w, const pv_schema *s, const path *p, visit *look)
{
	const path list = {p, "items", 0}, map = {p, "properties", 0};

	if (s->facets && s->facets->def)
		look(b, s, s->facets->def, walk_text(w, p));
	if (s->items)
		each(b, w, s->items, &list, look);
	for (size_t i = 0; s->flags & PV_S_DEFAULTS && i < s->n_props; i++) {
		const path at = {&map, s->props[i].name, 1};

		each(b, w, s->props[i].schema, &at, look);
	}
}

bool
build_defaults(build *b, const pv_schema *root, const char *at)
{
	walk w = {.f = {.cx = b->cx}};
	const path p = {NULL, at, 0};
	size_t before = b->f->n;
	pv_schema whole = *root;

	whole.flags |= PV_S_EMBEDDED; /* an object that is what its default says needs an identity */
	each(b, &w, &whole, &p, check_default);
	return b->f->n == before;
}

void
build_judge_defaults(build *b, const pv_schema *root, const char *at)
{
	walk w = {.f = {.cx = b->cx}};
	const path p = {NULL, at, 0};

	each(b, &w, root, &p, judge_default);
}
