#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/str.h"
#include "base/vec.h"
#include "core/kinds/kinds.h"
#include "core/resource/resource.h"
#include "unit/core/refusal.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPLOY(spec) "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: " spec "\n"
#define WEB(container) \
	DEPLOY("{selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: " \
	       "{containers: [" container "]}}}")
#define POD(spec) "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: " spec "\n"
#define SERVICE(spec) "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: " spec "\n"

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void
completes_a_deployment(void **state)
{
	registry_world *w = *state;
	const pv_val *d =
		refusal_completed(w, WEB("{name: c, image: 'nginx:1.25', ports: [{containerPort: 80}], "
					 "livenessProbe: {httpGet: {port: 80}}}"));
	const pv_val *c = pv_at(d, "spec.template.spec.containers.0");

	assert_int_equal(pv_i64_at(d, "spec.replicas", 0), 1);
	assert_string_equal(pv_text_at(d, "spec.strategy.type", ""), "RollingUpdate");
	assert_string_equal(pv_text_at(d, "spec.strategy.rollingUpdate.maxSurge", ""), "25%");
	assert_string_equal(pv_text_at(d, "spec.strategy.rollingUpdate.maxUnavailable", ""), "25%");
	assert_int_equal(pv_i64_at(d, "spec.revisionHistoryLimit", 0), 10);
	assert_int_equal(pv_i64_at(d, "spec.progressDeadlineSeconds", 0), 600);
	assert_string_equal(pv_text_at(d, "spec.template.spec.restartPolicy", ""), "Always");
	assert_string_equal(pv_text_at(d, "spec.template.spec.dnsPolicy", ""), "ClusterFirst");
	assert_string_equal(pv_text_at(d, "spec.template.spec.schedulerName", ""), "default-scheduler");
	assert_int_equal(pv_i64_at(d, "spec.template.spec.terminationGracePeriodSeconds", 0), 30);
	assert_string_equal(pv_text_at(c, "imagePullPolicy", ""), "IfNotPresent");
	assert_string_equal(pv_text_at(c, "terminationMessagePath", ""), "/dev/termination-log");
	assert_string_equal(pv_text_at(c, "ports.0.protocol", ""), "TCP");
	assert_string_equal(pv_text_at(c, "livenessProbe.httpGet.scheme", ""), "HTTP");
	assert_int_equal(pv_i64_at(c, "livenessProbe.failureThreshold", 0), 3);
	assert_null(pv_at(d, "spec.template.spec.enableServiceLinks")); /* Pods only */
	/* Completing twice changes nothing. */
	assert_ptr_equal(pv_resource_default(&w->cx, refusal_resource_of(w, d), d), d);
}

static void
pulls_by_tag(void **state)
{
	registry_world *w = *state;
	static const struct {
		const char *image, *policy;
	} cases[] = {
		{"nginx", "Always"},
		{"nginx:latest", "Always"},
		{"nginx:1", "IfNotPresent"},
		{"host:5000/nginx", "Always"},
		{"host:5000/nginx:2", "IfNotPresent"},
		{"nginx@sha256:abc", "IfNotPresent"},
		{"nginx@sha256:" HEX64, "IfNotPresent"},
		{"nginx:latest@sha256:" HEX64, "Always"},
		{"MyRepo/app", "Always"},
		{"MyRepo/App", "IfNotPresent"},
		{"localhost:5000/App", "IfNotPresent"},
		{"${IMAGE}", "IfNotPresent"},
		{"[::1]:5000/a/b", "Always"},
		{HEX64, "IfNotPresent"},
	};

	for (size_t i = 0; i < PV_LEN(cases); i++) {
		const pv_val *p = refusal_completed(
			w, pv_printf(w->cx.arena, POD("{containers: [{name: c, image: '%s'}]}"),
				     cases[i].image));

		assert_string_equal(pv_text_at(p, "spec.containers.0.imagePullPolicy", ""), cases[i].policy);
	}
}

static void
completes_other_kinds(void **state)
{
	registry_world *w = *state;
	const pv_val *v = refusal_completed(w, SERVICE("{ports: [{port: 80}], type: NodePort}"));

	assert_int_equal(pv_i64_at(v, "spec.ports.0.targetPort", 0), 80);
	assert_string_equal(pv_text_at(v, "spec.ports.0.protocol", ""), "TCP");
	assert_string_equal(pv_text_at(v, "spec.sessionAffinity", ""), "None");
	assert_string_equal(pv_text_at(v, "spec.externalTrafficPolicy", ""), "Cluster");
	v = refusal_completed(
		w, "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {a: eA==}\nstringData: "
		   "{b: hello}\n");
	assert_string_equal(pv_text_at(v, "data.b", ""), "aGVsbG8=");
	assert_string_equal(pv_text_at(v, "data.a", ""), "eA==");
	assert_null(pv_get(v, "stringData"));
	assert_string_equal(pv_text_at(v, "type", ""), "Opaque");
	v = refusal_completed(w, "apiVersion: v1\nkind: Namespace\nmetadata: {name: team}\n");
	assert_string_equal(pv_text(pv_get(pv_at(v, "metadata.labels"), "kubernetes.io/metadata.name"), ""),
			    "team");
	assert_string_equal(pv_text_at(v, "status.phase", ""), "Active");
	v = refusal_completed(
		w, "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j, uid: u-1}\nspec: {template: "
		   "{spec: {restartPolicy: "
		   "Never, containers: [{name: c, image: x}]}}}\n");
	assert_int_equal(pv_i64_at(v, "spec.completions", 0), 1);
	assert_int_equal(pv_i64_at(v, "spec.backoffLimit", 0), 6);
	assert_null(pv_at(v, "spec.selector")); /* the server's, not the client's */
	v = refusal_completed(
		w, POD("{containers: [{name: c, image: x, resources: {limits: {cpu: 1, memory: 1Gi}}}]}"));
	assert_string_equal(pv_text_at(v, "spec.containers.0.resources.requests.cpu", ""), "1");
	assert_string_equal(pv_text_at(v, "status.qosClass", ""), "Guaranteed");
}

#define JOB(spec) \
	"apiVersion: batch/v1\nkind: Job\nmetadata: {name: j, uid: u}\nspec: {" spec \
	", template: {spec: {restartPolicy: Never, containers: [{name: c, image: x}]}}}\n"
#define TEN(s) s s s s s s s s s s
#define TOO_MANY(s) TEN(s ", ") TEN(s ", ") s

static const struct {
	const char *object, *old, *faults;
} refusals[] = {
	{WEB("{name: c, image: x}"), NULL, ""},
	{DEPLOY("{selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: x}}, spec: "
		"{containers: [{name: c, image: z}]}}}"),
	 NULL,
	 "spec.template.metadata.labels: Invalid value: {\"app\":\"x\"}: `selector` does not match template "
	 "`labels`"},
	{DEPLOY("{replicas: -1, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: "
		"web}}, spec: {containers: [{name: c, image: z}]}}}"),
	 NULL, "spec.replicas: Invalid value: -1: must be greater than or equal to 0"},
	{DEPLOY("{replicas: two}"), NULL,
	 "spec.template.spec.containers: Required value\n"
	 "spec.replicas: Invalid value: \"string\": spec.replicas in body must be of type integer: "
	 "\"string\""},
	{WEB("{name: c, image: x, imagePullPolicy: Sometimes}"), NULL,
	 "spec.template.spec.containers[0].imagePullPolicy: Unsupported value: \"Sometimes\": supported "
	 "values: \"Always\", \"IfNotPresent\", \"Never\""},
	{WEB("{name: c, image: x}, {name: c, image: x}"), NULL,
	 "spec.template.spec.containers[1].name: Duplicate value: \"c\""},
	{WEB("{name: C_1, image: ''}"), NULL,
	 "spec.template.spec.containers[0].name: Invalid value: \"C_1\": a lowercase RFC 1123 label must "
	 "consist of lower case "
	 "alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. "
	 "'my-name',  or '123-abc', "
	 "regex used for validation is "
	 "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')\nspec.template.spec.containers[0].image: Required value"},
	{WEB("{name: c, image: x, ports: [{containerPort: 70000}]}"), NULL,
	 "spec.template.spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 "
	 "and 65535, inclusive"},
	{WEB("{name: c, image: x, resources: {requests: {cpu: 200m}, limits: {cpu: 0.1}}}"), NULL,
	 "spec.template.spec.containers[0].resources.requests: Invalid value: \"200m\": must be less than or "
	 "equal to cpu limit of 100m"},
	{WEB("{name: c, image: x, resources: {limits: {cpu: lots}}}"), NULL,
	 "spec.template.spec.containers[0].resources.limits.cpu: Invalid value: \"lots\": quantities must "
	 "match the regular expression "
	 "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"},
	{WEB("{name: c, image: x, volumeMounts: [{name: v, mountPath: /v}]}"), NULL,
	 "spec.template.spec.containers[0].volumeMounts[0].name: Not found: \"v\""},
	{WEB("{name: c, image: x}"),
	 DEPLOY("{selector: {matchLabels: {app: old}}, template: {metadata: {labels: {app: old}}, spec: "
		"{containers: [{name: c, image: x}]}}}"),
	 "spec.selector: Invalid value: {\"matchLabels\":{\"app\":\"web\"}}: field is immutable"},
	{"apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: s}\nspec: {selector: {matchLabels: {app: "
	 "s}}, template: {metadata: "
	 "{labels: {app: s}}, spec: {containers: [{name: c, image: x, volumeMounts: [{name: data, mountPath: "
	 "/d}]}]}}, "
	 "volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: "
	 "{requests: {storage: "
	 "1Gi}}}}]}\n",
	 NULL, ""},
	{POD("{containers: []}"), NULL, "spec.containers: Required value"},
	{POD("{containers: [{name: c, image: b}]}"), POD("{containers: [{name: c, image: a}]}"), ""},
	{SERVICE("{ports: [{port: 80}, {port: 0, targetPort: 80, name: b}]}"), NULL,
	 "spec.ports[0].name: Required value\nspec.ports[1].port: Invalid value: 0: must be between 1 and "
	 "65535, inclusive"},
	{SERVICE("{type: Bogus, ports: [{port: 80}]}"), NULL,
	 "spec.type: Unsupported value: \"Bogus\": supported values: \"ClusterIP\", \"ExternalName\", "
	 "\"LoadBalancer\", \"NodePort\""},
	{"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {'a b': x}\n", NULL,
	 "data[a b]: Invalid value: \"a b\": a valid config key must consist of alphanumeric characters, "
	 "'-', '_' or '.' (e.g. 'key.name',  "
	 "or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"},
	{"apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ntype: kubernetes.io/tls\ndata: {tls.crt: "
	 "eA==}\n",
	 NULL, "data[tls.key]: Required value"},
	{"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: Bad, labels: {a: 'x y'}}\n", NULL,
	 "metadata.name: Invalid value: \"Bad\": a lowercase RFC 1123 subdomain must consist of lower case "
	 "alphanumeric characters, '-' or "
	 "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for "
	 "validation is "
	 "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')\n"
	 "metadata.labels: Invalid value: \"x y\": a valid label must be an empty string or consist of "
	 "alphanumeric characters, '-', '_' or "
	 "'.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or "
	 "'12345', regex used for "
	 "validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"},
	{"apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: 'system:x'}\nrules: "
	 "[{verbs: [get]}]\n",
	 NULL,
	 "rules[0].apiGroups: Required value: resource rules must supply at least one api group\n"
	 "rules[0].resources: Required value: resource rules must supply at least one resource"},
	{"apiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\nspec: {template: {spec: {containers: [{name: "
	 "c, image: x}]}}}\n",
	 NULL, "spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\""},
	{"apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: d}\nspec: {selector: {matchLabels: {a: b}}, "
	 "updateStrategy: {rollingUpdate: {maxSurge: 1}}, template: {metadata: {labels: {a: b}}, spec: "
	 "{containers: [{name: c, image: x}]}}}\n",
	 NULL,
	 "spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when "
	 "`maxUnavailable` is non-zero"},
	{"apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: s}\nspec: {selector: {matchLabels: {a: b}}, "
	 "ordinals: {start: -1}, updateStrategy: {rollingUpdate: {maxUnavailable: 0%, partition: -1}}, "
	 "template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: x}]}}}\n",
	 NULL,
	 "spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: \"0%\": cannot be 0\n"
	 "spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0\n"
	 "spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: must be greater than or equal to 0"},
	{"apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: s}\nspec: {selector: {matchLabels: {a: b}}, "
	 "updateStrategy: {type: OnDelete, rollingUpdate: {partition: 1}}, "
	 "template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: x}]}}}\n",
	 NULL,
	 "spec.updateStrategy.rollingUpdate: Invalid value: {\"partition\":1}: only allowed for updateStrategy "
	 "'RollingUpdate'"},
	{"apiVersion: batch/v1\nkind: Job\nmetadata: {name: j, uid: u}\nspec: {podReplacementPolicy: TerminatingOrFailed, podFailurePolicy: {rules: [{action: FailIndex, onExitCodes: {containerName: d, operator: In, values: [0]}}, {action: Ignore}]}, "
	 "template: {spec: {restartPolicy: OnFailure, containers: [{name: c, image: x}]}}}\n",
	 NULL,
	 "spec.template.spec.restartPolicy: Invalid value: \"OnFailure\": only \"Never\" is supported when `podFailurePolicy` is specified\n"
	 "spec.podReplacementPolicy: Unsupported value: \"TerminatingOrFailed\": supported values: \"Failed\"\n"
	 "spec.podFailurePolicy.rules[0].action: Invalid value: \"FailIndex\": requires `backoffLimitPerIndex`\n"
	 "spec.podFailurePolicy.rules[0].onExitCodes.containerName: Invalid value: \"d\": must be one of the container or initContainer names in the pod template\n"
	 "spec.podFailurePolicy.rules[0].onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator\n"
	 "spec.podFailurePolicy.rules[1]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required"},
	{"apiVersion: batch/v1\nkind: Job\nmetadata: {name: j, uid: u}\nspec: {completionMode: Indexed, completions: 100001, "
	 "template: {spec: {restartPolicy: Never, containers: [{name: c, image: x}]}}}\n",
	 NULL,
	 "spec.completions: Invalid value: 100001: must be at most 100000 with completion mode Indexed"},
	{"apiVersion: batch/v1\nkind: Job\nmetadata: {name: j, uid: u}\nspec: {backoffLimitPerIndex: 1, maxFailedIndexes: 2, "
	 "template: {spec: {restartPolicy: OnFailure, containers: [{name: c, image: x}]}}}\n",
	 NULL,
	 "spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode\n"
	 "spec.maxFailedIndexes: Invalid value: 2: requires indexed completion mode\n"
	 "spec.template.spec.restartPolicy: Invalid value: \"OnFailure\": only \"Never\" is supported when `backoffLimitPerIndex` is specified\n"
	 "spec.maxFailedIndexes: Invalid value: 2: must be less than or equal to `completions`"},
	{"apiVersion: batch/v1\nkind: Job\nmetadata: {name: j, uid: u}\nspec: {completionMode: Indexed, completions: 3, successPolicy: {rules: [{}, {succeededCount: 4}, {succeededIndexes: '2,1'}, {succeededIndexes: 1-3}]}, "
	 "template: {spec: {restartPolicy: Never, containers: [{name: c, image: x}]}}}\n",
	 NULL,
	 "spec.successPolicy.rules[0]: Required value: at least one of `succeededCount` or `succeededIndexes` must be specified\n"
	 "spec.successPolicy.rules[1].succeededCount: Invalid value: 4: must be less than or equal to 3 (the number of specified completions)\n"
	 "spec.successPolicy.rules[2].succeededIndexes: Invalid value: \"2,1\": expected numbers in ascending order, found \"1\"\n"
	 "spec.successPolicy.rules[3].succeededIndexes: Invalid value: \"1-3\": expected numbers below 3, found 3"},
	{JOB("completionMode: Indexed, completions: 3, successPolicy: {rules: [" TOO_MANY(
		 "{succeededCount: 1}") "]}"),
	 NULL, "spec.successPolicy.rules: Too many: 21: must have at most 20 items"},
	{JOB("podFailurePolicy: {rules: [" TOO_MANY("{action: Ignore, onPodConditions: [{type: a}]}") "]}"),
	 NULL, "spec.podFailurePolicy.rules: Too many: 21: must have at most 20 items"},
	{JOB("podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [" TOO_MANY("{type: a}") "]}]}"),
	 NULL, "spec.podFailurePolicy.rules[0].onPodConditions: Too many: 21: must have at most 20 items"},
	{"apiVersion: batch/v1\nkind: Job\nmetadata: {name: j, uid: u}\nspec: {managedBy: me, "
	 "template: {spec: {restartPolicy: Never, containers: [{name: c, image: x}]}}}\n",
	 NULL,
	 "spec.managedBy: Invalid value: \"me\": must be a domain-prefixed path (such as \"acme.io/foo\")"},
	{"apiVersion: batch/v1\nkind: Job\nmetadata: {name: j, uid: u}\nspec: {completionMode: Indexed, completions: 3, parallelism: 2, "
	 "template: {spec: {restartPolicy: Never, containers: [{name: c, image: x}]}}}\n",
	 "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j, uid: u}\nspec: {completionMode: Indexed, completions: 2, parallelism: 2, managedBy: a.b/c, "
	 "template: {spec: {restartPolicy: Never, containers: [{name: c, image: x}]}}}\n",
	 "spec.managedBy: Invalid value: null: field is immutable\n"
	 "spec.completions: Invalid value: 3: can only be modified in tandem with `parallelism`"},
	{"apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: j}\nspec: {schedule: '61 * * * *', timeZone: Mars/Base, "
	 "jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: x}]}}}}}\n",
	 NULL,
	 "spec.schedule: Invalid value: \"61 * * * *\": minute: expected *, or numbers from 0 to 59, ranges and steps, found \"61\""},
	{"apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: j}\nspec: {schedule: '@daily', timeZone: Mars/Base, "
	 "jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: x}]}}}}}\n",
	 NULL, "spec.timeZone: Invalid value: \"Mars/Base\": unknown time zone Mars/Base"},
	{"apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\nspec: "
	 "{minReplicas: 3, maxReplicas: 2, "
	 "scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: d}}\n",
	 NULL, "spec.maxReplicas: Invalid value: 2: must be greater than or equal to `minReplicas`"},
};

static void
refuses_with_upstream_words(void **state)
{
	registry_world *w = *state;

	for (size_t i = 0; i < PV_LEN(refusals); i++)
		assert_true(refusal_is(w, refusals[i].object, refusals[i].old, refusals[i].faults));
}

static void
names_unknown_fields(void **state)
{
	registry_world *w = *state;
	const pv_val *object = refusal_yaml(
			     w, DEPLOY("{replcas: 3, template: {spec: {containers: [{name: c, imag: x}]}}}")),
		     *pruned;
	pv_vec unknown;

	pv_vec_init(&unknown, w->cx.arena, sizeof(const char *));
	pruned = pv_resource_prune(&w->cx, refusal_resource_of(w, object), object, &unknown);
	assert_int_equal(unknown.len, 2);
	assert_string_equal(*PV_AT(const char *, &unknown, 0), "spec.replcas");
	assert_string_equal(*PV_AT(const char *, &unknown, 1), "spec.template.spec.containers[0].imag");
	assert_null(pv_at(pruned, "spec.replcas"));
	assert_string_equal(pv_text_at(pruned, "spec.template.spec.containers.0.name", ""), "c");
	assert_non_null(pv_at(object, "spec.replcas")); /* the original is as it was */
}

/* Whatever comes in, each step takes it and the faults name it. */
static void
survives_odd_objects(void **state)
{
	registry_world *w = *state;
	size_t n;
	const pv_resource *const *all = pv_resource_all(&w->cx, w->registry, &n);
	const pv_val *odd[] = {
		refusal_yaml(w, "{}"),
		refusal_yaml(w,
			     "{metadata: 3, spec: [], status: text, data: [], template: 1, subjects: {a: b}, "
			     "rules: 7}"),
		refusal_yaml(
			w,
			"{metadata: {name: [x], labels: [1], annotations: 2, ownerReferences: {a: 1}, "
			"finalizers: x}, spec: {ports: {}, rules: 1, "
			"containers: [1, null, {}], metrics: [[]], template: 4, selector: [1], strategy: [], "
			"jobTemplate: {spec: 2}, names: []}}"),
		refusal_yaml(
			w,
			"{metadata: {labels: {a: 1}}, stringData: {a: 2}, spec: {hostNetwork: true, type: "
			"NodePort, ports: [1, {port: x}], containers: "
			"[{ports: [2, {}], resources: {limits: [1], requests: 3}}], volumes: [1, {name: v}], "
			"template: {metadata: {labels: [1]}, spec: "
			"{containers: {a: b}, volumes: {}}}, selector: {matchExpressions: [1, {values: "
			"{}}]}, updateStrategy: {type: RollingUpdate, "
			"rollingUpdate: 1}, strategy: {type: RollingUpdate, rollingUpdate: []}, "
			"volumeClaimTemplates: [1]}}"),
	};

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < PV_LEN(odd); k++) {
			const pv_val *v = pv_resource_default(
				&w->cx, all[i], pv_resource_prune(&w->cx, all[i], odd[k], NULL));
			pv_vec causes;

			pv_vec_init(&causes, w->cx.arena, sizeof(pv_cause));
			assert_true(pv_resource_validate(&w->cx, all[i], v, odd[1], "", &causes, NULL) > 0);
			assert_int_equal(causes.len > 0, true);
		}
	}
}

static void
turns_versions_into_each_other(void **state)
{
	registry_world *w = *state;
	const pv_val *v = refusal_completed(
		w, "apiVersion: autoscaling/v1\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\n"
		   "spec: {maxReplicas: 2, targetCPUUtilizationPercentage: 70, scaleTargetRef: {kind: "
		   "D, name: d}}\n");
	const pv_resource *v2 =
		pv_resource_of_kind(&w->cx, w->registry, "autoscaling/v2", "HorizontalPodAutoscaler");
	const pv_resource *v1 =
		pv_resource_of_kind(&w->cx, w->registry, "autoscaling/v1", "HorizontalPodAutoscaler");
	const pv_val *there = pv_resource_as(&w->cx, v2, v), *back = pv_resource_as(&w->cx, v1, there);

	assert_int_equal(pv_i64_at(there, "spec.metrics.0.resource.target.averageUtilization", 0), 70);
	assert_string_equal(pv_text_at(there, "apiVersion", ""), "autoscaling/v2");
	assert_true(pv_eq(back, v));
	v = refusal_completed(
		w, "apiVersion: events.k8s.io/v1\nkind: Event\nmetadata: {name: e}\nregarding: {kind: Pod, "
		   "name: p}\nnote: hello\n");
	there = pv_resource_as(&w->cx, pv_resource_of_kind(&w->cx, w->registry, "v1", "Event"), v);
	assert_string_equal(pv_text_at(there, "involvedObject.name", ""), "p");
	assert_string_equal(pv_text_at(there, "message", ""), "hello");
	assert_true(pv_eq(
		pv_resource_as(&w->cx, pv_resource_of_kind(&w->cx, w->registry, "events.k8s.io/v1", "Event"),
			       there),
		v));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(completes_a_deployment),
		cmocka_unit_test(pulls_by_tag),
		cmocka_unit_test(completes_other_kinds),
		cmocka_unit_test(refuses_with_upstream_words),
		cmocka_unit_test(names_unknown_fields),
		cmocka_unit_test(survives_odd_objects),
		cmocka_unit_test(turns_versions_into_each_other),
	};

	return cmocka_run_group_tests(tests, registry_setup, registry_teardown);
}
