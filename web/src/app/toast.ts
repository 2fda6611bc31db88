/** Notifications, loaded when there is the first to show. */
import type { NotificationData } from "@mantine/notifications";
import { useSyncExternalStore } from "react";

const listeners = new Set<() => void>();
let wanted = false;

export function toast(data: NotificationData): void {
	wanted = true;
	for (const listener of listeners) listener();
	void import("@mantine/notifications").then(({ notifications }) => notifications.show(data));
}

function subscribe(listener: () => void): () => void {
	listeners.add(listener);
	return () => listeners.delete(listener);
}

/** Whether there was one: the place for them is made then. */
export function useToastWanted(): boolean {
	return useSyncExternalStore(subscribe, () => wanted);
}
