/** The notifications of this tab: kept until it is closed, or until somebody signs out. */
import type { News, Note } from "../model/inbox.ts";

export interface Inbox {
	notes: readonly Note[];
	unread: number;
}

const kept = 50;
const storageKey = "pave.inbox";
const listeners = new Set<() => void>();
let state: Inbox = load();

function load(): Inbox {
	try {
		const found = JSON.parse(sessionStorage.getItem(storageKey) ?? "null") as Inbox | null;
		if (Array.isArray(found?.notes) && typeof found.unread === "number") return found;
	} catch {
		// Storage may be forbidden, or written by somebody else.
	}
	return { notes: [], unread: 0 };
}

function set(next: Inbox): void {
	state = next;
	try {
		sessionStorage.setItem(storageKey, JSON.stringify(next));
	} catch {
		// Then a reload begins anew.
	}
	for (const listener of listeners) listener();
}

export function subscribe(listener: () => void): () => void {
	listeners.add(listener);
	return () => listeners.delete(listener);
}

export const inboxState = (): Inbox => state;

export function addNews(news: readonly News[], at: number): void {
	if (news.length === 0) return;
	const first = (state.notes[0]?.id ?? 0) + news.length;
	const notes = news.map((one, n) => ({ ...one, at, id: first - n }));
	set({
		notes: [...notes, ...state.notes].slice(0, kept),
		unread: Math.min(kept, state.unread + news.length),
	});
}

export const markRead = (): void => set({ ...state, unread: 0 });
export const clearInbox = (): void => set({ notes: [], unread: 0 });
