import { ago, exact, instant } from "../model/time.ts";
import { useNow } from "./clock.ts";
import { Tip } from "./Tip.tsx";

/** A relative time; the exact instant on hover and for machines. */
export function Ago({ at }: { at: string | number | undefined }) {
	const now = useNow();
	const ms = instant(at);
	if (ms === undefined) return <span className="dim">–</span>;
	return (
		<Tip label={exact(ms)}>
			<time className="num" dateTime={new Date(ms).toISOString()}>
				{ago(ms, now)}
			</time>
		</Tip>
	);
}
