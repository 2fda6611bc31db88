/** Paths into objects as Pave writes them: spec.containers[name=web].image, items[2],
 *  metadata.annotations[a.b/c]. */
import type { PathDiff } from "../api/types.ts";

export type Step = string | { name: string } | { at: number };

export function parsePath(path: string): Step[] {
	const steps: Step[] = [];
	for (const match of path.matchAll(/\[([^\]]*)\]|([^.[\]]+)/g)) {
		const [, bracket, plain] = match;
		if (plain !== undefined) steps.push(plain);
		else if (bracket === undefined) continue;
		else if (/^\d+$/.test(bracket)) steps.push({ at: Number(bracket) });
		else if (bracket.startsWith("name=")) steps.push({ name: bracket.slice(5) });
		else steps.push(bracket);
	}
	return steps;
}

type Container = Record<string | number, unknown>;

/** The key under which `step` is found in `container`; lists by index or by name. */
function keyOf(container: unknown, step: Step): string | number | undefined {
	if (typeof step === "string") return step;
	if (!Array.isArray(container)) return "at" in step ? String(step.at) : undefined;
	if ("at" in step) return step.at;
	const found = container.findIndex((item) => (item as { name?: string } | null)?.name === step.name);
	return found < 0 ? container.length : found;
}

function child(container: unknown, step: Step): unknown {
	const key = keyOf(container, step);
	if (typeof container !== "object" || container === null || key === undefined) return undefined;
	return (container as Container)[key];
}

export function valueAt(object: unknown, path: string): unknown {
	return path === "" ? undefined : parsePath(path).reduce(child, object);
}

function put(object: unknown, steps: readonly Step[], value: unknown): void {
	let at = object as Container;
	for (const [depth, step] of steps.entries()) {
		const key = keyOf(at, step);
		if (key === undefined) return;
		if (depth === steps.length - 1) {
			at[key] = value;
			return;
		}
		if (typeof at[key] !== "object" || at[key] === null)
			at[key] = typeof steps[depth + 1] === "string" ? {} : [];
		at = at[key] as Container;
	}
}

function remove(object: unknown, steps: readonly Step[]): void {
	const last = steps.at(-1);
	const parent = steps.slice(0, -1).reduce(child, object);
	if (last === undefined || typeof parent !== "object" || parent === null) return;
	const key = keyOf(parent, last);
	if (Array.isArray(parent)) parent.splice(Number(key), 1);
	else if (key !== undefined) delete (parent as Container)[key];
}

/** A copy of `object` with every `to` of `diff` in place: what it is meant to be. */
export function applyDiff(object: unknown, diff: readonly PathDiff[]): unknown {
	const copy = structuredClone(object);
	for (const d of diff) if (d.to !== undefined) put(copy, parsePath(d.path), d.to);
	// From the end, so that indexes before stay true.
	for (const d of [...diff].reverse()) if (d.to === undefined) remove(copy, parsePath(d.path));
	return copy;
}
