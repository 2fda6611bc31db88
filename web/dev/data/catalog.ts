import { type Any, hex, object } from "./make.ts";
import { apis, domains, type Service, services, stores, systems, teams } from "./org.ts";

const api = "backstage.io/v1alpha1";
const repo = "https://git.halden.example/services";

const gapTexts = {
	owner: {
		check: "owner",
		message: "No existing group owns this",
		fix: "Set spec.owner to the name of a Group, for example group:default/identity",
	},
	runbook: {
		check: "runbook",
		message: "No runbook is linked",
		fix: "Add a link with type: runbook under metadata.links",
	},
	docs: {
		check: "docs",
		message: "There is no documentation",
		fix: "Add the annotation backstage.io/techdocs-ref: dir:. and a docs/index.md",
	},
	description: {
		check: "description",
		message: "Nobody can tell what this is",
		fix: "Write one sentence into metadata.description",
	},
	cost: {
		check: "cost",
		message: "Its cost cannot be allocated",
		fix: "Label its workloads with cost-center",
	},
};

function entity(kind: string, name: string, meta: object, spec: object, status: object = {}): Any {
	return object(api, kind, "default", name, {
		metadata: {
			...meta,
			annotations: {
				"backstage.io/managed-by-location": `url:${repo}/${name}/blob/main/catalog-info.yaml`,
				"backstage.io/source-location": `url:${repo}/${name}/`,
				...(meta as { annotations?: object }).annotations,
			},
		},
		spec,
		status: { relations: [], items: [], gaps: [], ...status },
	});
}

function service(s: Service): Any {
	const gaps = (s.gaps ?? []).map((gap) => gapTexts[gap]);
	const links = [
		{ url: `https://grafana.halden.example/d/${s.name}`, title: "Dashboard", icon: "dashboard" },
		...(s.gaps?.includes("runbook")
			? []
			: [{ url: `https://docs.halden.example/runbooks/${s.name}`, title: "Runbook", type: "runbook" }]),
		{
			url: `https://chat.halden.example/#${s.owner ?? "general"}`,
			title: `#${s.owner ?? "general"}`,
			icon: "chat",
		},
	];
	const items =
		s.fault === "broken-file"
			? [
					{
						level: "error",
						type: "backstage.io/catalog-processing",
						message:
							"spec.lifecycle: expected a string, found a list (catalog-info.yaml:14). The version of commit 4be1d07 is shown.",
					},
				]
			: [];
	return entity(
		"Component",
		s.name,
		{
			title: s.title,
			...(s.description ? { description: s.description } : {}),
			tags: s.tags,
			links,
			annotations: {
				...(s.replicas ? { "argocd/app-name": s.name, "backstage.io/kubernetes-id": s.name } : {}),
				...(s.gaps?.includes("docs") ? {} : { "backstage.io/techdocs-ref": "dir:." }),
			},
		},
		{
			type: s.type,
			lifecycle: s.lifecycle,
			...(s.owner ? { owner: s.owner } : {}),
			...(s.system ? { system: s.system } : {}),
			...(s.provides ? { providesApis: s.provides } : {}),
			...(s.consumes ? { consumesApis: s.consumes } : {}),
			...(s.dependsOn ? { dependsOn: s.dependsOn.map((d) => `resource:${d}`) } : {}),
		},
		{ gaps, items },
	);
}

function people(): Any[] {
	return teams.flatMap((team) => [
		entity(
			"Group",
			team.name,
			{ title: team.title },
			{
				type: "team",
				children: [],
				profile: { displayName: team.title, email: `${team.name}@halden.example` },
			},
		),
		...team.people.map((person) =>
			entity(
				"User",
				person,
				{},
				{
					memberOf: [team.name],
					profile: {
						displayName: person
							.split(".")
							.map((p) => p[0]?.toUpperCase() + p.slice(1))
							.join(" "),
						email: `${person}@halden.example`,
					},
				},
			),
		),
	]);
}

type Pair = [from: string, type: string, to: string, back: string];

function pairs(): Pair[] {
	const out: Pair[] = [];
	const c = (n: string) => `component:default/${n}`;
	const own = (ref: string, owner?: string) =>
		owner && out.push([ref, "ownedBy", `group:default/${owner}`, "ownerOf"]);
	const part = (ref: string, system?: string) =>
		system && out.push([ref, "partOf", `system:default/${system}`, "hasPart"]);
	for (const s of services) {
		own(c(s.name), s.owner);
		part(c(s.name), s.system);
		for (const a of s.provides ?? [])
			out.push([c(s.name), "providesApi", `api:default/${a}`, "apiProvidedBy"]);
		for (const a of s.consumes ?? [])
			out.push([c(s.name), "consumesApi", `api:default/${a}`, "apiConsumedBy"]);
		for (const d of s.dependsOn ?? [])
			out.push([c(s.name), "dependsOn", `resource:default/${d}`, "dependencyOf"]);
	}
	for (const a of apis) {
		own(`api:default/${a.name}`, a.owner);
		part(`api:default/${a.name}`, a.system);
	}
	for (const d of stores) {
		own(`resource:default/${d.name}`, d.owner);
		part(`resource:default/${d.name}`, d.system);
	}
	for (const s of systems) {
		own(`system:default/${s.name}`, s.owner);
		out.push([`system:default/${s.name}`, "partOf", `domain:default/${s.domain}`, "hasPart"]);
	}
	for (const d of domains) own(`domain:default/${d.name}`, d.owner);
	for (const t of teams)
		for (const p of t.people)
			out.push([`user:default/${p}`, "memberOf", `group:default/${t.name}`, "hasMember"]);
	return out;
}

function relate(entities: Any[]): void {
	const byRef = new Map(entities.map((e) => [`${e.kind?.toLowerCase()}:default/${e.metadata.name}`, e]));
	const add = (ref: string, type: string, targetRef: string) => {
		const status = byRef.get(ref)?.status as { relations: object[] } | undefined;
		status?.relations.push({ type, targetRef });
	};
	for (const [from, type, to, back] of pairs()) {
		add(from, type, to);
		add(to, back, from);
	}
}

export function catalogObjects(extra: number): Any[] {
	const entities = [
		...services.map(service),
		...apis.map((a) =>
			entity(
				"API",
				a.name,
				{
					title: `${a.name[0]?.toUpperCase()}${a.name.slice(1)} API`,
					description: `The contract of ${a.name}.`,
					tags: [a.type],
				},
				{
					type: a.type,
					lifecycle: "production",
					owner: a.owner,
					system: a.system,
					definition: `openapi: 3.1.0\ninfo:\n  title: ${a.name}\n  version: 1.0.0\n`,
				},
			),
		),
		...stores.map((d) =>
			entity(
				"Resource",
				d.name,
				{ description: `A ${d.type} in the shared cluster.` },
				{ type: d.type, owner: d.owner, system: d.system },
			),
		),
		...systems.map((s) => entity("System", s.name, { title: s.title }, { owner: s.owner, domain: s.domain })),
		...domains.map((d) => entity("Domain", d.name, { title: d.title }, { owner: d.owner })),
		...people(),
	];
	relate(entities);
	for (let at = 0; at < extra; at++) {
		const s = services[at % services.length] as Service;
		entities.push(
			service({
				...s,
				name: `${s.name}-${at}`,
				title: `${s.title} ${at}`,
				replicas: undefined,
				fault: undefined,
			}),
		);
	}
	return [...entities, ...sources()];
}

function sources(): Any[] {
	const source = (name: string, spec: object, status: object) =>
		object("portal.pave.dev/v1alpha1", "CatalogSource", "", name, { spec, status });
	return [
		source(
			"services",
			{ repoURL: `${repo}.git`, revision: "main", paths: ["**/catalog-info.yaml"] },
			{
				commit: hex("services", 40),
				entities: services.length + apis.length,
				errors: [
					{
						file: "returns-portal/catalog-info.yaml",
						line: 14,
						message: "spec.lifecycle: expected a string, found a list",
					},
					{
						file: "legacy/catalog-info.yaml",
						line: 3,
						message: "kind: 'Componnent' is not a kind of the catalog; did you mean Component?",
					},
				],
				conditions: [
					{
						type: "Ready",
						status: "True",
						reason: "Read",
						message: "24 entities from 19 files, 2 files have faults",
					},
				],
			},
		),
		source(
			"organisation",
			{ repoURL: "https://git.halden.example/organisation.git", revision: "main", paths: ["teams/*.yaml"] },
			{
				commit: hex("organisation", 40),
				entities: 25,
				errors: [],
				conditions: [{ type: "Ready", status: "True", reason: "Read", message: "25 entities from 7 files" }],
			},
		),
	];
}
