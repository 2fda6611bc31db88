/* gator_test: `pave gator test`: objects against the constraints that are among them, as `gator test`
 * does (pkg/gator/test). */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "governance/gatekeeper/gator.h"
#include "governance/gatekeeper/kinds.h"
#include "lang/yaml/yaml.h"

#define PRINTED_MOST (1 << 20)

typedef struct outcome { /* a violation and whose it is */
	gk_finding finding;
	const pv_val *object;
} outcome;

/* ---- loading ---- */

static const gk_template *
template_of(const pv_vec *templates, const char *kind)
{
	for (size_t i = 0; i < templates->len; i++)
		if (pv_streq(gk_template_kind(*PV_AT(gk_template *, templates, i)), kind))
			return *PV_AT(gk_template *, templates, i);
	return NULL;
}

static void
let_go(void *template)
{
	gk_template_unref(template);
}

static int
add_constraint(pv_ctx *cx, gator_policies *p, const pv_val *object)
{
	const gk_template *t = template_of(&p->templates, pv_text_at(object, "kind", ""));
	const char *name = pv_text_at(object, "metadata.name", "");
	gk_constraint *c = pv_new(cx->arena, gk_constraint);
	gk_rule rule = {.template = t, .constraint = c};
	bool schema;
	int r;

	if (!t)
		r = pv_fail(cx, PV_EINVALID, "missing ConstraintTemplate: template \"%s\" not found",
			    pv_str_lower(cx->arena, pv_text_at(object, "kind", "")));
	else
		r = gk_constraint_check(cx, t, object, &schema);
	if (r == 0)
		r = gk_constraint_read(cx, cx->arena, gk_constraint_default(cx, t, object), c);
	if (r < 0)
		return pv_wrap(cx, r, "adding constraint \"%s\"", name);
	pv_vec_push(&p->book.rules, &rule);
	return 0;
}

static int
add_templates(pv_ctx *cx, const pv_vec *objects, const gk_engines *engines, gator_policies *p)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < objects->len; i++) {
		const pv_val *o = *PV_AT(const pv_val *, objects, i);
		gk_template *t;

		if (!gator_is(o, GK_TEMPLATES, "ConstraintTemplate"))
			continue;
		r = gk_check_types(cx, o);
		if (r == 0)
			r = gk_template_compile(cx, o, engines, &t);
		if (r < 0)
			return pv_wrap(cx, r, "adding template \"%s\"", pv_text_at(o, "metadata.name", ""));
		pv_arena_defer(cx->arena, let_go, t);
		pv_vec_push(&p->templates, &t);
	}
	return r;
}

int
gator_policies_load(pv_ctx *cx, const pv_vec *objects, const gk_engines *engines, gator_policies *ret)
{
	int r;

	*ret = (gator_policies){0};
	pv_vec_init(&ret->templates, cx->arena, sizeof(gk_template *));
	pv_vec_init(&ret->book.rules, cx->arena, sizeof(gk_rule));
	r = add_templates(cx, objects, engines, ret);
	for (size_t i = 0; r == 0 && i < objects->len; i++) {
		const pv_val *o = *PV_AT(const pv_val *, objects, i);

		if (gator_is(o, GK_CONSTRAINTS, NULL))
			r = add_constraint(cx, ret, o);
	}
	for (size_t i = 0; r == 0 && i < objects->len; i++) {
		const pv_val *o = *PV_AT(const pv_val *, objects, i);

		if (!*pv_text_at(o, "apiVersion", "") || !*pv_text_at(o, "kind", ""))
			r = pv_fail(
				cx, PV_EINVALID,
				"adding data: invalid request object: resource %s has no version or no kind",
				pv_text_at(o, "metadata.name", ""));
	}
	ret->book.data = gk_inventory(cx, cx->arena, objects);
	return r;
}

/* ---- judging ---- */

typedef struct bench { /* all that objects are held against */
	gator_policies policies;
	gk_expander *expander;
	pv_enforcement softening;
} bench;

/* The object is judged as it stands, what it makes as its mutators leave it. */
static int
judge(pv_ctx *cx, const bench *b, const pv_val *object, pv_vec *ret)
{
	const gk_book *book = &b->policies.book;
	const gk_expansion how = {.book = book, .point = GK_AT_TOOLS};
	const pv_val *space = gk_expander_space(cx, b->expander, object);
	gk_review review = gk_review_of(cx, object, "Original", space);
	const gk_mutable m = {.object = object, .space = space, .source = "Original", .operation = ""};
	pv_vec findings;
	int r;

	pv_vec_init(&findings, cx->arena, sizeof(gk_finding));
	gk_judge(cx, book, &review, GK_AT_TOOLS, &findings);
	r = gk_mutate(cx, &b->expander->mutators, &m, &object);
	if (r < 0)
		return pv_wrap(cx, r, "error mutating base resource %s",
			       pv_text_at(object, "metadata.name", ""));
	r = gk_expand_judge(cx, b->expander, &how, object, space, &findings);
	for (size_t i = 0; r == 0 && i < findings.len; i++) {
		outcome o = {*PV_AT(gk_finding, &findings, i), object};

		if (gator_soften(cx, &b->softening, object, space, &o.finding))
			pv_vec_push(ret, &o);
	}
	return r;
}

static int
by_action(const void *a, const void *b)
{
	const outcome *x = a, *y = b;
	int order = strcmp(x->finding.action, y->finding.action);

	if (!order)
		order = strcmp(x->finding.message, y->finding.message);
	return order ? order
		     : strcmp(pv_text_at(x->object, "metadata.name", ""),
			      pv_text_at(y->object, "metadata.name", ""));
}

static int
judge_all(pv_ctx *cx, const pv_vec *objects, const gk_engines *engines, pv_buf *printed, pv_vec *ret)
{
	bench b = {0};
	int r = gator_policies_load(cx, objects, engines, &b.policies);

	if (engines->prints) {
		b.policies.book.print = gator_printed;
		b.policies.book.print_arg = printed;
	}
	if (r == 0 && (r = gk_expander_new(cx, cx->arena, objects, &b.expander)) < 0)
		r = pv_wrap(cx, r, "error creating expander");
	if (r == 0)
		r = gator_softening_load(cx, objects, &b.softening);
	for (size_t i = 0; r == 0 && i < objects->len; i++)
		r = judge(cx, &b, *PV_AT(const pv_val *, objects, i), ret);
	pv_vec_sort(ret, by_action);
	return r;
}

void
gator_printed(void *to, const char *line)
{
	pv_buf *b = to;

	if (b->len < PRINTED_MOST)
		pv_buf_printf(b, "%s\n", line);
}

/* ---- printing ---- */

static pv_val
metadata_of(pv_ctx *cx, const gk_finding *f)
{
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "details", gator_in_order(cx, f->details));
	return pv_objb_end(&b);
}

static pv_val
actions_of(pv_ctx *cx, const gk_finding *f)
{
	pv_listb b;

	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; f->scoped && f->scoped[i]; i++)
		pv_listb_add(&b, pv_string_ref(f->scoped[i]));
	return pv_listb_end(&b);
}

static pv_val
json_of(pv_ctx *cx, const outcome *o)
{
	const gk_finding *f = &o->finding;
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "target", GK_TARGET);
	if (*f->message)
		pv_objb_puts(&b, "msg", f->message);
	if (f->details)
		pv_objb_put(&b, "metadata", metadata_of(cx, f));
	pv_objb_put(&b, "constraint", gator_in_order(cx, f->constraint->object));
	pv_objb_puts(&b, "enforcementAction", *f->action ? f->action : NULL);
	if (f->scoped)
		pv_objb_put(&b, "scopedActions", actions_of(cx, f));
	pv_objb_put(&b, "violatingObject", gator_in_order(cx, o->object));
	pv_objb_put(&b, "trace", pv_null());
	return pv_objb_end(&b);
}

static pv_val
yaml_of(pv_ctx *cx, const outcome *o)
{
	const gk_finding *f = &o->finding;
	pv_objb constraint, result, b;

	pv_objb_init(&constraint, cx->arena);
	pv_objb_put(&constraint, "object", *f->constraint->object);
	pv_objb_init(&result, cx->arena);
	pv_objb_puts(&result, "target", GK_TARGET);
	pv_objb_puts(&result, "msg", f->message);
	pv_objb_put(&result, "metadata",
		    f->details ? metadata_of(cx, f) : pv_object_of(cx->arena, NULL, 0, NULL, NULL));
	pv_objb_put(&result, "constraint", pv_objb_end(&constraint));
	pv_objb_puts(&result, "enforcementaction", f->action);
	pv_objb_put(&result, "scopedenforcementactions", actions_of(cx, f));
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "result", pv_objb_end(&result));
	pv_objb_put(&b, "violatingObject", *o->object);
	pv_objb_put(&b, "trace", pv_null());
	return pv_objb_end(&b);
}

static void
print_text(pv_buf *b, const outcome *o)
{
	const char *ns = pv_text_at(o->object, "metadata.namespace", ""), *name = o->finding.constraint->name;

	pv_buf_printf(b, "%s/%s %s%s%s: [", pv_text_at(o->object, "apiVersion", ""),
		      pv_text_at(o->object, "kind", ""), ns, *ns ? "/" : "",
		      pv_text_at(o->object, "metadata.name", ""));
	pv_buf_add_json(b, name, strlen(name));
	pv_buf_adds(b, "] Message: ");
	pv_buf_add_json(b, o->finding.message, strlen(o->finding.message));
	pv_buf_addc(b, '\n');
}

static void
print_all(pv_ctx *cx, const char *format, const pv_vec *outcomes)
{
	bool json = pv_streq(format, "json"), yaml = pv_streq(format, "yaml");
	pv_listb list;
	pv_val v;
	pv_buf b;

	pv_buf_init(&b, cx->arena);
	pv_buf_adds(&b, "");
	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; i < outcomes->len; i++) {
		const outcome *o = PV_AT(outcome, outcomes, i);

		if (json || yaml)
			pv_listb_add(&list, json ? json_of(cx, o) : yaml_of(cx, o));
		else
			print_text(&b, o);
	}
	v = pv_listb_end(&list);
	if (json && !outcomes->len)
		v = pv_null(); /* as Go has a list that nothing was put into */
	if (json)
		pv_rego_write(&b, &v, "    ", false);
	else if (yaml)
		pv_yaml_write_v3(&b, &v);
	fputs(b.s, stdout);
}

static int
report(pv_ctx *cx, const pv_args *args, const pv_vec *outcomes)
{
	const char *format = pv_str_lower(cx->arena, pv_args_text(args, "output", ""));
	bool denied = false;
	pv_vec shown;

	pv_vec_init(&shown, cx->arena, sizeof(outcome));
	for (size_t i = 0; i < outcomes->len; i++) {
		const outcome *o = PV_AT(outcome, outcomes, i);
		bool denies = gk_finding_does(&o->finding, "deny");

		denied = denied || denies;
		if (denies || !pv_args_has(args, "deny-only"))
			pv_vec_push(&shown, o);
	}
	print_all(cx, format, &shown);
	return denied ? PV_EXIT_FAILED : PV_EXIT_OK;
}

int
gator_test(pv_ctx *cx, const pv_args *args)
{
	pv_vec objects, outcomes;
	gk_engines engines;
	pv_buf printed;
	int r = gator_refuse_images(cx, args);

	if (r == 0)
		r = gator_engines(cx, args, &engines);
	if (r == 0 && (pv_args_has(args, "trace") || pv_args_has(args, "stats")))
		r = pv_fail(
			cx, PV_EUSAGE,
			"--%s is not supported: `print(...)` in a rule shows with --verbose what it saw, and "
			"`pave gator bench` measures",
			pv_args_has(args, "trace") ? "trace" : "stats");
	if (r < 0)
		return r;
	r = gator_sources(cx, args, &objects);
	if (r < 0)
		return gator_fatal(cx, r, NULL);
	pv_buf_init(&printed, cx->arena);
	pv_vec_init(&outcomes, cx->arena, sizeof(outcome));
	r = judge_all(cx, &objects, &engines, &printed, &outcomes);
	if (r < 0)
		return gator_fatal(cx, r, "auditing objects");
	r = report(cx, args, &outcomes);
	if (printed.len)
		printf("\n%s\n", printed.s);
	return r;
}
