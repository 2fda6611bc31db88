/* What Kubernetes refuses in built-in kinds, and its words: every cause in one answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/str.h"
#include "unit/core/refusal.h"

#define LABEL \
	"a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start " \
	"and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is " \
	"'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
#define SUBDOMAIN \
	"a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and " \
	"must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is " \
	"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
#define IP "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
#define POD(spec) "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {" spec "}\n"
#define RUN "containers: [{name: c, image: x}]"
#define C(fields) POD("containers: [{name: c, image: x, " fields "}]")
#define V(fields) POD(RUN ", volumes: [" fields "]")
#define AT "spec.containers[0]."

typedef struct refusal {
	const char *object, *faults;
} refusal;

/* A cause a line, as it is told. */
/* clang-format off */
static const refusal pods[] = {
	/* ---- who it runs as ---- */
	{POD("securityContext: {runAsUser: -1, runAsGroup: 2147483648, fsGroup: -1, supplementalGroups: [1, -2], "
	     "seccompProfile: {type: Localhost}, sysctls: [{name: Bad.}, {name: net.core.x}, {name: net.core.x}]}, "
	     "hostNetwork: true, " RUN),
	 "spec.securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive\n"
	 "spec.securityContext.runAsGroup: Invalid value: 2147483648: must be between 0 and 2147483647, inclusive\n"
	 "spec.securityContext.fsGroup: Invalid value: -1: must be between 0 and 2147483647, inclusive\n"
	 "spec.securityContext.supplementalGroups[1]: Invalid value: -2: must be between 0 and 2147483647, inclusive\n"
	 "spec.securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost\n"
	 "spec.securityContext.sysctls[0].name: Invalid value: \"Bad.\": must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$\n"
	 "spec.securityContext.sysctls[1].name: Invalid value: \"net.core.x\": may not be specified when 'hostNetwork' is true\n"
	 "spec.securityContext.sysctls[2].name: Duplicate value: \"net.core.x\"\n"
	 "spec.securityContext.sysctls[2].name: Invalid value: \"net.core.x\": may not be specified when 'hostNetwork' is true"},
	{C("securityContext: {privileged: true, allowPrivilegeEscalation: false, procMount: Unmasked, "
	   "capabilities: {add: [CAP_SYS_ADMIN]}}"),
	 AT
	 "securityContext.procMount: Invalid value: \"Unmasked\": `hostUsers` must be false to use `Unmasked`\n" AT
	 "securityContext: Invalid value: {\"allowPrivilegeEscalation\":false,\"capabilities\":{\"add\":[\"CAP_SYS_ADMIN\"]},\"privileged\":true,\"procMount\":\"Unmasked\"}: cannot set `allowPrivilegeEscalation` to false and `privileged` to true\n" AT
	 "securityContext: Invalid value: {\"allowPrivilegeEscalation\":false,\"capabilities\":{\"add\":[\"CAP_SYS_ADMIN\"]},\"privileged\":true,\"procMount\":\"Unmasked\"}: cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN"},
	{C("securityContext: {seccompProfile: {type: RuntimeDefault, localhostProfile: ../x}, appArmorProfile: {type: Localhost}}"),
	 AT
	 "securityContext.seccompProfile.localhostProfile: Invalid value: \"../x\": must not contain '..'\n" AT
	 "securityContext.appArmorProfile.localhostProfile: Required value: must be set when AppArmor type is Localhost"},
	{POD("hostUsers: false, hostPID: true, shareProcessNamespace: true, hostNetwork: true, os: {name: windows}, " RUN),
	 "spec.securityContext.shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled\n"
	 "spec.HostPID: Forbidden: when `pod.Spec.HostUsers` is false\n"
	 "spec.hostNetwork: Forbidden: when `pod.Spec.HostUsers` is false\n"
	 "spec.hostUsers: Forbidden: cannot be set for a windows pod\n"
	 "spec.hostPID: Forbidden: cannot be set for a windows pod\n"
	 "spec.shareProcessNamespace: Forbidden: cannot be set for a windows pod"},
	/* ---- probes and hooks ---- */
	{C("lifecycle: {preStop: {}, postStart: {exec: {command: []}, sleep: {seconds: 99}}}"),
	 AT "lifecycle.preStop: Required value: must specify a handler type\n" AT
	    "lifecycle.postStart.exec.command: Required value\n" AT
	    "lifecycle.postStart.sleep: Forbidden: may not specify more than 1 handler type"},
	{C("readinessProbe: {httpGet: {port: UPPER, httpHeaders: [{name: 'a b', value: v}]}, terminationGracePeriodSeconds: 0}, "
	   "livenessProbe: {tcpSocket: {port: 0}, periodSeconds: -1, successThreshold: 2}"),
	 AT
	 "readinessProbe.httpGet.port: Invalid value: \"UPPER\": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)\n" AT
	 "readinessProbe.httpGet.httpHeaders: Invalid value: \"a b\": a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')\n" AT
	 "readinessProbe.terminationGracePeriodSeconds: Invalid value: 0: must be greater than 0\n" AT
	 "livenessProbe.tcpSocket.port: Invalid value: 0: must be between 1 and 65535, inclusive\n" AT
	 "livenessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0\n" AT
	 "livenessProbe.successThreshold: Invalid value: 2: must be 1"},
	{POD("initContainers: [{name: c, image: x, livenessProbe: {exec: {command: [a]}}, restartPolicy: Never}], "
	     "containers: [{name: c, image: ' x', restartPolicy: Always}], ephemeralContainers: [{name: e, image: x, targetContainerName: z}]"),
	 AT
	 "image: Invalid value: \" x\": must not have leading or trailing whitespace\n"
	 "spec.initContainers[0].name: Duplicate value: \"c\"\n"
	 "spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always\n"
	 "spec.ephemeralContainers: Forbidden: cannot be set on create\n"
	 "spec.ephemeralContainers[0].targetContainerName: Not found: \"z\""},
	/* ---- environment ---- */
	{C("env: [{name: ''}, {name: A=B}, {name: C, valueFrom: {}}, {name: D, value: x, valueFrom: {fieldRef: {fieldPath: spec.nope}}}, "
	   "{name: E, valueFrom: {fieldRef: {fieldPath: metadata.labels}}}, {name: F, valueFrom: {fieldRef: {fieldPath: \"metadata.labels['a b']\"}}}, "
	   "{name: G, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: 1Mi}}}, {name: H, valueFrom: {secretKeyRef: {name: S_, key: 'a/b'}}}]"),
	 AT
	 "env[0].name: Required value\n" AT
	 "env[1].name: Invalid value: \"A=B\": a valid environment variable name must consist only of printable ASCII characters other than '='\n" AT
	 "env[2].valueFrom: Invalid value: \"\": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`\n" AT
	 "env[3].valueFrom: Invalid value: \"\": may not be specified when `value` is not empty\n" AT
	 "env[3].valueFrom.fieldRef.fieldPath: Invalid value: \"spec.nope\": error converting fieldPath: field label not supported: spec.nope\n" AT
	 "env[4].valueFrom.fieldRef.fieldPath: Unsupported value: \"metadata.labels\": supported values: \"metadata.name\", \"metadata.namespace\", \"metadata.uid\", \"spec.nodeName\", \"spec.serviceAccountName\", \"status.hostIP\", \"status.hostIPs\", \"status.podIP\", \"status.podIPs\"\n" AT
	 "env[5].valueFrom.fieldRef: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')\n" AT
	 "env[6].valueFrom.resourceFieldRef.divisor: Invalid value: \"limits.cpu\": only divisor's values 1m and 1 are supported with the cpu resource\n" AT
	 "env[7].valueFrom.secretKeyRef.name: Invalid value: \"S_\": " SUBDOMAIN "\n" AT
	 "env[7].valueFrom.secretKeyRef.key: Invalid value: \"a/b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"},
	{C("envFrom: [{configMapRef: {name: BAD_}}, {prefix: x}]"),
	 AT "envFrom[0].configMapRef.name: Invalid value: \"BAD_\": " SUBDOMAIN "\n" AT
	    "envFrom: Invalid value: \"\": must specify one of: `configMapRef` or `secretRef`"},
	/* ---- resources ---- */
	{C("resources: {limits: {foo: 1, example.com/gpu: 1500m, hugepages-2Mi: 3Mi}, requests: {cpu: -1, example.com/gpu: 1, a.com/b: 1}, claims: [{name: z}]}"),
	 AT
	 "resources.limits[example.com/gpu]: Invalid value: \"1500m\": must be an integer\n" AT
	 "resources.limits[foo]: Invalid value: \"foo\": must be a standard resource type or fully qualified\n" AT
	 "resources.limits[foo]: Invalid value: \"foo\": must be a standard resource for containers\n" AT
	 "resources.limits[hugepages-2Mi]: Invalid value: \"3Mi\": 3Mi is not positive integer multiple of hugepages-2Mi\n" AT
	 "resources.requests[foo]: Invalid value: \"foo\": must be a standard resource type or fully qualified\n" AT
	 "resources.requests[foo]: Invalid value: \"foo\": must be a standard resource for containers\n" AT
	 "resources.requests[hugepages-2Mi]: Invalid value: \"3Mi\": 3Mi is not positive integer multiple of hugepages-2Mi\n" AT
	 "resources.requests[cpu]: Invalid value: \"-1\": must be greater than or equal to 0\n" AT
	 "resources.requests: Invalid value: \"1\": must be equal to example.com/gpu limit of 1500m\n" AT
	 "resources.limits: Required value: Limit must be set for non overcommitable resources\n" AT
	 "resources.claims[0]: Not found: \"z\""},
	{POD("resources: {limits: {disk: 1}}, overhead: {x: -1}, resourceClaims: [{name: a}, {name: a, resourceClaimName: r}], " RUN),
	 "spec.resources.limits[disk]: Invalid value: \"disk\": must be a standard resource type or fully qualified\n"
	 "spec.overhead.limits[x]: Invalid value: \"x\": must be a standard resource type or fully qualified\n"
	 "spec.overhead.limits[x]: Invalid value: \"x\": must be a standard resource for containers\n"
	 "spec.overhead.limits[x]: Invalid value: \"-1\": must be greater than or equal to 0\n"
	 "spec.resourceClaims[0]: Invalid value: {\"name\":\"a\"}: must specify one of: `resourceClaimName`, `resourceClaimTemplateName`\n"
	 "spec.resourceClaims[1].name: Duplicate value: \"a\""},
	/* ---- ports ---- */
	{POD("hostNetwork: true, containers: [{name: c, image: x, ports: [{containerPort: 80, hostPort: 81}, {containerPort: 81}]}, "
	     "{name: d, image: x, ports: [{containerPort: 81}]}]"),
	 AT "ports[0].hostPort: Invalid value: 81: must match `containerPort` when `hostNetwork` is true\n" AT
	    "ports[1].hostPort: Duplicate value: \"TCP//81\"\n"
	    "spec.containers[1].ports[0].hostPort: Duplicate value: \"TCP//81\""},
	/* ---- mounts ---- */
	{POD("volumes: [{name: v, emptyDir: {}}], containers: [{name: c, image: x, volumeMounts: ["
	     "{name: v, mountPath: /a, subPath: ../x}, {name: v, mountPath: /b, subPathExpr: /abs, mountPropagation: Bidirectional}, "
	     "{name: v, mountPath: /c, recursiveReadOnly: Enabled}], volumeDevices: [{name: v, devicePath: /c}]}]"),
	 AT
	 "volumeMounts[0].subPath: Invalid value: \"../x\": must not contain '..'\n" AT
	 "volumeMounts[1].subPathExpr: Invalid value: \"/abs\": must be a relative path\n" AT
	 "volumeMounts.mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers\n" AT
	 "volumeMounts.recursiveReadOnly: Forbidden: may only be specified when readOnly is true\n" AT
	 "volumeMounts[0].name: Invalid value: \"v\": must not already exist in volumeDevices\n" AT
	 "volumeMounts[1].name: Invalid value: \"v\": must not already exist in volumeDevices\n" AT
	 "volumeMounts[2].name: Invalid value: \"v\": must not already exist in volumeDevices\n" AT
	 "volumeMounts[2].mountPath: Invalid value: \"/c\": must not already exist as a path in volumeDevices\n" AT
	 "volumeDevices[0].name: Invalid value: \"v\": can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode\n" AT
	 "volumeDevices[0].name: Invalid value: \"v\": must not already exist in volumeMounts\n" AT
	 "volumeDevices[0].devicePath: Invalid value: \"/c\": must not already exist as a path in volumeMounts"},
	{POD("volumes: [{name: v, persistentVolumeClaim: {claimName: c}}], containers: [{name: c, image: x, "
	     "volumeDevices: [{name: v, devicePath: /a/../b}]}]"),
	 AT "volumeDevices[0].devicePath: Invalid value: \"/a/../b\": can not contain backsteps ('..')"},
	/* ---- volumes ---- */
	{V("{name: a, configMap: {defaultMode: 9999}}, {name: a, emptyDir: {sizeLimit: -1}, hostPath: {path: /x/../y, type: Nope}}, "
	   "{name: B, secret: {secretName: s, items: [{key: k, path: ..x, mode: 512}]}}, {name: d, nfs: {server: s, path: x}}"),
	 "spec.volumes[0].configMap.name: Required value\n"
	 "spec.volumes[0].configMap.defaultMode: Invalid value: 9999: must be a number between 0 and 0777 (octal), both inclusive\n"
	 "spec.volumes[1].name: Duplicate value: \"a\"\n"
	 "spec.volumes[1].emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity\n"
	 "spec.volumes[1].hostPath: Forbidden: may not specify more than 1 volume type\n"
	 "spec.volumes[2].name: Invalid value: \"B\": " LABEL "\n"
	 "spec.volumes[2].secret.items[0].path: Invalid value: \"..x\": must not start with '..'\n"
	 "spec.volumes[2].secret.items[0].mode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive\n"
	 "spec.volumes[3].nfs.path: Invalid value: \"x\": must be an absolute path"},
	{V("{name: a, projected: {sources: [{secret: {name: s, items: [{key: k, path: p}]}, configMap: {name: ''}}, "
	   "{configMap: {name: c, items: [{key: k, path: p}]}}, {serviceAccountToken: {path: t, expirationSeconds: 1}}]}}, "
	   "{name: b, downwardAPI: {items: [{path: x}, {path: q, resourceFieldRef: {resource: limits.cpu}}]}}, "
	   "{name: c, csi: {driver: Bad_}}, {name: d, fc: {}}, {name: e, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [Foo]}}}}"),
	 "spec.volumes[0].projected.sources[0].configMap.name: Required value\n"
	 "spec.volumes[0].projected.sources[0]: Forbidden: may not specify more than 1 volume type per source\n"
	 "spec.volumes[0].projected: Invalid value: \"p\": conflicting duplicate paths\n"
	 "spec.volumes[0].projected.sources[2].serviceAccountToken.expirationSeconds: Invalid value: 1: may not specify a duration less than 10 minutes\n"
	 "spec.volumes[1].downwardAPI: Required value: one of fieldRef and resourceFieldRef is required\n"
	 "spec.volumes[1].downwardAPI.resourceFieldRef.containerName: Required value\n"
	 "spec.volumes[2].csi.driver: Invalid value: \"Bad_\": " SUBDOMAIN "\n"
	 "spec.volumes[3].fc.targetWWNs: Required value: must specify either targetWWNs or wwids, but not both\n"
	 "spec.volumes[4].ephemeral.volumeClaimTemplate.spec.accessModes: Unsupported value: \"Foo\": supported values: \"ReadOnlyMany\", \"ReadWriteMany\", \"ReadWriteOnce\", \"ReadWriteOncePod\"\n"
	 "spec.volumes[4].ephemeral.volumeClaimTemplate.spec.resources[storage]: Required value"},
	/* ---- where it runs ---- */
	{POD("dnsPolicy: None, hostAliases: [{ip: 1.2.3, hostnames: [a_b]}], " RUN),
	 "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None\n"
	 "spec.hostAliases[0].ip: Invalid value: \"1.2.3\": " IP "\n"
	 "spec.hostAliases[0].hostnames[0]: Invalid value: \"a_b\": " SUBDOMAIN},
	{POD("dnsConfig: {nameservers: [a, 1.1.1.1, 1.1.1.2, 1.1.1.3], searches: [ok_, 'a b'], options: [{value: x}]}, " RUN),
	 "spec.dnsConfig.nameservers: Invalid value: [\"a\",\"1.1.1.1\",\"1.1.1.2\",\"1.1.1.3\"]: must not have more than 3 nameservers\n"
	 "spec.dnsConfig.nameservers[0]: Invalid value: \"a\": " IP "\n"
	 "spec.dnsConfig.searches[1]: Invalid value: \"a b\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')\n"
	 "spec.dnsConfig.options[0]: Required value: must not be empty"},
	{POD("affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: []}, "
	     "preferredDuringSchedulingIgnoredDuringExecution: [{weight: 0, preference: {matchExpressions: [{key: a, operator: Gt, values: []}]}}]}, "
	     "podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{labelSelector: {matchLabels: {a: 'x y'}}}]}}, " RUN),
	 "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term\n"
	 "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 0: must be in the range 1-100\n"
	 "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[0].values: Required value: must be specified single value when `operator` is 'Lt' or 'Gt'\n"
	 "spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Required value: can not be empty\n"
	 "spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Invalid value: \"\": name part must be non-empty\n"
	 "spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector.matchLabels: Invalid value: \"x y\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"},
	{POD("affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: ["
	     "{matchExpressions: [{key: a, operator: In}, {key: b, operator: Exists, values: [x]}], matchFields: [{key: x, operator: Exists}]}]}}}, " RUN),
	 "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'\n"
	 "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[1].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'\n"
	 "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchFields[0].operator: Invalid value: \"Exists\": not a valid selector operator\n"
	 "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchFields[0].key: Invalid value: \"x\": not a valid field selector key"},
	{POD("topologySpreadConstraints: [{maxSkew: 0, topologyKey: '', whenUnsatisfiable: ScheduleAnyway, minDomains: 1}, "
	     "{maxSkew: 1, topologyKey: z, whenUnsatisfiable: DoNotSchedule, matchLabelKeys: [a]}, {maxSkew: 1, topologyKey: z, whenUnsatisfiable: DoNotSchedule}], " RUN),
	 "spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero\n"
	 "spec.topologySpreadConstraints[0].topologyKey: Required value: can not be empty\n"
	 "spec.topologySpreadConstraints[0].minDomains: Invalid value: 1: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway\n"
	 "spec.topologySpreadConstraints[1].matchLabelKeys: Forbidden: must not be specified when labelSelector is not set\n"
	 "spec.topologySpreadConstraints[2].{topologyKey, whenUnsatisfiable}: Duplicate value: \"{z, DoNotSchedule}\""},
	{POD("tolerations: [{operator: Equal}, {key: a, operator: Exists, value: x, effect: NoSchedule, tolerationSeconds: 1}, {key: b, value: 'x y'}], " RUN),
	 "spec.tolerations[0].operator: Invalid value: \"Equal\": operator must be Exists when `key` is empty, which means \"match all values and all keys\"\n"
	 "spec.tolerations[1].effect: Invalid value: \"NoSchedule\": effect must be 'NoExecute' when `tolerationSeconds` is set\n"
	 "spec.tolerations[1].operator: Invalid value: \"x\": value must be empty when `operator` is 'Exists'\n"
	 "spec.tolerations[2].operator: Invalid value: \"x y\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"},
	{POD("schedulingGates: [{name: a}, {name: a}], nodeName: node, readinessGates: [{conditionType: ''}], activeDeadlineSeconds: 0, hostname: A, "
	     "subdomain: a.b, serviceAccountName: A, priorityClassName: B, " RUN),
	 "spec.schedulingGates[1]: Duplicate value: \"a\"\n"
	 "spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared\n"
	 "spec.readinessGates[0].conditionType: Invalid value: \"\": name part must be non-empty\n"
	 "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive\n"
	 "spec.hostname: Invalid value: \"A\": " LABEL "\n"
	 "spec.subdomain: Invalid value: \"a.b\": must not contain dots\n"
	 "spec.serviceAccountName: Invalid value: \"A\": " SUBDOMAIN "\n"
	 "spec.priorityClassName: Invalid value: \"B\": " SUBDOMAIN},
	/* ---- one that has nearly everything, and is good ---- */
	{POD("securityContext: {runAsUser: 0, runAsGroup: 2147483647, fsGroup: 1, supplementalGroups: [0], seccompProfile: {type: Localhost, localhostProfile: a/b.json}, "
	     "sysctls: [{name: net/ipv4/tcp_syncookies, value: '1'}, {name: kernel.shm_rmid_forced, value: '1'}]}, os: {name: linux}, dnsPolicy: None, "
	     "dnsConfig: {nameservers: ['::1', 10.0.0.1], searches: [., a.b., _x.y]}, hostAliases: [{ip: '2001:db8::1', hostnames: [a.b]}], "
	     "volumes: [{name: a, emptyDir: {sizeLimit: 1Gi}}, {name: b, configMap: {name: c, defaultMode: 0777, items: [{key: k, path: a/b, mode: 256}]}}, "
	     "{name: t, projected: {sources: [{serviceAccountToken: {path: token}}, {downwardAPI: {items: [{path: l, fieldRef: {fieldPath: metadata.labels}}]}}]}}, "
	     "{name: none}, {name: p, persistentVolumeClaim: {claimName: x}}], "
	     "initContainers: [{name: i, image: x, restartPolicy: Always, startupProbe: {exec: {command: [a]}}, ports: [{containerPort: 1, hostPort: 1}]}], "
	     "containers: [{name: c, image: x, command: [], env: [{name: A.b-c d}, {name: B, valueFrom: {fieldRef: {fieldPath: \"metadata.annotations['a/b']\"}}}, "
	     "{name: C, valueFrom: {resourceFieldRef: {resource: requests.memory, divisor: 1Mi}}}], envFrom: [{secretRef: {name: s}, prefix: P_}], "
	     "ports: [{name: http, containerPort: 80, hostPort: 80}, {containerPort: 80, protocol: UDP, hostPort: 80}], "
	     "lifecycle: {preStop: {sleep: {seconds: 30}}, postStart: {httpGet: {port: http}}}, livenessProbe: {grpc: {port: 1}, terminationGracePeriodSeconds: 1}, "
	     "resources: {limits: {cpu: 1, memory: 1Gi, hugepages-2Mi: 4Mi, example.com/gpu: 2}, requests: {cpu: 1m, example.com/gpu: 2}}, "
	     "volumeMounts: [{name: a, mountPath: '/a:b', subPath: x/y..z}, {name: b, mountPath: /b, readOnly: true, recursiveReadOnly: Enabled}], "
	     "volumeDevices: [{name: p, devicePath: /dev/x}], securityContext: {privileged: true, capabilities: {add: [ALL]}}}], "
	     "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchFields: [{key: metadata.name, operator: In, values: [node]}]}]}}, "
	     "podAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 100, podAffinityTerm: {topologyKey: a/b, matchLabelKeys: [x], labelSelector: {}}}]}}, "
	     "topologySpreadConstraints: [{maxSkew: 1, minDomains: 1, topologyKey: z, whenUnsatisfiable: DoNotSchedule}], "
	     "tolerations: [{operator: Exists}, {key: a, value: '', effect: NoExecute, tolerationSeconds: -1}], readinessGates: [{conditionType: a/b}], "
	     "schedulingGates: [{name: a/b}], overhead: {cpu: 1}, terminationGracePeriodSeconds: 30, activeDeadlineSeconds: 1"),
	 ""},
};

/* Of a whole Pod beside its containers. */
static const refusal wholes[] = {
	{POD("resources: {limits: {cpu: 1, memory: 1Gi, hugepages-2Mi: 4Mi}, requests: {cpu: 1, memory: 1Mi, hugepages-2Mi: 4Mi}}, containers: [{name: a, image: x, resources: {limits: {cpu: 2, memory: 1Gi}, requests: {cpu: 600m}}}, {name: b, image: x, resources: {limits: {cpu: 1, memory: 1Gi, hugepages-2Mi: 4Mi}, requests: {cpu: 100m, hugepages-2Mi: 4Mi}}}], initContainers: [{name: i, image: x, restartPolicy: Always, resources: {limits: {cpu: 2, hugepages-2Mi: 2Mi}, requests: {cpu: 500m, hugepages-2Mi: 2Mi}}}]"),
	 "spec.resources.requests[cpu]: Invalid value: \"1\": must be greater than or equal to aggregate container requests of 1200m\n"
	 "spec.resources.requests[memory]: Invalid value: \"1Mi\": must be greater than or equal to aggregate container requests of 2Gi\n"
	 "spec.resources.requests[hugepages-2Mi]: Invalid value: \"4Mi\": must be greater than or equal to aggregate container requests of 6Mi\n"
	 "spec.resources.limits[hugepages-2Mi]: Invalid value: \"4Mi\": must be greater than or equal to aggregate container limits of 6Mi\n"
	 "spec.resources.containers[0][cpu].limits: Invalid value: \"2\": must be less than or equal to pod limits of 1"},
};

#define OBJECT(version, kind, fields) \
	"apiVersion: " version "\nkind: " kind "\nmetadata: {name: a}\n" fields "\n"
#define SERVICE(fields) OBJECT("v1", "Service", "spec: {" fields "}")
#define INGRESS(fields) OBJECT("networking.k8s.io/v1", "Ingress", "spec: {" fields "}")
#define NETPOL(fields) OBJECT("networking.k8s.io/v1", "NetworkPolicy", "spec: {podSelector: {}, " fields "}")

static const refusal others[] = {
	/* ---- network ---- */
	{NETPOL("ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/33}}, {ipBlock: {cidr: 10.0.0.0/16, except: [10.0.1.0/24, 10.1.0.0/24, x]}}, {}, "
		"{ipBlock: {cidr: 1.0.0.0/8}, podSelector: {}}], ports: [{port: 0}, {port: 90, endPort: 80}, {endPort: 1}, {port: http, endPort: 1}]}]"),
	 "spec.ingress[0].from[0].ipBlock.cidr: Invalid value: \"10.0.0.0/33\": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)\n"
	 "spec.ingress[0].from[1].ipBlock.except[1]: Invalid value: \"10.1.0.0/24\": must be a strict subset of `cidr`\n"
	 "spec.ingress[0].from[1].ipBlock.except[2]: Invalid value: \"x\": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)\n"
	 "spec.ingress[0].from[2]: Required value: must specify a peer\n"
	 "spec.ingress[0].from[3]: Forbidden: may not specify both ipBlock and another peer\n"
	 "spec.ingress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive\n"
	 "spec.ingress[0].ports[1].endPort: Invalid value: 80: must be greater than or equal to `port`\n"
	 "spec.ingress[0].ports[2].endPort: Invalid value: 1: may not be specified when `port` is not specified\n"
	 "spec.ingress[0].ports[3].endPort: Invalid value: 1: may not be specified when `port` is non-numeric"},
	{NETPOL("egress: [{to: [{ipBlock: {cidr: '2001:db8::/32', except: ['2001:db8:1::/48']}}, {podSelector: {}, namespaceSelector: {}}], ports: [{port: 1, endPort: 2}]}, {}]"),
	 ""},
	{INGRESS("rules: [{host: '*foo.com', http: {paths: []}}, {host: 1.2.3.4}, {http: {paths: [{path: 'a//b', pathType: Exact, backend: {service: {name: s, port: {number: 1, name: x}}}}, "
		 "{path: '/a//../b/.', pathType: Prefix, backend: {service: {name: s}}}]}}], tls: [{hosts: [a_b], secretName: S}], ingressClassName: C"),
	 "spec.rules[0].host: Invalid value: \"*foo.com\": a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')\n"
	 "spec.rules[0].http.paths: Required value\n"
	 "spec.rules[1].host: Invalid value: \"1.2.3.4\": must be a DNS name, not an IP address\n"
	 "spec.rules[2].http.paths[0].path: Invalid value: \"a//b\": must be an absolute path\n"
	 "spec.rules[2].http.paths[0].backend: Invalid value: \"\": cannot set both port name & port number\n"
	 "spec.rules[2].http.paths[1].path: Invalid value: \"/a//../b/.\": must not contain '//'\n"
	 "spec.rules[2].http.paths[1].path: Invalid value: \"/a//../b/.\": must not contain '/../'\n"
	 "spec.rules[2].http.paths[1].path: Invalid value: \"/a//../b/.\": cannot end with '/.'\n"
	 "spec.rules[2].http.paths[1].backend: Required value: port name or number is required\n"
	 "spec.tls[0].hosts[0]: Invalid value: \"a_b\": " SUBDOMAIN "\n"
	 "spec.tls[0].secretName: Invalid value: \"S\": " SUBDOMAIN "\n"
	 "spec.ingressClassName: Invalid value: \"C\": " SUBDOMAIN},
	{OBJECT("networking.k8s.io/v1", "IngressClass",
		"spec: {controller: x, parameters: {kind: K, name: '', scope: Namespace}}"),
	 "spec.controller: Invalid value: \"x\": must be a domain-prefixed path (such as \"acme.io/foo\")\n"
	 "spec.parameters.name: Required value\n"
	 "spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'"},
	{SERVICE("type: NodePort, clusterIP: None, externalIPs: [127.0.0.1, x], sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 90000}}, loadBalancerSourceRanges: [1.2.3.4], "
		 "ports: [{port: 1, name: a, nodePort: 70000}, {port: 2, name: b, nodePort: 30000}, {port: 3, name: c, nodePort: 30000, appProtocol: '-'}]"),
	 "spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for NodePort services\n"
	 "spec.externalIPs[0]: Invalid value: \"127.0.0.1\": may not be in the loopback range (127.0.0.0/8, ::1/128)\n"
	 "spec.externalIPs[1]: Invalid value: \"x\": " IP "\n"
	 "spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 90000: must be greater than 0 and less than 86400\n"
	 "spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'\n"
	 "spec.LoadBalancerSourceRanges[0]: Invalid value: \"1.2.3.4\": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)\n"
	 "spec.ports[0].nodePort: Invalid value: 70000: must be between 1 and 65535, inclusive\n"
	 "spec.ports[2].nodePort: Duplicate value: 30000\n"
	 "spec.ports[2].appProtocol: Invalid value: \"-\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"},
	{SERVICE("externalTrafficPolicy: Local, ipFamilies: [IPv4, IPv4], ports: [{port: 0}]"),
	 "spec.ipFamilies[1]: Duplicate value: \"IPv4\""},
	{SERVICE("externalTrafficPolicy: Local, ports: [{port: 1, nodePort: 3}]"),
	 "spec.externalTrafficPolicy: Invalid value: \"Local\": may only be set for externally-accessible services\n"
	 "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"},
	{SERVICE("type: ExternalName, externalName: a.b., ipFamilyPolicy: SingleStack"),
	 "spec.ipFamilyPolicy: Forbidden: may not be set for ExternalName services"},
	{OBJECT("discovery.k8s.io/v1", "EndpointSlice",
		"addressType: IPv4\nendpoints: [{addresses: []}, {addresses: ['::1']}]\nports: [{port: 1}, {port: 2}]"),
	 "endpoints[0].addresses: Required value: must contain at least 1 address\n"
	 "endpoints[1].addresses: Invalid value: \"::1\": must be an IPv4 address\n"
	 "endpoints[1].addresses[0]: Invalid value: \"::1\": may not be in the loopback range (127.0.0.0/8, ::1/128)\n"
	 "ports[1].name: Duplicate value: \"\""},
	{OBJECT("v1", "Endpoints", "subsets: [{}, {addresses: [{ip: x}], ports: [{port: 0}]}]"),
	 "subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`\n"
	 "subsets[1].addresses[0].ip: Invalid value: \"x\": " IP "\n"
	 "subsets[1].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive"},
	/* ---- secrets ---- */
	{OBJECT("v1", "Secret",
		"type: kubernetes.io/dockerconfigjson\nstringData: {.dockerconfigjson: notjson}"),
	 "data[.dockerconfigjson]: Invalid value: \"<secret contents redacted>\": input:1:1: invalid JSON: expected a value (object, array, string, number, true, false or null), found 'n'"},
	{OBJECT("v1", "Secret", "type: kubernetes.io/basic-auth"),
	 "data[username]: Required value\ndata[password]: Required value"},
	{OBJECT("v1", "Secret", "type: kubernetes.io/ssh-auth\nstringData: {x: a}"),
	 "data[ssh-privatekey]: Required value"},
	{OBJECT("v1", "Secret",
		"type: kubernetes.io/dockerconfigjson\nstringData: {.dockerconfigjson: '{}'}"),
	 ""},
	/* ---- storage ---- */
	{OBJECT("v1", "PersistentVolume", "spec: {accessModes: [Foo]}"),
	 "spec.accessModes: Unsupported value: \"Foo\": supported values: \"ReadOnlyMany\", \"ReadWriteMany\", \"ReadWriteOnce\", \"ReadWriteOncePod\"\n"
	 "spec.capacity: Required value\n"
	 "spec.capacity: Unsupported value: null: supported values: \"storage\"\n"
	 "spec: Required value: must specify a volume type"},
	{OBJECT("v1", "PersistentVolume",
		"spec: {accessModes: [ReadWriteOnce, ReadWriteOncePod], capacity: {storage: 0}, local: {path: ''}, hostPath: {path: /}, persistentVolumeReclaimPolicy: Recycle}"),
	 "spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes\n"
	 "spec.capacity[storage]: Invalid value: \"0\": must be greater than zero\n"
	 "spec.local: Forbidden: may not specify more than 1 volume type\n"
	 "spec.nodeAffinity: Required value: Local volume requires node affinity\n"
	 "spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'"},
	{OBJECT("v1", "PersistentVolumeClaim",
		"spec: {accessModes: [X], storageClassName: A_, resources: {requests: {storage: -1}}}"),
	 "spec.accessModes: Unsupported value: \"X\": supported values: \"ReadOnlyMany\", \"ReadWriteMany\", \"ReadWriteOnce\", \"ReadWriteOncePod\"\n"
	 "spec.storageClassName: Invalid value: \"A_\": " SUBDOMAIN "\n"
	 "spec.resources[storage]: Invalid value: \"-1\": must be greater than zero"},
	{OBJECT("storage.k8s.io/v1", "StorageClass",
		"provisioner: ''\nallowedTopologies: [{matchLabelExpressions: [{key: a, values: []}, {key: a, values: [b, b]}]}]"),
	 "provisioner: Required value\n"
	 "allowedTopologies[0].matchLabelExpressions[0].values: Required value\n"
	 "allowedTopologies[0].matchLabelExpressions[1].key: Duplicate value: \"a\"\n"
	 "allowedTopologies[0].matchLabelExpressions[1].values[1]: Duplicate value: \"b\""},
	/* ---- limits ---- */
	{OBJECT("v1", "LimitRange",
		"spec: {limits: [{type: Pod, min: {cpu: 2}, max: {cpu: 1}, default: {cpu: 1}, maxLimitRequestRatio: {cpu: 500m}}, {type: PersistentVolumeClaim}, {type: Pod}, {type: Foo, max: {bar: 1}}]}"),
	 "spec.limits[0].min[cpu]: Invalid value: \"2\": min value 2 is greater than max value 1\n"
	 "spec.limits[0].default[cpu]: Invalid value: \"2\": min value 2 is greater than default value 1\n"
	 "spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'\n"
	 "spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: \"500m\": ratio 500m is less than 1\n"
	 "spec.limits[1].limits: Required value: either minimum or maximum storage value is required, but neither was provided\n"
	 "spec.limits[2].type: Duplicate value: \"Pod\"\n"
	 "spec.limits[3].type: Invalid value: \"Foo\": must be a standard limit type or fully qualified\n"
	 "spec.limits[3].max[bar]: Invalid value: \"bar\": must be a standard resource type or fully qualified"},
	{OBJECT("v1", "ResourceQuota",
		"spec: {hard: {foo: 1, pods: 500m, cpu: -1, count/deployments.apps: 3}, scopes: [BestEffort, NotBestEffort]}"),
	 "spec.hard[foo]: Invalid value: \"foo\": must be a standard resource type or fully qualified\n"
	 "spec.hard[foo]: Invalid value: \"foo\": must be a standard resource for quota\n"
	 "spec.hard[pods]: Invalid value: \"500m\": must be an integer\n"
	 "spec.hard[cpu]: Invalid value: \"-1\": must be greater than or equal to 0\n"
	 "spec.scopes: Invalid value: [\"BestEffort\",\"NotBestEffort\"]: unsupported scope applied to resource\n"
	 "spec.scopes: Invalid value: [\"BestEffort\",\"NotBestEffort\"]: conflicting scopes"},
	/* ---- rights ---- */
	{OBJECT("rbac.authorization.k8s.io/v1", "RoleBinding",
		"roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}\nsubjects: [{kind: User, name: u}, {kind: ServiceAccount, name: a}, {kind: Group, name: ''}]"),
	 "subjects[2].name: Required value"},
	{OBJECT("rbac.authorization.k8s.io/v1", "ClusterRoleBinding",
		"roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}\nsubjects: [{kind: ServiceAccount, name: a}]"),
	 "subjects[0].namespace: Required value"},
	{OBJECT("rbac.authorization.k8s.io/v1", "ClusterRole",
		"aggregationRule: {clusterRoleSelectors: []}\nrules: []"),
	 "aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil"},
	/* ---- scaling ---- */
	{OBJECT("autoscaling/v2", "HorizontalPodAutoscaler",
		"spec: {maxReplicas: 1, minReplicas: 0, scaleTargetRef: {kind: '', name: a/b}, metrics: [{type: Resource, pods: {metric: {name: m}, target: {type: AverageValue}}}, "
		"{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 0}}}, {type: External, external: {metric: {name: x}, target: {type: Value}}}], "
		"behavior: {scaleUp: {stabilizationWindowSeconds: 4000, policies: [{type: Pods, value: 0, periodSeconds: 2000}]}}}"),
	 "spec.minReplicas: Invalid value: 0: must be greater than or equal to 1\n"
	 "spec.scaleTargetRef.apiVersion: Invalid value: \"\": apiVersion must specify API group\n"
	 "spec.scaleTargetRef.kind: Required value\n"
	 "spec.scaleTargetRef.name: Invalid value: \"a/b\": may not contain '/'\n"
	 "spec.metrics[0].resource: Required value: must populate information for the given metric source\n"
	 "spec.metrics[0].pods.target.averageValue: Required value: must specify a positive target averageValue\n"
	 "spec.metrics[1].resource.target.averageUtilization: Invalid value: 0: must be greater than 0\n"
	 "spec.metrics[2].external.target.averageValue: Required value: must set either a target value for metric or a per-pod target\n"
	 "spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 4000: must be less than or equal to 3600\n"
	 "spec.behavior.scaleUp.policies[0].value: Invalid value: 0: must be greater than zero\n"
	 "spec.behavior.scaleUp.policies[0].periodSeconds: Invalid value: 2000: must be less than or equal to 1800"},
	{OBJECT("policy/v1", "PodDisruptionBudget",
		"spec: {minAvailable: 101%, selector: {matchLabels: {a: b}}}"),
	 "spec.minAvailable: Invalid value: \"101%\": must not be greater than 100%"},
	/* ---- the API itself ---- */
	{OBJECT("apiregistration.k8s.io/v1", "APIService",
		"spec: {group: g, version: v1, groupPriorityMinimum: 0, versionPriority: 2000, insecureSkipTLSVerify: true, caBundle: eA==, service: {name: s}}"),
	 "metadata.name: Invalid value: \"a\": must be `spec.version+\".\"+spec.group`: \"v1.g\"\n"
	 "spec.groupPriorityMinimum: Invalid value: 0: must be positive and less than 20000\n"
	 "spec.versionPriority: Invalid value: 2000: must be positive and less than 1000\n"
	 "spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present\n"
	 "spec.service.namespace: Required value"},
	{OBJECT("certificates.k8s.io/v1", "CertificateSigningRequest",
		"spec: {request: eA==, signerName: me, expirationSeconds: 5, usages: [nope]}"),
	 "spec.request: Invalid value: \"eA==\": PEM block type must be CERTIFICATE REQUEST\n"
	 "spec.signerName: Invalid value: \"me\": must be a fully qualified domain and path of the form 'example.com/signer-name'\n"
	 "spec.expirationSeconds: Invalid value: 5: may not specify a duration less than 600 seconds (10 minutes)\n"
	 "spec.usages[0]: Unsupported value: \"nope\": supported values: \"any\", \"cert sign\", \"client auth\", \"code signing\", \"content commitment\", \"crl sign\", \"data encipherment\", \"decipher only\", \"digital signature\", \"email protection\", \"encipher only\", \"ipsec end system\", \"ipsec tunnel\", \"ipsec user\", \"key agreement\", \"key encipherment\", \"microsoft sgc\", \"netscape sgc\", \"ocsp signing\", \"s/mime\", \"server auth\", \"signing\", \"timestamping\""},
	{OBJECT("coordination.k8s.io/v1", "Lease", "spec: {leaseDurationSeconds: 0, leaseTransitions: -1}"),
	 "spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0\n"
	 "spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0"},
	{OBJECT("node.k8s.io/v1", "RuntimeClass", "handler: A_"), "handler: Invalid value: \"A_\": " LABEL},
	{OBJECT("v1", "Node", "spec: {taints: [{key: '', effect: ''}], podCIDR: x}"),
	 "metadata.taints[0].key: Invalid value: \"\": name part must be non-empty\n"
	 "metadata.taints[0].effect: Required value\n"
	 "spec.podCIDRs[0]: Invalid value: \"x\": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"},
	{OBJECT("apps/v1", "Deployment",
		"spec: {replicas: -1, strategy: {rollingUpdate: {maxUnavailable: 101%, maxSurge: 200%}}, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, "
		"spec: {containers: [{name: c, image: x, securityContext: {runAsUser: -1}}], volumes: [{name: v, configMap: {}}]}}}"),
	 "spec.replicas: Invalid value: -1: must be greater than or equal to 0\n"
	 "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: \"101%\": must not be greater than 100%\n"
	 "spec.template.spec.containers[0].securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive\n"
	 "spec.template.spec.volumes[0].configMap.name: Required value"},
};

/* clang-format on */

/* What lies there from before a rule was does not keep its owner from changing something else. */
static void
leaves_what_was(void **state)
{
	registry_world *w = *state;

	assert_true(refusal_is(
		w,
		OBJECT("coordination.k8s.io/v1", "Lease", "spec: {leaseTransitions: -1, holderIdentity: b}"),
		OBJECT("coordination.k8s.io/v1", "Lease", "spec: {leaseTransitions: -1, holderIdentity: a}"),
		""));
	assert_true(
		refusal_is(w, OBJECT("coordination.k8s.io/v1", "Lease", "spec: {leaseTransitions: -2}"),
			   OBJECT("coordination.k8s.io/v1", "Lease", "spec: {leaseTransitions: -1}"),
			   "spec.leaseTransitions: Invalid value: -2: must be greater than or equal to 0"));
}

static void
refuse(void **state, const refusal *rows, size_t n)
{
	registry_world *w = *state;

	bool all = true;

	for (size_t i = 0; i < n; i++)
		all = refusal_is(w, rows[i].object, NULL, rows[i].faults) && all;
	assert_true(all);
}

static void
refuses_pods(void **state)
{
	refuse(state, pods, PV_LEN(pods));
	refuse(state, wholes, PV_LEN(wholes));
}

static void
refuses_other_kinds(void **state)
{
	refuse(state, others, PV_LEN(others));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_pods),
		cmocka_unit_test(refuses_other_kinds),
		cmocka_unit_test(leaves_what_was),
	};

	return cmocka_run_group_tests(tests, registry_setup, registry_teardown);
}
