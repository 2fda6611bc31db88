/** Ranks what a person may mean by a few letters. */

export interface Findable {
	group: string;
	kind: string;
	name: string;
	title?: string;
	detail: string;
	/** Where it leads, and what it is told apart by. */
	href: string;
	/** A command: done instead of going there. */
	run?: () => void;
	/** Shown only once one types. */
	asked?: boolean;
}

/** 0 is no match; exact, then prefix, then a word's start, then anywhere, then scattered words. */
export function score(item: Findable, query: string): number {
	const q = query.trim().toLowerCase();
	if (q === "") return 1;
	const name = item.name.toLowerCase();
	const title = (item.title ?? "").toLowerCase();
	if (name === q || title === q) return 100;
	if (name.startsWith(q) || title.startsWith(q)) return 80;
	if (name.split(/[-_. ]/).some((part) => part.startsWith(q))) return 60;
	if (name.includes(q) || title.includes(q)) return 40;
	const text = `${name} ${title} ${item.kind} ${item.detail}`.toLowerCase();
	return q.split(/\s+/).every((word) => text.includes(word)) ? 20 : 0;
}

/** In how many places a word may be wrong: short ones are too near to each other. */
function slack(word: string): number {
	if (word.length < 4) return 0;
	return word.length < 8 ? 1 : 2;
}

/** The fewest letters to add, drop, change or swap until `word` begins `text`. */
function distance(word: string, text: string): number {
	const width = word.length + slack(word);
	const row = (size: number) => Array.from({ length: size + 1 }, (_, at) => at);
	const end = text.slice(0, width);
	let before: number[] = [];
	let above = row(end.length);
	for (let i = 1; i <= word.length; i++) {
		const now = [i];
		for (let j = 1; j <= end.length; j++) {
			const same = word[i - 1] === end[j - 1] ? 0 : 1;
			let least = Math.min((above[j] ?? 0) + 1, (now[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + same);
			if (i > 1 && j > 1 && word[i - 1] === end[j - 2] && word[i - 2] === end[j - 1])
				least = Math.min(least, (before[j - 2] ?? 0) + 1);
			now.push(least);
		}
		before = above;
		above = now;
	}
	return Math.min(...above);
}

/** As score, for what is typed with a slip: 0 is no match, and less is further off. */
export function nearScore(item: Findable, query: string): number {
	const words = query.trim().toLowerCase().split(/\s+/);
	const names = [item.name, item.title ?? ""].map((name) => name.toLowerCase());
	const starts = names.flatMap((name) => [name, ...name.split(/[-_. ]/)]).filter(Boolean);
	let off = 0;
	for (const word of words) {
		const least = Math.min(...starts.map((start) => distance(word, start)));
		if (least > slack(word)) return 0;
		off += least;
	}
	return 10 / (1 + off);
}

export interface FoundGroup {
	group: string;
	items: Findable[];
	/** Nothing is called as was asked: this is what is nearest to it. */
	near: boolean;
}

/** What stands twice stands once: among the recent while nothing is asked, else where it belongs. */
function once(all: readonly Findable[], asked: boolean): Findable[] {
	const isRecent = (item: Findable) => item.group === "Recent";
	const kept = new Set(all.filter((item) => isRecent(item) !== asked).map((item) => item.href));
	return all.filter((item) => isRecent(item) !== asked || !kept.has(item.href));
}

interface Scored {
	item: Findable;
	score: number;
}

function rated(all: readonly Findable[], query: string, rate: typeof score): Scored[] {
	return all.map((item) => ({ item, score: rate(item, query) })).filter((found) => found.score > 0);
}

export function rankFound(all: readonly Findable[], query: string, perGroup: number): FoundGroup[] {
	const groups = new Map<string, Scored[]>();
	const asked = query.trim() !== "";
	const order = asked ? [] : ["Recent", "Commands", "Pages", "Applications", "Catalog"];
	const distinct = once(all, asked);
	const exact = rated(distinct, query, score);
	const near = exact.length === 0;
	for (const found of near ? rated(distinct, query, nearScore) : exact) {
		if (!asked && (found.item.asked || !order.includes(found.item.group))) continue;
		const list = groups.get(found.item.group) ?? [];
		list.push(found);
		groups.set(found.item.group, list);
	}
	const ranked = [...groups].map(([group, list]) => {
		if (asked) list.sort((a, b) => b.score - a.score || a.item.name.length - b.item.name.length);
		const items = list.slice(0, perGroup).map((found) => found.item);
		return { group, items, best: list[0]?.score ?? 0 };
	});
	ranked.sort((a, b) => order.indexOf(a.group) - order.indexOf(b.group) || b.best - a.best);
	return ranked.map(({ group, items }) => ({ group, items, near }));
}
