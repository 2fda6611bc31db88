/** Who made an object: its owners, up to the application that declares the topmost. */
import { objKey, refKey, refOf } from "../api/resources.ts";
import type { Application, Obj, Ref } from "../api/types.ts";

export interface Link {
	ref: Ref;
	here: boolean;
}

const longest = 10;

export function ownerChain(object: Obj, known: readonly Obj[], apps: readonly Application[]): Link[] {
	const byUid = new Map(known.map((o) => [o.metadata.uid, o]));
	const chain: Link[] = [{ ref: refOf(object), here: true }];
	let top: Obj = object;
	while (chain.length < longest) {
		const owners = top.metadata.ownerReferences ?? [];
		const owner = owners.find((o) => o.controller) ?? owners[0];
		if (!owner) break;
		const namespace = top.metadata.namespace;
		chain.unshift({
			ref: { apiVersion: owner.apiVersion, kind: owner.kind, name: owner.name, namespace },
			here: false,
		});
		const found = byUid.get(owner.uid);
		if (!found) break;
		top = found;
	}
	const key = objKey(top);
	const app = apps.find((a) => a.status?.resources?.some((r) => refKey(r) === key));
	if (app)
		chain.unshift({
			ref: refOf({ ...app, apiVersion: "argoproj.io/v1alpha1", kind: "Application" }),
			here: false,
		});
	return chain;
}
