/** What changed while one was not looking: out of one picture of the applications and violations and the next. */
import type { Application } from "../api/types.ts";
import { appHref, objectHref } from "./links.ts";
import { healthState, modeStates, type State } from "./state.ts";
import { shortRevision } from "./text.ts";
import { isTrial } from "./trial.ts";
import type { Violation } from "./violations.ts";

export interface Note {
	id: number;
	at: number;
	state: State;
	name: string;
	text: string;
	href: string;
}

export type News = Omit<Note, "id" | "at">;

interface Known {
	health: string;
	sync: string;
	phase: string;
}

export type KnownApps = ReadonlyMap<string, Known>;

export function knownApps(apps: readonly Application[]): KnownApps {
	return new Map(
		apps.map((app) => [
			`${app.metadata.namespace}/${app.metadata.name}`,
			{
				health: app.status?.health?.status ?? "",
				sync: app.status?.sync?.status ?? "",
				phase: app.status?.operationState?.phase ?? "",
			},
		]),
	);
}

const bad = new Set(["Degraded", "Missing"]);

/** Ill, well again, drifted, a sync that ended; not each step of a roll-out on the way. */
function newsOf(app: Application, was: Known, is: Known): { state: State; text: string }[] {
	const news: { state: State; text: string }[] = [];
	if (was.health !== is.health && bad.has(is.health)) {
		const message = app.status?.health?.message;
		news.push({ state: healthState(is.health), text: message ? `${is.health}: ${message}` : is.health });
	}
	if (is.health === "Healthy" && was.health !== "" && was.health !== "Healthy")
		news.push({ state: "ok", text: `${was.health} before, Healthy now` });
	if (was.sync === "Synced" && is.sync === "OutOfSync") news.push({ state: "warn", text: "Out of sync" });
	if (isTrial(app.status?.operationState)) return news;
	if (was.phase !== is.phase && (is.phase === "Failed" || is.phase === "Error"))
		news.push({ state: "fail", text: `Sync failed: ${app.status?.operationState?.message ?? ""}` });
	if (was.phase === "Running" && is.phase === "Succeeded")
		news.push({ state: "ok", text: `Synced to ${shortRevision(app.status?.sync?.revision)}` });
	return news;
}

export function appNews(before: KnownApps, apps: readonly Application[], after: KnownApps): News[] {
	return apps.flatMap((app) => {
		const key = `${app.metadata.namespace}/${app.metadata.name}`;
		const was = before.get(key);
		const is = after.get(key);
		if (!was || !is) return [];
		const href = appHref(app.metadata.namespace, app.metadata.name);
		return newsOf(app, was, is).map((news) => ({ ...news, name: app.metadata.name, href }));
	});
}

export function violationId(v: Violation): string {
	return [v.policy, v.rule, v.ref.kind, v.ref.namespace, v.ref.name, v.message].join("\n");
}

export function violationNews(before: ReadonlySet<string>, violations: readonly Violation[]): News[] {
	return violations
		.filter((v) => !before.has(violationId(v)))
		.map((v) => ({
			state: modeStates[v.mode],
			name: `${v.ref.kind}/${v.ref.name}`,
			text: `${v.policy}: ${v.message}`,
			href: objectHref(v.ref),
		}));
}
