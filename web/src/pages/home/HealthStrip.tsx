import { Link } from "@tanstack/react-router";
import type { Application } from "../../api/types.ts";
import { healthState } from "../../model/state.ts";
import { StateIcon } from "../../ui/StateIcon.tsx";
import { SyncIcon } from "../../ui/Sync.tsx";
import css from "./Home.module.css";

const order = ["Degraded", "Missing", "Progressing", "Suspended", "Unknown", "Healthy"];

/** How all applications are, as figures that lead to them. */
export function HealthStrip({ apps }: { apps: readonly Application[] }) {
	if (apps.length === 0) return null;
	const count = (of: (app: Application) => boolean) => apps.filter(of).length;
	const figures = order
		.map((health) => ({ health, n: count((a) => (a.status?.health?.status ?? "Unknown") === health) }))
		.filter(({ n, health }) => n > 0 || health === "Degraded" || health === "Healthy");
	const drifted = count((a) => a.status?.sync?.status === "OutOfSync");
	return (
		<ul className={css.strip} aria-label="Applications">
			{figures.map(({ health, n }) => (
				<li key={health}>
					<Link to="/applications" search={{ health } as never} className={css.figure}>
						<span className={css.n}>{n}</span>
						<span className={css.word}>
							<StateIcon state={healthState(health)} /> {health}
						</span>
					</Link>
				</li>
			))}
			<li>
				<Link to="/applications" search={{ sync: "OutOfSync" } as never} className={css.figure}>
					<span className={css.n}>{drifted}</span>
					<span className={css.word}>
						<SyncIcon sync={drifted > 0 ? "OutOfSync" : "Synced"} /> Out of sync
					</span>
				</Link>
			</li>
		</ul>
	);
}
