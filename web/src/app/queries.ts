import { QueryClient, queryOptions } from "@tanstack/react-query";
import { ApiError, getJson, getSession } from "../api/client.ts";

/** Nothing is refetched by time or focus: live objects come by the stream. */
export const queries = new QueryClient({
	defaultOptions: {
		queries: {
			staleTime: Number.POSITIVE_INFINITY,
			refetchOnWindowFocus: false,
			refetchOnReconnect: false,
			retry: (count, error) => count < 2 && (!(error instanceof ApiError) || error.code >= 500),
		},
	},
});

export const sessionQuery = queryOptions({
	queryKey: ["session"],
	queryFn: getSession,
	retry: false,
});

interface ApiGroupList {
	groups?: { name: string; preferredVersion?: { groupVersion?: string; version?: string } }[];
}

/** The API groups this server has: what is not installed is not shown. */
export const groupsQuery = queryOptions({
	queryKey: ["groups"],
	queryFn: ({ signal }) => getJson<ApiGroupList>("/apis", signal),
	select: (list) => new Set((list.groups ?? []).map((g) => g.name)),
});

export interface Version {
	gitVersion?: string;
	gitCommit?: string;
	buildDate?: string;
	platform?: string;
	compiler?: string;
	major?: string;
	minor?: string;
}

export const versionQuery = queryOptions({
	queryKey: ["version"],
	queryFn: ({ signal }) => getJson<Version>("/version", signal),
});
