import { createSpotlight } from "@mantine/spotlight";

/** The search's own state, so that others can open it and choose in it. */
export const [searchStore, search] = createSpotlight();

let from: Element | null = null;

export function openFrom(element: Element | null): void {
	from = element;
	search.open();
}

/** Mounted open, the search does not know whom to give the focus back to. */
export function giveBack(): void {
	requestAnimationFrame(() => {
		if (document.activeElement === document.body && from instanceof HTMLElement) from.focus();
	});
}
