import { useEffect, useState } from "react";

/** Closed when it is mounted, then as asked: a dialog that is mounted open does not know to whom it gives the focus back. */
export function useOpened(opened: boolean): boolean {
	const [now, setNow] = useState(false);
	useEffect(() => setNow(opened), [opened]);
	return now;
}

/** What stands where this stood: a part that comes later takes the place of its button and has its name, with what
 *  may be counted behind it. */
function standing(element: Element | null): Element | null {
	if (!element || element.isConnected) return element;
	const name = element.getAttribute("aria-label")?.split(",")[0];
	return name ? document.querySelector(`[aria-label^="${CSS.escape(name)}"]`) : null;
}

/** What was opened before its button had taken the place of another gives the focus back to nobody: neither
 *  at once nor when what is fading out is gone. */
export function focusIfNone(element: Element | null): void {
	requestAnimationFrame(() => {
		const active = document.activeElement;
		const lost =
			active === document.body || active?.closest("[role=menu], [role=dialog], [role=presentation]");
		const place = standing(element);
		if (lost && place instanceof HTMLElement) place.focus();
	});
}
