/* What the API server itself does for some built-in kinds, beyond their schema,
 * defaults and rules (core/kinds): a table by type. */
#include <string.h>

#include "core/api/builtin.h"
#include "base/time.h"
#include "core/policy/policy.h"
#include "core/reconcile/reconcile.h"

typedef struct builtin {
	const char *type;
	int (*complete)(pv_ctx *cx, const write_op *w, const pv_val **object);
	int (*prepare)(pv_ctx *cx, const write_op *w, const pv_val **object);
	void (*judge)(pv_ctx *cx, const write_op *w, const pv_val *object, pv_vec *causes);
	int (*check)(pv_ctx *cx, const write_op *w, const pv_val *object);
	bool returns_deleted; /* DELETE answers with the object, not with a Status */
	bool settles;         /* prepare is done again behind admission: the server's word is the last */
} builtin;

/* ---- namespaces ---- */

static int
namespace_prepare(pv_ctx *cx, const write_op *w, const pv_val **object)
{
	static const char *const label = "kubernetes.io/metadata.name";
	const pv_val *labels = meta_get(*object, "labels");
	pv_val v = **object, none = pv_object_of(cx->arena, NULL, 0, NULL, NULL);

	if (w->operation == PV_OP_CREATE) {
		v = pv_with_at(cx->arena, &v, "status.phase", pv_string_ref("Active"));
	} else if (!pv_streq(w->sub, "finalize")) {
		v = pv_get(w->old, "spec") ? pv_with(cx->arena, &v, "spec", *pv_get(w->old, "spec"))
					   : pv_without(cx->arena, &v, "spec");
	} else if (pv_count(pv_at(&v, "spec.finalizers")) == 0) {
		v = pv_without_at(cx->arena, &v, "spec.finalizers"); /* an empty list is none */
	}
	if (!pv_is(labels, PV_OBJECT))
		labels = &none;
	v = meta_with(cx, &v, "labels",
		      pv_with(cx->arena, labels, label, pv_string(cx->arena, meta_text(*object, "name"))));
	*object = pv_box(cx->arena, v);
	return 0;
}

/* The server's own finalizer, which is nobody's field. */
static pv_val
namespace_finish(pv_ctx *cx, const pv_val *object)
{
	const pv_val *list = pv_at(object, "spec.finalizers");
	pv_listb b;

	pv_listb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_count(list); i++) {
		if (pv_streq(pv_text(pv_item(list, i), ""), "kubernetes"))
			return *object;
		pv_listb_add(&b, *pv_item(list, i));
	}
	pv_listb_add(&b, pv_string_ref("kubernetes"));
	return pv_with_at(cx->arena, object, "spec.finalizers", pv_listb_end(&b));
}

static int
namespace_check(pv_ctx *cx, const write_op *w, const pv_val *object)
{
	bool ends = meta_deleting(object);
	const char *want = ends ? "Terminating" : "Active", *phase = pv_text_at(object, "status.phase", want);
	pv_vec causes;

	if (!pv_streq(w->sub, "status") || pv_streq(phase, want))
		return 0;
	pv_vec_init(&causes, cx->arena, sizeof(pv_cause));
	api_cause(cx, &causes, "FieldValueInvalid", "status.Phase",
		  "Invalid value: \"%s\": may only be '%s' if `deletionTimestamp` is %sempty", phase, want,
		  ends ? "not " : "");
	return api_invalid(cx, w->res, w->name, &causes);
}

/* ---- secrets: stringData is written, never read back ---- */

static int
secret_prepare(pv_ctx *cx, const write_op *w, const pv_val **object)
{
	const pv_val *plain = pv_get(*object, "stringData"), *data = pv_get(*object, "data");
	pv_val v = **object;
	pv_objb b;
	int r = api_check_types(cx, pv_schema_field(w->res->schema, "stringData"), plain, "stringData",
				w->res->api_version, w->res->kind);

	if (r < 0 || !plain)
		return r;
	if (data && !pv_is(data, PV_OBJECT)) /* the schema says so */
		return 0;
	if (pv_is(data, PV_OBJECT))
		pv_objb_from(&b, cx->arena, data);
	else
		pv_objb_init(&b, cx->arena);
	for (size_t i = 0; i < pv_member_count(plain); i++) {
		pv_str text = pv_strv(&plain->members[i].val);

		pv_objb_putv(&b, plain->members[i].key,
			     pv_string_ref(pv_base64(cx->arena, text.s, text.len, false)));
	}
	v = pv_with(cx->arena, &v, "data", pv_objb_end(&b));
	*object = pv_box(cx->arena, pv_without(cx->arena, &v, "stringData"));
	return 0;
}

/* ---- status that a new object starts with ---- */

static int
phase_prepare(pv_ctx *cx, const write_op *w, const pv_val **object)
{
	if (w->operation == PV_OP_CREATE && !pv_at(*object, "status.phase"))
		*object = pv_box(cx->arena,
				 pv_with_at(cx->arena, *object, "status.phase", pv_string_ref("Pending")));
	return 0;
}

/* Since when: of a phase that changes, unless who changes it says. */
static int
volume_prepare(pv_ctx *cx, const write_op *w, const pv_val **object)
{
	static const char path[] = "status.lastPhaseTransitionTime";
	const pv_val *said = pv_at(*object, path);
	int r = phase_prepare(cx, w, object);
	bool moves = !pv_eq(pv_at(*object, "status.phase"), pv_at(w->old, "status.phase"));

	if (r < 0 || !moves || (said && !pv_eq(said, pv_at(w->old, path))))
		return r;
	*object = pv_box(cx->arena, pv_with_at(cx->arena, *object, path,
					       pv_string_ref(pv_time_format(cx->arena, w->now))));
	return 0;
}

/* Nobody looks for a node while a gate is closed, and the Pod says so. */
static int
pod_prepare(pv_ctx *cx, const write_op *w, const pv_val **object)
{
	pv_val conditions;
	int r = phase_prepare(cx, w, object);

	if (r < 0 || w->operation != PV_OP_CREATE || !pv_count(pv_at(*object, "spec.schedulingGates")))
		return r;
	conditions = pv_condition_set(cx, pv_at(*object, "status.conditions"), "PodScheduled", "False",
				      "SchedulingGated",
				      "Scheduling is blocked due to non-empty scheduling gates", w->now);
	*object = pv_box(cx->arena, pv_with_at(cx->arena, *object, "status.conditions", conditions));
	return 0;
}

/* Whose group this server itself serves is there; to other servers nothing is forwarded. */
static int
apiservice_prepare(pv_ctx *cx, const write_op *w, const pv_val **object)
{
	bool local = !pv_at(*object, "spec.service"), was_local = !pv_at(w->old, "spec.service");
	pv_val conditions;

	if (w->sub[0] || (w->old && local == was_local))
		return 0;
	conditions = pv_condition_set(cx, pv_at(*object, "status.conditions"), "Available",
				      local ? "True" : "False", local ? "Local" : "NotForwarded",
				      local ? "Local APIServices are always available"
					    : "Pave does not forward to other API servers",
				      w->now);
	*object = pv_box(cx->arena, pv_with_at(cx->arena, *object, "status.conditions", conditions));
	return 0;
}

static int
service_prepare(pv_ctx *cx, const write_op *w, const pv_val **object)
{
	pv_val none = pv_object_of(cx->arena, NULL, 0, NULL, NULL);
	int r;

	if (w->operation == PV_OP_CREATE && !pv_at(*object, "status.loadBalancer"))
		*object = pv_box(cx->arena, pv_with_at(cx->arena, *object, "status.loadBalancer", none));
	if (w->sub[0])
		return 0;
	*object = service_drop(cx, w->old, *object);
	r = service_address(cx, w, object);
	return r < 0 ? r : service_ports(cx, w, false, object);
}

/* ---- roles and bindings ---- */

static int
rbac_check(pv_ctx *cx, const write_op *w, const pv_val *object)
{
	const pv_val *was = pv_get(w->old, "roleRef"), *ref = pv_get(object, "roleRef");

	if (w->old && was && !pv_eq(was, ref)) {
		pv_vec causes;

		pv_vec_init(&causes, cx->arena, sizeof(pv_cause));
		api_cause(cx, &causes, "FieldValueInvalid", "roleRef",
			  "Invalid value: rbac.RoleRef{APIGroup:\"%s\", Kind:\"%s\", Name:\"%s\"}: cannot "
			  "change roleRef",
			  pv_text_at(ref, "apiGroup", ""), pv_text_at(ref, "kind", ""),
			  pv_text_at(ref, "name", ""));
		return api_invalid(cx, w->res, w->name, &causes);
	}
	/* A label may hand a role to another by its aggregationRule. */
	if (w->old && object_same_spec(w->old, object) &&
	    pv_eq(pv_at(w->old, "metadata.labels"), pv_at(object, "metadata.labels")))
		return 0;
	return pv_auth_check_grant(cx, w->api->auth, w->res->plural, w->ns, meta_text(object, "name"),
				   object);
}

/* What the status says of an object that ends. */
int
builtin_marked(pv_ctx *cx, const write_op *w, const pv_val **object)
{
	if (pv_streq(w->res->type, "/Namespace"))
		*object = pv_box(cx->arena, pv_with_at(cx->arena, *object, "status.phase",
						       pv_string_ref("Terminating")));
	return definition_is(w->res) ? pv_registry_crd_status(cx, w->api->registry, *object, w->old, object)
				     : 0;
}

/* ---- admission policies ---- */

static void
policy_judge(pv_ctx *cx, const write_op *w, const pv_val *object, pv_vec *causes)
{
	if (!w->sub[0])
		pv_policy_check(cx, object, causes);
}

/* What its expressions get wrong of the kinds it speaks of, of this very spec. */
static int
policy_prepare(pv_ctx *cx, const write_op *w, const pv_val **object)
{
	int64_t generation = w->old ? pv_i64(meta_get(w->old, "generation"), 1) : 1;

	if (w->sub[0])
		return 0;
	if (w->old && !object_same_spec(w->old, *object))
		generation++;
	*object = pv_box(cx->arena, pv_with(cx->arena, *object, "status",
					    pv_policy_status(cx, w->api->registry, *object, generation)));
	return 0;
}

static const builtin builtins[] = {
	{.type = "/Namespace", .complete = namespace_prepare, .check = namespace_check},
	{.type = "/Secret", .complete = secret_prepare},
	{.type = "/Service", .prepare = service_prepare, .returns_deleted = true},
	{.type = "/Pod", .prepare = pod_prepare, .returns_deleted = true},
	{.type = "/ServiceAccount", .returns_deleted = true},
	{.type = "/PersistentVolume", .prepare = volume_prepare, .returns_deleted = true},
	{.type = "/PersistentVolumeClaim", .prepare = phase_prepare, .returns_deleted = true},
	{.type = "/ResourceQuota", .returns_deleted = true},
	{.type = "/PodTemplate", .returns_deleted = true},
	{.type = "apiregistration.k8s.io/APIService", .prepare = apiservice_prepare},
	{.type = "certificates.k8s.io/CertificateSigningRequest",
	 .prepare = certificate_prepare,
	 .judge = certificate_judge,
	 .settles = true},
	{.type = "rbac.authorization.k8s.io/Role", .check = rbac_check},
	{.type = "rbac.authorization.k8s.io/ClusterRole", .check = rbac_check},
	{.type = "rbac.authorization.k8s.io/RoleBinding", .check = rbac_check},
	{.type = "rbac.authorization.k8s.io/ClusterRoleBinding", .check = rbac_check},
	{.type = "resource.k8s.io/ResourceClaim", .judge = device_judge, .returns_deleted = true},
	{.type = "resource.k8s.io/ResourceClaimTemplate", .judge = device_judge, .returns_deleted = true},
	{.type = "resource.k8s.io/ResourceSlice", .returns_deleted = true},
	{.type = "resource.k8s.io/DeviceClass", .returns_deleted = true},
	{.type = "storage.k8s.io/StorageClass", .returns_deleted = true},
	{.type = "storage.k8s.io/CSIDriver", .returns_deleted = true},
	{.type = "storage.k8s.io/CSINode", .returns_deleted = true},
	{.type = "storage.k8s.io/VolumeAttachment", .returns_deleted = true},
	{.type = "storage.k8s.io/VolumeAttributesClass", .returns_deleted = true},
	{.type = "apiextensions.k8s.io/CustomResourceDefinition", .complete = definition_prepare},
	{.type = "admissionregistration.k8s.io/ValidatingAdmissionPolicy",
	 .prepare = policy_prepare,
	 .judge = policy_judge},
	{.type = "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding", .judge = policy_judge},
	{.type = "admissionregistration.k8s.io/MutatingAdmissionPolicy", .judge = policy_judge},
	{.type = "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding", .judge = policy_judge},
};

static const builtin *
find(const pv_resource *res)
{
	for (size_t i = 0; i < PV_LEN(builtins); i++)
		if (strcmp(builtins[i].type, res->type) == 0)
			return &builtins[i];
	return NULL;
}

int
builtin_complete(pv_ctx *cx, const write_op *w, const pv_val **object)
{
	const builtin *b = find(w->res);

	return b && b->complete ? b->complete(cx, w, object) : 0;
}

int
builtin_prepare(pv_ctx *cx, const write_op *w, const pv_val **object)
{
	const builtin *b = find(w->res);

	*object = pv_resource_give(cx, w->res, *object, w->old, w->sent);
	return b && b->prepare ? b->prepare(cx, w, object) : 0;
}

static bool
is_among_first(const pv_vec *causes, size_t n, const pv_cause *cause)
{
	for (size_t i = 0; i < n; i++)
		if (pv_streq(PV_AT(pv_cause, causes, i)->field, cause->field) &&
		    pv_streq(PV_AT(pv_cause, causes, i)->reason, cause->reason))
			return true;
	return false;
}

void
builtin_judge(pv_ctx *cx, const write_op *w, const pv_val *object, pv_vec *causes)
{
	const builtin *b = find(w->res);
	size_t before = causes->len;
	pv_vec more;

	if (!b || !b->judge)
		return;
	pv_vec_init(&more, cx->arena, sizeof(pv_cause));
	b->judge(cx, w, object, &more);
	for (size_t i = 0; i < more.len; i++)
		if (!is_among_first(causes, before, PV_AT(pv_cause, &more, i)))
			pv_vec_push(causes, PV_AT(pv_cause, &more, i));
}

int
builtin_settle(pv_ctx *cx, const write_op *w, const pv_val **object)
{
	const builtin *b = find(w->res);

	*object = pv_resource_give(cx, w->res, *object, w->old, w->sent);
	return b && b->settles ? b->prepare(cx, w, object) : 0;
}

int
builtin_check(pv_ctx *cx, const write_op *w, const pv_val *object)
{
	const builtin *b = find(w->res);

	return b && b->check ? b->check(cx, w, object) : 0;
}

const pv_val *
builtin_finish(pv_ctx *cx, const write_op *w, const pv_val *object)
{
	if (w->operation != PV_OP_CREATE || !pv_streq(w->res->type, "/Namespace"))
		return object;
	return pv_box(cx->arena, namespace_finish(cx, object));
}

static bool
is_among(const char *const *types, size_t n, const pv_resource *res)
{
	for (size_t i = 0; i < n; i++)
		if (pv_streq(types[i], res->type))
			return true;
	return false;
}

/* As upstream's strategies say by AllowCreateOnUpdate. */
bool
builtin_made_by_update(const pv_resource *res)
{
	static const char *const types[] = {"/Endpoints",
					    "/Event",
					    "/LimitRange",
					    "/Service",
					    "coordination.k8s.io/Lease",
					    "node.k8s.io/RuntimeClass",
					    "rbac.authorization.k8s.io/ClusterRole",
					    "rbac.authorization.k8s.io/ClusterRoleBinding",
					    "rbac.authorization.k8s.io/Role",
					    "rbac.authorization.k8s.io/RoleBinding"};

	return is_among(types, PV_LEN(types), res);
}

/* As upstream's strategies say by AllowUnconditionalUpdate. */
bool
builtin_wants_version(const pv_resource *res)
{
	static const char *const types[] = {"admissionregistration.k8s.io/MutatingWebhookConfiguration",
					    "admissionregistration.k8s.io/ValidatingAdmissionPolicy",
					    "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding",
					    "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
					    "apiregistration.k8s.io/APIService",
					    "coordination.k8s.io/Lease",
					    "node.k8s.io/RuntimeClass",
					    "policy/PodDisruptionBudget",
					    "storage.k8s.io/CSIDriver",
					    "storage.k8s.io/CSINode",
					    "storage.k8s.io/CSIStorageCapacity",
					    "storage.k8s.io/VolumeAttachment"};

	return res->crd || definition_is(res) || is_among(types, PV_LEN(types), res);
}

bool
builtin_returns_deleted(const pv_resource *res)
{
	const builtin *b = find(res);

	return b && b->returns_deleted;
}

/* As it was when these kinds were new, and is kept for their oldest clients. */
bool
builtin_orphans(const pv_resource *res)
{
	return pv_streq(res->type, "batch/Job") || pv_streq(res->type, "/ReplicationController");
}

/* A definition is marked by its own registry, which counts nothing (apiextensions, Delete). */
bool
builtin_counts_deletion(const pv_resource *res)
{
	return builtin_has_generation(res) && !definition_is(res);
}

/* Kubernetes counts generations of what has a spec and a controller, by and large. */
bool
builtin_has_generation(const pv_resource *res)
{
	static const char *const counted[] = {"/Pod",
					      "/PodTemplate",
					      "/ReplicationController",
					      "admissionregistration.k8s.io/MutatingWebhookConfiguration",
					      "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
					      "discovery.k8s.io/EndpointSlice",
					      "scheduling.k8s.io/PriorityClass"};
	static const char *const not_counted[] = {"apiregistration.k8s.io/APIService",
						  "autoscaling/HorizontalPodAutoscaler",
						  "certificates.k8s.io/CertificateSigningRequest",
						  "coordination.k8s.io/Lease",
						  "networking.k8s.io/IPAddress",
						  "networking.k8s.io/ServiceCIDR",
						  "resource.k8s.io/ResourceClaim",
						  "resource.k8s.io/ResourceClaimTemplate",
						  "storage.k8s.io/CSIDriver",
						  "storage.k8s.io/CSINode",
						  "storage.k8s.io/VolumeAttachment"};

	if (res->crd || definition_is(res) || is_among(counted, PV_LEN(counted), res))
		return true;
	if (res->group[0] == '\0' || is_among(not_counted, PV_LEN(not_counted), res))
		return false;
	return pv_schema_field(res->schema, "spec") != NULL;
}

bool
builtin_is_new(const write_op *w, const pv_val *object)
{
	const char *noted = pv_streq(w->res->type, "apps/Deployment")                  ? "annotations"
			    : pv_streq(w->res->type, "discovery.k8s.io/EndpointSlice") ? "labels"
										       : NULL;

	if (pv_streq(w->res->type, "scheduling.k8s.io/PriorityClass"))
		return false;
	if (!object_same_spec(w->old, object))
		return true;
	return noted && !w->sub[0] && !pv_eq(meta_get(w->old, noted), meta_get(object, noted));
}

/* ---- deletion ---- */

static bool
lasting_namespace(const char *name)
{
	return pv_streq(name, "default") || pv_streq(name, "kube-system") || pv_streq(name, "kube-public");
}

bool
builtin_marks_grace(const pv_resource *res)
{
	return !pv_streq(res->type, "/Namespace") && !definition_is(res);
}

int
builtin_deletable(pv_ctx *cx, const write_op *w)
{
	if (pv_streq(w->res->type, "/Namespace") && lasting_namespace(w->name))
		return api_forbidden(cx, w->res, w->name, "this namespace may not be deleted");
	if (definition_is(w->res) && !w->api->alone && pv_registry_owns(w->api->registry, w->name))
		return api_forbidden(
			cx, w->res, w->name,
			"Pave itself works with this kind, and its objects would be lost: delete "
			"those that are not wanted, by name");
	return 0;
}
