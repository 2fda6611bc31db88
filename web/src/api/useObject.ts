/** One object of any kind: from the stream if its kind can be watched, else read once. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useStreams } from "../live/hooks.ts";
import { ApiError, getJson } from "./client.ts";
import {
	isToldInPart,
	knownResource,
	objectPath,
	objectStreamId,
	type Resource,
	refGroupVersion,
	streamId,
} from "./resources.ts";
import type { Obj, Ref } from "./types.ts";

interface ResourceList {
	resources?: { name: string; kind: string; namespaced: boolean }[];
}

export function discoveryQuery(group: string, version: string) {
	const path = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
	return queryOptions({
		queryKey: ["discovery", path],
		queryFn: ({ signal }) => getJson<ResourceList>(path, signal),
	});
}

/** The resource that serves a kind; asks the server about kinds the portal does not know. */
export function useResource(ref: Ref | undefined): { resource?: Resource; error?: unknown } {
	const { group, version } = ref ? refGroupVersion(ref) : { group: "", version: "v1" };
	const known = ref ? knownResource(group, ref.kind) : undefined;
	const { data, error } = useQuery({
		...discoveryQuery(group, version),
		enabled: ref !== undefined && !known,
	});
	return useMemo(() => {
		if (!ref || known) return { resource: known };
		const found = data?.resources?.find((r) => r.kind === ref.kind && !r.name.includes("/"));
		if (found)
			return {
				resource: { group, version, plural: found.name, kind: found.kind, namespaced: found.namespaced },
			};
		return {
			error:
				error ??
				(data
					? new ApiError(404, {}, `The server has no kind ${ref.kind} in ${group}/${version}`)
					: undefined),
		};
	}, [ref, known, data, error, group, version]);
}

export interface FoundObject {
	object?: Obj;
	resource?: Resource;
	path?: string;
	loading: boolean;
	error?: unknown;
}

export function useObject(ref: Ref | undefined): FoundObject {
	const { resource, error: unknownKind } = useResource(ref);
	const { namespace = "", name = "" } = ref ?? {};
	const streams = useMemo(() => {
		if (!resource) return [];
		return [isToldInPart(resource) ? objectStreamId(resource, namespace, name) : streamId(resource)];
	}, [resource, namespace, name]);
	const [snapshot] = useStreams(streams);
	const path = resource && ref ? objectPath(resource, ref.namespace, ref.name) : undefined;
	const beyond =
		resource?.namespaced &&
		snapshot?.namespaces !== undefined &&
		!snapshot.namespaces.includes(ref?.namespace ?? "");
	const unwatched =
		snapshot !== undefined && snapshot.state !== "loading" && (snapshot.state !== "live" || beyond === true);
	const read = useQuery({
		queryKey: ["object", path],
		queryFn: ({ signal }) => getJson<Obj>(path ?? "", signal),
		enabled: path !== undefined && unwatched,
	});
	const live = snapshot?.items.find(
		(o) => o.metadata.name === ref?.name && (o.metadata.namespace ?? "") === (ref?.namespace ?? ""),
	);
	if (unknownKind) return { loading: false, error: unknownKind };
	if (!snapshot || snapshot.state === "loading") return { resource, path, loading: ref !== undefined };
	if (unwatched)
		return { object: read.data, resource, path, loading: read.isPending, error: read.error ?? undefined };
	if (live) return { object: live, resource, path, loading: false };
	const missing = new ApiError(
		404,
		{ reason: "NotFound" },
		`${ref?.kind} ${ref?.name} does not exist, or not any more`,
	);
	return { resource, path, loading: false, error: missing };
}
