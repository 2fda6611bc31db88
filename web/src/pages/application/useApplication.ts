import { useMemo, useRef } from "react";
import { ApiError, refusal } from "../../api/client.ts";
import {
	knownResource,
	objectPath,
	objectStreamId,
	refGroupVersion,
	resources,
	streamId,
} from "../../api/resources.ts";
import type { Application, Obj } from "../../api/types.ts";
import type { Snapshot } from "../../live/fold.ts";
import { useStreams } from "../../live/hooks.ts";
import { isElsewhere } from "../../model/apps.ts";
import { namespacesText, type Seen } from "../../model/reach.ts";
import { buildTree, type Tree } from "../../model/tree.ts";
import { seen } from "../../ui/Reach.tsx";

/** What lies below declared resources, through owner references. */
const always = [resources.replicaSets, resources.pods, resources.jobs].map(streamId);

function streamsOf(app: Application | undefined): string[] {
	if (app && isElsewhere(app)) return [];
	const found = new Set<string>(always);
	for (const r of app?.status?.resources ?? []) {
		const known = knownResource(refGroupVersion(r).group, r.kind);
		if (known) found.add(streamId(known));
	}
	return [...found].sort();
}

export interface ApplicationView {
	app: Application | undefined;
	/** Of the kinds that the tree is made of, as one picture: the one before while one of another kind is on its way. */
	objects: Obj[];
	/** Is there a picture? */
	whole: boolean;
	/** Is one on its way? */
	arriving: boolean;
	loading: boolean;
	/** Why there may be one that is not seen. */
	error: ApiError | undefined;
	/** What of the tree may be read. */
	seen: Seen[];
	path: string;
}

function unseen(apps: Snapshot, namespace: string): ApiError | undefined {
	if (apps.state === "loading") return undefined;
	if (apps.state !== "live") return refusal(apps);
	if (!apps.namespaces || apps.namespaces.includes(namespace)) return undefined;
	return new ApiError(403, {}, `You may read applications in ${namespacesText(apps.namespaces)} only.`);
}

/** A tree that grows kind by kind jumps about, and says less than there is: shown is what is whole. */
function usePicture(app: Application | undefined, snapshots: readonly Snapshot[]) {
	// Of which kinds it is, the application says.
	const arriving = app === undefined || snapshots.some((s) => s.state === "loading");
	const next = useMemo(() => snapshots.flatMap((s) => s.items), [snapshots]);
	const last = useRef<{ of: string | undefined; objects: Obj[] }>(undefined);
	if (!arriving) last.current = { of: app.metadata.uid, objects: next };
	const kept = last.current && last.current.of === app?.metadata.uid ? last.current.objects : undefined;
	return { objects: kept ?? next, whole: kept !== undefined, arriving };
}

export function useApplication(namespace: string, name: string): ApplicationView {
	const one = useMemo(() => [objectStreamId(resources.applications, namespace, name)], [namespace, name]);
	const [apps = { state: "loading", items: [] }] = useStreams(one) as Snapshot<Application>[];
	const app = apps.items[0];
	const wanted = streamsOf(app).join(" ");
	const streams = useMemo(() => (wanted === "" ? [] : wanted.split(" ")), [wanted]);
	const snapshots = useStreams(streams);
	const picture = usePicture(app, snapshots);
	return {
		app,
		...picture,
		loading: apps.state === "loading",
		error: unseen(apps, namespace),
		seen: snapshots.map((s, at) => seen(streams[at]?.split("/").at(-1) ?? "", s)),
		path: objectPath(resources.applications, namespace, name),
	};
}

export function useTree(app: Application, objects: Obj[], spent: boolean): Tree {
	return useMemo(() => buildTree(app, objects, { spent }), [app, objects, spent]);
}
