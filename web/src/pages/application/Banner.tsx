import type { Application } from "../../api/types.ts";
import { worstPart } from "../../model/attention.ts";
import { healthState, phaseState } from "../../model/state.ts";
import { sentence } from "../../model/text.ts";
import { StateIcon } from "../../ui/StateIcon.tsx";
import css from "./Banner.module.css";

/** One line on what is going on or wrong; nothing if all is well. */
export function Banner({ app }: { app: Application }) {
	const operation = app.status?.operationState;
	const running = operation?.phase === "Running" || app.operation !== undefined;
	const failed = operation?.phase === "Failed" || operation?.phase === "Error";
	// A failed sync is a condition too, with the same text.
	const conditions = app.status?.conditions?.filter((c) => !(failed && c.type === "SyncError")) ?? [];
	const errors = conditions.filter((c) => c.type.endsWith("Error"));
	const warnings = conditions.filter((c) => c.type.endsWith("Warning"));
	const health = app.status?.health;
	const part = worstPart(app);
	const reason = health?.message || (part ? `${health?.status}: ${part}` : "");
	const lines = [
		...(running ? [{ state: "progress" as const, text: operation?.message || "A sync is running" }] : []),
		...(failed
			? [{ state: phaseState(operation?.phase), text: `Last sync failed: ${operation?.message ?? ""}` }]
			: []),
		...errors.map((c) => ({ state: "fail" as const, text: c.message || c.type })),
		...warnings.map((c) => ({ state: "warn" as const, text: c.message || c.type })),
		...(reason && health?.status !== "Healthy" && health?.status !== "Suspended"
			? [{ state: healthState(health?.status), text: sentence(reason) }]
			: []),
	];
	if (lines.length === 0) return null;
	return (
		<div className={css.banner} role="status">
			{lines.map((line) => (
				<div key={line.text} className={css.line} data-state={line.state}>
					<StateIcon state={line.state} />
					<span>{line.text}</span>
				</div>
			))}
		</div>
	);
}
