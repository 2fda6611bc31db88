import { ago, instant } from "../model/time.ts";
import { useNow } from "./clock.ts";

/** A relative time; for machines, and on hover (ui/Tip.tsx), the exact instant. */
export function Ago({ at }: { at: string | number | undefined }) {
	const now = useNow();
	const ms = instant(at);
	if (ms === undefined) return <span className="dim">–</span>;
	return (
		<time className="num" dateTime={new Date(ms).toISOString()}>
			{ago(ms, now)}
		</time>
	);
}
