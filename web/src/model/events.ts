import type { KubeEvent, Obj } from "../api/types.ts";
import { instant } from "./time.ts";

export function eventTime(event: KubeEvent): string | undefined {
	return event.lastTimestamp || event.eventTime || event.firstTimestamp || event.metadata.creationTimestamp;
}

/** Argo CD writes nothing for a state that was never told: "Updated sync status:  -> Synced". */
export function eventMessage(event: KubeEvent): string | undefined {
	return event.message?.replace(":  -> ", ": Unknown -> ");
}

/** Times are of whole seconds: within one, the store's revision says what came later. */
export function newestEvents(events: readonly KubeEvent[], count?: number): KubeEvent[] {
	const revision = (event: KubeEvent) => Number(event.metadata.resourceVersion ?? 0);
	const sorted = [...events].sort(
		(a, b) => (instant(eventTime(b)) ?? 0) - (instant(eventTime(a)) ?? 0) || revision(b) - revision(a),
	);
	return count === undefined ? sorted : sorted.slice(0, count);
}

function aboutKey(kind: string | undefined, namespace: string | undefined, name: string | undefined): string {
	return `${kind}/${namespace ?? ""}/${name}`;
}

/** Events whose involved object is one of `objects`: by uid, or by name where there is none. */
export function eventsAbout(events: readonly KubeEvent[], objects: readonly Obj[]): KubeEvent[] {
	const uids = new Set(objects.map((o) => o.metadata.uid).filter(Boolean));
	const names = new Set(objects.map((o) => aboutKey(o.kind, o.metadata.namespace, o.metadata.name)));
	return newestEvents(
		events.filter(({ involvedObject: at }) =>
			at?.uid ? uids.has(at.uid) : names.has(aboutKey(at?.kind, at?.namespace, at?.name)),
		),
	);
}
