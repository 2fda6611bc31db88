/* template: which code of a ConstraintTemplate is taken, and what it must be like (Gatekeeper's
 * frameworks/constraint: pkg/client, pkg/drivers). */
#include "governance/gatekeeper/template.h"

#include <stdatomic.h>
#include <string.h>
#include <strings.h>

#include "base/heap.h"
#include "base/str.h"

struct gk_template {
	atomic_int refs;
	pv_arena *arena;
	const char *name, *kind, *stamp;
	pv_schema *schema;
	gk_rego rego;          /* rego.rego NULL: CEL */
	const pv_rules *rules; /* NULL: Rego */
};

/* ---- the code ---- */

typedef struct code {
	const char *engine;
	const pv_val *source;
	const char *field; /* where it stands */
} code;

static code
code_of(pv_ctx *cx, const pv_val *target, const char *engine)
{
	const pv_val *list = pv_get(target, "code");

	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_streq(pv_text_at(pv_item(list, i), "engine", ""), engine))
			return (code){engine, pv_get(pv_item(list, i), "source"),
				      pv_printf(cx->arena, "spec.targets[0].code[%zu].source", i)};
	return (code){0};
}

/* Legacy rego beats code of the engine Rego; CEL beats both, and there is no falling back. */
static code
chosen(pv_ctx *cx, const pv_val *target, const gk_engines *how)
{
	code cel = code_of(cx, target, GK_CEL);

	if (cel.source && !(how && how->no_cel))
		return cel;
	if (*pv_text_at(target, "rego", ""))
		return (code){GK_REGO, target, "spec.targets[0]"};
	return code_of(cx, target, GK_REGO);
}

/* ---- CEL ---- */

static pv_val
variable(pv_ctx *cx, const char *name, const char *expression)
{
	pv_objb b;

	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "name", name);
	pv_objb_puts(&b, "expression", expression);
	return pv_objb_end(&b);
}

static pv_val
given_variables(pv_ctx *cx)
{
	pv_val two[2] = {
		variable(cx, "anyObject",
			 "has(request.operation) && request.operation == \"DELETE\" && object == null ? "
			 "oldObject : object"),
		variable(cx, "params",
			 "!has(params.spec) ? null : !has(params.spec.parameters) ? null: "
			 "params.spec.parameters")};

	return pv_list_of(cx->arena, two, 2);
}

static int
check_names(pv_ctx *cx, const pv_val *list, const char *what)
{
	for (size_t i = 0; i < pv_count(list); i++) {
		const char *name = pv_text_at(pv_item(list, i), "name", "");

		if (pv_starts_with(name, "gatekeeper_internal_"))
			return pv_fail(
				cx, PV_EINVALID,
				"%s is not a valid %s: cannot have \"gatekeeper_internal_\" as a prefix",
				name, what);
		if (pv_streq(what, "variable") && (pv_streq(name, "params") || pv_streq(name, "anyObject")))
			return pv_fail(cx, PV_EINVALID,
				       "%s an invalid variable name: \"%s\" is a reserved keyword", name,
				       name);
	}
	return 0;
}

static pv_val
policy_of(pv_ctx *cx, const pv_val *source, const gk_engines *how)
{
	/* Gatekeeper's field is in the singular; a policy's, which it stands for, in the plural. */
	const pv_val *one = pv_get(source, "matchCondition"), *many = pv_get(source, "matchConditions");
	pv_val spec = *source;
	pv_listb all;

	pv_listb_init(&all, cx->arena);
	for (size_t i = 0; i < pv_count(one); i++)
		pv_listb_add(&all, *pv_item(one, i));
	for (size_t i = 0; i < pv_count(many); i++)
		pv_listb_add(&all, *pv_item(many, i));
	spec = pv_with(cx->arena, &spec, "matchConditions", pv_listb_end(&all));
	if (!pv_get(source, "failurePolicy") && how && how->ignores)
		spec = pv_with(cx->arena, &spec, "failurePolicy", pv_string_ref("Ignore"));
	return spec;
}

static int
compile_cel(pv_ctx *cx, gk_template *t, const code *c, const gk_engines *how)
{
	const char *policy = pv_text_at(c->source, "failurePolicy", "Fail");
	pv_val given = given_variables(cx), spec = policy_of(cx, c->source, how);
	pv_vec causes;
	int r = check_names(cx, pv_get(c->source, "variables"), "variable");

	if (r == 0)
		r = check_names(cx, pv_get(&spec, "matchConditions"), "match condition");
	if (r < 0)
		return r;
	if (!pv_streq(policy, "Fail") && !pv_streq(policy, "Ignore"))
		return pv_fail(
			cx, PV_EINVALID,
			"%s.failurePolicy: unrecognized failure policy: expected Fail or Ignore, found "
			"\"%s\"",
			c->field, policy);
	pv_vec_init(&causes, cx->arena, sizeof(pv_cause));
	t->rules = pv_rules_read(cx, t->arena, pv_box(t->arena, pv_copy(t->arena, &spec)), &given, &causes);
	if (causes.len) {
		const pv_cause *first = PV_AT(pv_cause, &causes, 0);

		return pv_fail(cx, PV_EINVALID, "%s%s: %s", c->field, first->field + strlen("spec"),
			       first->message);
	}
	return 0;
}

/* ---- the template ---- */

static int
check_target(pv_ctx *cx, const pv_val *targets)
{
	const char *name = pv_text_at(pv_item(targets, 0), "target", "");

	if (pv_count(targets) != 1)
		return pv_fail(cx, PV_EINVALID, "must declare exactly one target, found %zu",
			       pv_count(targets));
	if (!*name)
		return pv_fail(cx, PV_EINVALID, "target name must not be empty");
	if (!pv_streq(name, GK_TARGET))
		return pv_fail(cx, PV_EINVALID, "target \"%s\" not recognized, known targets [" GK_TARGET "]",
			       name);
	return 0;
}

static int
check_names_of(pv_ctx *cx, const pv_val *object)
{
	const char *name = pv_text_at(object, "metadata.name", ""),
		   *kind = pv_text_at(object, "spec.crd.spec.names.kind", "");

	if (!*kind)
		return pv_fail(cx, PV_EINVALID, "ConstraintTemplate \"%s\" does not specify CRD Kind", name);
	if (strcasecmp(name, kind) != 0)
		return pv_fail(
			cx, PV_EINVALID,
			"the ConstraintTemplate's name \"%s\" is not equal to the lowercase of CRD's Kind: "
			"\"%s\"",
			name, pv_str_lower(cx->arena, kind));
	return 0;
}

static int
compile(pv_ctx *cx, gk_template *t, const pv_val *object, const gk_engines *how)
{
	const pv_val *targets = pv_at(object, "spec.targets"), *target = pv_item(targets, 0);
	pv_val schema;
	code c;
	int r = check_target(cx, targets);

	if (r == 0)
		r = check_names_of(cx, object);
	if (r < 0)
		return r;
	schema = gk_spec_schema(cx, object);
	r = pv_schema_from_crd(cx, &schema, "spec.crd.spec.validation.openAPIV3Schema", &t->schema);
	if (r < 0)
		return r;
	c = chosen(cx, target, how);
	if (!c.source)
		return pv_fail(
			cx, PV_EINVALID,
			"no language driver is installed that handles this constraint template: expected "
			"rego, or code of engine " GK_REGO " or " GK_CEL);
	return pv_streq(c.engine, GK_CEL)
		       ? compile_cel(cx, t, &c, how)
		       : gk_rego_compile(cx, t->arena, c.source, how && how->prints, &t->rego);
}

int
gk_template_compile(pv_ctx *cx, const pv_val *object, const gk_engines *how, gk_template **ret)
{
	pv_arena *arena = pv_arena_new("gatekeeper-template");
	gk_template *t = pv_new(arena, gk_template);
	int r;

	t->arena = arena;
	atomic_init(&t->refs, 1);
	t->name = pv_strdup(arena, pv_text_at(object, "metadata.name", ""));
	t->kind = pv_strdup(arena, pv_text_at(object, "spec.crd.spec.names.kind", ""));
	t->stamp = pv_printf(arena, "%s %lld", pv_text_at(object, "metadata.uid", ""),
			     (long long)pv_i64_at(object, "metadata.generation", 0));
	r = compile(cx, t, object, how);
	if (r < 0) {
		gk_template_unref(t);
		return pv_wrap(cx, r, "invalid ConstraintTemplate");
	}
	*ret = t;
	return 0;
}

gk_template *
gk_template_ref(gk_template *t)
{
	atomic_fetch_add(&t->refs, 1);
	return t;
}

gk_template *
gk_template_unref(gk_template *t)
{
	if (!t || atomic_fetch_sub(&t->refs, 1) > 1)
		return NULL;
	gk_rego_done(&t->rego);
	pv_schema_unref(t->schema);
	pv_arena_free(t->arena);
	return NULL;
}

const char *
gk_template_kind(const gk_template *t)
{
	return t->kind;
}

const char *
gk_template_engine(const gk_template *t)
{
	return t->rules ? GK_CEL : GK_REGO;
}

const char *
gk_template_stamp(const gk_template *t)
{
	return t->stamp;
}

const pv_schema *
gk_template_schema(const gk_template *t)
{
	return t->schema;
}

bool
gk_template_speaks(const gk_template *t, const char *kind)
{
	for (size_t i = 0; i < t->rego.kinds.len; i++)
		if (pv_streq(*PV_AT(const char *, &t->rego.kinds, i), kind))
			return true;
	return t->rules || t->rego.of_any;
}

const char *
gk_template_doubt(const gk_template *t)
{
	return t->rego.doubt;
}

bool
gk_template_asks(const gk_template *t)
{
	return t->rego.external;
}

bool
gk_template_reads_inventory(const gk_template *t)
{
	return t->rego.reads.len > 0;
}

bool
gk_template_parts(const gk_template *t)
{
	return t->rego.parts == t->rego.refs && t->rego.apart;
}

bool
gk_template_reads(const gk_template *t, const char *kind)
{
	for (size_t i = 0; i < t->rego.reads.len; i++) {
		const char *one = *PV_AT(const char *, &t->rego.reads, i);

		if (pv_streq(one, "*") || pv_streq(one, kind))
			return true;
	}
	return false;
}

static void
judge_cel(pv_ctx *cx, const gk_template *t, const gk_question *q, pv_vec *ret)
{
	const pv_rules_input in = {.object = q->object,
				   .old = q->old,
				   .request = q->request,
				   .space = q->space,
				   .params = q->constraint,
				   .explains = q->explains};
	pv_vec faults;

	pv_vec_init(&faults, cx->arena, sizeof(pv_rules_fault));
	pv_rules_judge(cx, t->rules, &in, &faults);
	for (size_t i = 0; i < faults.len; i++) {
		const pv_rules_fault *fault = PV_AT(pv_rules_fault, &faults, i);

		*(gk_violation *)pv_vec_add(ret) = (gk_violation){
			.message = fault->message, .failed = fault->failed, .basis = fault->basis};
	}
}

void
gk_template_judge(pv_ctx *cx, const gk_template *t, const gk_question *q, pv_vec *ret)
{
	if (t->rules)
		judge_cel(cx, t, q, ret);
	else
		gk_rego_judge(cx, &t->rego, q, ret);
}
