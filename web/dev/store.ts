/** The fake server's objects, with watchers. */
import { constraintResource, objKey, refOf, resources, streamId } from "../src/api/resources.ts";
import type { Any } from "./data/make.ts";

export type Change = { resource: string; type: "ADDED" | "MODIFIED" | "DELETED"; object: Any };

function resourceOf(obj: Any): string {
	const ref = refOf(obj);
	const known = Object.values(resources).find((r) => r.group === ref.group && r.kind === obj.kind);
	if (ref.group === "constraints.gatekeeper.sh") return streamId(constraintResource(ref.kind));
	if (!known) throw new Error(`the fake server does not know ${obj.kind}`);
	return streamId(known);
}

export class Store {
	private readonly objects = new Map<string, Map<string, Any>>();
	private readonly watchers = new Set<(change: Change) => void>();
	private revision = 10_000;

	constructor(initial: Any[]) {
		for (const obj of initial) this.of(resourceOf(obj)).set(objKey(obj), obj);
	}

	private of(resource: string): Map<string, Any> {
		const found = this.objects.get(resource) ?? new Map<string, Any>();
		this.objects.set(resource, found);
		return found;
	}

	list(resource: string): Any[] {
		return [...this.of(resource).values()];
	}

	*all(): Iterable<Any> {
		for (const map of this.objects.values()) yield* map.values();
	}

	find(resource: string, namespace: string, name: string): Any | undefined {
		return this.list(resource).find(
			(o) => o.metadata.name === name && (o.metadata.namespace ?? "") === namespace,
		);
	}

	put(obj: Any): Any {
		const resource = resourceOf(obj);
		const key = objKey(obj);
		const type = this.of(resource).has(key) ? "MODIFIED" : "ADDED";
		const stored = { ...obj, metadata: { ...obj.metadata, resourceVersion: String(++this.revision) } };
		this.of(resource).set(key, stored);
		this.tell({ resource, type, object: stored });
		return stored;
	}

	remove(obj: Any): void {
		const resource = resourceOf(obj);
		if (this.of(resource).delete(objKey(obj))) this.tell({ resource, type: "DELETED", object: obj });
	}

	private tell(change: Change): void {
		for (const watcher of this.watchers) watcher(change);
	}

	watch(watcher: (change: Change) => void): () => void {
		this.watchers.add(watcher);
		return () => this.watchers.delete(watcher);
	}
}

/** RFC 7386. */
export function merge(target: unknown, patch: unknown): unknown {
	if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
	const out: Record<string, unknown> =
		typeof target === "object" && target !== null && !Array.isArray(target) ? { ...target } : {};
	for (const [key, value] of Object.entries(patch)) {
		if (value === null) delete out[key];
		else out[key] = merge(out[key], value);
	}
	return out;
}
