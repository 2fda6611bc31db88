import { useCallback, useEffect, useRef, useState } from "react";

const settleMs = 200;

/** A text that follows the keys at once and the address a moment later. */
export function useTyped(stored: string, store: (text: string) => void): [string, (text: string) => void] {
	const [typed, setTyped] = useState(stored);
	const written = useRef(stored);
	const latest = useRef(store);
	latest.current = store;
	const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
	// The address changed by itself, as by Back or a link: follow it.
	useEffect(() => {
		if (stored === written.current) return;
		written.current = stored;
		setTyped(stored);
	}, [stored]);
	useEffect(() => () => clearTimeout(timer.current), []);
	const type = useCallback((text: string) => {
		setTyped(text);
		clearTimeout(timer.current);
		timer.current = setTimeout(() => {
			written.current = text;
			latest.current(text);
		}, settleMs);
	}, []);
	return [typed, type];
}
