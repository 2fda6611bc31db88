/** Small helpers on text. */

/** Cuts the middle out of `text` so that at most `max` characters stay. */
export function middle(text: string, max: number): string {
	if (text.length <= max) return text;
	const keep = Math.max(2, max - 1);
	const head = Math.ceil(keep / 2);
	return `${text.slice(0, head)}…${text.slice(text.length - (keep - head))}`;
}

/** How many characters at the end to keep: the last part of a name if it is about `wanted` long. */
export function tailLength(text: string, wanted: number): number {
	const part = text.length - Math.max(text.lastIndexOf("-"), text.lastIndexOf(":"));
	return part >= 4 && part <= wanted + 4 ? part : wanted;
}

export function plural(count: number, one: string, many = `${one}s`): string {
	// Intl takes milliseconds to come up, which the first page has not.
	const figure = count < 1000 ? String(count) : count.toLocaleString("en");
	return `${figure} ${count === 1 ? one : many}`;
}

/** "Pods", "NetworkPolicies", "Ingresses", "Endpoints". */
export function kindPlural(kind: string): string {
	if (/[^aeiou]y$/.test(kind)) return `${kind.slice(0, -1)}ies`;
	if (/(ss|x|ch)$/.test(kind)) return `${kind}es`;
	return kind.endsWith("s") ? kind : `${kind}s`;
}

/** Messages of the server begin in lower case; at the head of a line they do not. */
export function sentence(text: string): string {
	return text.charAt(0).toUpperCase() + text.slice(1);
}

export function shortRevision(revision: string | undefined): string {
	if (!revision) return "–";
	return /^[0-9a-f]{40}$/.test(revision) ? revision.slice(0, 7) : revision;
}

/** Whole commits in a text, as people write them. */
export function shortCommits(text: string): string {
	return text.replace(/\b[0-9a-f]{40}\b/g, (id) => id.slice(0, 7));
}

/** One CSV document; cells that a spreadsheet would run as a formula are defused. */
export function csv(rows: readonly (readonly string[])[]): string {
	const cell = (value: string) => {
		const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
		return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
	};
	return `${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}

/** "a", "a and b", "a, b, and c". */
export function listText(parts: readonly string[]): string {
	if (parts.length < 3) return parts.join(" and ");
	return `${parts.slice(0, -1).join(", ")}, and ${parts.at(-1)}`;
}
