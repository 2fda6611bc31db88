/* What policies add to a write, in process: two Rego rules to one admission of a Deployment, and a
 * quota and fifty policies in CEL to the creation of ConfigMaps. */
#include <stdio.h>

#include "base/time.h"
#include "bench/inside.h"
#include "bench/timing.h"
#include "governance/rego/rego.h"

#define ROUNDS 20000

static const char policy[] =
	"{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"rules\",\"namespace\":\"pave-system\",\"labels\":"
	"{\"openpolicyagent.org/policy\":\"rego\"}},\"data\":{\"rules.rego\":\"package kubernetes.admission\\n"
	"deny[msg] {\\n input.request.kind.kind == \\\"Deployment\\\"\\n container := input.request.object.spec.template.spec.containers[_]\\n"
	" not startswith(container.image, \\\"registry.internal.company.com/\\\")\\n msg := sprintf(\\\"Image '%v' must be sourced from the "
	"internal registry\\\", [container.image])\\n}\\n"
	"deny[msg] {\\n input.request.kind.kind == \\\"Deployment\\\"\\n container := input.request.object.spec.template.spec.containers[_]\\n"
	" not container.resources.limits\\n msg := sprintf(\\\"Container '%v' must declare resource limits\\\", [container.name])\\n}\\n\"}}";

static const char deployment[] =
	"{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"web\",\"namespace\":\"default\"},\"spec\":{\"replicas\":2,"
	"\"selector\":{\"matchLabels\":{\"app\":\"web\"}},\"template\":{\"metadata\":{\"labels\":{\"app\":\"web\"}},\"spec\":{\"containers\":"
	"[{\"name\":\"web\",\"image\":\"%s/web:1\",\"ports\":[{\"containerPort\":80}]%s}]}}}}";

static void
make_as(pv_ctx *cx, pv_api *api, const char *version, const char *kind, const char *ns, const char *text)
{
	pv_call call = {.resource = pv_resource_of_kind(cx, pv_api_registry(api), version, kind),
			.ns = ns,
			.name = "",
			.subresource = "",
			.manager = "bench"};
	const pv_val *made;
	must(cx, pv_api_create(cx, api, &call, parsed(cx, text), &made));
}

static void
make(pv_ctx *cx, pv_api *api, const char *kind, const char *ns, const char *text)
{
	make_as(cx, api, "v1", kind, ns, text);
}

static double
measure(pv_ctx *cx, pv_api *api, const char *what, const char *registry, const char *limits)
{
	pv_ctx turn;
	char text[1024];
	pv_admit admit = {.operation = PV_OP_CREATE,
			  .subresource = "",
			  .ns = "default",
			  .name = "web",
			  .uid = "1",
			  .serving = api};
	int64_t start;
	double us;
	size_t found = 0;
	snprintf(text, sizeof(text), deployment, registry, limits);
	admit.object = parsed(cx, text);
	admit.resource = pv_resource_of_kind(cx, pv_api_registry(api), "apps/v1", "Deployment");
	admit.identity = pv_auth_identity(cx);
	pv_ctx_init(&turn, "admission");
	start = pv_mono();
	for (int i = 0; i < ROUNDS; i++) {
		pv_vec denials;
		pv_vec_init(&denials, turn.arena, sizeof(pv_denial));
		must(&turn, rego_admission.validate(&turn, &admit, &denials));
		found += denials.len;
		pv_ctx_reset(&turn);
	}
	us = (double)(pv_mono() - start) / ROUNDS / 1000.0;
	printf("%s: %.2f us an admission, %.0f violations each\n", what, us, (double)found / ROUNDS);
	pv_ctx_done(&turn);
	return us;
}

/* ---- policies in CEL ---- */

#define POLICIES 50
#define CREATES 3000

static void
make_policy(pv_ctx *cx, pv_api *api, int i)
{
	static const char body[] =
		"{\"apiVersion\":\"admissionregistration.k8s.io/v1\",\"kind\":\"ValidatingAdmissionPolicy\",\"metadata\":{"
		"\"name\":\"p%d\"},\"spec\":{\"matchConstraints\":{\"resourceRules\":[{\"apiGroups\":[\"\"],\"apiVersions\":[\"v1\"],"
		"\"operations\":[\"CREATE\",\"UPDATE\"],\"resources\":[\"configmaps\"]}],\"objectSelector\":{\"matchExpressions\":"
		"[{\"key\":\"exempt\",\"operator\":\"DoesNotExist\"}]}},\"matchConditions\":[{\"name\":\"named\",\"expression\":"
		"\"object.metadata.name.startsWith('c')\"}],\"variables\":[{\"name\":\"n\",\"expression\":\"size(object.data)\"}],"
		"\"validations\":[{\"expression\":\"variables.n < 10 && !('k%d' in object.data)\",\"message\":\"no\"}]}}";
	static const char bound[] =
		"{\"apiVersion\":\"admissionregistration.k8s.io/v1\",\"kind\":\"ValidatingAdmissionPolicyBinding\","
		"\"metadata\":{\"name\":\"p%d\"},\"spec\":{\"policyName\":\"p%d\",\"validationActions\":[\"Deny\"],"
		"\"matchResources\":{\"namespaceSelector\":{\"matchExpressions\":[{\"key\":\"exempt\",\"operator\":"
		"\"DoesNotExist\"}]}}}}";
	static const char version[] = "admissionregistration.k8s.io/v1";

	make_as(cx, api, version, "ValidatingAdmissionPolicy", "", pv_printf(cx->arena, body, i, i));
	make_as(cx, api, version, "ValidatingAdmissionPolicyBinding", "", pv_printf(cx->arena, bound, i, i));
}

/* Microseconds of a core for one create, the best of three runs. */
static double
creates(pv_ctx *cx, pv_api *api, const char *prefix)
{
	double best = 0;
	pv_ctx turn;

	pv_ctx_init(&turn, "create");
	turn.identity = cx->identity;
	for (int round = 0; round < 3; round++) {
		int64_t start = process_ns();
		double us;

		for (int i = 0; i < CREATES; i++) {
			make(&turn, api, "ConfigMap", "default",
			     pv_printf(
				     turn.arena,
				     "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"%s-%d-%d\","
				     "\"labels\":{\"app\":\"x\"}},\"data\":{\"a\":\"1\",\"b\":\"2\"}}",
				     prefix, round, i));
			turn.identity = NULL;
			pv_ctx_reset(&turn);
			turn.identity = cx->identity;
		}
		us = (double)(process_ns() - start) / CREATES / 1000.0;
		best = round == 0 || us < best ? us : best;
	}
	pv_ctx_done(&turn);
	return best;
}

static void
measure_policies(pv_ctx *cx, pv_api *api)
{
	double without = creates(cx, api, "c-none"), with;

	for (int i = 0; i < POLICIES; i++)
		make_policy(cx, api, i);
	with = creates(cx, api, "c-some");
	printf("a create: %.1f us without policies, %.1f us with %d in CEL\n", without, with, POLICIES);
	figure("a policy in CEL, as part of a create", (with - without) / POLICIES);
	figure("creates with 50 policies in CEL, to none", with / without);
}

/* In a namespace that holds some thousands already. */
static void
measure_quota(pv_ctx *cx, pv_api *api)
{
	double without = creates(cx, api, "c-free"), with;

	make(cx, api, "ResourceQuota", "default",
	     "{\"apiVersion\":\"v1\",\"kind\":\"ResourceQuota\",\"metadata\":{\"name\":\"q\"},\"spec\":{\"hard\":{"
	     "\"count/configmaps\":\"1000000\",\"pods\":\"10\"}}}");
	with = creates(cx, api, "c-held");
	printf("a create: %.1f us without a quota, %.1f us with one, status included\n", without, with);
	figure("creates under a quota, to none", with / without);
	must(cx, pv_api_delete(cx, api,
			       &(pv_call){.resource = pv_resource_of_kind(cx, pv_api_registry(api), "v1",
									  "ResourceQuota"),
					  .ns = "default",
					  .name = "q",
					  .subresource = "",
					  .manager = "bench"},
			       NULL));
}

int
main(void)
{
	inside b;
	double us;

	inside_open(&b);
	make(&b.cx, b.api, "Namespace", "",
	     "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"pave-system\"}}");
	measure(&b.cx, b.api, "no policy", "docker.io", "");
	make(&b.cx, b.api, "ConfigMap", "pave-system", policy);
	us = measure(&b.cx, b.api, "two rules, both broken", "docker.io", "");
	figure("two Rego rules on a Deployment, both broken, with the reasons", us);
	us = measure(&b.cx, b.api, "two rules, all well", "registry.internal.company.com",
		     ",\"resources\":{\"limits\":{\"memory\":\"64Mi\"}}");
	figure("two Rego rules on a Deployment, as an admission", us);
	make(&b.cx, b.api, "Namespace", "",
	     "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"default\"}}");
	measure_quota(&b.cx, b.api);
	measure_policies(&b.cx, b.api);
	inside_close(&b);
	return 0;
}
