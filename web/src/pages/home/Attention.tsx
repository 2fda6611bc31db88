import { Skeleton } from "@mantine/core";
import type { Application } from "../../api/types.ts";
import { appHref } from "../../model/links.ts";
import { healthState, type State, syncState, worse, worstFirst } from "../../model/state.ts";
import { Ago } from "../../ui/Ago.tsx";
import { Go } from "../../ui/Anchor.tsx";
import { StateIcon } from "../../ui/StateIcon.tsx";
import css from "./Home.module.css";

interface Item {
	app: Application;
	state: State;
	words: string[];
	since: string | undefined;
}

export function attentionItems(apps: readonly Application[]): Item[] {
	return apps
		.map((app): Item => {
			const health = app.status?.health?.status;
			const sync = app.status?.sync?.status;
			const words = [
				health !== "Healthy" && health !== "Suspended" ? (health ?? "Unknown") : "",
				sync === "OutOfSync" ? "Out of sync" : "",
				app.status?.operationState?.phase === "Failed" ? "Sync failed" : "",
			].filter(Boolean);
			const failed = app.status?.operationState?.phase === "Failed" ? "fail" : "ok";
			const state = worse(worse(healthState(health), sync === "OutOfSync" ? syncState(sync) : "ok"), failed);
			return { app, state, words, since: app.status?.health?.lastTransitionTime };
		})
		.filter((item) => item.words.length > 0)
		.sort((a, b) => worstFirst.indexOf(a.state) - worstFirst.indexOf(b.state));
}

export function Attention({ apps, loading }: { apps: readonly Application[]; loading: boolean }) {
	if (loading) return <Skeleton height={80} m="md" />;
	const items = attentionItems(apps);
	if (items.length === 0) return <p className={css.calm}>All applications are healthy and as Git says.</p>;
	return (
		<ul className={css.rows}>
			{items.map(({ app, state, words, since }) => (
				<li key={`${app.metadata.namespace}/${app.metadata.name}`} className={css.row}>
					<StateIcon state={state} label={words.join(", ")} />
					<div className={css.text}>
						<Go href={appHref(app.metadata.namespace, app.metadata.name)} className={css.strong}>
							{app.metadata.name}
						</Go>
						<span className={css.dim}>{app.status?.health?.message || words.join(", ")}</span>
					</div>
					<span className={css.when}>
						<Ago at={since} />
					</span>
				</li>
			))}
		</ul>
	);
}
