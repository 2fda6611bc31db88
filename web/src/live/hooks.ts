/** What pages use to see live objects. */
import { skipToken, useQueries, useQuery } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useMemo, useSyncExternalStore } from "react";
import { applicationList, type ResourceName, resources, streamId } from "../api/resources.ts";
import type { Application, Obj } from "../api/types.ts";
import type { LiveState, Snapshot } from "./fold.ts";
import { type Hub, type LinkState, liveKey } from "./hub.ts";

const HubContext = createContext<Hub | null>(null);
export const HubProvider = HubContext.Provider;

export function useHub(): Hub {
	const hub = useContext(HubContext);
	if (!hub) throw new Error("useHub outside of HubProvider");
	return hub;
}

export function useLink(): LinkState {
	const hub = useHub();
	return useSyncExternalStore(hub.subscribe, hub.getState);
}

const loading: Snapshot = { state: "loading", items: [] };

function toSnapshots(results: { data?: unknown }[]): Snapshot[] {
	return results.map((r) => (r.data as Snapshot | undefined) ?? loading);
}

/** Live snapshots by stream name ("apps/v1/deployments"). */
export function useStreams(streams: readonly string[]): Snapshot[] {
	const hub = useHub();
	const joined = streams.join(" ");
	useEffect(() => hub.want(joined === "" ? [] : joined.split(" ")), [hub, joined]);
	return useQueries({
		queries: streams.map((id) => ({
			queryKey: liveKey(id),
			queryFn: skipToken,
			staleTime: Number.POSITIVE_INFINITY,
			gcTime: Number.POSITIVE_INFINITY,
		})),
		combine: toSnapshots,
	});
}

/** Live snapshot of one of the resources known by name. */
export function useLive<T extends Obj>(name: ResourceName): Snapshot<T> {
	const streams = useMemo(() => [streamId(resources[name])], [name]);
	return (useStreams(streams)[0] ?? loading) as Snapshot<T>;
}

/** Live snapshot of applications as a list shows them, without their objects. */
export function useApplicationList(): Snapshot<Application> {
	return (useStreams(listStreams)[0] ?? loading) as Snapshot<Application>;
}

const listStreams = [applicationList];

/** What another part of the page watches, if one does: wants nothing itself. */
export function usePassing<T extends Obj>(stream: string): Snapshot<T> | undefined {
	const { data } = useQuery<Snapshot>({
		queryKey: liveKey(stream),
		queryFn: skipToken,
		staleTime: Number.POSITIVE_INFINITY,
		gcTime: Number.POSITIVE_INFINITY,
	});
	return data as Snapshot<T> | undefined;
}

/** Several resources as one list: loading until all that can be read are there. */
export function useLiveAll<T extends Obj>(names: readonly ResourceName[]): Snapshot<T> {
	const joined = names.join(" ");
	const streams = useMemo(
		() => joined.split(" ").map((name) => streamId(resources[name as ResourceName])),
		[joined],
	);
	const all = useStreams(streams);
	return useMemo(() => mergeSnapshots(all) as Snapshot<T>, [all]);
}

function union(all: readonly Snapshot[]): string[] | undefined {
	const some = all.flatMap((s) => s.namespaces ?? []);
	return some.length > 0 ? [...new Set(some)].sort() : undefined;
}

export function mergeSnapshots(all: readonly Snapshot[]): Snapshot {
	const items = all.flatMap((s) => s.items);
	const states = new Set<LiveState>(all.map((s) => s.state));
	const error = all.find((s) => s.error)?.error;
	if (states.has("loading")) return { state: "loading", items, error };
	if (states.has("live") || states.size === 0) return { state: "live", items, namespaces: union(all) };
	return { state: all[0]?.state ?? "live", items, error };
}
