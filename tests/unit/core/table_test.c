#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/str.h"
#include "base/time.h"
#include "core/api/table.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"
#include "unit/core/registry_world.h"
#include <string.h>

#define NOW "2026-11-25T10:00:00Z"

static int64_t now;

static int
setup(void **state)
{
	return pv_time_parse(PV_STR(NOW), &now) ? registry_setup(state) : -1;
}

static const pv_val *
yaml(registry_world *w, const char *text)
{
	const pv_val *v;

	if (pv_yaml_parse(&w->cx, pv_str_of(text), NULL, &v) < 0)
		fail_msg("%s", pv_error_text(&w->cx));
	return v;
}

static const pv_resource *
resource_of(registry_world *w, const pv_val *object)
{
	const pv_resource *res =
		pv_resource_of_kind(&w->cx, w->registry, pv_text(pv_get(object, "apiVersion"), ""),
				    pv_text(pv_get(object, "kind"), ""));

	assert_non_null(res);
	return res;
}

/* The row as kubectl prints it: columns of priority 0 (or all), tabs between. */
static const char *
row(registry_world *w, const char *text, bool wide)
{
	const pv_val *object = yaml(w, text);
	const pv_resource *res = resource_of(w, object);
	pv_val cells = pv_table_cells(&w->cx, res, object, now);
	pv_buf b;

	pv_buf_init(&b, w->cx.arena);
	assert_int_equal(cells.len, res->n_columns);
	for (size_t i = 0; i < cells.len; i++) {
		const pv_val *c = &cells.items[i];

		if (res->columns[i].priority && !wide)
			continue;
		if (b.len)
			pv_buf_addc(&b, '|');
		pv_buf_adds(&b, c->type == PV_STRING ? c->s : pv_json_text(w->cx.arena, c));
	}
	return b.s;
}

#define META "metadata: {name: x, namespace: n1, creationTimestamp: '2026-11-25T09:55:00Z'}\n"
#define POD(rest) "apiVersion: v1\nkind: Pod\n" META rest

static void
pods_say_how_they_are(void **state)
{
	registry_world *w = *state;
	static const struct {
		const char *pod, *row;
	} cases[] = {
		{POD("spec: {containers: [{name: a}]}\nstatus: {phase: Pending}\n"), "x|0/1|Pending|0|5m"},
		{POD("spec: {containers: [{name: a}, {name: b}]}\nstatus: {phase: Running, "
		     "containerStatuses: [{ready: true, restartCount: 0, "
		     "state: {running: {}}}, {ready: false, restartCount: 3, state: {waiting: {reason: "
		     "CrashLoopBackOff}}, lastState: "
		     "{terminated: {finishedAt: '2026-11-25T09:59:00Z'}}}]}\n"),
		 "x|1/2|CrashLoopBackOff|3 (60s ago)|5m"},
		{POD("spec: {containers: [{name: a}]}\nstatus: {phase: Failed, containerStatuses: [{state: "
		     "{terminated: {exitCode: 3}}}]}\n"),
		 "x|0/1|ExitCode:3|0|5m"},
		{POD("spec: {containers: [{name: a}]}\nstatus: {phase: Failed, containerStatuses: [{state: "
		     "{terminated: {exitCode: 137, reason: "
		     "OOMKilled}}}]}\n"),
		 "x|0/1|OOMKilled|0|5m"},
		{POD("spec: {initContainers: [{name: i}, {name: j}], containers: [{name: a}]}\nstatus: "
		     "{phase: Pending, initContainerStatuses: "
		     "[{state: {terminated: {exitCode: 0}}}, {state: {running: {}}}]}\n"),
		 "x|0/1|Init:1/2|0|5m"},
		{POD("spec: {containers: [{name: a}]}\nstatus: {phase: Failed, reason: Evicted}\n"),
		 "x|0/1|Evicted|0|5m"},
		{"apiVersion: v1\nkind: Pod\nmetadata: {name: x, deletionTimestamp: '2026-11-25T09:55:00Z', "
		 "creationTimestamp: "
		 "'2026-11-25T09:55:00Z'}\nspec: {containers: [{name: a}]}\nstatus: {phase: Running}\n",
		 "x|0/1|Terminating|0|5m"},
		{POD("spec: {containers: [{name: a}]}\nstatus: {phase: Succeeded, containerStatuses: "
		     "[{state: {terminated: {exitCode: 0, reason: "
		     "Completed}}}]}\n"),
		 "x|0/1|Completed|0|5m"},
		{POD(""), "x|0/0|Unknown|0|5m"}, /* as bare as the API lets it be */
	};

	for (size_t i = 0; i < PV_LEN(cases); i++)
		assert_string_equal(row(w, cases[i].pod, false), cases[i].row);
}

static const struct {
	const char *object, *row;
	bool wide;
} shown[] = {
	{"apiVersion: apps/v1\nkind: Deployment\n" META
	 "spec: {replicas: 3, selector: {matchLabels: {b: '1', a: '2'}}, template: {spec: "
	 "{containers: [{name: c, image: i}, {name: d, image: j}]}}}\nstatus: {readyReplicas: 2, "
	 "updatedReplicas: 3, availableReplicas: 1}\n",
	 "x|2/3|3|1|5m|c,d|i,j|a=2,b=1", true},
	{"apiVersion: apps/v1\nkind: ReplicaSet\n" META
	 "spec: {replicas: 2}\nstatus: {replicas: 2, readyReplicas: 1}\n",
	 "x|2|2|1|5m", false},
	{"apiVersion: v1\nkind: Service\n" META
	 "spec: {type: NodePort, clusterIP: 10.0.0.1, ports: [{port: 80, nodePort: 30080, protocol: "
	 "TCP}, {port: 53, protocol: UDP}], selector: {a: b}}\n",
	 "x|NodePort|10.0.0.1|<none>|80:30080/TCP,53/UDP|5m|a=b", true},
	{"apiVersion: v1\nkind: ConfigMap\n" META "data: {a: x, b: y}\nbinaryData: {c: eA==}\n", "x|3|5m",
	 false},
	{"apiVersion: v1\nkind: Secret\n" META "type: Opaque\ndata: {a: eA==}\n", "x|Opaque|1|5m", false},
	{"apiVersion: v1\nkind: Namespace\n" META "status: {phase: Active}\n", "x|Active|5m", false},
	{"apiVersion: v1\nkind: Node\nmetadata: {name: x, creationTimestamp: '2026-11-25T09:55:00Z', "
	 "labels: "
	 "{node-role.kubernetes.io/worker: ''}}\nspec: {unschedulable: true}\nstatus: {conditions: "
	 "[{type: Ready, status: 'True'}], nodeInfo: "
	 "{kubeletVersion: v1}}\n",
	 "x|Ready,SchedulingDisabled|worker|5m|v1", false},
	{"apiVersion: batch/v1\nkind: Job\n" META
	 "spec: {completions: 2, parallelism: 1}\nstatus: {succeeded: 1, startTime: "
	 "'2026-11-25T09:58:00Z'}\n",
	 "x|Running|1/2|2m|5m", false},
	{"apiVersion: batch/v1\nkind: CronJob\n" META "spec: {schedule: '* * * * *', suspend: false}\n",
	 "x|* * * * *|<none>|False|0|<none>|5m", false},
	{"apiVersion: v1\nkind: Event\nmetadata: {name: e}\ntype: Normal\nreason: Pulled\nmessage: "
	 "\" ok\\n\"\nlastTimestamp: "
	 "'2026-11-25T09:59:30Z'\ninvolvedObject: {kind: Pod, name: p}\n",
	 "30s|Normal|Pulled|pod/p|ok", false},
	{"apiVersion: events.k8s.io/v1\nkind: Event\nmetadata: {name: e}\ntype: Normal\nreason: r\nnote: said\n"
	 "eventTime: '2026-11-25T09:55:00.000000Z'\nreportingController: a/b\nreportingInstance: i\n"
	 "regarding: {kind: Pod, name: p, fieldPath: spec.x}\n",
	 "5m|Normal|r|pod/p|spec.x|a/b, i|said|5m|1|e", true},
	{"apiVersion: storage.k8s.io/v1\nkind: CSIDriver\n" META
	 "spec: {attachRequired: true, podInfoOnMount: false, storageCapacity: false, requiresRepublish: true, "
	 "tokenRequests: [{audience: a}, {audience: ''}], volumeLifecycleModes: [Persistent]}\n",
	 "x|true|false|false|a,|true|Persistent|5m", false},
	{"apiVersion: storage.k8s.io/v1\nkind: CSIStorageCapacity\n" META
	 "capacity: 1Gi\nstorageClassName: a\n",
	 "x|2026-11-25T09:55:00Z", false},
	{"apiVersion: v1\nkind: PodTemplate\n" META
	 "template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}\n",
	 "x|c|i|a=b", false},
	{"apiVersion: flowcontrol.apiserver.k8s.io/v1\nkind: FlowSchema\n" META
	 "spec: {matchingPrecedence: 7, priorityLevelConfiguration: {name: l}}\nstatus: {conditions: [{type: "
	 "Dangling, status: 'False'}]}\n",
	 "x|l|7|<none>|5m|False", false},
	{"apiVersion: flowcontrol.apiserver.k8s.io/v1\nkind: PriorityLevelConfiguration\n" META
	 "spec: {type: Limited, limited: {nominalConcurrencyShares: 20, limitResponse: {type: Queue, queuing: "
	 "{queues: 128, handSize: 6, queueLengthLimit: 50}}}}\n",
	 "x|Limited|20|128|6|50|5m", false},
	{"apiVersion: networking.k8s.io/v1\nkind: Ingress\n" META
	 "spec: {ingressClassName: nginx, rules: [{host: a}, {host: b}, {host: c}, "
	 "{host: d}], tls: [{}]}\n",
	 "x|nginx|a,b,c + 1 more...||80, 443|5m", false},
	{"apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\n" META
	 "spec: {minReplicas: 1, maxReplicas: 4, scaleTargetRef: {kind: "
	 "Deployment, name: d}, metrics: [{type: Resource, resource: {name: cpu, target: {type: "
	 "Utilization, averageUtilization: 80}}}]}\n",
	 "x|Deployment/d|cpu: <unknown>/80%|1|4|0|5m", false},
	{"apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\n" META
	 "spec: {maxReplicas: 4, scaleTargetRef: {kind: D, name: d}, metrics: [{type: Resource, resource: {name: cpu, "
	 "target: {type: Utilization, averageUtilization: 80}}}, {type: Resource, resource: {name: memory, target: "
	 "{type: AverageValue, averageValue: 1Gi}}}, {type: Pods}, {type: Object}]}\n",
	 "x|D/d|cpu: <unknown>/80%, memory: <unknown>/1Gi + 2 more...|<unset>|4|0|5m", false},
	{"apiVersion: networking.k8s.io/v1\nkind: IPAddress\n" META
	 "spec: {parentRef: {group: g.h, resource: r, namespace: ns, name: p}}\n",
	 "x|r.g.h/ns/p", false},
	{"apiVersion: networking.k8s.io/v1\nkind: IPAddress\n" META
	 "spec: {parentRef: {resource: services, namespace: ns, name: p}}\n",
	 "x|services/ns/p", false},
	{"apiVersion: v1\nkind: PersistentVolumeClaim\n" META
	 "spec: {volumeName: v, storageClassName: fast}\nstatus: {phase: Bound, capacity: "
	 "{storage: 1Gi}, accessModes: [ReadWriteOnce, ReadOnlyMany]}\n",
	 "x|Bound|v|1Gi|RWO,ROX|fast|<unset>|5m", false},
	{"apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\n" META
	 "roleRef: {kind: Role, name: r}\nsubjects: [{kind: "
	 "ServiceAccount, name: s, namespace: n1}, {kind: User, name: u}]\n",
	 "x|Role/r|5m|u||n1/s", true},
	{"apiVersion: coordination.k8s.io/v1\nkind: Lease\n" META "spec: {holderIdentity: me}\n", "x|me|5m",
	 false},
};

static void
kinds_show_what_kubectl_shows(void **state)
{
	registry_world *w = *state;
	for (size_t i = 0; i < PV_LEN(shown); i++)
		assert_string_equal(row(w, shown[i].object, shown[i].wide), shown[i].row);
}

/* No object, however odd, may break a cell. */
static void
survives_odd_objects(void **state)
{
	registry_world *w = *state;
	size_t n;
	const pv_resource *const *all = pv_resource_all(&w->cx, w->registry, &n);
	const pv_val *odd[] = {
		yaml(w, "{}"),
		yaml(w, "{metadata: 3, spec: [], status: text}"),
		yaml(w, "{metadata: {creationTimestamp: soon}, spec: {ports: {}, rules: 1, containers: [1, "
			"null, {}], metrics: [[]]}, subjects: [3], "
			"status: {conditions: [null, 1, {}], containerStatuses: [7, {state: 2}], addresses: "
			"x, hard: [1]}}"),
	};

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < PV_LEN(odd); k++)
			assert_int_equal(pv_table_cells(&w->cx, all[i], odd[k], now).len, all[i]->n_columns);
}

static const char crd_text[] =
	"metadata: {name: widgets.example.org}\n"
	"spec:\n"
	"  group: example.org\n"
	"  scope: Namespaced\n"
	"  names: {plural: widgets, kind: Widget}\n"
	"  versions:\n"
	"  - name: v1\n"
	"    served: true\n"
	"    storage: true\n"
	"    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}\n"
	"    additionalPrinterColumns:\n"
	"    - {name: Color, type: string, jsonPath: .spec.color}\n"
	"    - {name: Replicas, type: integer, jsonPath: .spec.replicas}\n"
	"    - {name: Ready, type: string, jsonPath: '.status.conditions[?(@.type==\"Ready\")].status'}\n"
	"    - {name: Wide, type: string, priority: 1, jsonPath: .spec.note}\n"
	"    - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}\n";

static void
crds_have_their_own_columns(void **state)
{
	registry_world *w = *state;

	assert_int_equal(pv_registry_put_crd(&w->cx, w->registry, "widgets.example.org", yaml(w, crd_text)),
			 0);
	assert_string_equal(row(w,
				"apiVersion: example.org/v1\nkind: Widget\n" META
				"spec: {color: red, replicas: 1}\nstatus: {conditions: "
				"[{type: Ready, status: 'True'}]}\n",
				false),
			    "x|red|1|True|5m");
	assert_string_equal(
		row(w, "apiVersion: example.org/v1\nkind: Widget\n" META "spec: {replicas: many}\n", true),
		"x|null|null|null|null|5m");
	assert_int_equal(pv_registry_put_crd(&w->cx, w->registry, "widgets.example.org", NULL), 0);
}

/* What a kube-apiserver 1.34.4 shows of one value in a column of each type. */
static void
values_of_any_type_have_a_cell(void **state)
{
	static const char definition[] =
		"metadata: {name: ones.example.org}\n"
		"spec:\n"
		"  group: example.org\n"
		"  scope: Namespaced\n"
		"  names: {plural: ones, kind: One}\n"
		"  versions:\n"
		"  - name: v1\n"
		"    served: true\n"
		"    storage: true\n"
		"    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}\n"
		"    additionalPrinterColumns:\n"
		"    - {name: S, type: string, jsonPath: .spec.v}\n"
		"    - {name: I, type: integer, jsonPath: .spec.v}\n"
		"    - {name: N, type: number, jsonPath: .spec.v}\n"
		"    - {name: B, type: boolean, jsonPath: .spec.v}\n"
		"    - {name: D, type: date, jsonPath: .spec.v}\n";
	static const struct {
		const char *value, *cells;
	} rows[] = {
		{"abc", "abc|null|null|null|<invalid>"},
		{"''", "|null|null|null|<unknown>"},
		{"'2026-11-25T09:55:00Z'", "2026-11-25T09:55:00Z|null|null|null|5m"},
		{"1", "1|1|1|null|null"},
		{"1.5", "1.5|1|1.5|null|null"},
		{"1e20", "1e+20|-9223372036854775808|100000000000000000000|null|null"},
		{"1e21", "1e+21|-9223372036854775808|1e+21|null|null"},
		{"true", "true|null|null|true|null"},
		{"null", "<no value>|null|null|null|null"},
		{"[1, a]", "[1,\"a\"]|null|null|null|null"},
		{"{b: 1, a: [null]}", "{\"a\":[null],\"b\":1}|null|null|null|null"},
	};
	registry_world *w = *state;

	assert_int_equal(pv_registry_put_crd(&w->cx, w->registry, "ones.example.org", yaml(w, definition)),
			 0);
	for (size_t i = 0; i < PV_LEN(rows); i++)
		assert_string_equal(
			row(w,
			    pv_printf(w->cx.arena,
				      "apiVersion: example.org/v1\nkind: One\n" META "spec: {v: %s}\n",
				      rows[i].value),
			    true),
			pv_printf(w->cx.arena, "x|%s", rows[i].cells));
	assert_string_equal(row(w, "apiVersion: example.org/v1\nkind: One\n" META "spec: {}\n", true),
			    "x|null|null|null|null|null");
	assert_int_equal(pv_registry_put_crd(&w->cx, w->registry, "ones.example.org", NULL), 0);
}

static void
writes_a_table(void **state)
{
	registry_world *w = *state;
	const pv_val *objects[2] = {
		yaml(w, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, resourceVersion: '7'}\n"),
		yaml(w, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\ndata: {k: v}\n"),
	};
	pv_table_opts opts = {.now_ns = now, .resource_version = "9", .next = "tok", .remaining = 4};
	const pv_val *t;
	pv_buf b;

	pv_buf_init(&b, w->cx.arena);
	pv_table_write(&w->cx, resource_of(w, objects[0]), objects, 2, &opts, &b);
	assert_int_equal(pv_json_parse(&w->cx, (pv_str){b.s, b.len}, NULL, &t), 0);
	assert_string_equal(pv_text(pv_get(t, "apiVersion"), ""), "meta.k8s.io/v1");
	assert_string_equal(pv_text_at(t, "metadata.resourceVersion", ""), "9");
	assert_int_equal(pv_i64_at(t, "metadata.remainingItemCount", 0), 4);
	assert_int_equal(pv_count(pv_get(t, "rows")), 2);
	assert_string_equal(pv_text_at(t, "rows.1.object.kind", ""), "PartialObjectMetadata");
	assert_null(pv_at(t, "rows.1.object.data"));
	assert_string_equal(pv_text_at(t, "columnDefinitions.0.format", ""), "name");

	opts = (pv_table_opts){.now_ns = now, .include = PV_TABLE_OBJECT, .no_columns = true};
	pv_buf_clear(&b);
	pv_table_write(&w->cx, resource_of(w, objects[0]), objects, 1, &opts, &b);
	assert_int_equal(pv_json_parse(&w->cx, (pv_str){b.s, b.len}, NULL, &t), 0);
	assert_true(pv_is(pv_get(t, "columnDefinitions"), PV_NULL));
	assert_string_equal(pv_text_at(t, "metadata.resourceVersion", ""), "7");
	assert_string_equal(pv_text_at(t, "rows.0.object.kind", ""), "ConfigMap");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pods_say_how_they_are),
		cmocka_unit_test(kinds_show_what_kubectl_shows),
		cmocka_unit_test(survives_odd_objects),
		cmocka_unit_test(crds_have_their_own_columns),
		cmocka_unit_test(values_of_any_type_have_a_cell),
		cmocka_unit_test(writes_a_table),
	};

	return cmocka_run_group_tests(tests, setup, registry_teardown);
}
