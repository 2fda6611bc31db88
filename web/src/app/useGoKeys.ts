import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { nav, settingsItem } from "./nav.ts";
import { isTyping } from "./useKeys.ts";

const chordMs = 1200;

/** "g" then a letter goes to a page, as in "g c" for the catalog. */
export function useGoKeys(): void {
	const navigate = useNavigate();
	useEffect(() => {
		let armed = 0;
		const onKey = (event: KeyboardEvent) => {
			if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
			if (event.key === "g") {
				armed = event.timeStamp;
				return;
			}
			if (armed === 0 || event.timeStamp - armed > chordMs) return;
			armed = 0;
			const item = [...nav.flat(), settingsItem].find((i) => i.key === event.key);
			if (item) void navigate({ to: item.to });
		};
		document.addEventListener("keydown", onKey);
		return () => document.removeEventListener("keydown", onKey);
	}, [navigate]);
}
