/* What the API does to one object of a resource. */
#include <string.h>

#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"
#include "core/resource/impl.h"
#include "lang/go/fmt.h"
#include "lang/json/json.h"

const pv_val *
pv_resource_prune(pv_ctx *cx, const pv_resource *res, const pv_val *object, pv_vec *ret_unknown)
{
	return res->schema ? pv_schema_prune_whole(cx, res->schema, res->meta, object, ret_unknown) : object;
}

/* Fills look into these without asking what they are; a wrong shape is left for validation. */
static bool
is_shaped(const pv_val *object)
{
	static const char *const parts[] = {"metadata", "spec", "status", "data", "template"};

	for (size_t i = 0; i < PV_LEN(parts); i++) {
		const pv_val *part = pv_get(object, parts[i]);

		if (part && part->type != PV_OBJECT)
			return false;
	}
	return pv_is(object, PV_OBJECT);
}

/* As upstream's strategies of status have it: most kinds guard their spec alone. */
bool
pv_resource_notes(const pv_resource *res, const char *field)
{
	static const char *const groups[] = {"",
					     "apiextensions.k8s.io",
					     "apps",
					     "autoscaling",
					     "batch",
					     "certificates.k8s.io",
					     "networking.k8s.io",
					     "policy"};
	static const char *const fields[] = {"labels",          "annotations",  "finalizers",
					     "ownerReferences", "generateName", "selfLink"};
	bool known = false, can = false;

	for (size_t i = 0; i < PV_LEN(groups); i++)
		known = known || (res->kind_facts && pv_streq(groups[i], res->group));
	for (size_t i = 0; i < PV_LEN(fields); i++)
		can = can || pv_streq(fields[i], field);
	if (pv_streq(res->type, "apps/Deployment") && pv_streq(field, "labels"))
		return false;
	if (pv_streq(res->type, "/Pod") && pv_streq(field, "ownerReferences"))
		return false;
	if (pv_streq(res->type, "networking.k8s.io/ServiceCIDR"))
		return false;
	return known && can;
}

/* Of a custom kind upstream decodes the metadata only. */
static const pv_val *
decode(pv_ctx *cx, const pv_resource *res, const pv_val *object)
{
	const pv_val *meta, *now;

	if (res->kind_facts)
		return pv_kind_decode(cx, res->schema, object);
	meta = pv_get(object, "metadata");
	now = res->meta && pv_is(meta, PV_OBJECT) ? pv_kind_decode(cx, res->meta, meta) : meta;
	if (now != meta)
		object = pv_box(cx->arena, pv_with(cx->arena, object, "metadata", *now));
	return pv_embedded_decode(cx, res, object);
}

static const pv_val *
filled(pv_ctx *cx, const pv_resource *res, const pv_val *object)
{
	if (res->schema)
		object = pv_schema_default(cx, res->schema, object);
	if (res->kind_facts && res->kind_facts->fill && is_shaped(object))
		object = res->kind_facts->fill(cx, object);
	return object;
}

const pv_val *
pv_resource_default(pv_ctx *cx, const pv_resource *res, const pv_val *object)
{
	return filled(cx, res, decode(cx, res, object));
}

/* Kubernetes stores its own kinds as Protocol Buffers, which know no empty list, and definitions as JSON. */
static bool
forgets_empty(const pv_resource *res)
{
	return res->kind_facts && !pv_streq(res->type, "apiextensions.k8s.io/CustomResourceDefinition");
}

const pv_val *
pv_resource_said(pv_ctx *cx, const pv_resource *res, const pv_val *object)
{
	return filled(cx, res,
		      forgets_empty(res) ? pv_kind_said(cx, res->schema, object) : decode(cx, res, object));
}

const pv_val *
pv_resource_settle(pv_ctx *cx, const pv_resource *res, const pv_val *object)
{
	return forgets_empty(res) ? pv_kind_decode(cx, res->schema, object) : object;
}

const pv_val *
pv_resource_give(pv_ctx *cx, const pv_resource *res, const pv_val *object, const pv_val *old,
		 const pv_val *sent)
{
	if (!res->kind_facts || !is_shaped(object))
		return object;
	object = pv_kind_shut(cx, res->schema, object, old);
	return res->kind_facts->give ? res->kind_facts->give(cx, object, old, sent) : object;
}

static void
check_identity(pv_faults *f, const pv_resource *res, const pv_val *object)
{
	const pv_val *kind = pv_get(object, "kind"), *version = pv_get(object, "apiVersion");

	if (!pv_streq(pv_text(kind, ""), res->kind))
		pv_fault_value(f, "kind", kind, pv_printf(f->cx->arena, "must be %s", res->kind));
	if (!pv_streq(pv_text(version, ""), res->api_version))
		pv_fault_value(f, "apiVersion", version,
			       pv_printf(f->cx->arena, "must be %s", res->api_version));
}

/* After these faults upstream does not look at CEL rules, and says so. */
static bool
blocks_rules(const pv_vec *causes)
{
	static const char *const reasons[] = {
		"FieldValueRequired",    "FieldValueTooLong",      "FieldValueTooMany",
		"FieldValueTypeInvalid", "FieldValueNotSupported",
	};

	for (size_t i = 0; i < causes->len; i++)
		for (size_t k = 0; k < PV_LEN(reasons); k++)
			if (pv_streq(PV_AT(pv_cause, causes, i)->reason, reasons[k]))
				return true;
	return false;
}

/* A kind's own rules read fields of the right type only. */
static bool
is_typed(const pv_vec *causes)
{
	for (size_t i = 0; i < causes->len; i++)
		if (pv_streq(PV_AT(pv_cause, causes, i)->reason, "FieldValueTypeInvalid"))
			return false;
	return true;
}

/* The kind's own rules, but for what the schema has told of a field already. */
static void
check_kind(pv_faults *f, pv_kind_check *check, const pv_val *object, const pv_val *old)
{
	size_t before = f->causes->len, kept = 0;
	pv_map *told = pv_map_new(f->cx->arena);

	check(f, object, old);
	for (size_t i = 0; i < f->causes->len; i++) {
		pv_cause *cause = PV_AT(pv_cause, f->causes, i);
		const char *key = cause->field ? pv_printf(f->cx->arena, "%s %s", cause->reason, cause->field)
					       : NULL; /* dropped */

		if (!key || (i >= before && pv_map_finds(told, key))) {
			f->n -= key != NULL;
			continue;
		}
		if (i < before)
			pv_map_puts(told, key, told);
		*PV_AT(pv_cause, f->causes, kept++) = *cause;
	}
	f->causes->len = kept;
}

/* What the scale subresource would read of a custom object: upstream asks it of every write. */
static void
check_scale(pv_faults *f, const char *path, const pv_val *object)
{
	const pv_val *v = path && path[0] == '.' ? pv_at(object, path + 1) : NULL;

	if (!v || pv_is(v, PV_NULL))
		return;
	if (v->type != PV_NUMBER || v->num != PV_INT)
		pv_fault(f, "FieldValueInvalid", path,
			 "Invalid value: 0: %s accessor error: %s is of the type %s, expected int64", path,
			 pv_text(v, pv_json_text(f->cx->arena, v)), pv_go_type(v));
	else if (pv_i64(v, 0) < 0)
		pv_fault(f, "FieldValueInvalid", path,
			 "Invalid value: %lld: should be a non-negative integer", (long long)pv_i64(v, 0));
}

size_t
pv_resource_validate(pv_ctx *cx, const pv_resource *res, const pv_val *object, const pv_val *old,
		     const char *subresource, pv_vec *ret_causes, pv_vec *ret_eased)
{
	pv_faults f = {.cx = cx, .causes = ret_causes, .subresource = subresource};
	pv_kind_check *check = NULL;
	size_t shape = 0, from;

	check_identity(&f, res, object);
	pv_meta_check(&f, res, object, old);
	from = ret_causes->len;
	if (res->schema)
		shape = pv_schema_validate(cx, res->schema, object, "", ret_causes);
	if (shape && old)
		shape = pv_ratchet(cx, res->schema, ret_causes, from, object, old);
	f.n += shape;
	if (res->schema && res->schema->flags & PV_S_EMBEDS)
		pv_embedded_check(&f, res, object);
	if (res->kind_facts)
		check = pv_streq(subresource, "status") ? res->kind_facts->status_check
							: res->kind_facts->check;
	if (res->crd) {
		check_scale(&f, res->scale_spec, object);
		check_scale(&f, res->scale_status, object);
	}
	if (check && is_typed(ret_causes))
		check_kind(&f, check, object, old);
	if (res->kind_facts)
		pv_kind_places(cx, ret_causes);
	if (!res->schema || !(res->schema->flags & PV_S_RULES))
		return f.n;
	if (!blocks_rules(ret_causes))
		f.n += pv_schema_judge(cx, res->schema, object, old, ret_causes, ret_eased);
	else
		pv_fault(&f, "FieldValueInvalid", "<nil>",
			 "Invalid value: null: some validation rules were not checked because the object was "
			 "invalid; correct "
			 "the existing errors to complete validation");
	return f.n;
}

/* ---- field selectors ---- */

static bool
is_selectable(const pv_resource *res, const char *field)
{
	if (pv_streq(field, "metadata.name") || pv_streq(field, "metadata.namespace"))
		return true;
	for (size_t i = 0; res->selectable && res->selectable[i]; i++)
		if (pv_streq(res->selectable[i], field))
			return true;
	return false;
}

/* Fields whose text is not simply what stands there. */
static const pv_val *
special(pv_ctx *cx, const pv_resource *res, const pv_val *object, const char *field)
{
	if (!res->kind_facts)
		return NULL;
	if (pv_streq(res->type, "/Event") && pv_streq(field, "source")) {
		const pv_val *source = pv_at(object, "source.component");

		return *pv_text(source, "") ? source : pv_get(object, "reportingComponent");
	}
	if (pv_streq(field, "status.successful"))
		return pv_at(object, "status.succeeded");
	if (pv_streq(field, "spec.unschedulable") || pv_streq(field, "spec.hostNetwork"))
		return pv_box(cx->arena, pv_bool(pv_truth_at(object, field, false)));
	if (pv_streq(field, "status.replicas") || pv_streq(field, "status.succeeded"))
		return pv_box(cx->arena, pv_int(pv_i64_at(object, field, 0)));
	return NULL;
}

/* An Event is kept in core's form (event_as, below), and asked for by events.k8s.io's names, too. */
static const char *
kept_field(pv_arena *arena, const pv_resource *res, const char *field)
{
	if (!pv_streq(res->type, "/Event") || !*res->group)
		return field;
	if (pv_streq(field, "reportingController"))
		return "reportingComponent";
	return pv_starts_with(field, "regarding.") ? pv_printf(arena, "involvedObject%s", strchr(field, '.'))
						   : field;
}

const char *
pv_resource_field(pv_ctx *cx, const pv_resource *res, const pv_val *object, const char *field)
{
	const pv_val *v;

	if (!is_selectable(res, field))
		return NULL;
	v = special(cx, res, object, field);
	if (!v)
		v = pv_at(object, field);
	return pv_scalar_text(cx->arena, v ? v : pv_at(object, kept_field(cx->arena, res, field)));
}

/* ---- other versions ---- */

static pv_val
renamed(pv_arena *arena, const pv_val *object, const char *const (*names)[2], size_t n, bool back)
{
	pv_objb b;

	pv_objb_init(&b, arena);
	for (size_t i = 0; i < pv_member_count(object); i++) {
		const pv_member *m = &object->members[i];
		pv_val key = m->key;

		for (size_t k = 0; k < n; k++)
			if (pv_streq(key.s, names[k][back]))
				key = pv_string_ref(names[k][!back]);
		pv_objb_putv(&b, key, m->val);
	}
	return pv_objb_end(&b);
}

/* core/v1 Event <-> events.k8s.io/v1 Event */
static pv_val
event_as(pv_arena *arena, const pv_resource *to, const pv_val *object)
{
	static const char *const names[][2] = {
		{"involvedObject", "regarding"},
		{"message", "note"},
		{"source", "deprecatedSource"},
		{"firstTimestamp", "deprecatedFirstTimestamp"},
		{"lastTimestamp", "deprecatedLastTimestamp"},
		{"count", "deprecatedCount"},
		{"reportingComponent", "reportingController"},
	};

	return renamed(arena, object, names, PV_LEN(names), !*to->group);
}

const pv_val *
pv_resource_as(pv_ctx *cx, const pv_resource *to, const pv_val *object)
{
	pv_val v = *object;

	if (pv_streq(pv_text(pv_get(object, "apiVersion"), ""), to->api_version))
		return object;
	if (pv_streq(to->type, "/Event"))
		v = event_as(cx->arena, to, object);
	else if (to->kind_facts && pv_streq(to->group, "autoscaling"))
		v = pv_autoscaler_as(cx, to, object);
	v = pv_with(cx->arena, &v, "apiVersion", pv_string(cx->arena, to->api_version));
	object = pv_box(cx->arena, v);
	if (to->kind_facts)
		return pv_kind_decode(cx, to->schema, object);
	if (!to->crd || pv_crd_has_webhook(to->crd))
		return object;
	return pv_resource_default(cx, to, pv_resource_prune(cx, to, object, NULL));
}
