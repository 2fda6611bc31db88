/** ApplicationSets that made some of the applications, and the projects that they are in. */
import { type Any, before, object } from "./make.ts";

const argo = "argoproj.io/v1alpha1";
const repository = "https://git.halden.example/deploy.git";

interface AppStatus {
	health?: { status?: string };
	sync?: { status?: string };
}

function template(project: string) {
	return {
		metadata: { name: "{{.path.basename}}", labels: { team: "{{index .path.segments 1}}" } },
		spec: {
			project,
			source: { repoURL: repository, path: "{{.path.path}}", targetRevision: "main" },
			destination: { server: "https://kubernetes.default.svc", namespace: "{{index .path.segments 1}}" },
		},
	};
}

function rollingSet(members: Any[]): Any {
	const generator = {
		git: {
			repoURL: repository,
			revision: "main",
			directories: [{ path: "apps/*" }, { path: "apps/legacy-*", exclude: true }],
			requeueAfterSeconds: 60,
		},
	};
	const step = (app: Any) => (app.metadata.labels?.team === "tracking" ? "1" : "2");
	const done = (app: Any) => (app.status as AppStatus).health?.status === "Healthy";
	return object(argo, "ApplicationSet", "argocd", "services", {
		spec: {
			goTemplate: true,
			generators: [generator],
			template: template("default"),
			strategy: {
				type: "RollingSync",
				rollingSync: {
					steps: [
						{ matchExpressions: [{ key: "team", operator: "In", values: ["tracking"] }] },
						{
							matchExpressions: [{ key: "team", operator: "NotIn", values: ["tracking"] }],
							maxUpdate: "25%",
						},
					],
				},
			},
		},
		status: {
			health: {
				status: "Progressing",
				message: "ApplicationSet is performing rollout of step 1",
				lastTransitionTime: before(900),
			},
			conditions: [
				{
					type: "ErrorOccurred",
					status: "False",
					reason: "ApplicationSetUpToDate",
					lastTransitionTime: before(9000),
				},
				{
					type: "RolloutProgressing",
					status: "True",
					reason: "ApplicationSetModified",
					message: "ApplicationSet is performing rollout of step 1",
					lastTransitionTime: before(900),
				},
			],
			resourcesCount: members.length,
			resources: members.map((app) => {
				const { health, sync } = app.status as AppStatus;
				const { namespace, name } = app.metadata;
				return {
					group: "argoproj.io",
					version: "v1alpha1",
					kind: "Application",
					namespace,
					name,
					health,
					status: sync?.status,
				};
			}),
			applicationStatus: members.map((app) => ({
				application: app.metadata.name,
				step: step(app),
				status: done(app) ? "Healthy" : step(app) === "1" ? "Progressing" : "Waiting",
				message: done(app)
					? "Application resource became Healthy, updating status from Progressing to Healthy"
					: "Application has pending changes, setting status to Waiting",
				lastTransitionTime: before(900),
			})),
		},
	});
}

const failing = object(argo, "ApplicationSet", "argocd", "previews", {
	spec: {
		goTemplate: true,
		generators: [
			{
				matrix: {
					generators: [
						{
							list: {
								elements: [
									{ region: "north", size: 2 },
									{ region: "south", size: 1 },
								],
							},
						},
						{
							pullRequest: {
								github: { owner: "halden", repo: "booking", labels: ["preview"] },
								requeueAfterSeconds: 300,
							},
						},
					],
				},
			},
		],
		template: template("previews"),
	},
	status: {
		health: { status: "Degraded", message: "the forge did not answer", lastTransitionTime: before(400) },
		conditions: [
			{
				type: "ErrorOccurred",
				status: "True",
				reason: "ApplicationParamsGenerationError",
				message: "pullRequest: https://api.github.com/repos/halden/booking/pulls: 502 Bad Gateway",
				lastTransitionTime: before(400),
			},
		],
		resourcesCount: 0,
		resources: [],
	},
});

const projects = [
	object(argo, "AppProject", "argocd", "default", {
		spec: {
			description: "What every team deploys",
			sourceRepos: ["*", "!https://git.halden.example/archive/*"],
			destinations: [{ server: "https://kubernetes.default.svc", namespace: "*" }],
			clusterResourceWhitelist: [{ group: "", kind: "Namespace" }],
			namespaceResourceBlacklist: [{ group: "", kind: "ResourceQuota" }],
			roles: [
				{
					name: "deployer",
					description: "Pipelines",
					policies: ["p, proj:default:deployer, applications, sync, default/*, allow"],
					groups: ["platform"],
				},
			],
			syncWindows: [
				{
					kind: "deny",
					schedule: "0 22 * * 5",
					duration: "58h",
					timeZone: "Europe/Oslo",
					applications: ["*"],
					manualSync: true,
					description: "Nobody is there at week-ends",
				},
				{ kind: "allow", schedule: "* * * * *", duration: "1h", namespaces: ["booking"] },
			],
		},
	}),
	object(argo, "AppProject", "argocd", "previews", {
		spec: { sourceRepos: [repository], destinations: [{ name: "previews", namespace: "pr-*" }] },
	}),
];

export function setsAndProjects(apps: Any[]): Any[] {
	return [rollingSet(apps.slice(0, 8)), failing, ...projects];
}
