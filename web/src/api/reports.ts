/** Policy reports: views that the server computes when asked.  Asked again when a watched policy or
 *  workload changed, shortly after the last change; never by a timer. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef } from "react";
import type { Snapshot } from "../live/fold.ts";
import { useLive } from "../live/hooks.ts";
import { OwnerIndex } from "../model/owners.ts";
import {
	isPolicy,
	type Policy,
	policiesOf,
	policyNamespaces,
	type Violation,
	violationsOf,
} from "../model/violations.ts";
import { ApiError, getJson, getRights, type Right } from "./client.ts";
import { objKey, refKey } from "./resources.ts";
import type { Application, ConfigMap, Entity, Obj, PolicyReport } from "./types.ts";

const group = "wgpolicyk8s.io";
const version = "v1alpha2";
const base = `/apis/${group}/${version}`;
/** Clusterwide ones are few: who may not read them sees the others. */
const plurals = ["policyreports", "clusterpolicyreports"];
const settleMs = 800;

async function items(path: string, signal: AbortSignal): Promise<PolicyReport[]> {
	return (await getJson<{ items?: PolicyReport[] }>(path, signal)).items ?? [];
}

async function listed(plural: string, right: Right, signal: AbortSignal): Promise<PolicyReport[]> {
	if (right.everywhere) return items(`${base}/${plural}`, signal);
	const lists = await Promise.all(
		right.namespaces.map((ns) => items(`${base}/namespaces/${encodeURIComponent(ns)}/${plural}`, signal)),
	);
	return lists.flat();
}

/** Of the places where they may be read: asked first, because a browser logs each refusal as a fault. */
export const reportsQuery = queryOptions({
	queryKey: ["reports"],
	queryFn: async ({ signal }) => {
		const rights = await getRights(
			plurals.map((plural) => `${group}/${version}/${plural}`),
			signal,
		);
		const first = rights[0];
		if (first && !first.absent && !first.everywhere && first.namespaces.length === 0)
			throw new ApiError(403, { message: first.message }, "Policy reports may not be read.");
		const lists = await Promise.all(
			plurals.map((plural, at) => (rights[at] ? listed(plural, rights[at], signal) : [])),
		);
		return lists.flat();
	},
	placeholderData: (before) => before,
});

/** Changes exactly if a version of one of the objects does. */
function versionsOf(objects: readonly Obj[]): string {
	return objects
		.map((o) => `${o.metadata.uid}:${o.metadata.generation ?? o.metadata.resourceVersion}`)
		.join();
}

export interface Governance {
	policies: Policy[];
	violations: Violation[];
	loading: boolean;
	error: unknown;
	/** What of the ConfigMaps may be read. */
	maps: Snapshot;
	/** Policies may not be read where they are kept. */
	unread: boolean;
	retry: () => void;
}

function canRead(maps: Snapshot, namespace: string): boolean {
	return !maps.namespaces || maps.namespaces.includes(namespace);
}

/** `also`: what else is judged by, whose change asks again. */
export function useGovernance(also: readonly Snapshot[] = []): Governance {
	const maps = useLive<ConfigMap>("configMaps");
	const deployments = useLive("deployments");
	const apps = useLive<Application>("applications");
	const components = useLive<Entity>("components");
	const policyMaps = useMemo(() => maps.items.filter(isPolicy), [maps.items]);
	const others = versionsOf(also.flatMap((s) => s.items));
	const stamp = useMemo(
		() =>
			`${policyMaps.map((m) => m.metadata.resourceVersion).join()} ${versionsOf(deployments.items)} ${others}`,
		[policyMaps, deployments.items, others],
	);
	const settled = [maps, deployments, ...also].every((s) => s.state !== "loading");
	const { data, error, refetch } = useQuery(reportsQuery);
	const first = useRef<string>(undefined);
	useEffect(() => {
		if (!settled) return;
		if (first.current === undefined || first.current === stamp) {
			first.current = stamp;
			return;
		}
		first.current = stamp;
		const timer = setTimeout(() => void refetch(), settleMs);
		return () => clearTimeout(timer);
	}, [stamp, refetch, settled]);
	const owners = useMemo(() => new OwnerIndex(components.items, apps.items), [components.items, apps.items]);
	const policies = useMemo(() => policiesOf(policyMaps), [policyMaps]);
	const violations = useMemo(() => {
		const byKey = new Map(deployments.items.map((o) => [objKey(o), o]));
		return violationsOf(data ?? [], owners.find, (ref) => byKey.get(refKey(ref)));
	}, [data, owners, deployments.items]);
	const unread = maps.state === "denied" || !policyNamespaces.some((ns) => canRead(maps, ns));
	return {
		unread,
		maps,
		policies,
		violations,
		loading: maps.state === "loading" || (data === undefined && !error),
		error,
		retry: () => void refetch(),
	};
}
