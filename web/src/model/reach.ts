/** What of a page somebody may see, in words: pure. */
import { resources } from "../api/resources.ts";
import { listText, plural } from "./text.ts";

export interface Seen {
	/** Plural and lower case: "applications". */
	what: string;
	state: "loading" | "live" | "denied" | "absent" | "failed";
	error?: string;
	namespaces?: readonly string[];
}

export interface Reach {
	/** Kinds that are shown in part, by where. */
	partial: { namespaces: readonly string[]; what: string[] }[];
	denied: { what: string; error: string }[];
}

export function reachOf(seen: readonly Seen[]): Reach {
	const partial = new Map<string, { namespaces: readonly string[]; what: string[] }>();
	for (const { what, state, namespaces } of seen) {
		if (state !== "live" || !namespaces) continue;
		const key = namespaces.join();
		const group = partial.get(key) ?? { namespaces, what: [] };
		group.what.push(what);
		partial.set(key, group);
	}
	const denied = seen
		.filter((s) => s.state === "denied")
		.map(({ what, error }) => ({ what, error: error ?? "" }));
	return { partial: [...partial.values()], denied };
}

const shown = 3;

/** "shop", "shop and web", "14 namespaces". */
export function namespacesText(namespaces: readonly string[]): string {
	if (namespaces.length > shown) return plural(namespaces.length, "namespace");
	return `namespace${namespaces.length > 1 ? "s" : ""} ${listText(namespaces)}`;
}

/** The one line that says it; empty if everything may be seen. */
export function reachText({ partial, denied }: Reach): string {
	const all = [...new Set(partial.flatMap((p) => p.namespaces))].sort();
	const parts = [
		all.length > 0 ? `You see what is in ${namespacesText(all)}.` : "",
		denied.length > 0 ? `Not permitted: ${listText(denied.map((d) => d.what))}.` : "",
	];
	return parts.filter(Boolean).join(" ");
}

/* As the API refuses, in Kubernetes' words. */
const refused =
	/User "([^"]+)" cannot \w+ resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]+)")?/;

/** The commands that let the one who was refused read it: where they were refused, for a kind without
 *  namespaces everywhere, and else in a namespace to be named. */
export function grantCommand(message: string): string | undefined {
	const [, user, plural, group, where] = refused.exec(message) ?? [];
	if (!user || !plural) return undefined;
	const known = Object.values(resources).find((r) => r.group === group && r.plural === plural);
	const namespace = where ?? (known?.namespaced ? "NAMESPACE" : undefined);
	const [kind, scope] = namespace ? ["role", ` -n ${namespace}`] : ["clusterrole", ""];
	const name = `read-${plural}`;
	return [
		`kubectl create ${kind} ${name}${scope} --verb=get,list,watch --resource=${[plural, group].filter(Boolean).join(".")}`,
		`kubectl create ${kind}binding ${name}${scope} --${kind}=${name} --user=${user}`,
	].join("\n");
}

/** The command that lets somebody see what is in a namespace, in the names that kubectl takes. */
export function viewCommand(namespace = "NAMESPACE", user = "YOU"): string {
	const [, , ns, account] = user.startsWith("system:serviceaccount:") ? user.split(":") : [];
	const who = account ? `--serviceaccount=${ns}:${account}` : `--user=${user}`;
	const name = `view-${
		(account ?? user)
			.toLowerCase()
			.replace(/[^a-z0-9]+/g, "-")
			.replace(/^-|-$/g, "") || "somebody"
	}`;
	return `kubectl create rolebinding ${name} -n ${namespace} \\\n  --clusterrole=view ${who}`;
}
