import { useMemo } from "react";
import { knownResource, objectPath, refGroupVersion, resources, streamId } from "../../api/resources.ts";
import type { Application, Obj } from "../../api/types.ts";
import { useLive, useStreams } from "../../live/hooks.ts";
import { buildTree, type Tree } from "../../model/tree.ts";

/** What lies below declared resources, through owner references. */
const always = [resources.replicaSets, resources.pods, resources.jobs].map(streamId);

function streamsOf(app: Application | undefined): string[] {
	const found = new Set<string>(always);
	for (const r of app?.status?.resources ?? []) {
		const known = knownResource(refGroupVersion(r).group, r.kind);
		if (known) found.add(streamId(known));
	}
	return [...found].sort();
}

export interface ApplicationView {
	app: Application | undefined;
	objects: Obj[];
	loading: boolean;
	error: string | undefined;
	path: string;
}

export function useApplication(namespace: string, name: string): ApplicationView {
	const apps = useLive<Application>("applications");
	const app = apps.items.find((a) => a.metadata.name === name && a.metadata.namespace === namespace);
	const wanted = streamsOf(app).join(" ");
	const streams = useMemo(() => wanted.split(" "), [wanted]);
	const snapshots = useStreams(streams);
	const objects = useMemo(() => snapshots.flatMap((s) => s.items), [snapshots]);
	return {
		app,
		objects,
		loading: apps.state === "loading",
		error: apps.state === "live" || apps.state === "loading" ? undefined : (apps.error ?? apps.state),
		path: objectPath(resources.applications, namespace, name),
	};
}

export function useTree(app: Application, objects: Obj[], spent: boolean): Tree {
	return useMemo(() => buildTree(app, objects, { spent }), [app, objects, spent]);
}
