/** How an application differs from Git, object by object. */
import { refKey } from "../api/resources.ts";
import type { Application, AppResource, PathDiff, PlanChange, Ref } from "../api/types.ts";

export interface Change {
	key: string;
	action: "create" | "update" | "delete";
	ref: Ref;
	diff: PathDiff[] | undefined;
}

/** Hooks and what belongs to no manifest are compared with nothing: they have no status. */
export function isDrifted(resource: AppResource): boolean {
	return !resource.hook && resource.status !== undefined && resource.status !== "Synced";
}

/** What a sync would do: from the plan where there is one, else from what is out of sync. */
export function changeRows(app: Application, planned: readonly PlanChange[]): Change[] {
	const byKey = new Map<string, Change>();
	for (const r of app.status?.resources ?? []) {
		if (!isDrifted(r)) continue;
		const action = r.requiresPruning ? "delete" : r.health?.status === "Missing" ? "create" : "update";
		byKey.set(refKey(r), { key: refKey(r), action, ref: r, diff: undefined });
	}
	for (const change of planned) {
		const key = refKey(change.object);
		const action = change.action === "create" || change.action === "delete" ? change.action : "update";
		byKey.set(key, { key, action, ref: change.object, diff: change.diff });
	}
	return [...byKey.values()];
}
