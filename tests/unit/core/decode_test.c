/* Built-in objects as their Go types hold them: what goes, what stays, what is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/str.h"
#include "core/kinds/kinds.h"
#include "core/resource/resource.h"
#include "lang/json/json.h"
#include "unit/core/refusal.h"

typedef struct decoding {
	const char *type, *sent, *kept; /* YAML, canonical JSON */
} decoding;

static void
holds(registry_world *w, const decoding *c)
{
	const pv_schema *schema = pv_registry_type(w->registry, c->type);
	const pv_val *v;

	assert_non_null(schema);
	v = pv_kind_decode(&w->cx, schema, refusal_yaml(w, c->sent));
	if (!pv_eq(v, refusal_yaml(w, c->kept)))
		fail_msg("%s %s\n  is   %s\n  want %s", c->type, c->sent, pv_json_text(w->cx.arena, v),
			 c->kept);
	assert_ptr_equal(pv_kind_decode(&w->cx, schema, v), v); /* once is enough */
}

static void
drops_what_is_empty(void **state)
{
	static const decoding cases[] = {
		{"meta.v1.ObjectMeta",
		 "{labels: {}, annotations: null, finalizers: [], ownerReferences: [], name: x, generateName: '', "
		 "generation: 0, creationTimestamp: null, deletionTimestamp: null}",
		 "{name: x}"},
		{"meta.v1.ObjectMeta", "{deletionGracePeriodSeconds: 0}", "{deletionGracePeriodSeconds: 0}"},
		{"meta.v1.OwnerReference", "{name: a, controller: false, blockOwnerDeletion: null}",
		 "{name: a, controller: false, apiVersion: '', kind: '', uid: ''}"},
		{"meta.v1.LabelSelector", "{matchLabels: {}, matchExpressions: []}", "{}"},
		{"core.v1.PodSpec",
		 "{hostNetwork: false, hostPID: false, nodeSelector: {}, volumes: [], tolerations: null, priority: 0, "
		 "automountServiceAccountToken: false, securityContext: {}, containers: []}",
		 "{priority: 0, automountServiceAccountToken: false, securityContext: {}, containers: []}"},
		{"core.v1.EnvVar", "{name: a, value: ''}", "{name: a}"},
		{"core.v1.ConfigMap", "{data: {a: null, b: ''}, immutable: false}",
		 "{data: {a: '', b: ''}, immutable: false, metadata: {}}"},
		{"core.v1.PodSpec", "{containers: [], hostAliases: [null]}",
		 "{containers: [], hostAliases: [{ip: ''}]}"},
		/* of another type: a fault, which validation must see */
		{"core.v1.PodSpec", "{hostNetwork: '', nodeSelector: [], volumes: {}, hostname: 0}",
		 "{hostNetwork: '', nodeSelector: [], volumes: {}, hostname: 0}"},
		{"apiextensions.v1.JSONSchemaProps",
		 "{type: array, nullable: false, default: '', items: {title: '', minLength: 0}, enum: [null, '']}",
		 "{type: array, default: '', items: {minLength: 0}, enum: [null, '']}"},
	};

	for (size_t i = 0; i < PV_LEN(cases); i++)
		holds(*state, &cases[i]);
}

static void
writes_what_go_writes(void **state)
{
	static const decoding cases[] = {
		{"core.v1.Container", "{name: c}", "{name: c, resources: {}}"},
		{"core.v1.ResourceFieldSelector", "{resource: limits.cpu}",
		 "{resource: limits.cpu, divisor: '0'}"},
		{"core.v1.ServicePort", "{port: 80, targetPort: null}", "{port: 80, targetPort: 0}"},
		{"rbac.v1.Role", "{metadata: {name: r}, rules: []}", "{metadata: {name: r}, rules: null}"},
		{"core.v1.Service", "{spec: {}}", "{metadata: {}, spec: {}, status: {loadBalancer: {}}}"},
		/* required fields that nobody said stay away, but not below status */
		{"core.v1.Container", "{}", "{resources: {}}"},
		{"core.v1.Node", "{status: {images: [{}], conditions: [{type: Ready, status: 'True'}]}}",
		 "{metadata: {}, spec: {}, status: {images: [{names: null}], conditions: [{type: Ready, status: 'True', "
		 "lastHeartbeatTime: null, lastTransitionTime: null}], daemonEndpoints: {kubeletEndpoint: {Port: 0}}, "
		 "nodeInfo: {architecture: '', bootID: '', containerRuntimeVersion: '', kernelVersion: '', kubeProxyVersion: "
		 "'', kubeletVersion: '', machineID: '', operatingSystem: '', osImage: '', systemUUID: ''}}}"},
		{"apiextensions.v1.CustomResourceDefinition", "{status: {acceptedNames: {}}}",
		 "{metadata: {}, spec: {group: '', names: {plural: '', kind: ''}, scope: '', versions: null}, status: "
		 "{acceptedNames: {plural: '', kind: ''}, conditions: null, storedVersions: null}}"},
		{"core.v1.Event", "{message: m, involvedObject: {}}",
		 "{metadata: {}, message: m, involvedObject: {}, source: {}, eventTime: null, firstTimestamp: null, "
		 "lastTimestamp: null, reportingComponent: '', reportingInstance: ''}"},
	};

	for (size_t i = 0; i < PV_LEN(cases); i++)
		holds(*state, &cases[i]);
}

static void
gives_values_their_form(void **state)
{
	static const decoding cases[] = {
		{"core.v1.ResourceRequirements",
		 "{limits: {cpu: 0.25, memory: 1024Mi, a: null}, requests: {cpu: 1, memory: '0.0001', b: nonsense}}",
		 "{limits: {cpu: 250m, memory: 1Gi, a: '0'}, requests: {cpu: '1', memory: 1m, b: nonsense}}"},
		{"core.v1.EmptyDirVolumeSource", "{sizeLimit: 1000000000}", "{sizeLimit: 1G}"},
		{"core.v1.Secret", "{data: {a: \"aGVs\\nbG8=\\n\", b: aGVsbG9=, c: 'a-b=', d: null}}",
		 "{data: {a: aGVsbG8=, b: aGVsbG8=, c: 'a-b=', d: ''}, metadata: {}}"},
		{"coordination.v1.LeaseSpec",
		 "{acquireTime: '2026-11-26T07:00:00.000000+01:00', renewTime: '2026-11-26T06:00:00.500000Z'}",
		 "{acquireTime: '2026-11-26T06:00:00.000000Z', renewTime: '2026-11-26T06:00:00.500000Z'}"},
		{"meta.v1.ObjectMeta", "{deletionTimestamp: '2096-11-26T07:00:00.75+01:00'}",
		 "{deletionTimestamp: '2096-11-26T06:00:00Z'}"},
		/* years that nanoseconds cannot tell */
		{"meta.v1.ObjectMeta", "{deletionTimestamp: '0001-01-01T01:00:02.5+01:00'}",
		 "{deletionTimestamp: '0001-01-01T00:00:02Z'}"},
		{"meta.v1.ObjectMeta", "{deletionTimestamp: '0000-01-01T00:00:00+01:00'}",
		 "{deletionTimestamp: '0000-01-01T00:00:00+01:00'}"},
	};

	for (size_t i = 0; i < PV_LEN(cases); i++)
		holds(*state, &cases[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drops_what_is_empty),
		cmocka_unit_test(writes_what_go_writes),
		cmocka_unit_test(gives_values_their_form),
	};

	return cmocka_run_group_tests(tests, registry_setup, registry_teardown);
}
