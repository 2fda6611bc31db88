import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";
import { isTyping } from "../../app/useKeys.ts";

interface RowKeys {
	/** The table, whose rows are numbered from 2 (aria-rowindex). */
	table: RefObject<HTMLElement | null>;
	count: number;
	page: number;
	open: (at: number) => void;
	/** "x" on the active row. */
	select?: (at: number) => void;
	reveal: (at: number) => void;
}

const overlays = '[role="dialog"], [role="menu"], [role="listbox"]';

/** j k and the arrows move the focus, enter or o opens, x selects; wherever the focus is, unless one types. */
export function useRowKeys(keys: RowKeys): [number, (at: number) => void] {
	const [active, setActive] = useState(-1);
	const latest = useRef({ keys, active });
	latest.current = { keys, active };
	const wanted = useRef(-1);
	// Once the row is drawn: what has the focus is what a screen reader reads.
	useLayoutEffect(() => {
		if (wanted.current < 0) return;
		const row = keys.table.current?.querySelector<HTMLElement>(`tr[aria-rowindex="${wanted.current + 2}"]`);
		if (!row) return;
		wanted.current = -1;
		row.focus({ preventScroll: true });
	});
	useEffect(() => {
		const onKey = (event: KeyboardEvent) => {
			if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
			if (document.querySelector(overlays)) return;
			const { keys: k, active: at } = latest.current;
			const go = (to: number) => {
				const next = Math.max(0, Math.min(k.count - 1, to));
				setActive(next);
				wanted.current = next;
				k.reveal(next);
				event.preventDefault();
			};
			const onControl = (event.target as HTMLElement | null)?.closest("a, button, [role=tab]");
			if (event.key === "j" || (event.key === "ArrowDown" && !onControl)) go(at + 1);
			else if (event.key === "k" || (event.key === "ArrowUp" && !onControl)) go(at - 1);
			else if (event.key === "PageDown") go(at + k.page);
			else if (event.key === "PageUp") go(at - k.page);
			else if ((event.key === "o" || (event.key === "Enter" && !onControl)) && at >= 0) k.open(at);
			else if (event.key === "x" && at >= 0) k.select?.(at);
		};
		document.addEventListener("keydown", onKey);
		return () => document.removeEventListener("keydown", onKey);
	}, []);
	return [active < keys.count ? active : -1, setActive];
}
