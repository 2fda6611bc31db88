import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useSyncExternalStore } from "react";
import { reportsQuery } from "../api/reports.ts";
import type { Application } from "../api/types.ts";
import { usePassing } from "../live/hooks.ts";
import { appNews, type KnownApps, knownApps, violationId, violationNews } from "../model/inbox.ts";
import { violationsOf } from "../model/violations.ts";
import { addNews, type Inbox, inboxState, subscribe } from "./inboxStore.ts";

/** Watches what pages watch anyway: wants no stream and asks for nothing of its own. */
export function useInbox(): Inbox {
	const apps = usePassing<Application>("applications");
	const { data: reports } = useQuery({ ...reportsQuery, enabled: false });
	const known = useRef<KnownApps>(undefined);
	const broken = useRef<ReadonlySet<string>>(undefined);
	useEffect(() => {
		if (apps?.state !== "live") return;
		const after = knownApps(apps.items);
		if (known.current) addNews(appNews(known.current, apps.items, after), Date.now());
		known.current = new Map([...(known.current ?? []), ...after]);
	}, [apps]);
	useEffect(() => {
		if (!reports) return;
		const violations = violationsOf(reports, () => undefined);
		if (broken.current) addNews(violationNews(broken.current, violations), Date.now());
		broken.current = new Set(violations.map(violationId));
	}, [reports]);
	return useSyncExternalStore(subscribe, inboxState);
}
