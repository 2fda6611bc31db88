/* A write changed by the mutating policies in force
 * (apiserver pkg/admission/plugin/policy/mutating). */
#include "base/buf.h"
#include "base/str.h"
#include "core/admission/request.h"
#include "core/fields/fields.h"
#include "core/policy/run.h"
#include "lang/patch/patch.h"

#define DEPTH 500

typedef struct turn { /* one write */
	pv_admit *admit;
	pv_vec denials; /* of pv_denial */
} turn;

/* ---- apply configurations ---- */

/* A path for each list or map that could only be replaced as a whole: who means to set one field
 * of it would lose the others. */
static void
find_atomics(pv_ctx *cx, const pv_schema *schema, const pv_val *v, const char *path, unsigned depth,
	     pv_buf *out)
{
	size_t n;
	const char *const *keys;
	bool list = pv_is(v, PV_LIST);

	if (!schema || depth > DEPTH || (!list && !pv_is(v, PV_OBJECT)))
		return;
	if (list ? pv_schema_list(schema, &keys, &n) == PV_LIST_ATOMIC
		 : pv_schema_map(schema) == PV_MAP_ATOMIC)
		pv_buf_printf(out, "%s%s", out->len ? ", " : "", path);
	for (size_t i = 0; i < pv_count(v); i++) {
		if (list)
			find_atomics(cx, pv_schema_items(schema), pv_item(v, i),
				     pv_printf(cx->arena, "%s[%zu]", path, i), depth + 1, out);
		else if (pv_schema_declares(schema, v->members[i].key.s))
			find_atomics(cx, pv_schema_field(schema, v->members[i].key.s), &v->members[i].val,
				     pv_printf(cx->arena, "%s.%s", path, v->members[i].key.s), depth + 1,
				     out);
	}
}

static int
check_configuration(pv_ctx *cx, const pv_resource *res, const pv_val *config)
{
	int r = pv_fields_check(cx, res, config);
	pv_buf atomics;

	if (r < 0)
		return pv_wrap(cx, r, "failed to convert patch object to typed object");
	pv_buf_init(&atomics, cx->arena);
	find_atomics(cx, res->schema, config, "", 0, &atomics);
	if (atomics.len)
		return pv_fail(
			cx, PV_EINVALID,
			"invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: %s",
			atomics.s);
	return 0;
}

/* What the object is: of the resource, or of what is posted to its subresource. */
static const pv_resource *
kind_of(const pv_admit *seen)
{
	return seen->of ? seen->of : seen->resource;
}

static int
configure(pv_ctx *cx, const pv_admit *seen, const pv_val *made, const pv_val **ret)
{
	const pv_resource *as = kind_of(seen);
	pv_val config = pv_with(cx->arena, made, "apiVersion", pv_string_ref(as->api_version));
	int r;

	config = pv_with(cx->arena, &config, "kind", pv_string_ref(as->kind));
	r = check_configuration(cx, as, &config);
	if (r == 0)
		r = pv_fields_merge(cx, as, seen->object, &config, ret);
	return r < 0 ? pv_wrap(cx, r, "error applying patch") : r;
}

/* ---- JSON patches ---- */

/* A test that does not hold leaves the object as it is. */
static int
patch(pv_ctx *cx, const pv_admit *seen, const pv_val *operations, const pv_val **ret)
{
	pv_vec unknown;
	bool held;
	int r = pv_patch_json_if(cx, seen->object, operations, ret, &held);

	if (r < 0)
		return pv_wrap(cx, r, "JSONPath");
	if (!held) {
		*ret = seen->object;
		return 0;
	}
	if (seen->resource->crd)
		return 0;
	pv_vec_init(&unknown, cx->arena, sizeof(const char *));
	(void)pv_resource_prune(cx, kind_of(seen), *ret, &unknown);
	if (unknown.len)
		return pv_fail(cx, PV_EINVALID, "strict decoding error: unknown field \"%s\"",
			       *PV_AT(const char *, &unknown, 0));
	return 0;
}

/* ---- one policy, binding and param ---- */

static int
change(policy_run *run, const policy_mutation *m, const pv_val **ret)
{
	pv_ctx *cx = run->cx;
	const char *error;
	pv_cel_val made;
	pv_val v;
	int r;

	if (!policy_evaluate(run, &m->expr, &made, &error))
		return pv_fail(cx, PV_EINVALID, "expression '%s' resulted in error: %s", m->expr.text, error);
	r = pv_cel_object(cx, &made, &v);
	if (r == 0)
		r = m->applies ? configure(cx, &run->seen, &v, ret) : patch(cx, &run->seen, &v, ret);
	if (r == 0)
		r = pv_admission_same(cx, pv_printf(cx->arena, "policy '%s'", run->policy->name),
				      run->seen.object, *ret);
	return r;
}

static void
fail(policy_run *run, void *arg, const char *reason, const char *message)
{
	turn *t = arg;
	pv_denial *d;

	if (run->policy->ignores_errors)
		return;
	d = pv_vec_add(&t->denials);
	d->reason = reason ? reason : "Forbidden";
	d->message = pv_printf(run->cx->arena, "policy '%s'%s denied request: %s", run->policy->name,
			       policy_with_binding(run), message);
}

/* A mutation that fails is left out: the others still change the object. */
static void
mutate_with(policy_run *run, turn *t)
{
	for (size_t i = 0; i < run->policy->n_mutations; i++) {
		const pv_val *made = NULL;

		policy_begin(run, run->seen.object);
		if (change(run, &run->policy->mutations[i], &made) < 0) {
			fail(run, t, NULL, run->cx->err->message);
			(void)pv_recover(run->cx);
		} else if (!pv_eq(made, run->seen.object)) {
			run->seen.object = pv_resource_default(run->cx, kind_of(&run->seen), made);
		}
	}
}

static const char *
key_of(const policy_run *run)
{
	return pv_printf(run->cx->arena, "policy %s/%s/%s/%s", run->policy->name, run->binding->name,
			 pv_text_at(run->params, "metadata.namespace", ""),
			 pv_text_at(run->params, "metadata.name", ""));
}

static int
mutate_one(policy_run *run, void *arg)
{
	turn *t = arg;
	const pv_resource *as = run->seen.resource;
	const pv_val *before;
	const char *error;
	int r = pv_admission_as(run->cx, t->admit, as, &run->seen); /* as the others left it */

	if (r < 0 || !run->seen.object || !pv_admission_turn(t->admit, key_of(run)))
		return r;
	before = run->seen.object;
	policy_begin(run, before);
	if (!policy_applies(run, &error)) {
		if (error)
			fail(run, t, "Invalid", error);
		return 0;
	}
	mutate_with(run, t);
	if (run->seen.of)
		t->admit->object = run->seen.object;
	else if (run->seen.object != before)
		r = pv_api_convert(run->cx, t->admit->serving, t->admit->resource, run->seen.object,
				   &t->admit->object);
	if (r == 0 && run->policy->reinvoked)
		pv_admission_asked(t->admit, key_of(run));
	return r;
}

static int
mutate(pv_ctx *cx, pv_admit *admit)
{
	turn t = {.admit = admit};
	const policy_caller caller = {&t, mutate_one, fail};
	const pv_admit asked = *admit; /* who is asked does not hang on what others change */
	const policy_set *set;
	int r;

	if (policy_exempts(admit->resource) || !admit->serving || !admit->object)
		return 0;
	pv_vec_init(&t.denials, cx->arena, sizeof(pv_denial));
	r = policy_now(cx, admit->serving, &set);
	if (r == 0)
		r = policy_each(cx, &asked, &set->mutating, &caller);
	return r < 0 || !t.denials.len ? r : pv_admission_deny(cx, admit, &t.denials, true);
}

const pv_admission policy_mutating = {
	.name = "MutatingAdmissionPolicy",
	.abroad = true,
	.plain = true,
	.mutate = mutate,
};
