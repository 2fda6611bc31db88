import { useEffect, useRef } from "react";

const texts = /^(?!(checkbox|radio|button|submit|reset|range|color|file|image)$)/;

/** Where a key is a letter of a text, and no command. */
export function isTyping(target: EventTarget | null): boolean {
	if (!(target instanceof HTMLElement)) return false;
	if (target instanceof HTMLInputElement) return texts.test(target.type);
	return target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName);
}

/** Single keys as commands, wherever the focus is, unless one types. */
export function useKeys(commands: Record<string, () => void>): void {
	const latest = useRef(commands);
	latest.current = commands;
	useEffect(() => {
		const onKey = (event: KeyboardEvent) => {
			if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
			const run = Object.hasOwn(latest.current, event.key) ? latest.current[event.key] : undefined;
			if (!run) return;
			event.preventDefault();
			run();
		};
		document.addEventListener("keydown", onKey);
		return () => document.removeEventListener("keydown", onKey);
	}, []);
}
