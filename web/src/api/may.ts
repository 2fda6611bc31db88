/** What the caller may do, asked of the server (SelfSubjectAccessReview) and kept for a minute. */
import { queryOptions, useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { request } from "./client.ts";
import type { Resource } from "./resources.ts";

interface Review {
	status?: { allowed?: boolean };
}

const freshMs = 60_000;

export function mayQuery(verb: string, resource: Resource, namespace: string) {
	return queryOptions({
		queryKey: ["may", verb, resource.group, resource.plural, namespace],
		staleTime: freshMs,
		refetchOnMount: true,
		queryFn: async ({ signal }) => {
			const response = await request("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
				method: "POST",
				signal,
				body: {
					apiVersion: "authorization.k8s.io/v1",
					kind: "SelfSubjectAccessReview",
					spec: { resourceAttributes: { verb, group: resource.group, resource: resource.plural, namespace } },
				},
			});
			return ((await response.json()) as Review).status?.allowed === true;
		},
	});
}

/** Those of `namespaces` in which the answer is yes; undefined until all is known. */
export function useMay(
	verb: string,
	resource: Resource,
	namespaces: readonly string[],
): ReadonlySet<string> | undefined {
	const asked = useMemo(() => [...new Set(namespaces)].sort(), [namespaces]);
	return useQueries({
		queries: asked.map((namespace) => mayQuery(verb, resource, namespace)),
		combine: (results) =>
			results.some((r) => r.isPending) ? undefined : new Set(asked.filter((_, at) => results[at]?.data)),
	});
}
