import { useMemo } from "react";
import { useMay } from "../../api/may.ts";
import { resources } from "../../api/resources.ts";
import type { Application } from "../../api/types.ts";

/** Why the caller may not sync or refresh it; undefined if he may, or nobody knows yet. */
export function useRefusal(app: Application): string | undefined {
	const namespaces = useMemo(() => [app.metadata.namespace ?? ""], [app.metadata.namespace]);
	const may = useMay("patch", resources.applications, namespaces);
	return may?.size === 0 ? "You have no right to change this application" : undefined;
}
