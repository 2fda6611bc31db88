/* gator_soften: exemptions and rollouts of ours among the files: they count as they do at admission, so a
 * pipeline says what the server will. */
#include <stdio.h>

#include "base/str.h"
#include "base/time.h"
#include "core/admission/request.h"
#include "core/embed.h"
#include "core/schema/schema.h"
#include "governance/gatekeeper/gator.h"
#include "lang/selector/selector.h"
#include "lang/yaml/yaml.h"

#define GROUP "governance.pave.dev"

/* ---- reading ---- */

/* Of spec, as the server holds it to: its CustomResourceDefinition's. */
static int
schema_of(pv_ctx *cx, const pv_val *object, pv_schema **ret)
{
	const char *kind = pv_str_lower(cx->arena, pv_text_at(object, "kind", ""));
	const pv_embed *file = pv_embed_find(pv_printf(cx->arena, "governance/rollout/crds/%s.yaml", kind));
	const pv_val *crd;
	int r;

	if (!file)
		return pv_fail(cx, PV_EINTERNAL, "this build has no kind %s", pv_text_at(object, "kind", ""));
	r = pv_yaml_parse(cx, (pv_str){(const char *)file->bytes, file->len}, NULL, &crd);
	return r < 0 ? r
		     : pv_schema_from_crd(
			       cx, pv_at(crd, "spec.versions.0.schema.openAPIV3Schema.properties.spec"),
			       "schema", ret);
}

/* A misspelt field would make it hold for more than was meant. */
static int
check_spec(pv_ctx *cx, const pv_schema *schema, const pv_val *spec)
{
	pv_vec causes, unknown;

	pv_vec_init(&causes, cx->arena, sizeof(pv_cause));
	pv_vec_init(&unknown, cx->arena, sizeof(const char *));
	(void)pv_schema_validate(cx, schema, spec, "spec", &causes);
	(void)pv_schema_prune(cx, schema, spec, &unknown);
	if (causes.len) {
		const pv_cause *c = PV_AT(pv_cause, &causes, 0);

		return pv_fail(cx, PV_EINVALID, "%s: %s", c->field, c->message);
	}
	return unknown.len
		       ? pv_fail(cx, PV_EINVALID, "spec.%s: unknown field", *PV_AT(const char *, &unknown, 0))
		       : 0;
}

static int
check_selectors(pv_ctx *cx, const pv_val *where)
{
	static const char *const names[] = {"selector", "namespaceSelector"};
	pv_selector *s;
	int r = 0;

	for (size_t i = 0; r == 0 && i < PV_LEN(names); i++)
		if (pv_get(where, names[i]) && (r = pv_selector_from(cx, pv_get(where, names[i]), &s)) < 0)
			r = pv_wrap(cx, r, "%s", names[i]);
	return r;
}

static int
check(pv_ctx *cx, const pv_val *object)
{
	const pv_val *spec = pv_get(object, "spec"), *places = pv_get(spec, "environments");
	pv_schema *schema = NULL;
	int r = schema_of(cx, object, &schema);

	if (r == 0)
		r = spec ? check_spec(cx, schema, spec) : pv_fail(cx, PV_EINVALID, "spec: Required value");
	pv_schema_unref(schema);
	if (r == 0 && pv_time_at(spec, "until") > pv_now() + PV_EXEMPTION_LONGEST)
		r = pv_fail(cx, PV_EINVALID, "spec.until: expected a time before %s, found \"%s\"",
			    pv_time_format(cx->arena, pv_now() + PV_EXEMPTION_LONGEST),
			    pv_text_at(spec, "until", ""));
	if (r == 0)
		r = check_selectors(cx, pv_get(spec, "objects"));
	for (size_t i = 0; r == 0 && i < pv_count(places); i++)
		r = check_selectors(cx, pv_item(places, i));
	return r < 0 ? pv_wrap(cx, r, "adding %s \"%s\"", pv_text_at(object, "kind", ""),
			       pv_text_at(object, "metadata.name", ""))
		     : 0;
}

static void
warn_of_none(const pv_val *rollout)
{
	if (!pv_at(rollout, "status.environments"))
		fprintf(stderr,
			"WARNING - PolicyRollout \"%s\" has no status: it counts as one that is new, in "
			"stage Audit everywhere; `kubectl get policyrollouts -o yaml` has what the server "
			"goes by\n",
			pv_text_at(rollout, "metadata.name", ""));
}

int
gator_softening_load(pv_ctx *cx, const pv_vec *objects, pv_enforcement *ret)
{
	int r = 0;

	*ret = (pv_enforcement){.exemptions = pv_new_array(cx->arena, const pv_val *, objects->len + 1),
				.rollouts = pv_new_array(cx->arena, const pv_val *, objects->len + 1)};
	for (size_t i = 0; r == 0 && i < objects->len; i++) {
		const pv_val *o = *PV_AT(const pv_val *, objects, i);
		bool rollout = gator_is(o, GROUP, "PolicyRollout");

		if (!rollout && !gator_is(o, GROUP, "PolicyExemption"))
			continue;
		r = check(cx, o);
		if (rollout) {
			ret->rollouts[ret->n_rollouts++] = o;
			warn_of_none(o);
		} else {
			ret->exemptions[ret->n_exemptions++] = o;
		}
	}
	return r;
}

/* ---- ruling ---- */

/* On standard error: what stands on the other is what `gator` says. */
static void
tell_exempt(const pv_val *exemption, const pv_admit *admit, const gk_finding *f)
{
	fprintf(stderr, "exempt until %s by PolicyExemption %s (%s, for %s): %s %s: [%s] %s\n",
		pv_text_at(exemption, "spec.until", ""), pv_text_at(exemption, "metadata.name", ""),
		pv_text_at(exemption, "spec.reason", ""), pv_text_at(exemption, "spec.person", ""),
		admit->resource->kind, admit->name, f->constraint->name, f->message);
}

bool
gator_soften(pv_ctx *cx, const pv_enforcement *set, const pv_val *object, const pv_val *space, gk_finding *f)
{
	const char *group = gk_group(cx->arena, pv_text_at(object, "apiVersion", "")),
		   *kind = pv_text_at(object, "kind", "");
	const pv_resource res = {
		.group = group, .kind = kind, .type = pv_printf(cx->arena, "%s/%s", group, kind)};
	const pv_admit admit = {.operation = PV_OP_CREATE,
				.resource = &res,
				.ns = pv_text_at(object, "metadata.namespace", ""),
				.name = pv_text_at(object, "metadata.name", ""),
				.object = object,
				.ns_to_come = space};
	const pv_rule_name rule = {.kind = f->constraint->kind, .name = f->constraint->name};
	pv_ruling ruling = pv_enforcement_by(cx, set, &admit, &rule, gk_finding_effect(f));

	if (ruling.exemption) {
		tell_exempt(ruling.exemption, &admit, f);
		return false;
	}
	if (ruling.rollout) {
		f->action = ruling.effect == PV_EFFECT_WARN ? "warn" : "dryrun";
		f->scoped = NULL;
		if (ruling.effect == PV_EFFECT_WARN)
			f->message = pv_enforcement_words(cx, &ruling, f->message);
	}
	return true;
}
