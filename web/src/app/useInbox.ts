import { useEffect, useRef, useSyncExternalStore } from "react";
import { applicationList, resources, streamId } from "../api/resources.ts";
import type { Application, PolicyReport } from "../api/types.ts";
import { usePassing } from "../live/hooks.ts";
import { appNews, type KnownApps, knownApps, violationId, violationNews } from "../model/inbox.ts";
import { violationsOf } from "../model/violations.ts";
import { addNews, type Inbox, inboxState, subscribe } from "./inboxStore.ts";

/** Watches what pages watch anyway: wants no stream and asks for nothing of its own. */
export function useInbox(): Inbox {
	const whole = usePassing<Application>(streamId(resources.applications));
	const listed = usePassing<Application>(applicationList);
	const apps = whole ?? listed;
	const reports = usePassing<PolicyReport>(streamId(resources.policyFindings));
	const known = useRef<KnownApps>(undefined);
	const broken = useRef<ReadonlySet<string>>(undefined);
	useEffect(() => {
		if (apps?.state !== "live") return;
		const after = knownApps(apps.items);
		if (known.current) addNews(appNews(known.current, apps.items, after), Date.now());
		known.current = new Map([...(known.current ?? []), ...after]);
	}, [apps]);
	useEffect(() => {
		if (reports?.state !== "live") return;
		const violations = violationsOf(reports.items, () => undefined);
		if (broken.current) addNews(violationNews(broken.current, violations), Date.now());
		broken.current = new Set(violations.map(violationId));
	}, [reports]);
	return useSyncExternalStore(subscribe, inboxState);
}
