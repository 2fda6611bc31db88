/** A state's own shape and colour: readable without colour, and without shape. */
import type { ReactNode } from "react";
import type { State } from "../model/state.ts";
import css from "./State.module.css";

const stroke = { fill: "none", stroke: "currentColor", strokeWidth: 1.75, strokeLinecap: "round" as const };
const cut = { ...stroke, stroke: "var(--pv-bg)", strokeLinejoin: "round" as const };

const shapes: Record<State, ReactNode> = {
	ok: (
		<>
			<circle cx="8" cy="8" r="6.5" fill="currentColor" />
			<path d="M5.2 8.2l2 2 3.6-4" {...cut} />
		</>
	),
	progress: (
		<>
			<circle cx="8" cy="8" r="5.6" {...stroke} opacity="0.3" />
			<path d="M8 2.4a5.6 5.6 0 0 1 5.6 5.6" {...stroke} strokeWidth="2.2" />
		</>
	),
	warn: (
		<>
			<path d="M8 1.8l6.6 11.9H1.4z" fill="currentColor" stroke="currentColor" strokeLinejoin="round" />
			<path d="M8 6v3.4M8 11.6v.1" {...cut} />
		</>
	),
	fail: (
		<>
			<path d="M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2z" fill="currentColor" />
			<path d="M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4" {...cut} />
		</>
	),
	paused: (
		<>
			<rect x="1.8" y="1.8" width="12.4" height="12.4" rx="3" fill="currentColor" />
			<path d="M6.2 5.5v5M9.8 5.5v5" {...cut} />
		</>
	),
	unknown: (
		<>
			<circle cx="8" cy="8" r="5.9" {...stroke} strokeWidth="1.5" strokeDasharray="2.2 2.4" />
			<path d="M8 8v.1" {...stroke} strokeWidth="2.4" />
		</>
	),
};

export interface StateIconProps {
	state: State;
	/** Said to those who cannot see it; omit where the text beside says the same. */
	label?: string;
	size?: number;
}

export function StateIcon({ state, label, size = 14 }: StateIconProps) {
	const spin = state === "progress" ? css.spin : "";
	const said = label ? { role: "img", "aria-label": label } : { "aria-hidden": true };
	return (
		// biome-ignore lint/a11y/noSvgWithoutTitle: named by aria-label, or beside text that says the same
		<svg
			{...said}
			className={`${css.icon} ${css[state]} ${spin}`}
			viewBox="0 0 16 16"
			width={size}
			height={size}
		>
			{shapes[state]}
		</svg>
	);
}

/** Icon and word, no box: for tables. */
export function StateText({ state, children }: { state: State; children: ReactNode }) {
	return (
		<span className={css.text}>
			<StateIcon state={state} />
			<span>{children}</span>
		</span>
	);
}

/** Icon and word in a soft pill: for heads of pages. */
export function StatePill({ state, children }: { state: State; children: ReactNode }) {
	return (
		<span className={`${css.pill} ${css[`${state}Soft`]}`}>
			<StateIcon state={state} />
			<span>{children}</span>
		</span>
	);
}
