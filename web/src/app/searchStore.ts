import { createSpotlight } from "@mantine/spotlight";
import { focusIfNone } from "../ui/useOpened.ts";

/** The search's own state, so that others can open it and choose in it. */
export const [searchStore, search] = createSpotlight();

let from: Element | null = null;

export function openFrom(element: Element | null): void {
	from = element;
	search.open();
}

/** Mounted open, the search does not know whom to give the focus back to. */
export function giveBack(): void {
	focusIfNone(from);
}
