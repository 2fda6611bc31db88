/** Rows chosen with x or their checkbox, for what is done to several at once. */
import { Checkbox } from "@mantine/core";
import { useCallback, useMemo, useState } from "react";
import css from "./DataTable.module.css";

export interface Selection {
	keys: ReadonlySet<string>;
	toggle: (key: string) => void;
	set: (keys: readonly string[]) => void;
}

function toggled(keys: ReadonlySet<string>, key: string): ReadonlySet<string> {
	const after = new Set(keys);
	if (!after.delete(key)) after.add(key);
	return after;
}

export function useSelection(): Selection {
	const [keys, setKeys] = useState<ReadonlySet<string>>(new Set());
	const toggle = useCallback((key: string) => setKeys((before) => toggled(before, key)), []);
	const set = useCallback((next: readonly string[]) => setKeys(new Set(next)), []);
	return useMemo(() => ({ keys, toggle, set }), [keys, toggle, set]);
}

export function SelectAll({ keys, selection }: { keys: readonly string[]; selection: Selection }) {
	const n = keys.filter((key) => selection.keys.has(key)).length;
	const all = n > 0 && n === keys.length;
	return (
		<th scope="col" className={css.mark}>
			<Checkbox
				size="xs"
				aria-label={all ? "Select none" : "Select all"}
				checked={all}
				indeterminate={n > 0 && !all}
				onChange={() => selection.set(all ? [] : keys)}
			/>
		</th>
	);
}

interface SelectRowProps {
	rowKey: string;
	label: string | undefined;
	selection: Selection;
}

export function SelectRow({ rowKey, label, selection }: SelectRowProps) {
	return (
		<td className={css.mark}>
			<Checkbox
				size="xs"
				aria-label={`Select ${label ?? rowKey}`}
				checked={selection.keys.has(rowKey)}
				onChange={() => selection.toggle(rowKey)}
			/>
		</td>
	);
}
