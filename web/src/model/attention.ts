/** What needs somebody: applications and policies that are not as they should be, with the reason that each gives. */
import type { Application, PolicyRollout } from "../api/types.ts";
import { addTo } from "./groups.ts";
import { appHref } from "./links.ts";
import { retryOf } from "./retry.ts";
import { gateOf, isAskingOnly, toApprove } from "./rollouts.ts";
import { healthState, type State, syncState, worse, worstFirst } from "./state.ts";
import { plural, shortCommits } from "./text.ts";
import { isTrial } from "./trial.ts";
import { isRead, type Policy, type Violation } from "./violations.ts";

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
	/** Why, if that is none of its own parts: others may have the same. */
	cause?: string;
}

/** Several that have one cause, or one. */
export interface Concerns {
	of: [Concern, ...Concern[]];
	state: State;
	/** The word of all, if it is one. */
	word: string;
	reason: string;
	/** Of the first. */
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

/** Repositories of one forge that cannot be reached have one cause. */
function hostsOnly(text: string): string {
	return shortCommits(text).replace(/\b([a-z]+:\/\/[^\s/]+)\/[^\s:,;"']+/g, "$1");
}

function ofApp(app: Application): Concern {
	const { health, sync, operationState: operation, conditions } = app.status ?? {};
	const ill = health?.status !== "Healthy" && health?.status !== "Suspended";
	const drifted = sync?.status === "OutOfSync";
	const failed = (operation?.phase === "Failed" || operation?.phase === "Error") && !isTrial(operation);
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
		{ reason: failed ? operation?.message : retry?.reason, since: operation?.finishedAt, outside: true },
		{ reason: error?.message, since: error?.lastTransitionTime, outside: true },
		{ reason: health?.message, since: health?.lastTransitionTime },
		{ reason: warning?.message, since: warning?.lastTransitionTime },
		{ reason: ill || drifted ? worstPart(app) : "", since: undefined },
	];
	const { reason = "", since, outside } = causes.find((c) => c.reason) ?? {};
	return {
		href: appHref(app.metadata.namespace, app.metadata.name),
		name: app.metadata.name,
		state: states.reduce(worse),
		word: words.join(", ") || (error ?? warning)?.type || "",
		reason: shortCommits(reason),
		since: since ?? health?.lastTransitionTime,
		...(outside ? { cause: hostsOnly(reason) } : {}),
	};
}

function ofPolicy(policy: Policy): Concern | undefined {
	const since = policy.object.metadata.creationTimestamp;
	const found = { href: "/policies", name: policy.name, kind: "policy", since };
	if (policy.error) return { ...found, state: "fail", word: "Does not load", reason: policy.error };
	if (isRead(policy)) return undefined;
	return { ...found, state: "warn", word: "Decides nothing", reason: policy.idle ?? "" };
}

const rolloutsHref = "/policies?tab=rollouts";

/** The gate that keeps it, whatever its time; not known to who may not read rollouts. */
function keptBy(v: Violation, rollouts: readonly PolicyRollout[]): string | undefined {
	const rollout = rollouts.find((r) => r.metadata.name === v.rollout);
	return rollout ? gateOf(rollout, v.environment ?? "") : undefined;
}

/** What a rollout is about to refuse: by when, and how much there is to mend before.  The nearest first. */
export function comingOf(
	violations: readonly Violation[],
	rollouts: readonly PolicyRollout[] = [],
): Concern[] {
	const coming = new Map<string, Violation[]>();
	for (const v of violations) if (v.rollout && (v.from || v.due)) addTo(coming, v.rollout, v);
	return [...coming]
		.map(([rollout, of]) => {
			const objects = new Set(of.map((v) => `${v.ref.kind}/${v.ref.namespace}/${v.ref.name}`));
			const policies = [...new Set(of.map((v) => v.policy))].sort();
			const gates = [...new Set(of.flatMap((v) => keptBy(v, rollouts) ?? []))].sort();
			const dates = of.flatMap((v) => (v.from && !keptBy(v, rollouts) ? v.from : [])).sort();
			const soonest = of.map((v) => (v.due ? "" : (v.from ?? ""))).sort()[0] ?? "";
			const once = gates.length > 0 ? " once the gate opens" : of.some((v) => v.due) ? " at any time" : "";
			const concern: Concern = {
				href: `/policies?tab=violations&rollout=${encodeURIComponent(rollout)}`,
				name: rollout,
				kind: "rollout",
				state: "warn",
				word: `Changes of ${plural(objects.size, "object")} will be refused${dates.length > 0 ? "" : once}`,
				reason: [policies.join(", "), ...gates].join("; "),
				since: dates[0],
			};
			return { soonest, concern };
		})
		.sort((x, y) => (x.soonest < y.soonest ? -1 : x.soonest > y.soonest ? 1 : 0))
		.map(({ concern }) => concern);
}

/** What waits for nothing but one's own word. */
export function askedOf(rollouts: readonly PolicyRollout[]): Concern[] {
	return rollouts.flatMap((rollout) =>
		(rollout.status?.environments ?? [])
			.filter((environment) => isAskingOnly(rollout, environment))
			.map(
				(environment): Concern => ({
					href: rolloutsHref,
					name: rollout.metadata.name,
					kind: "rollout",
					state: "paused",
					word: "Waits for your approval",
					reason: `${environment.name} may move on to ${toApprove(rollout, environment)}`,
					since: environment.since,
				}),
			),
	);
}

/** Worst first; of what is well, nothing. */
export function concernsOf(
	apps: readonly Application[],
	policies: readonly Policy[],
	others: readonly Concern[] = [],
): Concern[] {
	return [...apps.map(ofApp), ...policies.map(ofPolicy), ...others]
		.filter((c) => c !== undefined)
		.filter((c) => c.word !== "")
		.sort((a, b) => worstFirst.indexOf(a.state) - worstFirst.indexOf(b.state));
}

/** Those of one cause together, where the worst of them is. */
export function groupConcerns(concerns: readonly Concern[]): Concerns[] {
	const groups = new Map<string, [Concern, ...Concern[]]>();
	for (const concern of concerns) {
		const key = concern.cause ? `cause ${concern.cause}` : `${concern.kind} ${concern.href} ${concern.name}`;
		const group = groups.get(key);
		if (group) group.push(concern);
		else groups.set(key, [concern]);
	}
	return [...groups.values()].map((of) => {
		const [first, ...others] = of;
		const same = (what: "word" | "reason") => others.every((c) => c[what] === first[what]);
		return {
			of,
			state: of.map((c) => c.state).reduce(worse),
			word: same("word") ? first.word : "",
			reason: same("reason") ? first.reason : (first.cause ?? first.reason),
			since: of.flatMap((c) => c.since ?? []).sort()[0],
		};
	});
}
