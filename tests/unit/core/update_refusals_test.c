/* What Kubernetes 1.34 refuses of updates and of kinds with few rules; each row was asked of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/str.h"
#include "unit/core/refusal.h"

#define OBJECT(version, kind, rest) \
	"apiVersion: " version "\nkind: " kind "\nmetadata: {name: obj, namespace: default}\n" rest "\n"
#define CLAIM(size, rest) \
	OBJECT("v1", "PersistentVolumeClaim", \
	       "spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: " size "}}" rest)
#define BOUND "\nstatus: {phase: Bound, capacity: {storage: 1Gi}}"
#define VOLUME(rest) \
	OBJECT("v1", "PersistentVolume", \
	       "spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], hostPath: {path: /a}" rest \
	       "}")
#define NODE(spec) "apiVersion: v1\nkind: Node\nmetadata: {name: obj}\nspec: {" spec "}\n"
#define CLUSTER(version, kind, rest) \
	"apiVersion: " version "\nkind: " kind "\nmetadata: {name: obj}\n" rest "\n"
#define POD_OF(rest) OBJECT("v1", "Pod", "spec: {containers: [{name: c, image: x}]" rest "}")
#define POD(tolerations) POD_OF(", tolerations: [" tolerations "]")
#define GATED(gates) POD_OF(", schedulingGates: [" gates "]")
#define WAITS(rest) POD_OF(", schedulingGates: [{name: a.b/c}]" rest)
#define ON_NODES(terms) \
	WAITS(", affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [" terms \
	      "]}}}")
#define HAS(key) "{key: " key ", operator: Exists}"
#define NODE_TERMS \
	"spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms"
#define FIXED_POD \
	"spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`," \
	"`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to " \
	"existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was " \
	"previously negative)"
#define SETS(spec) \
	OBJECT("apps/v1", "StatefulSet", \
	       "spec: {serviceName: x, template: {metadata: {labels: {a: b, c: d}}, spec: {containers: [{name: " \
	       "c, image: x}]}}, " spec "}")
#define JOB(metadata, spec) \
	OBJECT("batch/v1", "Job", \
	       "spec: {suspend: true, manualSelector: true, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}" metadata \
	       "}, spec: {restartPolicy: Never, containers: [{name: c, image: x}]" spec "}}}")
#define DAEMONS(surge) \
	OBJECT("apps/v1", "DaemonSet", \
	       "spec: {selector: {matchLabels: {a: b}}, updateStrategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: " surge \
	       "}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: x}]}}}")
#define DRIVER(spec) CLUSTER("storage.k8s.io/v1", "CSIDriver", "spec: {" spec "}")
#define EPHEMERAL(rest) \
	POD_OF(", volumes: [{name: v, emptyDir: {}}], ephemeralContainers: [{name: e, image: x" rest "}]")
#define FLOW(rule) \
	CLUSTER("flowcontrol.apiserver.k8s.io/v1", "FlowSchema", \
		"spec: {priorityLevelConfiguration: {name: x}, rules: [{" rule "}]}")
#define LEVEL_OF(name, spec) \
	"apiVersion: flowcontrol.apiserver.k8s.io/v1\nkind: PriorityLevelConfiguration\nmetadata: {name: " name \
	"}\nspec: {" spec "}\n"
#define LEVEL(spec) LEVEL_OF("obj", "type: Limited, " spec)
#define QUEUES(queues, hand) \
	LEVEL("limited: {limitResponse: {type: Queue, queuing: {queues: " queues ", handSize: " hand "}}}")
#define AT_QUEUING "spec.limited.limitResponse.queuing"
#define TOO_DEEP(queues, hand) \
	AT_QUEUING ".handSize: Invalid value: " hand ": required entropy bits of deckSize " queues \
		   " and handSize " hand " should not be greater than 60"
#define ANYBODY "subjects: [{kind: User, user: {name: a}}]"
#define ANYTHING "resourceRules: [{verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*']}]"
#define FIXED_CLAIM \
	"spec: Forbidden: spec is immutable after creation except resources.requests and " \
	"volumeAttributesClassName for bound claims"
#define SUBDOMAIN \
	"a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and " \
	"must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is " \
	"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"

/* A cause a line, as it is told. */
/* clang-format off */
static const struct {
	const char *now, *was, *faults;
} rows[] = {
	/* ---- claims and volumes ---- */
	{CLAIM("500Mi", "}" BOUND), CLAIM("1Gi", "}" BOUND),
	 "spec.resources.requests.storage: Forbidden: field can not be less than status.capacity"},
	{CLAIM("1Gi", "}" BOUND), CLAIM("2Gi", "}" BOUND),
	 "spec.resources.requests.storage: Forbidden: field can not be less than status.capacity"},
	{CLAIM("1500Mi", "}" BOUND), CLAIM("2Gi", "}" BOUND), ""},
	{CLAIM("2Gi", "}" BOUND), CLAIM("1Gi", "}" BOUND), ""},
	{CLAIM("2Gi", "}"), CLAIM("1Gi", "}"), FIXED_CLAIM},
	{CLAIM("1Gi", ", volumeName: v}"), CLAIM("1Gi", "}"), ""},
	{CLAIM("1Gi", ", volumeName: w}"), CLAIM("1Gi", ", volumeName: v}"), FIXED_CLAIM},
	{CLAIM("1Gi", ", volumeAttributesClassName: w}"), CLAIM("1Gi", "}"), FIXED_CLAIM},
	{VOLUME(", volumeMode: Block"), VOLUME(""),
	 "volumeMode: Invalid value: \"Block\": field is immutable"},
	/* ---- classes ---- */
	{CLUSTER("node.k8s.io/v1", "RuntimeClass", "handler: b\noverhead: {podFixed: {cpu: -1}}"),
	 CLUSTER("node.k8s.io/v1", "RuntimeClass", "handler: a"),
	 "overhead.limits[cpu]: Invalid value: \"-1\": must be greater than or equal to 0\n"
	 "handler: Invalid value: \"b\": field is immutable"},
	{CLUSTER("scheduling.k8s.io/v1", "PriorityClass", "value: 4\npreemptionPolicy: Never"),
	 CLUSTER("scheduling.k8s.io/v1", "PriorityClass", "value: 3"),
	 "value: Forbidden: may not be changed in an update.\n"
	 "preemptionPolicy: Invalid value: \"Never\": field is immutable"},
	{CLUSTER("storage.k8s.io/v1", "VolumeAttributesClass", "driverName: x\nparameters: {}"), NULL,
	 "parameters: Required value: must contain at least one key/value pair"},
	{CLUSTER("storage.k8s.io/v1", "VolumeAttributesClass", "driverName: z\nparameters: {a: c}"),
	 CLUSTER("storage.k8s.io/v1", "VolumeAttributesClass", "driverName: x\nparameters: {a: b}"),
	 "driverName: Forbidden: updates to driverName are forbidden.\n"
	 "parameters: Forbidden: updates to parameters are forbidden."},
	{CLUSTER("storage.k8s.io/v1", "StorageClass",
		 "provisioner: a/c\nvolumeBindingMode: WaitForFirstConsumer"),
	 CLUSTER("storage.k8s.io/v1", "StorageClass", "provisioner: a/b"),
	 "provisioner: Forbidden: updates to provisioner are forbidden.\n"
	 "volumeBindingMode: Invalid value: \"WaitForFirstConsumer\": field is immutable"},
	{CLUSTER("storage.k8s.io/v1", "CSIDriver",
		 "spec: {fsGroupPolicy: Q, volumeLifecycleModes: [Z, Ephemeral], tokenRequests: [{audience: a, expirationSeconds: 5}, {audience: a, expirationSeconds: 8589934592}]}"),
	 NULL,
	 "spec.fsGroupPolicy: Unsupported value: \"Q\": supported values: \"File\", \"None\", \"ReadWriteOnceWithFSType\"\n"
	 "spec.volumeLifecycleModes: Unsupported value: \"Z\": supported values: \"Persistent\", \"Ephemeral\"\n"
	 "spec.tokenRequests[0].expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes\n"
	 "spec.tokenRequests[1].expirationSeconds: Invalid value: 8589934592: may not specify a duration larger than 2^32 seconds\n"
	 "spec.tokenRequests[1].audience: Duplicate value: \"a\""},
	/* ---- nodes and Pods ---- */
	{NODE("podCIDR: 10.2.0.0/24"), NODE("podCIDR: 10.1.0.0/24"),
	 "spec.podCIDRs: Forbidden: node updates may not change podCIDR except from \"\" to valid"},
	{NODE("podCIDRs: [10.1.0.0/24]"), NODE("podCIDR: 10.1.0.0/24"), ""},
	{NODE("podCIDR: 10.1.0.0/24, providerID: x"), NODE(""), ""},
	{NODE("providerID: w, externalID: z"), NODE("providerID: x"),
	 "spec.providerID: Forbidden: node updates may not change providerID except from \"\" to valid\n"
	 "spec.externalID: Forbidden: may not be updated"},
	{POD("{key: b, operator: Exists}"), POD("{key: a, operator: Exists}"),
	 "spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds"},
	{POD("{key: b, operator: Exists}, {key: a, operator: Exists, effect: NoExecute, tolerationSeconds: 4}"),
	 POD("{key: a, operator: Exists, effect: NoExecute, tolerationSeconds: 3}"), ""},
	{POD_OF(", nodeName: node1"), POD_OF(""), FIXED_POD},
	{POD_OF(", nodeName: node2"), POD_OF(", nodeName: node1"), FIXED_POD},
	{POD_OF(""), POD_OF(", nodeName: node1"), FIXED_POD},
	{POD_OF(", terminationGracePeriodSeconds: 77"), POD_OF(""), FIXED_POD},
	{POD_OF(", terminationGracePeriodSeconds: -1"), POD_OF(""), FIXED_POD},
	{POD_OF(", terminationGracePeriodSeconds: 1"), POD_OF(", terminationGracePeriodSeconds: -5"), ""},
	{GATED("{name: a.b/c}"), POD_OF(""),
	 "spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'a.b/c'"},
	{GATED("{name: a.b/c}, {name: x.y/z}"), GATED("{name: a.b/c}"),
	 "spec.schedulingGates[1].name: Forbidden: only deletion is allowed, but found new scheduling gate 'x.y/z'"},
	{GATED("{name: x.y/z}"), GATED("{name: a.b/c}, {name: x.y/z}"), ""},
	{POD_OF(""), GATED("{name: a.b/c}"), ""},
	/* (what waits at a gate goes to fewer nodes, never to more) */
	{WAITS(", nodeSelector: {a: b, c: d}"), WAITS(", nodeSelector: {a: b}"), ""},
	{POD_OF(", nodeSelector: {a: b, c: d}"), WAITS(", nodeSelector: {a: b}"), ""},
	{POD_OF(", nodeSelector: {a: b, c: d}"), POD_OF(", nodeSelector: {a: b}"), FIXED_POD},
	{WAITS(", nodeSelector: {a: c}"), WAITS(", nodeSelector: {a: b}"),
	 "spec.nodeSelector: Invalid value: {\"a\":\"c\"}: only additions to spec.nodeSelector are allowed (no mutations or deletions)"},
	{ON_NODES("{matchExpressions: [" HAS("a") "]}"), WAITS(""), ""},
	{ON_NODES("{matchExpressions: [" HAS("a") ", " HAS("b") "]}"),
	 ON_NODES("{matchExpressions: [" HAS("a") "]}"), ""},
	{ON_NODES("{matchExpressions: [" HAS("b") "]}"), ON_NODES("{matchExpressions: [" HAS("a") "]}"),
	 NODE_TERMS
	 "[0]: Invalid value: {\"matchExpressions\":[{\"key\":\"b\",\"operator\":\"Exists\"}]}: only additions are allowed (no mutations or deletions)"},
	{ON_NODES("{matchExpressions: [" HAS("b") "]}"), ON_NODES("{}"),
	 NODE_TERMS
	 "[0]: Invalid value: {\"matchExpressions\":[{\"key\":\"b\",\"operator\":\"Exists\"}]}: only additions are allowed (no mutations or deletions)"},
	{WAITS(""), ON_NODES("{matchExpressions: [" HAS("a") "]}"),
	 NODE_TERMS
	 ": Invalid value: null: no additions/deletions to non-empty NodeSelectorTerms list are allowed"},
	{WAITS(""), WAITS(", affinity: {podAffinity: {}}"), FIXED_POD},
	{POD_OF(", activeDeadlineSeconds: 500"), POD_OF(", activeDeadlineSeconds: 50"),
	 "spec.activeDeadlineSeconds: Invalid value: 500: must be less than or equal to previous value"},
	{POD_OF(""), POD_OF(", activeDeadlineSeconds: 50"),
	 "spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value"},
	{POD_OF(", activeDeadlineSeconds: 5"), POD_OF(", activeDeadlineSeconds: 50"), ""},
	{POD_OF(", initContainers: [{name: i, image: x}]"), POD_OF(""),
	 "spec.initContainers: Forbidden: pod updates may not add or remove containers"},
	{SETS("selector: {matchLabels: {a: b}}"), SETS("selector: {matchLabels: {c: d}}"),
	 "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"},
	{EPHEMERAL(
		 ", resources: {limits: {cpu: 1}}, volumeMounts: [{name: v, mountPath: /a, subPath: b}, {name: v, mountPath: /b, subPathExpr: c}]"),
	 EPHEMERAL(""),
	 "spec.ephemeralContainers[0].resources: Forbidden: cannot be set for an Ephemeral Container\n"
	 "spec.ephemeralContainers[0].volumeMounts[0].subPath: Forbidden: cannot be set for an Ephemeral Container\n"
	 "spec.ephemeralContainers[0].volumeMounts[1].subPathExpr: Forbidden: cannot be set for an Ephemeral Container\n" FIXED_POD},
	/* ---- workloads ---- */
	{JOB(", annotations: {a: b}",
	     ", nodeSelector: {a: b}, schedulingGates: [{name: a.b/c}], tolerations: [{key: a, operator: Exists}]"),
	 JOB("", ", nodeSelector: {c: d}"), ""},
	{JOB("", ", affinity: {nodeAffinity: {}}"), JOB("", ", affinity: {}"), ""},
	{JOB("", ", hostNetwork: true"), JOB("", ""),
	 "spec.template: Invalid value: {\"metadata\":{\"labels\":{\"a\":\"b\"}},\"spec\":{\"containers\":[{\"image\":\"x\",\"imagePullPolicy\":\"Always\",\"name\":\"c\",\"resources\":{},\"terminationMessagePath\":\"/dev/termination-log\",\"terminationMessagePolicy\":\"File\"}],\"dnsPolicy\":\"ClusterFirst\",\"hostNetwork\":true,\"restartPolicy\":\"Never\",\"schedulerName\":\"default-scheduler\",\"securityContext\":{},\"terminationGracePeriodSeconds\":30}}: field is immutable"},
	{DAEMONS("'100%'"), NULL, ""},
	{DAEMONS("'101%'"), NULL,
	 "spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: \"101%\": must not be greater than 100%"},
	{DRIVER("attachRequired: false, volumeLifecycleModes: [Ephemeral]"), DRIVER(""),
	 "spec.attachedRequired: Invalid value: false: field is immutable\n"
	 "spec.volumeLifecycleModes: Invalid value: [\"Ephemeral\"]: field is immutable"},
	{DRIVER("podInfoOnMount: true, requiresRepublish: true"), DRIVER(""), ""},
	/* ---- Services and scaling ---- */
	{OBJECT("v1", "Service",
		"spec: {ports: [{port: 80}], clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1], ipFamilies: [IPv6]}"),
	 NULL,
	 "spec.clusterIPs[0]: Invalid value: \"10.0.0.1\": expected an IPv6 value as indicated by `ipFamilies[0]`"},
	{OBJECT("v1", "Service",
		"spec: {ports: [{port: 80}], ipFamilies: [IPv4, IPv6], ipFamilyPolicy: SingleStack}"),
	 NULL,
	 "spec.ipFamilyPolicy: Invalid value: \"SingleStack\": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified"},
	{OBJECT("autoscaling/v1", "HorizontalPodAutoscaler",
		"spec: {maxReplicas: 3, targetCPUUtilizationPercentage: 0, scaleTargetRef: {kind: X, name: z, apiVersion: a/v1}}"),
	 NULL,
	 "spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be greater than 0"},
	/* ---- selectors ---- */
	{OBJECT("policy/v1", "PodDisruptionBudget",
		"spec: {minAvailable: 1, selector: {matchExpressions: [{key: a, operator: Foo, values: [x]}]}}"),
	 NULL,
	 "spec.selector.matchExpressions[0].operator: Invalid value: \"Foo\": not a valid selector operator"},
	{VOLUME(", nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: a, operator: Foo, values: [x]}]}]}}"),
	 NULL,
	 "spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].operator: Invalid value: \"Foo\": not a valid selector operator"},
	/* ---- levels ---- */
	{QUEUES("64", "10"), NULL, ""},
	{QUEUES("64", "11"), NULL, TOO_DEEP("64", "11")},
	{QUEUES("128", "9"), NULL, TOO_DEEP("128", "9")},
	{QUEUES("1024", "6"), NULL, ""},
	{QUEUES("16", "16"), NULL, TOO_DEEP("16", "16")},
	{QUEUES("100000", "3"), NULL, ""},
	{QUEUES("4", "5"), NULL,
	 AT_QUEUING ".handSize: Invalid value: 5: should not be greater than queues (4)"},
	{LEVEL("limited: {limitResponse: {type: Reject, queuing: {queues: 1}}}"), NULL,
	 AT_QUEUING ": Forbidden: must be nil if limited.limitResponse.type is not Limited"},
	{LEVEL("limited: {limitResponse: {type: Queue}}"), NULL,
	 AT_QUEUING ": Required value: must not be empty if limited.limitResponse.type is Limited"},
	{LEVEL("limited: {limitResponse: {type: ''}}"), NULL,
	 "spec.limited.limitResponse.type: Unsupported value: \"\": supported values: \"Queue\", \"Reject\""},
	{LEVEL("exempt: {}, limited: {limitResponse: {type: Reject}}"), NULL,
	 "spec.exempt: Forbidden: must be nil if the type is Limited"},
	{LEVEL(""), NULL, "spec.limited: Required value: must not be empty when type is Limited"},
	{LEVEL_OF("catch-all",
		  "type: Limited, limited: {nominalConcurrencyShares: 5, limitResponse: {type: Reject}}"),
	 NULL, ""},
	{LEVEL_OF("catch-all", "type: Limited, limited: {limitResponse: {type: Reject}}"), NULL,
	 "spec: Invalid value: {\"limited\":{\"lendablePercent\":0,\"limitResponse\":{\"type\":\"Reject\"},"
	 "\"nominalConcurrencyShares\":30},\"type\":\"Limited\"}: spec of 'catch-all' must equal the fixed value"},
	{LEVEL_OF("exempt", "type: Exempt, exempt: {lendablePercent: 9}"), NULL, ""},
	/* ---- flows ---- */
	{CLUSTER("flowcontrol.apiserver.k8s.io/v1", "FlowSchema",
		 "spec: {priorityLevelConfiguration: {name: x}, matchingPrecedence: 1}"),
	 NULL,
	 "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have "
	 "matchingPrecedence 1"},
	{CLUSTER("flowcontrol.apiserver.k8s.io/v1", "FlowSchema",
		 "spec: {priorityLevelConfiguration: {name: x}, matchingPrecedence: -1}"),
	 NULL, "spec.matchingPrecedence: Invalid value: -1: must be a positive value"},
	{FLOW(ANYBODY ", " ANYTHING), NULL, ""},
	{FLOW("subjects: [{kind: Foo}], " ANYTHING), NULL,
	 "spec.rules[0].subjects[0].kind: Unsupported value: \"Foo\": supported values: \"Group\", \"ServiceAccount\", \"User\""},
	{FLOW("subjects: [{kind: User}, {kind: Group, group: {name: a}, user: {name: b}}], " ANYTHING), NULL,
	 "spec.rules[0].subjects[0].user: Required value: user is required when subject kind is 'User'\n"
	 "spec.rules[0].subjects[1].user: Forbidden: user is forbidden when subject kind is not 'User'"},
	{FLOW("subjects: [{kind: ServiceAccount, serviceAccount: {name: '*', namespace: a}}, {kind: ServiceAccount, serviceAccount: {name: ''}}], " ANYTHING),
	 NULL,
	 "spec.rules[0].subjects[1].serviceAccount.name: Required value\n"
	 "spec.rules[0].subjects[1].serviceAccount.namespace: Required value: must specify namespace for service account"},
	{FLOW(ANYBODY
	      ", resourceRules: [{verbs: [get, '*'], apiGroups: ['*', a], resources: ['*', b], namespaces: ['*', A]}, {}]"),
	 NULL,
	 "spec.rules[0].resourceRules[0].verbs: Invalid value: [\"get\",\"*\"]: if '*' is present, must not specify other verbs\n"
	 "spec.rules[0].resourceRules[0].apiGroups: Invalid value: [\"*\",\"a\"]: if '*' is present, must not specify other api groups\n"
	 "spec.rules[0].resourceRules[0].resources: Invalid value: [\"*\",\"b\"]: if '*' is present, must not specify other resources\n"
	 "spec.rules[0].resourceRules[0].namespaces: Invalid value: [\"*\",\"A\"]: if '*' is present, must not specify other namespaces\n"
	 "spec.rules[0].resourceRules[1].verbs: Required value: verbs must contain at least one value\n"
	 "spec.rules[0].resourceRules[1].apiGroups: Required value: resource rules must supply at least one api group\n"
	 "spec.rules[0].resourceRules[1].resources: Required value: resource rules must supply at least one resource\n"
	 "spec.rules[0].resourceRules[1].namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace"},
	{FLOW(ANYBODY ", nonResourceRules: [{verbs: [foo], nonResourceURLs: [a]}]"), NULL,
	 "spec.rules[0].nonResourceRules[0].verbs: Unsupported value: [\"foo\"]: supported values: \"create\", \"delete\", \"deletecollection\", \"get\", \"list\", \"patch\", \"proxy\", \"update\", \"watch\"\n"
	 "spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: \"a\": must start with slash"},
	/* ---- network ---- */
	{CLUSTER("networking.k8s.io/v1", "IngressClass",
		 "spec: {controller: a/b, parameters: {kind: a, name: b, scope: Foo, namespace: x, apiGroup: A_}}"),
	 NULL,
	 "spec.parameters.apiGroup: Invalid value: \"A_\": " SUBDOMAIN "\n"
	 "spec.parameters.scope: Unsupported value: \"Foo\": supported values: \"Cluster\", \"Namespace\""},
	{OBJECT("networking.k8s.io/v1", "Ingress",
		"spec: {defaultBackend: {service: {name: A_}, resource: {kind: a, name: b}}}"),
	 NULL, "spec.defaultBackend: Invalid value: \"\": cannot set both resource and service backends"},
	{OBJECT("discovery.k8s.io/v1", "EndpointSlice",
		"addressType: IPv4\nendpoints: [{addresses: [10.0.0.1], nodeName: B_, hints: {forNodes: [{name: B_}]}}]"),
	 NULL,
	 "endpoints[0].nodeName: Invalid value: \"B_\": " SUBDOMAIN "\n"
	 "endpoints[0].hints.forNodes[0].name: Invalid value: \"B_\": " SUBDOMAIN},
};
/* clang-format on */

static void
refuses(void **state)
{
	bool all = true;

	for (size_t i = 0; i < PV_LEN(rows); i++)
		all = refusal_is(*state, rows[i].now, rows[i].was, rows[i].faults) && all;
	assert_true(all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(refuses)};

	return cmocka_run_group_tests(tests, registry_setup, registry_teardown);
}
