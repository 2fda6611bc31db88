/** Objects with believable metadata; ids and ages are the same in every run. */
import type { Obj } from "../../src/api/types.ts";

export interface Any extends Obj {
	[key: string]: unknown;
}

export function hash(text: string): number {
	let h = 2166136261;
	for (const c of text) h = Math.imul(h ^ c.charCodeAt(0), 16777619) >>> 0;
	return h;
}

export function hex(text: string, length: number): string {
	let out = "";
	for (let at = 0; out.length < length; at++) out += hash(`${text}${at}`).toString(16).padStart(8, "0");
	return out.slice(0, length);
}

export function before(seconds: number): string {
	return new Date(Date.now() - seconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");
}

export function uid(text: string): string {
	const h = hex(text, 32);
	return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-a${h.slice(17, 20)}-${h.slice(20)}`;
}

const letters = "bcdfghjklmnpqrstvwxz2456789";

export function suffix(text: string, length: number): string {
	return [...Array(length).keys()].map((at) => letters[hash(`${text}${at}s`) % letters.length]).join("");
}

export function object(apiVersion: string, kind: string, namespace: string, name: string, rest: object): Any {
	const { metadata, ...body } = rest as { metadata?: object };
	const key = `${kind}/${namespace}/${name}`;
	return {
		apiVersion,
		kind,
		metadata: {
			name,
			...(namespace ? { namespace } : {}),
			uid: uid(key),
			resourceVersion: String(1000 + (hash(key) % 9000)),
			generation: 1,
			creationTimestamp: before(86_400 * 3 + (hash(key) % (86_400 * 60))),
			...metadata,
		},
		...body,
	};
}

export function owner(of: Any) {
	return [
		{
			apiVersion: of.apiVersion ?? "",
			kind: of.kind ?? "",
			name: of.metadata.name,
			uid: of.metadata.uid ?? "",
			controller: true,
		},
	];
}
