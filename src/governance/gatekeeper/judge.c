#include "governance/gatekeeper/judge.h"

#include <string.h>

#include "base/str.h"

typedef struct asked { /* one review */
	pv_ctx *cx;
	const gk_book *book;
	const gk_review *review;
	const char *point;
	const pv_val *space;        /* of the object */
	const pv_val *request;      /* with namespaceObject */
	const pv_val *filled;       /* for CEL: with what the API server fills in */
	gk_candidate candidates[2]; /* the object, and what it was before, as far as there are any */
	size_t n_candidates;
	pv_vec *out;
} asked;

/* ---- does the constraint speak of it? ---- */

/* NULL, or of which object it cannot be told: the error says why. */
static const char *
doubtful(const asked *a, const gk_constraint *c, bool *ret)
{
	*ret = false;
	for (size_t i = 0; i < a->n_candidates && !*ret; i++)
		if (gk_match_holds(a->cx, c->match, &a->candidates[i], ret) < 0)
			return pv_text_at(a->candidates[i].object, "metadata.name", "");
	return NULL;
}

/* ---- findings ---- */

static const char *const *
actions(const asked *a, const pv_vec *scoped)
{
	const char **out;

	if (!scoped->len)
		return NULL;
	out = pv_new_array(a->cx->arena, const char *, scoped->len + 1);
	for (size_t i = 0; i < scoped->len; i++)
		out[i] = *PV_AT(const char *, scoped, i);
	return out;
}

static void
ask(const asked *a, const gk_rule *rule, const pv_vec *scoped)
{
	const gk_question q = {.review = a->request,
			       .request = a->filled,
			       .object = a->review->object,
			       .old = a->review->old,
			       .space = a->space && *pv_text_at(a->space, "metadata.name", "") ? a->space
											       : NULL,
			       .constraint = rule->constraint->object,
			       .data = a->book->data,
			       .api = a->book->api,
			       .audits = pv_streq(a->point, GK_AT_AUDIT),
			       .explains = a->book->explains,
			       .print = a->book->print,
			       .print_arg = a->book->print_arg};
	pv_vec violations;

	pv_vec_init(&violations, a->cx->arena, sizeof(gk_violation));
	gk_template_judge(a->cx, rule->template, &q, &violations);
	for (size_t i = 0; i < violations.len; i++) {
		const gk_violation *v = PV_AT(gk_violation, &violations, i);
		gk_finding *f = pv_vec_add(a->out);

		*f = (gk_finding){.constraint = rule->constraint,
				  .message = v->message,
				  .details = v->details,
				  .action = rule->constraint->action,
				  .scoped = actions(a, scoped),
				  .failed = v->failed,
				  .basis = v->basis};
	}
}

/* The rule could not be asked: as if it were violated. */
static void
add_failure(const asked *a, const gk_rule *rule, const pv_vec *scoped, const char *why)
{
	gk_finding *f = pv_vec_add(a->out);

	*f = (gk_finding){.constraint = rule->constraint,
			  .message = why,
			  .action = rule->constraint->action,
			  .scoped = actions(a, scoped),
			  .failed = true};
}

/* Tools and audit judge whatever there is; of writes a template that names none is asked about creates and
 * updates. */
static bool
is_asked(const asked *a, const gk_rule *rule)
{
	const char *operation = a->review->operation;

	if (!pv_streq(a->point, GK_AT_ADMISSION))
		return true;
	if (!pv_count(rule->operations))
		return pv_streq(operation, "CREATE") || pv_streq(operation, "UPDATE");
	return pv_list_has_text(rule->operations, operation) || pv_list_has_text(rule->operations, "*");
}

static void
judge_rule(const asked *a, const gk_rule *rule)
{
	const char *name, *kind = a->candidates[0].kind;
	bool applies;
	pv_vec scoped;

	pv_vec_init(&scoped, a->cx->arena, sizeof(const char *));
	if (!gk_match_speaks(rule->constraint->match, kind, a->candidates[0].group) ||
	    (rule->template && !gk_template_speaks(rule->template, kind)) || !is_asked(a, rule) ||
	    !gk_constraint_acts(a->cx, rule->constraint, a->point, &scoped))
		return;
	name = doubtful(a, rule->constraint, &applies);
	if (name) {
		add_failure(
			a, rule, &scoped,
			pv_printf(a->cx->arena,
				  "unable to match constraints: error matching the requested object: %s :%s",
				  name, a->cx->err->message));
		(void)pv_recover(a->cx);
	} else if (applies && rule->error) {
		add_failure(a, rule, &scoped, rule->error);
	} else if (applies) {
		ask(a, rule, &scoped);
	}
}

static const pv_val *
space_of(const gk_book *book, const gk_review *review)
{
	const char *ns = pv_text_at(review->request, "namespace", "");

	if (review->space || !*ns)
		return review->space;
	return gk_inventory_namespace(book->data, ns);
}

/* Kubernetes makes the request of a policy in CEL anew: these are always there. */
static const pv_val *
filled(pv_ctx *cx, const gk_review *review)
{
	static const char *const twins[][2] = {{"requestKind", "kind"}, {"requestResource", "resource"}};
	const pv_val *request = review->request;
	pv_objb b;

	if (pv_get(request, "requestKind") && pv_get(request, "dryRun") && review->object)
		return request;
	pv_objb_from(&b, cx->arena, request);
	for (size_t i = 0; i < PV_LEN(twins); i++)
		if (!pv_get(request, twins[i][0]) && pv_get(request, twins[i][1]))
			pv_objb_put(&b, twins[i][0], *pv_get(request, twins[i][1]));
	if (!pv_get(request, "dryRun"))
		pv_objb_put(&b, "dryRun", pv_bool(false));
	if (!review->object) /* of a delete */
		pv_objb_put(&b, "object", pv_null());
	return pv_box(cx->arena, pv_objb_end(&b));
}

void
gk_judge(pv_ctx *cx, const gk_book *book, const gk_review *review, const char *point, pv_vec *ret)
{
	const pv_val *space = space_of(book, review), *objects[] = {review->object, review->old};
	bool known = space && *pv_text_at(space, "metadata.name", "");
	asked a = {.cx = cx, .book = book, .review = review, .point = point, .space = space, .out = ret};

	for (size_t i = 0; i < PV_LEN(objects); i++)
		if (objects[i])
			a.candidates[a.n_candidates++] =
				gk_candidate_of(cx->arena, objects[i], space, review->source);
	if (!a.n_candidates)
		return;
	a.request = pv_box(cx->arena, pv_with(cx->arena, review->request, "namespaceObject",
					      known ? *space : pv_null()));
	a.filled = filled(cx, review);
	for (size_t i = 0; i < book->rules.len; i++)
		judge_rule(&a, PV_AT(gk_rule, &book->rules, i));
}

static int
by_action(const void *a, const void *b)
{
	const gk_finding *x = a, *y = b;
	int order = strcmp(x->action, y->action);

	if (!order)
		order = strcmp(x->message, y->message);
	if (!order)
		order = strcmp(x->constraint->kind, y->constraint->kind);
	return order ? order : strcmp(x->constraint->name, y->constraint->name);
}

void
gk_findings_sort(pv_vec *findings)
{
	pv_vec_sort(findings, by_action);
}

bool
gk_finding_does(const gk_finding *f, const char *action)
{
	if (!pv_streq(f->action, "scoped"))
		return pv_streq(f->action, action);
	for (size_t i = 0; f->scoped && f->scoped[i]; i++)
		if (pv_streq(f->scoped[i], action))
			return true;
	return false;
}

enum pv_effect
gk_finding_effect(const gk_finding *f)
{
	return gk_finding_does(f, "deny")   ? PV_EFFECT_DENY
	       : gk_finding_does(f, "warn") ? PV_EFFECT_WARN
					    : PV_EFFECT_AUDIT;
}
