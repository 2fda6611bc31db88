/** Objects that were looked at last, kept in the browser. */

export interface Visit {
	href: string;
	kind: string;
	name: string;
}

const kept = 8;
const storageKey = "pave.recent";

/** With `visit` in front, once. */
export function withVisit(visits: readonly Visit[], visit: Visit): Visit[] {
	return [visit, ...visits.filter((v) => v.href !== visit.href)].slice(0, kept);
}

/** What the browser kept; only addresses of our own. */
export function parseVisits(text: string | null): Visit[] {
	try {
		const found: unknown = JSON.parse(text ?? "[]");
		if (!Array.isArray(found)) return [];
		return found.filter(
			(v: Partial<Visit> | null): v is Visit =>
				typeof v?.href === "string" &&
				/^\/[^/\\]/.test(v.href) &&
				typeof v.kind === "string" &&
				typeof v.name === "string",
		);
	} catch {
		return [];
	}
}

export function readVisits(): Visit[] {
	try {
		return parseVisits(localStorage.getItem(storageKey));
	} catch {
		return []; // Storage may be forbidden.
	}
}

export function noteVisit(visit: Visit): void {
	try {
		localStorage.setItem(storageKey, JSON.stringify(withVisit(readVisits(), visit)));
	} catch {
		// Then nothing is recent.
	}
}

export function forgetVisits(): void {
	try {
		localStorage.removeItem(storageKey);
	} catch {
		// Nothing was kept.
	}
}
