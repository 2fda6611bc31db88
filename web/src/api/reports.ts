/** What policies have against what exists: watched, as everything else. */
import { useMemo } from "react";
import type { Snapshot } from "../live/fold.ts";
import { useHub, useLive, useLiveAll } from "../live/hooks.ts";
import { OwnerIndex } from "../model/owners.ts";
import {
	isPolicy,
	type Policy,
	policiesOf,
	policyNamespaces,
	type Violation,
	violationsOf,
} from "../model/violations.ts";
import { ApiError } from "./client.ts";
import { objKey, refKey, reportResources } from "./resources.ts";
import type { Application, ConfigMap, Entity, PolicyReport } from "./types.ts";

/** Clusterwide ones are few: who may not read them sees the others. */
export function useReports(): Snapshot<PolicyReport> {
	return useLiveAll<PolicyReport>(reportResources);
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

function errorOf({ state, error }: Snapshot): ApiError | undefined {
	if (state !== "denied" && state !== "failed") return undefined;
	return new ApiError(state === "denied" ? 403 : 500, { message: error }, "Policy reports may not be read.");
}

export function useGovernance(): Governance {
	const maps = useLive<ConfigMap>("configMaps");
	const deployments = useLive("deployments");
	const apps = useLive<Application>("applications");
	const components = useLive<Entity>("components");
	const reports = useReports();
	const { retryNow } = useHub();
	const owners = useMemo(() => new OwnerIndex(components.items, apps.items), [components.items, apps.items]);
	const policies = useMemo(() => policiesOf(maps.items.filter(isPolicy)), [maps.items]);
	const violations = useMemo(() => {
		const byKey = new Map(deployments.items.map((o) => [objKey(o), o]));
		return violationsOf(reports.items, owners.find, (ref) => byKey.get(refKey(ref)));
	}, [reports.items, owners, deployments.items]);
	const error = useMemo(() => errorOf(reports), [reports]);
	const unread = maps.state === "denied" || !policyNamespaces.some((ns) => canRead(maps, ns));
	return {
		unread,
		maps,
		policies,
		violations,
		loading: maps.state === "loading" || reports.state === "loading",
		error,
		retry: retryNow,
	};
}
