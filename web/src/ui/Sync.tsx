/** Whether live and Git agree: shapes of their own, since health stands right beside. */
import { type State, syncState } from "../model/state.ts";
import css from "./State.module.css";

export function syncWord(sync: string | undefined, pruning = false): string {
	if (pruning) return "To be pruned";
	return sync === "OutOfSync" ? "Out of sync" : (sync ?? "Unknown");
}

const line = {
	fill: "none",
	stroke: "currentColor",
	strokeWidth: 1.75,
	strokeLinecap: "round",
	strokeLinejoin: "round",
} as const;

/** Equal: two lines of one length. Different: an arrow between them. */
const shapes: Partial<Record<State, string>> = {
	ok: "M2.5 5.5h11M2.5 10.5h11",
	warn: "M2.5 5.5h11M2.5 10.5h11M11.5 2.5l-7 11",
};

export function SyncIcon({ sync, size = 14 }: { sync: string | undefined; size?: number }) {
	const state = syncState(sync);
	const shape = shapes[state] ?? "M2.5 5.5h2M7 5.5h2M11.5 5.5h2M2.5 10.5h2M7 10.5h2M11.5 10.5h2";
	return (
		<svg aria-hidden className={`${css.icon} ${css[state]}`} viewBox="0 0 16 16" width={size} height={size}>
			<path d={shape} {...line} />
		</svg>
	);
}

interface SyncProps {
	sync: string | undefined;
	pruning?: boolean;
}

export function SyncText({ sync, pruning }: SyncProps) {
	return (
		<span className={css.text}>
			<SyncIcon sync={sync} />
			<span>{syncWord(sync, pruning)}</span>
		</span>
	);
}

export function SyncPill({ sync, pruning }: SyncProps) {
	return (
		<span className={`${css.pill} ${css[`${syncState(sync)}Soft`]}`}>
			<SyncIcon sync={sync} />
			<span>{syncWord(sync, pruning)}</span>
		</span>
	);
}
