/** What the server tells of each object of a stream: r=NAME(PARTS), as src/lang/json/pick.h has it. */
interface Part {
	name: string;
	last: boolean;
	below: Part[] | undefined;
}

export interface Wanted {
	name: string;
	parts: Part[] | undefined;
}

function level(text: string, from: number): { parts: Part[]; at: number } {
	const parts: Part[] = [];
	for (let at = from; ; at++) {
		const [, name = "", last] = /^([^(),[\]"]+)(\[-1\])?/.exec(text.slice(at)) ?? [];
		if (name === "") throw new Error(`parts "${text}": expected the name of a member at character ${at + 1}`);
		at += name.length + (last?.length ?? 0);
		let below: Part[] | undefined;
		if (text[at] === "(") {
			const inner = level(text, at + 1);
			below = inner.parts;
			at = inner.at + 1;
		}
		parts.push({ name, last: last !== undefined, below });
		if (text[at] !== ",") return { parts, at };
	}
}

export function wantedOf(r: string): Wanted {
	const cut = r.indexOf("(");
	if (cut < 0) return { name: r, parts: undefined };
	return { name: r.slice(0, cut), parts: level(r, cut + 1).parts };
}

export function pick(value: unknown, parts: readonly Part[] | undefined): unknown {
	if (!parts || typeof value !== "object" || value === null) return value;
	if (Array.isArray(value)) return value.map((item) => (Array.isArray(item) ? item : pick(item, parts)));
	const of = value as Record<string, unknown>;
	const found = parts.flatMap(({ name, last, below }) => {
		const member = of[name];
		if (member === undefined) return [];
		return [[name, pick(last && Array.isArray(member) ? member.slice(-1) : member, below)]];
	});
	return Object.fromEntries(found);
}
