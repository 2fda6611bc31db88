import { useLink } from "../live/hooks.ts";
import type { LinkState } from "../live/hub.ts";
import { Tip } from "../ui/Tip.tsx";
import css from "./LinkDot.module.css";

const words: Record<LinkState, string> = {
	idle: "Not watching",
	connecting: "Connecting",
	live: "Live: this page follows every change",
	reconnecting: "Reconnecting",
	"signed-out": "Signed out",
};

export function LinkDot() {
	const link = useLink();
	return (
		<Tip label={words[link]}>
			<span className={css.dot} data-link={link} role="img" aria-label={words[link]} />
		</Tip>
	);
}
