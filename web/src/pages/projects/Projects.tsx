import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Application, AppProject } from "../../api/types.ts";
import { useApplicationList, useLive } from "../../live/hooks.ts";
import { projectHref } from "../../model/links.ts";
import { destinationTexts, isIn } from "../../model/projects.ts";
import { healthState, type State, worst, worstFirst } from "../../model/state.ts";
import { Go } from "../../ui/Anchor.tsx";
import type { Column } from "../../ui/list/column.ts";
import { List } from "../../ui/list/List.tsx";
import { MiddleFit } from "../../ui/Middle.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { PageHead } from "../../ui/PageHead.tsx";
import { Empty, Readable } from "../../ui/Reach.tsx";
import { StateText } from "../../ui/StateIcon.tsx";
import { Beside } from "../applications/Beside.tsx";
import css from "../catalog/Catalog.module.css";

interface ProjectRow {
	key: string;
	href: string;
	name: string;
	description: string;
	apps: number;
	/** The worst of its applications, and how many are so. */
	state: State;
	word: string;
	repos: string;
	destinations: string;
	windows: number;
	roles: number;
}

const example = `kubectl apply -f - <<EOF
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: shop, namespace: argocd}
spec:
  description: What the shop's team deploys
  sourceRepos: ["https://git.example.com/shop/*"]
  destinations: [{server: https://kubernetes.default.svc, namespace: "shop-*"}]
EOF`;

function healthOf(apps: readonly Application[]): { state: State; word: string } {
	if (apps.length === 0) return { state: "unknown", word: "" };
	const healths = apps.map((app) => app.status?.health?.status ?? "Unknown");
	const state = worst(healths.map(healthState));
	const of = healths.filter((health) => healthState(health) === state);
	return { state, word: state === "ok" ? "all healthy" : `${of.length} ${of[0]?.toLowerCase()}` };
}

function rowOf(project: AppProject, apps: readonly Application[]): ProjectRow {
	const { name, namespace } = project.metadata;
	const { description = "", sourceRepos = [], syncWindows = [], roles = [] } = project.spec ?? {};
	return {
		key: `${namespace}/${name}`,
		href: projectHref(namespace, name),
		name,
		description,
		apps: apps.length,
		...healthOf(apps),
		repos: sourceRepos.map((repo) => (repo === "*" ? "any" : repo)).join(", "),
		destinations: destinationTexts(project).join(", "),
		windows: syncWindows.length,
		roles: roles.length,
	};
}

const none = <span className="dim">none</span>;

const columns: readonly Column<ProjectRow>[] = [
	{
		id: "name",
		header: "Name",
		phone: true,
		min: 8,
		grow: 1,
		cell: (r) => (
			<Go href={r.href} className={css.link}>
				<MiddleFit text={r.name} tail={6} />
			</Go>
		),
		value: (r) => r.name,
	},
	{
		id: "apps",
		header: "Applications",
		phone: true,
		align: "end",
		rem: 6.5,
		cell: (r) => r.apps.toLocaleString("en"),
		value: (r) => -r.apps,
	},
	{
		id: "health",
		header: "Health",
		rem: 8.5,
		cell: (r) => (r.word ? <StateText state={r.state}>{r.word}</StateText> : <span className="dim">–</span>),
		value: (r) => `${worstFirst.indexOf(r.state)} ${r.name}`,
	},
	{ id: "description", header: "Description", min: 8, grow: 1.5, drop: 1, value: (r) => r.description },
	{ id: "repos", header: "Repositories", min: 8, grow: 1.5, drop: 2, value: (r) => r.repos },
	{ id: "destinations", header: "Destinations", min: 8, grow: 1.5, drop: 3, value: (r) => r.destinations },
	{
		id: "windows",
		header: "Windows",
		rem: 5.5,
		align: "end",
		drop: 4,
		cell: (r) => r.windows || none,
		value: (r) => -r.windows,
	},
	{
		id: "roles",
		header: "Roles",
		rem: 4.5,
		align: "end",
		drop: 5,
		cell: (r) => r.roles || none,
		value: (r) => -r.roles,
	},
];

/** Each project with the applications in it. */
function rowsOf(projects: readonly AppProject[], apps: readonly Application[]): ProjectRow[] {
	const named = new Map<string, Application[]>();
	for (const app of apps) {
		const name = app.spec?.project || "default";
		const others = named.get(name);
		if (others) others.push(app);
		else named.set(name, [app]);
	}
	return projects.map((project) => {
		const of = named.get(project.metadata.name) ?? [];
		return rowOf(
			project,
			of.filter((app) => isIn(project, app)),
		);
	});
}

export function Projects() {
	const projects = useLive<AppProject>("appProjects");
	const apps = useApplicationList();
	const navigate = useNavigate();
	const rows = useMemo(() => rowsOf(projects.items, apps.items), [projects.items, apps.items]);
	return (
		<>
			<PageHead title="Projects" name="Projects">
				<Beside />
			</PageHead>
			<Readable what="projects" snapshot={projects}>
				<List
					what="projects"
					one="project"
					rows={rows}
					loading={projects.state === "loading" || apps.state === "loading"}
					columns={columns}
					facets={[]}
					text={(r) => [r.name, r.description, r.repos, r.destinations].join(" ")}
					rowKey={(r) => r.key}
					onOpen={(r) => void navigate({ to: r.href as "/" })}
					sort={{ id: "health", desc: false }}
					empty={
						<Empty what="projects" snapshot={projects} where="argocd">
							<Notice title="No projects yet" command={example}>
								<p>
									An AppProject says which repositories may deploy what, and where, when syncs may happen, and
									who may start them. Without one, applications of project default may do all of it.
								</p>
							</Notice>
						</Empty>
					}
				/>
			</Readable>
		</>
	);
}
