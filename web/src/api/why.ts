import { queryOptions } from "@tanstack/react-query";
import type { State } from "../model/state.ts";
import { sentence } from "../model/text.ts";
import { getJson } from "./client.ts";
import { refKey } from "./resources.ts";
import type { Plan, PlanChange, Ref, Why } from "./types.ts";

/** The last plans about an object.  Asked again when the object changes: its version is in the key. */
export function whyQuery(path: string | undefined, resourceVersion: string | undefined) {
	return queryOptions({
		queryKey: ["why", path, resourceVersion],
		queryFn: ({ signal }) => getJson<Why>(`${path}/why`, signal),
		enabled: path !== undefined,
		retry: false,
		placeholderData: (before) => before,
	});
}

const deeds: Record<string, string> = { missing: "create", extra: "delete", differs: "update" };

/** What a sync would change, object by object: the differences the newest plan found, else what it would do. */
export function pendingChanges(why: Why | undefined): PlanChange[] {
	const newest = why?.plans?.find((plan) => !plan.deed);
	if (newest?.differences)
		return newest.differences.map((d) => ({ ...d, action: deeds[d.action] ?? d.action }));
	const self = why?.object ? refKey(why.object) : "";
	return (newest?.changes ?? []).filter((c) => c.action !== "status" && refKey(c.object) !== self);
}

export function changeOf(changes: readonly PlanChange[], ref: Ref): PlanChange | undefined {
	const key = refKey(ref);
	return changes.find((c) => refKey(c.object) === key);
}

/** A fact's key as people read it: its kind, then what it is about. */
export function factText(key: string): string {
	const space = key.indexOf(" ");
	if (space < 0 || key[space + 1] !== "{") return key;
	try {
		const about = JSON.parse(key.slice(space + 1)) as Record<string, unknown>;
		const parts = Object.entries(about).filter(([, value]) => value !== false && value !== "");
		return [key.slice(0, space), ...parts.map(([name, value]) => `${name}=${String(value)}`)].join(" ");
	} catch {
		return key;
	}
}

/** Is all that changes the object's own status?  It can be read there. */
function onlyStatus(change: PlanChange): boolean {
	if (change.action === "status") return true;
	const diff = change.diff ?? [];
	return change.action === "update" && diff.length > 0 && diff.every(({ path }) => path.startsWith("status"));
}

export function loudChanges(changes: readonly PlanChange[] | undefined): PlanChange[] {
	return (changes ?? []).filter((change) => !onlyStatus(change));
}

export interface PlanGroup {
	plan: Plan;
	/** How many turns in a row it stands for. */
	times: number;
	/** They looked, and had nothing to do. */
	quiet: boolean;
}

/** The plans, newest first, with turns in a row that did nothing as one.  What differs counts in the newest only:
 * later it was dealt with. */
export function groupPlans(plans: readonly Plan[]): PlanGroup[] {
	const groups: PlanGroup[] = [];
	plans.forEach((plan, at) => {
		const differs = at === 0 && (plan.differences?.length ?? 0) > 0;
		const quiet =
			!plan.error &&
			!plan.refused &&
			!(at === 0 && plan.waitingFor?.length) &&
			!differs &&
			loudChanges(plan.changes).length === 0;
		const last = groups.at(-1);
		const times = plan.times ?? 1;
		if (quiet && last?.quiet && last.plan.controller === plan.controller) last.times += times;
		else groups.push({ plan, times, quiet });
	});
	return groups;
}

/** Who did it: the object for whose sake, else the person. */
export function doerText(plan: Plan): string {
	const { by, user, controller } = plan;
	if (by?.hidden) return `An object you may not read (${by.kind})`;
	if (by) return [by.kind, [by.namespace, by.name].filter(Boolean).join("/")].join(" ");
	return user ? `${user} with ${controller}` : controller;
}

const past: Record<string, string> = { create: "made", delete: "deleted", update: "changed" };

function deedText(plan: Plan): string {
	const action = plan.changes?.[0]?.action ?? "";
	if (plan.refused) return `${doerText(plan)} was not allowed to ${action} it`;
	const what = plan.undid ? `put it back, against ${plan.undid}` : `${past[action] ?? action} it`;
	const text = `${doerText(plan)} ${what}`;
	return plan.reason ? `${text}, because ${plan.reason}` : text;
}

/** What is said, in its parts: what stands between semicolons, but for those in quotes and brackets. */
export function clauses(text: string): string[] {
	const parts = text.match(/(?:"[^"]*"|`[^`]*`|\([^()]*\)|[^;])+/g) ?? [];
	return parts.map((part) => part.trim()).filter(Boolean);
}

/** As it is shown: fine, under way, failed, or left as it differs. */
export function planState(plan: Plan, newest: boolean): State {
	if (plan.error || plan.refused) return "fail";
	if (newest && plan.waitingFor?.length) return "progress";
	return plan.differences?.length && loudChanges(plan.changes).length === 0 ? "warn" : "ok";
}

/** Its head.  Of one that only found differences the reason is a line of its own (planReason). */
export function planTitle(plan: Plan): string {
	if (planReason(plan)) return `${doerText(plan)} looked, and changed nothing`;
	return plan.deed ? planText(plan) : sentence(planText(plan)); // a name stays as it is
}

export function planReason(plan: Plan): string {
	const looked =
		!plan.deed && !plan.error && plan.differences?.length && loudChanges(plan.changes).length === 0;
	return looked ? (plan.reason ?? "") : "";
}

export function planText(plan: Plan): string {
	if (plan.deed) return deedText(plan);
	if (plan.error && !plan.summary && !plan.reason) return "It failed";
	if (plan.summary || plan.reason) return plan.reason || plan.summary || "";
	if (plan.waitingFor && plan.waitingFor.length > 0) return "Waiting for facts";
	return (plan.changes?.length ?? 0) > 0 ? "Changed it" : "Nothing to change";
}
