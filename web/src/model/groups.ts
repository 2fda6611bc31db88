/** Adds to the list of a key, which begins empty; in place, as a copy for each would take the square of their number. */
export function addTo<K, V>(groups: Map<K, V[]>, key: K, value: V): void {
	const of = groups.get(key);
	if (of) of.push(value);
	else groups.set(key, [value]);
}
