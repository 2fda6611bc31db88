/** Folds watch events into what is known of one resource.  Pure: the hub owns the state. */
import { objKey } from "../api/resources.ts";
import type { Obj, Status } from "../api/types.ts";

export type LiveState = "loading" | "live" | "denied" | "absent" | "failed";

export interface Snapshot<T extends Obj = Obj> {
	state: LiveState;
	items: T[];
	error?: string;
	/** Where they may be listed, if that is not everywhere. */
	namespaces?: readonly string[];
}

export interface WatchLine {
	resource: string;
	type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "SYNCED" | "ERROR" | "RIGHTS";
	object?: Obj | Status;
	/** Of SYNCED: the namespaces that are told of, if not all. */
	namespaces?: string[];
}

/** `arriving` collects the initial list of a new stream; until SYNCED the last picture stays. */
export interface Folded {
	state: LiveState;
	error?: string;
	namespaces?: readonly string[];
	current: Map<string, Obj>;
	arriving: Map<string, Obj> | null;
}

export function emptyFold(): Folded {
	return { state: "loading", current: new Map(), arriving: new Map() };
}

/** A stream starts anew: list again, keep showing what we have. */
export function restart(fold: Folded): Folded {
	return { ...fold, arriving: new Map() };
}

function put(map: Map<string, Obj>, line: WatchLine): void {
	const obj = line.object as Obj;
	if (!obj?.metadata?.name) return;
	const key = obj.metadata.uid ?? objKey(obj);
	if (line.type === "DELETED") map.delete(key);
	else map.set(key, obj);
}

function refused(status: Status | undefined): Folded {
	const code = status?.code ?? 500;
	const state = code === 403 ? "denied" : code === 404 ? "absent" : "failed";
	return { state, error: status?.message, current: new Map(), arriving: null };
}

/** Applies a batch of lines; returns the same fold if nothing that is visible changed. */
export function fold(before: Folded, lines: readonly WatchLine[]): Folded {
	let after = before;
	let touched = false;
	for (const line of lines) {
		switch (line.type) {
			case "ADDED":
			case "MODIFIED":
			case "DELETED":
				if (after.arriving) {
					put(after.arriving, line);
				} else {
					if (!touched) after = { ...after, current: new Map(after.current) };
					touched = true;
					put(after.current, line);
				}
				break;
			case "SYNCED":
				if (after.arriving) {
					after = {
						state: "live",
						namespaces: line.namespaces,
						current: after.arriving,
						arriving: null,
					};
					touched = true;
				}
				break;
			case "ERROR":
				// Fell behind: the stream ends and the next one lists anew. Nothing is wrong with what we show.
				if ((line.object as Status | undefined)?.code === 410) break;
				after = refused(line.object as Status);
				touched = false;
				break;
			default:
				break;
		}
	}
	return after;
}

export function snapshot(folded: Folded): Snapshot {
	const { state, error, namespaces, current } = folded;
	return { state, error, namespaces, items: [...current.values()] };
}
