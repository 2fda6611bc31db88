/** Who made an object: its owners, up to the application that declares the topmost. */
import { objKey, refGroupVersion, refKey, refOf } from "../api/resources.ts";
import type { Application, Obj, Ref, Workload } from "../api/types.ts";
import { isElsewhere } from "./apps.ts";
import { newestFirst } from "./workload.ts";

export interface Link {
	ref: Ref;
	here: boolean;
	/** Only the object itself says so: it is none of those that may be read. */
	unread?: boolean;
}

const longest = 10;
const tracking = "argocd.argoproj.io/tracking-id";

/** The application that an object says it is of ("[namespace_]name:group/Kind:namespace/name"), which may be
 *  one that we may not read.  An id that was copied with another object names nothing. */
function trackedBy(object: Obj): Ref | undefined {
	const [app = "", kind, place] = object.metadata.annotations?.[tracking]?.split(":") ?? [];
	const self = refOf(object);
	const { group } = refGroupVersion(self);
	if (app === "" || kind !== `${group}/${self.kind}` || !place?.endsWith(`/${self.name}`)) return undefined;
	const [name = "", namespace = "argocd"] = app.split("_").reverse();
	return { group: "argoproj.io", version: "v1alpha1", kind: "Application", namespace, name };
}

/** The applications that make a namespace if it is not there (CreateNamespace=true): nothing in it says who did. */
export function namespaceMakers({ kind, metadata }: Obj, apps: readonly Application[]): Application[] {
	if (kind !== "Namespace") return [];
	return apps.filter(
		(app) =>
			!isElsewhere(app) &&
			app.spec?.destination?.namespace === metadata.name &&
			app.spec.syncPolicy?.syncOptions?.includes("CreateNamespace=true"),
	);
}

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
	const app = apps.find((a) => !isElsewhere(a) && a.status?.resources?.some((r) => refKey(r) === key));
	const ref = app
		? refOf({ ...app, apiVersion: "argoproj.io/v1alpha1", kind: "Application" })
		: trackedBy(top);
	if (ref) chain.unshift({ ref, here: false, ...(app ? {} : { unread: true }) });
	return chain;
}

/** What came of an object, through owner references: the pods of a Deployment and the ReplicaSets between. */
export function descendants<T extends Obj>(object: Obj, known: readonly T[]): T[] {
	const found = new Map<string | undefined, T | undefined>([[object.metadata.uid, undefined]]);
	for (let before = 0; before < found.size; ) {
		before = found.size;
		for (const one of known) {
			const { uid, ownerReferences = [] } = one.metadata;
			if (uid && !found.has(uid) && ownerReferences.some((o) => found.has(o.uid))) found.set(uid, one);
		}
	}
	return [...found.values()].filter((o) => o !== undefined);
}

/** The pods of an object, the newest first: itself, if it is one. */
export function podsOf(object: Obj, known: readonly Obj[]): Workload[] {
	const pods = object.kind === "Pod" ? [object] : descendants(object, known).filter((o) => o.kind === "Pod");
	return newestFirst(pods as Workload[]);
}
