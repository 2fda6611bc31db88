/** One clock for all relative times on a page; it rests while the tab is hidden. */
import { useSyncExternalStore } from "react";

const tickMs = 5000;
const listeners = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function tick(): void {
	if (document.hidden) return;
	now = Date.now();
	for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
	if (listeners.size === 0) {
		now = Date.now();
		timer = setInterval(tick, tickMs);
		document.addEventListener("visibilitychange", tick);
	}
	listeners.add(listener);
	return () => {
		listeners.delete(listener);
		if (listeners.size > 0) return;
		clearInterval(timer);
		document.removeEventListener("visibilitychange", tick);
	};
}

export function useNow(): number {
	return useSyncExternalStore(subscribe, () => now);
}
