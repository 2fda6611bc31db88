/** Which columns fit into a width, and how wide each is: pure.  A word that is cut says less than a
 *  column that is not there. */
export interface Fitting {
	id: string;
	/** Its least width, in px. */
	min: number;
	/** Its share of what is left. */
	grow: number;
	/** Given up first if there is no room: the highest. */
	drop?: number;
}

export interface Fitted {
	id: string;
	width: number;
}

/** `keep`: the person chose these columns, so none is given up and the table scrolls. */
export function fitColumns(columns: readonly Fitting[], width: number, keep = false): Fitted[] {
	let shown = [...columns];
	const needed = () => shown.reduce((sum, c) => sum + c.min, 0);
	while (!keep && needed() > width) {
		const least = shown.reduce<Fitting | undefined>(
			(best, c) => (c.drop && c.drop > (best?.drop ?? 0) ? c : best),
			undefined,
		);
		if (!least) break;
		shown = shown.filter((c) => c !== least);
	}
	const left = Math.max(0, width - needed());
	const shares = shown.reduce((sum, c) => sum + c.grow, 0);
	return shown.map((c) => ({ id: c.id, width: c.min + (shares > 0 ? (left * c.grow) / shares : 0) }));
}
