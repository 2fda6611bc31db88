/** Label selectors as kubectl writes them: "a=b,c!=d,e in (f,g),h notin (i),j,!k". */

export type Labels = Record<string, string> | undefined;
export type Selector = (labels: Labels) => boolean;

const set = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/;
const equality = /^([^!=\s]+)\s*(==|=|!=)\s*(.*)$/;

/** Commas inside of parentheses do not separate. */
function requirements(text: string): string[] {
	return text
		.split(/,(?![^(]*\))/)
		.map((part) => part.trim())
		.filter(Boolean);
}

function requirement(text: string): Selector | undefined {
	const member = set.exec(text);
	if (member) {
		const [, key = "", how, list = ""] = member;
		const values = list.split(",").map((v) => v.trim());
		const inside: Selector = (labels) => labels?.[key] !== undefined && values.includes(labels[key]);
		return how === "in" ? inside : (labels) => !inside(labels);
	}
	const equal = equality.exec(text);
	if (equal) {
		const [, key = "", how, value = ""] = equal;
		return how === "!=" ? (labels) => labels?.[key] !== value : (labels) => labels?.[key] === value;
	}
	if (/^!\S+$/.test(text)) return (labels) => labels?.[text.slice(1)] === undefined;
	return /^[^\s()=!]+$/.test(text) ? (labels) => labels?.[text] !== undefined : undefined;
}

/** Undefined for what is no selector; an empty one would choose everything, so it chooses nothing. */
export function parseSelector(text: string): Selector | undefined {
	const all = requirements(text).map(requirement);
	if (all.length === 0 || all.some((r) => r === undefined)) return undefined;
	return (labels) => all.every((r) => r?.(labels));
}
