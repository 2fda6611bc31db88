import { type Any, before, hash, hex, object, owner, suffix } from "./make.ts";
import { type Service, services } from "./org.ts";
import { setsAndProjects } from "./sets.ts";

const registry = "registry.internal.company.com";

function imageOf(s: Service, version = s.version): string {
	return `${s.image ?? `${registry}/${s.name}`}:${version}`;
}

function template(s: Service, version: string) {
	const limits = s.gaps?.includes("docs")
		? {}
		: { resources: { limits: { cpu: "500m", memory: "512Mi" }, requests: { cpu: "100m", memory: "256Mi" } } };
	return {
		metadata: { labels: { app: s.name, "backstage.io/kubernetes-id": s.name } },
		spec: {
			containers: [{ name: s.name, image: imageOf(s, version), ports: [{ containerPort: 8080 }], ...limits }],
		},
	};
}

interface PodState {
	ready: boolean;
	restarts: number;
	waiting?: string;
	age: number;
}

function pod(parent: Any, s: Service, version: string, at: number, state: PodState): Any {
	const stateful = parent.kind === "StatefulSet";
	const name = `${parent.metadata.name}-${stateful ? at : suffix(`${parent.metadata.name}${at}`, 5)}`;
	const container = state.waiting
		? { waiting: { reason: state.waiting, message: `back-off 5m0s restarting failed container=${s.name}` } }
		: { running: { startedAt: before(state.age) } };
	return object("v1", "Pod", s.owner ?? "shared", name, {
		metadata: {
			labels: { app: s.name },
			ownerReferences: owner(parent),
			creationTimestamp: before(state.age),
		},
		spec: { nodeName: "pave-simulated", containers: template(s, version).spec.containers },
		status: {
			phase: state.waiting && !state.ready ? "Running" : state.ready ? "Running" : "Pending",
			podIP: `10.42.0.${hash(name) % 250}`,
			startTime: before(state.age),
			conditions: [
				{
					type: "Ready",
					status: state.ready ? "True" : "False",
					reason: state.ready ? undefined : "ContainersNotReady",
				},
			],
			containerStatuses: [
				{
					name: s.name,
					ready: state.ready,
					restartCount: state.restarts,
					state: container,
					...(state.waiting ? { lastState: { terminated: { reason: "OOMKilled", exitCode: 137 } } } : {}),
				},
			],
		},
	});
}

function replicaSet(deployment: Any, s: Service, version: string, replicas: number, ready: number): Any {
	const name = `${s.name}-${suffix(s.name + version, 9)}`;
	return object("apps/v1", "ReplicaSet", s.owner ?? "shared", name, {
		metadata: {
			labels: { app: s.name },
			ownerReferences: owner(deployment),
			annotations: { "deployment.kubernetes.io/revision": String(hash(version) % 40) },
		},
		spec: { replicas, template: template(s, version) },
		status: { replicas, readyReplicas: ready, availableReplicas: ready },
	});
}

function deployed(s: Service): Any[] {
	const ns = s.owner ?? "shared";
	const n = s.replicas ?? 1;
	const crashing = s.fault === "crash" ? 2 : 0;
	const rolling = s.fault === "rollout";
	const kind = s.workload ?? "Deployment";
	const want = s.fault === "drift" ? n + 3 : n;
	const ready = rolling ? n : want - crashing;
	const conditions = crashing
		? [
				{
					type: "Available",
					status: "False",
					reason: "MinimumReplicasUnavailable",
					message: "Deployment does not have minimum availability.",
				},
				{
					type: "Progressing",
					status: "False",
					reason: "ProgressDeadlineExceeded",
					message: `ReplicaSet "${s.name}" has timed out progressing.`,
				},
			]
		: [{ type: "Available", status: "True", reason: "MinimumReplicasAvailable" }];
	const top = object("apps/v1", kind, ns, s.name, {
		metadata: {
			generation: 7,
			labels: { app: s.name, "backstage.io/kubernetes-id": s.name },
			annotations: { "argocd.argoproj.io/tracking-id": `${s.name}:apps/${kind}:${ns}/${s.name}` },
		},
		spec: { replicas: want, selector: { matchLabels: { app: s.name } }, template: template(s, s.version) },
		status: {
			observedGeneration: 7,
			replicas: rolling ? n + 1 : want,
			readyReplicas: ready,
			updatedReplicas: rolling ? 1 : want,
			availableReplicas: ready,
			conditions,
		},
	});
	const podState = (at: number): PodState => {
		const bad = at < crashing;
		return {
			ready: !bad,
			restarts: bad ? 14 + at : hash(s.name + at) % 3 === 0 ? 1 : 0,
			waiting: bad ? "CrashLoopBackOff" : undefined,
			age: 3600 * (2 + (hash(s.name) % 90)),
		};
	};
	if (kind === "StatefulSet")
		return [top, ...Array.from({ length: n }, (_, at) => pod(top, s, s.version, at, podState(at)))];
	const old = `${s.version.split(".")[0]}.0.0-rc1`;
	const current = replicaSet(top, s, s.version, rolling ? 2 : want, rolling ? 1 : ready);
	const previous = replicaSet(top, s, old, rolling ? 2 : 0, rolling ? 2 : 0);
	const newPods = Array.from({ length: rolling ? 2 : want }, (_, at) =>
		pod(
			current,
			s,
			s.version,
			at,
			rolling && at === 1
				? { ready: false, restarts: 0, waiting: "ContainerCreating", age: 9 }
				: podState(at),
		),
	);
	const oldPods = rolling
		? [0, 1].map((at) => pod(previous, s, old, at, { ready: true, restarts: 0, age: 86_400 * 6 }))
		: [];
	return [top, current, previous, ...newPods, ...oldPods];
}

function extras(s: Service): Any[] {
	const ns = s.owner ?? "shared";
	return [
		object("v1", "Service", ns, s.name, {
			metadata: { labels: { app: s.name } },
			spec: {
				selector: { app: s.name },
				ports: [{ port: 80, targetPort: 8080 }],
				clusterIP: `10.43.0.${hash(s.name) % 250}`,
			},
			status: { loadBalancer: {} },
		}),
		...(s.fault === "missing"
			? []
			: [
					object("v1", "ConfigMap", ns, `${s.name}-settings`, {
						metadata: { labels: { app: s.name } },
						data: { "log-level": "info", region: "eu-north" },
					}),
				]),
	];
}

const healths: Partial<Record<NonNullable<Service["fault"]>, [string, string?]>> = {
	crash: ["Degraded", 'Deployment "tracking-ingest" exceeded its progress deadline'],
	rollout: ["Progressing", "Waiting for rollout to finish: 1 out of 3 new replicas have been updated..."],
	missing: ["Missing"],
	suspended: ["Suspended", "CronJob is suspended"],
};

const people = ["ida.lund", "kim.park", "sofia.rossi", "raj.patel"];

function application(s: Service): Any {
	const ns = s.owner ?? "shared";
	const [health, message] = (s.fault && healths[s.fault]) || ["Healthy"];
	const drift = s.fault === "drift";
	const missing = s.fault === "missing";
	const revision = hex(s.name + s.version, 40);
	const auto = !drift && !missing;
	const at = (days: number) => before(days * 86_400 + (hash(s.name) % 40_000));
	const row = (
		group: string,
		version: string,
		kind: string,
		name: string,
		status: string,
		h?: [string, string?],
	) => ({
		...(group ? { group } : {}),
		version,
		kind,
		namespace: ns,
		name,
		status,
		...(h ? { health: { status: h[0], ...(h[1] ? { message: h[1] } : {}) } } : {}),
	});
	const resources = [
		row("", "v1", "Service", s.name, "Synced", ["Healthy"]),
		row(
			"",
			"v1",
			"ConfigMap",
			`${s.name}-settings`,
			missing ? "OutOfSync" : "Synced",
			missing ? ["Missing"] : undefined,
		),
		row("apps", "v1", s.workload ?? "Deployment", s.name, drift ? "OutOfSync" : "Synced", [
			s.fault === "missing" || s.fault === "suspended" ? "Healthy" : health,
			message,
		]),
		...(drift
			? [
					{
						...row("batch", "v1", "CronJob", `${s.name}-nightly`, "OutOfSync", ["Healthy"]),
						requiresPruning: true,
					},
				]
			: []),
		...(s.fault === "suspended"
			? [row("batch", "v1", "CronJob", `${s.name}-replay`, "Synced", ["Suspended", message])]
			: []),
	];
	const history = [0, 1, 2, 3, 4].map((i) => {
		const days = (4 - i) * 3 + 0.4;
		return {
			id: i,
			revision: i === 4 ? revision : hex(`${s.name}${i}`, 40),
			deployStartedAt: at(days + 0.0004),
			deployedAt: at(days),
			source: {
				repoURL: "https://git.halden.example/deploy.git",
				path: `apps/${s.name}`,
				targetRevision: "main",
			},
			initiatedBy: i % 2 ? { username: people[(hash(s.name) + i) % people.length] } : { automated: true },
		};
	});
	return object("argoproj.io/v1alpha1", "Application", "argocd", s.name, {
		metadata: { labels: { team: ns, "backstage.io/kubernetes-id": s.name } },
		spec: {
			project: "default",
			source: {
				repoURL: "https://git.halden.example/deploy.git",
				path: `apps/${s.name}`,
				targetRevision: "main",
			},
			destination: { server: "https://kubernetes.default.svc", namespace: ns },
			syncPolicy: {
				...(auto ? { automated: { prune: true, selfHeal: true } } : {}),
				syncOptions: ["CreateNamespace=true"],
			},
		},
		status: {
			sync: { status: drift || missing ? "OutOfSync" : "Synced", revision },
			health: {
				status: health,
				...(message ? { message } : {}),
				lastTransitionTime: before(hash(s.name) % 90_000),
			},
			resources,
			history,
			reconciledAt: before(20),
			sourceType: "Directory",
			summary: { images: [imageOf(s)] },
			conditions: drift
				? [
						{
							type: "OrphanedResourceWarning",
							message: "Application has 1 resource that is no longer in Git",
							lastTransitionTime: before(5400),
						},
					]
				: [],
			operationState: {
				phase: "Succeeded",
				message: "successfully synced (all tasks run)",
				startedAt: at(0.4004),
				finishedAt: at(0.4),
				operation: { sync: { revision, prune: true }, initiatedBy: { automated: auto } },
				syncResult: {
					revision,
					resources: resources.slice(0, 3).map((r) => ({
						...r,
						status: "Synced",
						message: `${r.kind.toLowerCase()}/${r.name} configured`,
						syncPhase: "Sync",
					})),
				},
			},
		},
	});
}

function cronJob(s: Service, name: string, suspend: boolean): Any {
	return object("batch/v1", "CronJob", s.owner ?? "shared", name, {
		spec: { schedule: "0 3 * * *", suspend },
		status: { lastScheduleTime: before(40_000) },
	});
}

function event(on: Any, type: string, reason: string, message: string, seconds: number, count = 1): Any {
	return object(
		"v1",
		"Event",
		on.metadata.namespace ?? "",
		`${on.metadata.name}.${hex(reason + seconds, 16)}`,
		{
			type,
			reason,
			message,
			count,
			firstTimestamp: before(seconds * 3),
			lastTimestamp: before(seconds),
			involvedObject: {
				apiVersion: on.apiVersion,
				kind: on.kind,
				namespace: on.metadata.namespace,
				name: on.metadata.name,
				uid: on.metadata.uid,
			},
			source: { component: on.kind === "Pod" ? "pave-simulated" : "deployment-controller" },
		},
	);
}

function events(all: Any[]): Any[] {
	const of = (kind: string, name: string) =>
		all.filter((o) => o.kind === kind && o.metadata.name.startsWith(name));
	const out: Any[] = [];
	for (const p of of("Pod", "tracking-ingest").slice(0, 2))
		out.push(
			event(p, "Warning", "BackOff", "Back-off restarting failed container tracking-ingest", 40, 61),
			event(p, "Warning", "OOMKilled", "Container tracking-ingest used more than its limit of 512Mi", 95, 14),
		);
	for (const d of of("Deployment", "quote-engine"))
		out.push(
			event(d, "Normal", "ScalingReplicaSet", "Scaled up replica set to 2 from 1", 12),
			event(d, "Normal", "ScalingReplicaSet", "Scaled down replica set to 2 from 3", 30),
		);
	for (const a of of("Application", "route-planner"))
		out.push(event(a, "Normal", "ResourceUpdated", "Updated sync status: Synced -> OutOfSync", 5400));
	for (const d of of("Deployment", "booking-api"))
		out.push(event(d, "Normal", "ScalingReplicaSet", "Scaled up replica set to 4", 8600));
	return out;
}

export function deliveryObjects(): Any[] {
	const live = services.filter((s) => s.replicas);
	const all = [
		...live.flatMap((s) => [...deployed(s), ...extras(s)]),
		...live.map(application),
		...live.filter((s) => s.fault === "drift").map((s) => cronJob(s, `${s.name}-nightly`, false)),
		...live.filter((s) => s.fault === "suspended").map((s) => cronJob(s, `${s.name}-replay`, true)),
		object("apps/v1", "DaemonSet", "platform", "log-shipper", {
			spec: {
				template: { spec: { containers: [{ name: "shipper", image: `${registry}/log-shipper:2.1` }] } },
			},
			status: { desiredNumberScheduled: 1, numberReady: 1, updatedNumberScheduled: 1 },
		}),
		object("batch/v1", "Job", "payments", "ledger-migration-41", {
			spec: {
				completions: 1,
				template: { spec: { containers: [{ name: "migrate", image: `${registry}/ledger:41` }] } },
			},
			status: { succeeded: 1, startTime: before(70_000), conditions: [{ type: "Complete", status: "True" }] },
		}),
		object("v1", "Node", "", "pave-simulated", {
			status: {
				conditions: [{ type: "Ready", status: "True" }],
				nodeInfo: { kubeletVersion: "simulated", containerRuntimeVersion: "none://simulated" },
			},
		}),
		...[
			"booking",
			"tracking",
			"warehouse",
			"payments",
			"identity",
			"platform",
			"shared",
			"default",
			"argocd",
		].map((n) => object("v1", "Namespace", "", n, { status: { phase: "Active" } })),
	];
	return [...all, ...setsAndProjects(all.filter((o) => o.kind === "Application")), ...events(all)];
}
