/** Policies that come into force step by step: how far they are, and what one may do about it. */
import type { Approval, PolicyRollout, RolloutEnvironment, Stage } from "../api/types.ts";
import { type Mode, type State, strongestFirst } from "./state.ts";
import { plural } from "./text.ts";

export const stages: readonly Stage[] = ["Audit", "Warn", "Enforce"];

function rank(stage: Stage): number {
	return stages.indexOf(stage);
}

const phases: Record<string, [State, string]> = {
	Progressing: ["progress", "Progressing"],
	Paused: ["paused", "Paused"],
	RolledBack: ["warn", "Rolled back"],
	Enforced: ["ok", "Enforced"],
};

export function rolloutState({ status }: PolicyRollout): { state: State; word: string } {
	const degraded = status?.conditions?.some((c) => c.type === "Degraded" && c.status === "True");
	if (degraded) return { state: "fail", word: "Degraded" };
	const [state, word] = phases[status?.phase ?? ""] ?? ["unknown", "Not looked at yet"];
	return { state, word };
}

/** What it waits for beside the time, which is told on its own. */
export function waitsOf(environment: RolloutEnvironment): string[] {
	return (environment.waits ?? []).filter((wait) => !wait.startsWith("at the earliest "));
}

/** What of its objects keeps it from being enforced however much time passes. */
export function gateOf(rollout: PolicyRollout | undefined, environment: string): string | undefined {
	const state = rollout?.status?.environments?.find((e) => e.name === environment);
	if (state?.stage !== "Warn" || rollout?.spec?.paused || rollout?.spec?.rollback) return undefined;
	const { violations = 0, errors = 0, allowed = 0 } = state;
	if (errors === 0 && violations <= allowed) return undefined;
	return `${environment} has ${plural(violations, "violation")}, at most ${allowed} may be left`;
}

/** What it can move on to once somebody says so; undefined if nobody is asked. */
export function toApprove(
	{ spec }: PolicyRollout,
	{ name, stage, lapsedApprovals = 0 }: RolloutEnvironment,
): Stage | undefined {
	const next = stages[rank(stage) + 1];
	if (!next || spec?.approval !== "Manual" || spec.rollback) return undefined;
	const given = spec.approvals?.filter((a) => a.environment === name && a.stage === next).length ?? 0;
	return given > (next === "Enforce" ? lapsedApprovals : 0) ? undefined : next;
}

/** What the last of its history says, the newest first. */
export function deedsOf({ status }: PolicyRollout): { at: string; text: string }[] {
	return [...(status?.history ?? [])].reverse().map(({ at, environment, stage, by, why }) => {
		const came = stage ? `${environment} came to ${stage}${by ? `, approved by ${by}` : ""}` : "";
		return { at, text: [came, why].filter(Boolean).join(": ") };
	});
}

/** Everything but somebody's word is there. */
export function isAskingOnly(rollout: PolicyRollout, environment: RolloutEnvironment): boolean {
	const next = toApprove(rollout, environment);
	return (
		next !== undefined && environment.waits?.length === 1 && environment.waits[0] === `approval of ${next}`
	);
}

/* What rollouts make of one policy. */

const modes: Record<Stage, Mode> = { Audit: "audit", Warn: "warn", Enforce: "deny" };

function matches(pattern: string, name: string): boolean {
	const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
	return new RegExp(`^${parts.join(".*")}$`).test(name);
}

interface Named {
	kind: string;
	namespace: string;
	name: string;
	mode: Mode;
}

type Entry = NonNullable<NonNullable<PolicyRollout["spec"]>["policies"]>[number];

function entriesOf(policy: Named, rollout: PolicyRollout): Entry[] {
	return (rollout.spec?.policies ?? []).filter(
		({ kind, namespace, name }) =>
			kind === policy.kind &&
			(namespace === undefined || namespace === policy.namespace) &&
			matches(name, policy.name),
	);
}

/** Of all rules that refuse: a ConfigMap's are called deny. */
function isWhole({ kind, rules }: Entry): boolean {
	return (
		!rules?.length || rules.includes("*") || (kind === "ConfigMap" && rules.some((r) => matches(r, "deny")))
	);
}

/** Where a policy is on its way: what it does there now, and from when it refuses. */
export interface Hold {
	rollout: string;
	environment: string;
	mode: Mode;
	/** It has nothing stronger to do there. */
	whole: boolean;
	from?: string;
	/** Violations keep it, whatever the time. */
	gate?: string;
	/** Why there is no such time: "paused". */
	waits: string[];
}

function softer(a: Mode, b: Mode): Mode {
	return strongestFirst.indexOf(a) > strongestFirst.indexOf(b) ? a : b;
}

function isEverywhere({ spec }: PolicyRollout): boolean {
	return (spec?.environments ?? []).some((e) => !e.namespaces && !e.namespaceSelector);
}

/** A rollout only softens what the policy says itself, and only what it names: the rest is as the policy says. */
function holdsOfOne(policy: Named, rollout: PolicyRollout): Hold[] {
	const entries = entriesOf(policy, rollout);
	if (entries.length === 0) return [];
	const states = new Map(rollout.status?.environments?.map((state) => [state.name, state]));
	const { name } = rollout.metadata;
	const holds = (rollout.spec?.environments ?? []).map((environment): Hold => {
		const state = states.get(environment.name);
		const mode = softer(policy.mode, modes[state?.stage ?? "Audit"]);
		const whole = mode === policy.mode;
		return {
			rollout: name,
			environment: environment.name,
			mode,
			whole,
			from: policy.mode === "deny" && !whole ? state?.enforcedFrom : undefined,
			gate: policy.mode === "deny" && !whole ? gateOf(rollout, environment.name) : undefined,
			waits: whole || !state ? [] : waitsOf(state),
		};
	});
	const rest = { rollout: name, mode: policy.mode, whole: true, waits: [] };
	if (!isEverywhere(rollout)) holds.push({ ...rest, environment: "elsewhere" });
	if (!entries.some(isWhole)) holds.push({ ...rest, environment: "every other rule" });
	return holds;
}

export function holdsOf(policy: Named, rollouts: readonly PolicyRollout[]): Hold[] {
	return rollouts.flatMap((rollout) => holdsOfOne(policy, rollout));
}

/** The strongest that it does anywhere: of several rollouts the softest counts. */
export function modeNow(policy: Named, holds: readonly Hold[]): Mode {
	const strongest = new Map<string, Mode>();
	for (const mode of [...strongestFirst].reverse())
		for (const hold of holds) if (hold.mode === mode) strongest.set(hold.rollout, mode);
	return [...strongest.values()].reduce(softer, policy.mode);
}

/* Patches (RFC 7386).  A list is replaced whole: of the version that was seen, or somebody's approval would be lost. */

function seen(rollout: PolicyRollout) {
	return { metadata: { resourceVersion: rollout.metadata.resourceVersion } };
}

export function approve(rollout: PolicyRollout, approval: Approval) {
	return { ...seen(rollout), spec: { approvals: [...(rollout.spec?.approvals ?? []), approval] } };
}

export function pause(paused: boolean) {
	return { spec: { paused } };
}

export interface Rollback {
	to: Stage;
	environments: string[];
	reason: string;
}

/** With the approvals that would lead straight on again. */
export function rollBack(rollout: PolicyRollout, { to, environments, reason }: Rollback) {
	const kept = (rollout.spec?.approvals ?? []).filter(
		(a) => rank(a.stage) <= rank(to) || !environments.includes(a.environment),
	);
	return { ...seen(rollout), spec: { approvals: kept, rollback: { to, environments, reason } } };
}

export function endRollback() {
	return { spec: { rollback: null } };
}

/** Where it is further than `to`. */
export function beyond(rollout: PolicyRollout, to: Stage): string[] {
	const all = rollout.status?.environments ?? [];
	return all.filter((e) => rank(e.stage) > rank(to)).map((e) => e.name);
}

/** What there is to go back to, the softest first. */
export function waysBack(rollout: PolicyRollout): Stage[] {
	return rollout.spec?.rollback ? [] : stages.filter((stage) => beyond(rollout, stage).length > 0);
}
