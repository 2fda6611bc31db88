/** What needs somebody: applications and policies that are not as they should be, with the reason that each gives. */
import type { Application } from "../api/types.ts";
import { appHref } from "./links.ts";
import { retryOf } from "./retry.ts";
import { healthState, type State, syncState, worse, worstFirst } from "./state.ts";
import { plural, shortCommits } from "./text.ts";
import { isRead, type Policy, policyNamespaces } from "./violations.ts";

export interface Concern {
	href: string;
	name: string;
	/** What it is, where that is not said by its being here: "policy". */
	kind?: string;
	state: State;
	/** In few words. */
	word: string;
	/** Why, in the words of whoever found it. */
	reason: string;
	since: string | undefined;
}

/** The object that makes an application what it is, with what is known of it. */
export function worstPart(app: Application): string {
	const health = app.status?.health?.status;
	const parts =
		app.status?.resources?.filter((r) => r.health?.status === health || r.status === "OutOfSync") ?? [];
	const part = parts.find((r) => r.health?.status === health) ?? parts[0];
	if (!part) return "";
	const said = part.health?.message;
	if (said?.includes(part.name)) return said;
	const others = parts.length > 1 ? ` and ${plural(parts.length - 1, "other")}` : "";
	return [`${part.kind}/${part.name}${others}`, said].filter(Boolean).join(": ");
}

function ofApp(app: Application): Concern {
	const { health, sync, operationState: operation, conditions } = app.status ?? {};
	const ill = health?.status !== "Healthy" && health?.status !== "Suspended";
	const drifted = sync?.status === "OutOfSync";
	const failed = operation?.phase === "Failed" || operation?.phase === "Error";
	const retry = retryOf(operation);
	const error = conditions?.find((c) => c.type.endsWith("Error"));
	const warning = conditions?.find((c) => c.type.endsWith("Warning"));
	const words = [
		ill ? (health?.status ?? "Unknown") : "",
		drifted ? "Out of sync" : "",
		failed ? "Sync failed" : "",
		retry ? "Sync failing" : "",
	].filter(Boolean);
	const states: State[] = [
		healthState(health?.status),
		drifted ? syncState("OutOfSync") : "ok",
		failed || error ? "fail" : "ok",
		warning || retry ? "warn" : "ok",
	];
	const causes = [
		{ reason: failed ? operation?.message : retry?.reason, since: operation?.finishedAt },
		{ reason: error?.message, since: error?.lastTransitionTime },
		{ reason: health?.message, since: health?.lastTransitionTime },
		{ reason: warning?.message, since: warning?.lastTransitionTime },
		{ reason: ill || drifted ? worstPart(app) : "", since: undefined },
	];
	const { reason, since } = causes.find((c) => c.reason) ?? {};
	return {
		href: appHref(app.metadata.namespace, app.metadata.name),
		name: app.metadata.name,
		state: states.reduce(worse),
		word: words.join(", ") || (error ?? warning)?.type || "",
		reason: shortCommits(reason ?? ""),
		since: since ?? health?.lastTransitionTime,
	};
}

function ofPolicy(policy: Policy): Concern | undefined {
	const since = policy.object.metadata.creationTimestamp;
	const found = { href: "/policies", name: policy.name, kind: "policy", since };
	if (policy.error) return { ...found, state: "fail", word: "Does not load", reason: policy.error };
	if (isRead(policy)) return undefined;
	const reason = `policies are read from ${policyNamespaces.join(" and ")} only, and this one is in ${policy.namespace}`;
	return { ...found, state: "warn", word: "Decides nothing", reason };
}

/** Worst first; of what is well, nothing. */
export function concernsOf(apps: readonly Application[], policies: readonly Policy[]): Concern[] {
	return [...apps.map(ofApp), ...policies.map(ofPolicy)]
		.filter((c) => c !== undefined)
		.filter((c) => c.word !== "")
		.sort((a, b) => worstFirst.indexOf(a.state) - worstFirst.indexOf(b.state));
}
