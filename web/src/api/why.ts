import { queryOptions } from "@tanstack/react-query";
import { getJson } from "./client.ts";
import { refKey } from "./resources.ts";
import type { PlanChange, Ref, Why } from "./types.ts";

/** The last plans about an object.  Asked again when the object changes: its version is in the key. */
export function whyQuery(path: string | undefined, resourceVersion: string | undefined) {
	return queryOptions({
		queryKey: ["why", path, resourceVersion],
		queryFn: ({ signal }) => getJson<Why>(`${path}/why`, signal),
		enabled: path !== undefined,
		retry: false,
		placeholderData: (before) => before,
	});
}

/** What the newest plan that would change something says about each object. */
export function pendingChanges(why: Why | undefined): PlanChange[] {
	const newest = why?.plans?.[0];
	return (newest?.changes ?? []).filter((c) => c.action !== "status");
}

export function changeOf(changes: readonly PlanChange[], ref: Ref): PlanChange | undefined {
	const key = refKey(ref);
	return changes.find((c) => refKey(c.object) === key);
}
