import { useEffect, useRef } from "react";
import { isTyping } from "../../app/useGoKeys.ts";

/** "f" puts the cursor into the list's filter. */
export function useFilterKey() {
	const input = useRef<HTMLInputElement>(null);
	useEffect(() => {
		const onKey = (event: KeyboardEvent) => {
			if (event.key !== "f" || event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target))
				return;
			event.preventDefault();
			input.current?.focus();
		};
		document.addEventListener("keydown", onKey);
		return () => document.removeEventListener("keydown", onKey);
	}, []);
	return input;
}
