/* versions: what a rollout's policies say, so that it is seen when they come to say something else: who was
 * warned was warned of what they said before. */
#include "base/buf.h"
#include "base/digest.h"
#include "base/str.h"
#include "governance/rego/rego.h"
#include "governance/rollout/inside.h"
#include "lang/json/json.h"

#define DIGEST_LEN 16 /* hex digits: enough to see a change */
#define OTHERS ", and others"
#define TEXT_MOST 800 /* of what changed: an event has it, and status.history 30 times */

typedef struct sight { /* of what policies are made */
	pv_ctx *cx;
	pv_plan *plan;
	pv_vec bindings;  /* const pv_val *: all */
	pv_vec libraries; /* of rego_libraries() */
} sight;

/* Members of an object, without what says only how strongly it acts: the rollout holds that. */
static pv_val
without(pv_ctx *cx, const pv_val *object, const char *const *left_out)
{
	pv_objb b;

	pv_objb_from(&b, cx->arena, object);
	for (; *left_out; left_out++)
		(void)pv_objb_del(&b, *left_out);
	return pv_objb_end(&b);
}

static pv_val
bindings_of(const sight *s, const char *policy)
{
	static const char *const deeds[] = {"validationActions", NULL};
	pv_listb b;

	pv_listb_init(&b, s->cx->arena);
	for (size_t i = 0; i < s->bindings.len; i++) {
		const pv_val *spec = pv_get(*PV_AT(const pv_val *, &s->bindings, i), "spec");

		if (pv_streq(pv_text_at(spec, "policyName", ""), policy))
			pv_listb_add(&b, without(s->cx, spec, deeds));
	}
	return pv_listb_end(&b);
}

static void
put(pv_objb *b, const char *key, const pv_val *v)
{
	if (v)
		pv_objb_put(b, key, *v);
}

/* Without its template a constraint says nothing, and neither it nor the template may be there yet. */
static bool
says_something(pv_ctx *cx, pv_plan *plan, const char *kind)
{
	return pv_streq(kind, "ConfigMap") || pv_streq(kind, "ValidatingAdmissionPolicy") ||
	       pv_plan_find(cx, plan, "templates.gatekeeper.sh/v1/ConstraintTemplate", NULL,
			    pv_str_lower(cx->arena, kind));
}

static pv_val
said_by(const sight *s, const char *kind, const pv_val *policy)
{
	static const char *const actions[] = {"enforcementAction", "scopedEnforcementActions", NULL};
	static const char *const notes[] = {"pave.dev/rego-version", "pave.dev/strict-builtin-errors",
					    "pave.dev/bundle", "pave.dev/package"};
	const pv_val *marks = pv_at(policy, "metadata.annotations"), *spec = pv_get(policy, "spec");
	pv_val uses;
	pv_objb b;

	pv_objb_init(&b, s->cx->arena);
	if (pv_streq(kind, "ConfigMap")) {
		put(&b, "data", pv_get(policy, "data"));
		for (size_t i = 0; i < PV_LEN(notes); i++)
			put(&b, notes[i], pv_get(marks, notes[i]));
		uses = rego_uses(s->cx, policy, &s->libraries);
		put(&b, "uses", pv_member_count(&uses) ? &uses : NULL);
	} else if (pv_streq(kind, "ValidatingAdmissionPolicy")) {
		put(&b, "spec", spec);
		pv_objb_put(&b, "bindings", bindings_of(s, pv_text_at(policy, "metadata.name", "")));
	} else {
		put(&b, "template",
		    pv_at(pv_plan_find(s->cx, s->plan, "templates.gatekeeper.sh/v1/ConstraintTemplate", NULL,
				       pv_str_lower(s->cx->arena, kind)),
			  "spec.targets"));
		if (spec)
			pv_objb_put(&b, "spec", without(s->cx, spec, actions));
	}
	return pv_objb_end(&b);
}

static pv_val
entry_of(const sight *s, const char *kind, const pv_val *policy, bool held)
{
	const pv_val said = said_by(s, kind, policy);
	pv_buf text;
	char *digest;
	pv_objb b;

	pv_buf_init(&text, s->cx->arena);
	pv_json_write_sorted(&text, &said);
	digest = pv_sha256_hex(s->cx->arena, text.s, text.len);
	digest[DIGEST_LEN] = '\0';
	pv_objb_init(&b, s->cx->arena);
	pv_objb_puts(&b, "kind", kind);
	pv_objb_puts(&b, "namespace", pv_text_at(policy, "metadata.namespace", NULL));
	pv_objb_puts(&b, "name", pv_text_at(policy, "metadata.name", ""));
	pv_objb_puts(&b, "digest", digest);
	if (held)
		pv_objb_put(&b, "held", pv_bool(true));
	return pv_objb_end(&b);
}

static const pv_val *
find(const pv_val *items, size_t n, const char *kind, const pv_val *policy)
{
	const pv_rule_name rule = {.kind = kind,
				   .ns = pv_text_at(policy, "metadata.namespace", NULL),
				   .name = pv_text_at(policy, "metadata.name", "")};

	for (size_t i = 0; i < n; i++)
		if (pv_enforcement_is(&items[i], &rule))
			return &items[i];
	return NULL;
}

static void
tell(pv_ctx *cx, const pv_val *entry, const char *what, pv_buf *ret)
{
	if (ret->len < TEXT_MOST)
		pv_buf_printf(ret, "%s%s %s", ret->len ? ", " : "", rollout_policy_text(cx, entry), what);
	else if (!pv_ends_with(ret->s, OTHERS))
		pv_buf_adds(ret, OTHERS);
}

/* ---- what came since ---- */

/* One that refuses somewhere already takes no other that nobody was warned of. */
static bool
is_through(const pv_val *rollout)
{
	const pv_val *list = pv_at(rollout, "spec.environments");

	for (size_t i = 0; i < pv_count(list); i++)
		if (pv_enforcement_stage(rollout, pv_text_at(pv_item(list, i), "name", "")) == PV_EFFECT_DENY)
			return true;
	return false;
}

static void
compare(pv_ctx *cx, const pv_val *known, const pv_val *entry, rollout_news *ret)
{
	bool held = pv_truth_at(entry, "held", false), was_held = pv_truth_at(known, "held", false);

	if (held && !known) {
		tell(cx, entry, "is new and held at Audit", &ret->text);
	} else if (!held && (!known || was_held)) {
		tell(cx, entry, "is new", &ret->text);
		ret->added = true;
	} else if (!held && !pv_streq(pv_text_at(known, "digest", ""), pv_text_at(entry, "digest", ""))) {
		tell(cx, entry, "changed", &ret->text);
		ret->changed = true;
	}
}

/* One that is not there just now, which spec.policies still names: as it was, for it may come again the same. */
static void
keep_missing(const pv_val *named, const pv_val *before, pv_listb *ret)
{
	size_t now = ret->len;

	for (size_t i = 0; i < pv_count(before) && ret->len < PV_ROLLOUT_POLICIES; i++) {
		const pv_val *one = pv_item(before, i);
		const pv_rule_name rule = {.kind = pv_text_at(one, "kind", ""),
					   .ns = pv_text_at(one, "namespace", NULL),
					   .name = pv_text_at(one, "name", "")};
		bool there = false;

		for (size_t k = 0; k < now && !there; k++)
			there = pv_enforcement_is(&ret->items[k], &rule);
		if (!there && pv_enforcement_names(named, &rule))
			pv_listb_add(ret, *one);
	}
}

static void
add(const sight *s, const pv_val *rollout, const pv_val *named, pv_listb *list, rollout_news *news)
{
	const pv_val *before = pv_at(rollout, "status.policies");
	const char *kind = pv_text_at(named, "kind", "");
	bool through = before && is_through(rollout);
	pv_vec all;

	if (!says_something(s->cx, s->plan, kind))
		return;
	rollout_policies(s->cx, s->plan, named, &all);
	for (size_t i = 0; i < all.len && list->len < PV_ROLLOUT_POLICIES; i++) {
		const pv_val *policy = *PV_AT(const pv_val *, &all, i), *known;
		pv_val entry;

		if (find(list->items, list->len, kind, policy))
			continue;
		known = before ? find(before->items, pv_count(before), kind, policy) : NULL;
		entry = entry_of(s, kind, policy, through && (!known || pv_truth_at(known, "held", false)));
		if (before)
			compare(s->cx, known, &entry, news);
		pv_listb_add(list, entry);
	}
}

pv_val
rollout_versions(pv_ctx *cx, pv_plan *plan, const pv_val *rollout, const pv_val *bundles, rollout_news *ret)
{
	const pv_val *named = pv_at(rollout, "spec.policies");
	sight s = {.cx = cx, .plan = plan};
	pv_listb list;
	pv_vec maps;

	*ret = (rollout_news){0};
	pv_buf_init(&ret->text, cx->arena);
	pv_vec_init(&s.bindings, cx->arena, sizeof(const pv_val *));
	pv_plan_list(cx, plan, "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding", NULL, NULL,
		     &s.bindings);
	pv_vec_init(&maps, cx->arena, sizeof(const pv_val *));
	pv_plan_indexed(cx, plan, "rego-policies", "libraries", &maps);
	rego_libraries(cx, &maps, bundles, &s.libraries);
	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; i < pv_count(named); i++)
		add(&s, rollout, pv_item(named, i), &list, ret);
	keep_missing(named, pv_at(rollout, "status.policies"), &list);
	return pv_listb_end(&list);
}
