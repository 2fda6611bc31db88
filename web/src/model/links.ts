/** Every object has one address: this is where it is made. */
import { refGroupVersion } from "../api/resources.ts";
import type { Ref } from "../api/types.ts";
import type { EntityRef } from "./entity.ts";

const entityKinds = new Set([
	"Component",
	"API",
	"Resource",
	"System",
	"Domain",
	"Group",
	"User",
	"Location",
	"Template",
]);

export function entityHref(ref: EntityRef): string {
	return `/catalog/${[ref.kind.toLowerCase(), ref.namespace, ref.name].map(encodeURIComponent).join("/")}`;
}

export function appHref(namespace: string | undefined, name: string): string {
	return `/applications/${encodeURIComponent(namespace ?? "default")}/${encodeURIComponent(name)}`;
}

const delivery: Record<string, string> = { ApplicationSet: "applicationsets", AppProject: "projects" };

export function projectHref(namespace: string | undefined, name: string): string {
	return `/projects/${encodeURIComponent(namespace ?? "argocd")}/${encodeURIComponent(name)}`;
}

export function objectHref(ref: Ref): string {
	const { group, version } = refGroupVersion(ref);
	if (group === "argoproj.io" && ref.kind === "Application") return appHref(ref.namespace, ref.name);
	const own = group === "argoproj.io" ? delivery[ref.kind] : undefined;
	if (own) return `/${[own, ref.namespace ?? "argocd", ref.name].map(encodeURIComponent).join("/")}`;
	if (/^(scaffolder\.)?backstage\.io$/.test(group) && entityKinds.has(ref.kind))
		return entityHref({ kind: ref.kind, namespace: ref.namespace ?? "default", name: ref.name });
	const parts = [group || "core", version || "v1", ref.kind, ref.namespace || "-", ref.name];
	return `/objects/${parts.map(encodeURIComponent).join("/")}`;
}
