import { Tip } from "../../ui/Tip.tsx";
import css from "./Home.module.css";

/** Two lines of a reason, the whole of it on hover. */
export function Brief({ text }: { text: string }) {
	return (
		<Tip label={text.length > 100 ? text : undefined}>
			<span className={`${css.dim} pv-two`}>{text}</span>
		</Tip>
	);
}
