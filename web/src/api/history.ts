import { queryOptions } from "@tanstack/react-query";
import { getJson } from "./client.ts";
import type { Application } from "./types.ts";

/** A commit that was deployed, and what came with it since the one before. */
export interface Deployment {
	/** Of the entry in the application's history. */
	id: number;
	commit: string;
	/** Nothing of these if the repository's mirror has no such commit. */
	author?: string;
	email?: string;
	date?: string;
	subject?: string;
	/** How many commits came; the subjects of the others of them. */
	commits?: number;
	others?: string[];
	/** Or how many it goes back. */
	back?: number;
	/** What differs below the application's path. */
	files?: { path: string; change: "added" | "changed" | "removed" }[];
	moreFiles?: boolean;
}

/** What each entry of the history was, in one answer; asked again when there is a new one. */
export function historyQuery(app: Application) {
	const { namespace = "", name } = app.metadata;
	const entries = app.status?.history ?? [];
	return queryOptions({
		queryKey: ["history", namespace, name, entries.at(-1)?.id, entries.at(-1)?.revision],
		queryFn: async ({ signal }) => {
			const path = `/delivery/history/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;
			const { items } = await getJson<{ items: Deployment[] }>(path, signal);
			return new Map(items.map((item) => [item.id, item]));
		},
		enabled: entries.length > 0,
		retry: false,
		staleTime: Number.POSITIVE_INFINITY,
		// Of this application only: ids are small numbers, and another's would be told as its own.
		placeholderData: (before, query) =>
			query?.queryKey[1] === namespace && query.queryKey[2] === name ? before : undefined,
	});
}
