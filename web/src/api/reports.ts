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
import { ApiError, getJson, getRights } from "./client.ts";
import { objKey, refKey } from "./resources.ts";
import type { Application, ConfigMap, Entity, Obj, PolicyReport } from "./types.ts";

const base = "/apis/wgpolicyk8s.io/v1alpha2";
const settleMs = 800;

async function items(path: string, signal: AbortSignal): Promise<PolicyReport[]> {
	return (await getJson<{ items?: PolicyReport[] }>(path, signal)).items ?? [];
}

/** Reports of the namespaces in which somebody may read them, who may not read them everywhere. */
async function permitted(refused: ApiError, signal: AbortSignal): Promise<PolicyReport[]> {
	const rights = await getRights(["wgpolicyk8s.io/v1alpha2/policyreports"], signal);
	const namespaces = rights[0]?.namespaces ?? [];
	if (namespaces.length === 0) throw refused;
	const lists = await Promise.all(
		namespaces.map((ns) => items(`${base}/namespaces/${encodeURIComponent(ns)}/policyreports`, signal)),
	);
	return lists.flat();
}

async function list(plural: string, signal: AbortSignal): Promise<PolicyReport[]> {
	try {
		return await items(`${base}/${plural}`, signal);
	} catch (error) {
		if (!(error instanceof ApiError) || (error.code !== 404 && error.code !== 403)) throw error;
		if (error.code === 403 && plural === "policyreports") return permitted(error, signal);
		return [];
	}
}

export const reportsQuery = queryOptions({
	queryKey: ["reports"],
	queryFn: async ({ signal }) => {
		const [namespaced, cluster] = await Promise.all([
			list("policyreports", signal),
			list("clusterpolicyreports", signal),
		]);
		return [...namespaced, ...cluster];
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

export function useGovernance(): Governance {
	const maps = useLive<ConfigMap>("configMaps");
	const deployments = useLive("deployments");
	const apps = useLive<Application>("applications");
	const components = useLive<Entity>("components");
	const policyMaps = useMemo(() => maps.items.filter(isPolicy), [maps.items]);
	const stamp = useMemo(
		() => `${policyMaps.map((m) => m.metadata.resourceVersion).join()} ${versionsOf(deployments.items)}`,
		[policyMaps, deployments.items],
	);
	const { data, error, refetch } = useQuery(reportsQuery);
	const first = useRef<string>(undefined);
	useEffect(() => {
		const settled = maps.state !== "loading" && deployments.state !== "loading";
		if (!settled) return;
		if (first.current === undefined || first.current === stamp) {
			first.current = stamp;
			return;
		}
		first.current = stamp;
		const timer = setTimeout(() => void refetch(), settleMs);
		return () => clearTimeout(timer);
	}, [stamp, refetch, maps.state, deployments.state]);
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
		loading: data === undefined && !error,
		error,
		retry: () => void refetch(),
	};
}
