/** Exemptions: what is let off what, for how long, and who says so. */
import type { LabelSelector, PolicyExemption, PolicyReport } from "../api/types.ts";
import type { State } from "./state.ts";
import { kindPlural, listText } from "./text.ts";
import { instant } from "./time.ts";

export interface Exemption {
	name: string;
	state: State;
	word: string;
	until: string;
	/** "ConfigMap pave-system/limits (deny)" */
	policies: string[];
	/** Their names alone. */
	policyNames: string[];
	/** "Deployments old-* in shop" */
	objects: string;
	namespaces: readonly string[];
	person: string;
	approvedBy: string;
	reason: string;
	/** How many findings it covers just now. */
	covers: number;
	/** What it names and is not there. */
	missing: string;
}

const week = 7 * 24 * 3600 * 1000;
const units: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000 };

/** "36h", "1h30m" */
function milliseconds(text: string | undefined): number {
	if (text === undefined) return week;
	const parts = [...text.matchAll(/(\d+)([hms])/g)];
	return parts.reduce((sum, [, n, unit = ""]) => sum + Number(n) * (units[unit] ?? 0), 0);
}

/** By the reader's clock, as at a write: nobody waits for a controller to notice. */
export function exemptionState({ spec }: PolicyExemption, now: number): { state: State; word: string } {
	const left = (instant(spec?.until) ?? 0) - now;
	if (left <= 0) return { state: "unknown", word: "Ended" };
	if (left <= milliseconds(spec?.warnBefore)) return { state: "warn", word: "Ends soon" };
	return { state: "ok", word: "Holds" };
}

type Entry = NonNullable<NonNullable<PolicyExemption["spec"]>["policies"]>[number];

function policyText({ kind, namespace, name, rules }: Entry): string {
	const of = rules?.length ? ` (${rules.join(", ")})` : "";
	return `${kind} ${[namespace, name].filter(Boolean).join("/")}${of}`;
}

const operators: Record<string, string> = {
	In: "in",
	NotIn: "not in",
	Exists: "is set",
	DoesNotExist: "is not set",
};

export function selectorText({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
	return [
		...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
		...matchExpressions.map(({ key, operator, values = [] }) =>
			[key, operators[operator] ?? operator, values.join(", ")].filter(Boolean).join(" "),
		),
	].join(", ");
}

export function objectsText(objects: NonNullable<PolicyExemption["spec"]>["objects"] = {}): string {
	const { kinds = [], names = [], namespaces = [], namespaceSelector, selector } = objects;
	const what =
		kinds.length > 0 ? listText(kinds.map((kind) => kindPlural(kind.split(".")[0] ?? kind))) : "Everything";
	return [
		what,
		names.length > 0 ? listText(names) : "",
		namespaces.length > 0 ? `in ${listText(namespaces)}` : "",
		namespaceSelector ? `in namespaces with ${selectorText(namespaceSelector)}` : "",
		selector ? `with ${selectorText(selector)}` : "",
	]
		.filter(Boolean)
		.join(" ");
}

function coverage(reports: readonly PolicyReport[]): Map<string, number> {
	const covers = new Map<string, number>();
	for (const { properties } of reports.flatMap((report) => report.results ?? [])) {
		const name = properties?.exemption;
		if (name) covers.set(name, (covers.get(name) ?? 0) + 1);
	}
	return covers;
}

function missingOf({ status }: PolicyExemption): string {
	const degraded = status?.conditions?.find((c) => c.type === "Degraded" && c.status === "True");
	return degraded?.message ?? "";
}

export function exemptionsOf(
	items: readonly PolicyExemption[],
	reports: readonly PolicyReport[],
	now: number,
): Exemption[] {
	const covers = coverage(reports);
	return items.map((item) => ({
		name: item.metadata.name,
		...exemptionState(item, now),
		until: item.spec?.until ?? "",
		policies: (item.spec?.policies ?? []).map(policyText),
		policyNames: (item.spec?.policies ?? []).map(({ kind, name }) => (name === "*" ? kind : name)),
		objects: objectsText(item.spec?.objects),
		namespaces: item.spec?.objects?.namespaces ?? [],
		person: item.spec?.person ?? "",
		approvedBy: item.spec?.approvedBy ?? "",
		reason: item.spec?.reason ?? "",
		covers: covers.get(item.metadata.name) ?? 0,
		missing: missingOf(item),
	}));
}

/** What ends next first; what has ended last, the latest first. */
export function endsRank({ until, word }: Exemption): number {
	const at = instant(until) ?? 0;
	return word === "Ended" ? Number.MAX_SAFE_INTEGER - at : at;
}
