/** An AppProject in words: what it permits, when it lets syncs happen, and who may do what in it. */
import type { Application, AppProject, NamedKind, ProjectRole, SyncWindow } from "../api/types.ts";
import { type Span, spanOf } from "./cron.ts";
import { listText } from "./text.ts";

export const projectHome = "argocd";

const kindText = ({ group, kind, name }: NamedKind) =>
	`${kind === "*" ? "any kind" : kind}${group ? ` of ${group === "*" ? "any group" : group}` : ""}${name ? ` named ${name}` : ""}`;

function kindsText(list: readonly NamedKind[] | undefined): string {
	if (list?.some(({ group, kind }) => group === "*" && kind === "*")) return "all kinds";
	return listText((list ?? []).map(kindText));
}

function permitted(
	allow: readonly NamedKind[] | undefined,
	deny: readonly NamedKind[] | undefined,
	none: string,
): string {
	const but = deny && deny.length > 0 ? kindsText(deny) : "";
	const may = allow === undefined ? none : allow.length === 0 ? "none" : kindsText(allow);
	return but ? `${may}, but not ${but}` : may;
}

/** Of kinds with a namespace all unless named, of others none unless named. */
export function kindsPermitted({ spec }: AppProject): [name: string, value: string][] {
	return [
		[
			"Kinds in namespaces",
			permitted(spec?.namespaceResourceWhitelist, spec?.namespaceResourceBlacklist, "all kinds"),
		],
		["Kinds without one", permitted(spec?.clusterResourceWhitelist, spec?.clusterResourceBlacklist, "none")],
	];
}

export function destinationTexts({ spec }: AppProject): string[] {
	return (spec?.destinations ?? []).map(({ server, name, namespace }) => {
		const cluster = name || server;
		const where =
			cluster === "*"
				? "any cluster"
				: cluster === "https://kubernetes.default.svc"
					? "this cluster"
					: cluster;
		return `${namespace === "*" ? "any namespace" : namespace ? `namespace ${namespace}` : "no namespace"} of ${where || "no cluster"}`;
	});
}

export interface WindowView {
	key: string;
	allows: boolean;
	/** "0 22 * * * for 1h, Europe/Berlin". */
	when: string;
	/** Of which applications, namespaces or clusters. */
	about: string;
	byHand: boolean;
	description: string;
	/** Open now, or next; undefined if it cannot be told. */
	span: Span | undefined;
}

function aboutText(w: SyncWindow): string {
	const parts = [
		["applications", w.applications],
		["namespaces", w.namespaces],
		["clusters", w.clusters],
	] as const;
	return parts
		.filter(([, of]) => of && of.length > 0)
		.map(([what, of = []]) => `${what} ${listText(of)}`)
		.join(w.andOperator ? " and " : " or ");
}

export function windowViews(project: AppProject, now: number): WindowView[] {
	return (project.spec?.syncWindows ?? []).map((w, at) => ({
		key: String(at),
		allows: w.kind === "allow",
		when: `${w.schedule} for ${w.duration}${w.timeZone && w.timeZone !== "UTC" ? `, ${w.timeZone}` : ", UTC"}`,
		about: aboutText(w),
		byHand: w.manualSync === true,
		description: w.description ?? "",
		span: spanOf(w.schedule ?? "", w.duration ?? "", w.timeZone ?? "", now),
	}));
}

function globs(patterns: readonly string[] | undefined, texts: readonly (string | undefined)[]): boolean {
	return (patterns ?? []).some((pattern) => {
		const escaped = pattern
			.replace(/[.+^${}()|[\]\\]/g, "\\$&")
			.replace(/\*+/g, ".*")
			.replace(/\?/g, ".");
		const match = new RegExp(`^${escaped}$`, "s");
		return texts.some((text) => text !== undefined && match.test(text));
	});
}

/** The project that counts for an application: of the administrators, else beside it. */
export function projectOf(app: Application, projects: readonly AppProject[]): AppProject | undefined {
	const name = app.spec?.project || "default";
	const at = (ns: string | undefined) =>
		projects.find((p) => p.metadata.name === name && p.metadata.namespace === ns);
	const home = at(projectHome);
	const admits =
		app.metadata.namespace === projectHome || globs(home?.spec?.sourceNamespaces, [app.metadata.namespace]);
	return home && admits ? home : at(app.metadata.namespace);
}

export function isIn(project: AppProject, app: Application): boolean {
	if ((app.spec?.project || "default") !== project.metadata.name) return false;
	return projectOf(app, [project]) === project;
}

export interface RoleView {
	name: string;
	description: string;
	groups: readonly string[];
	/** "may get and sync applications *". */
	may: string[];
	/** Lines that are none. */
	wrong: string[];
}

/** "p, proj:NAME:ROLE, RESOURCE, ACTION, PROJECT/OBJECT, EFFECT" */
export function roleView(role: ProjectRole): RoleView {
	const said = new Map<string, string[]>();
	const wrong: string[] = [];
	for (const line of role.policies ?? []) {
		const [p, , resource, action, object, effect = "allow"] = line.split(",").map((part) => part.trim());
		if (p !== "p" || !resource || !action || !object) {
			wrong.push(line);
			continue;
		}
		const what = object.includes("/") ? object.slice(object.indexOf("/") + 1) : object;
		const key = `${effect === "deny" ? "may not" : "may"}\n${resource} ${what === "*" ? "(all)" : what}`;
		said.set(key, [...(said.get(key) ?? []), action === "*" ? "do anything with" : action]);
	}
	const may = [...said].map(([key, actions]) => {
		const [how = "", what = ""] = key.split("\n");
		return `${how} ${listText(actions)} ${what}`;
	});
	return {
		name: role.name ?? "",
		description: role.description ?? "",
		groups: role.groups ?? [],
		may,
		wrong,
	};
}
