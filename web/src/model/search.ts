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

export interface FoundGroup {
	group: string;
	items: Findable[];
}

export function rankFound(all: readonly Findable[], query: string, perGroup: number): FoundGroup[] {
	const groups = new Map<string, { item: Findable; score: number }[]>();
	const order = query.trim() === "" ? ["Recent", "Commands", "Pages", "Applications", "Catalog"] : [];
	for (const item of all) {
		const points = score(item, query);
		if (points === 0 || (order.length > 0 && item.asked) || (order.length > 0 && !order.includes(item.group)))
			continue;
		const list = groups.get(item.group) ?? [];
		list.push({ item, score: points });
		groups.set(item.group, list);
	}
	const ranked = [...groups].map(([group, list]) => {
		if (query.trim() !== "")
			list.sort((a, b) => b.score - a.score || a.item.name.length - b.item.name.length);
		const items = list.slice(0, perGroup).map((found) => found.item);
		return { group, items, best: list[0]?.score ?? 0 };
	});
	ranked.sort((a, b) => order.indexOf(a.group) - order.indexOf(b.group) || b.best - a.best);
	return ranked.map(({ group, items }) => ({ group, items }));
}
