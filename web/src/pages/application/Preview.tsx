import { Checkbox, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Application } from "../../api/types.ts";
import { pendingChanges, whyQuery } from "../../api/why.ts";
import { type Change, changeRows } from "../../model/changes.ts";
import { plural } from "../../model/text.ts";
import type { Trial } from "../../model/trial.ts";
import { KindIcon } from "../../ui/KindIcon.tsx";
import { Said } from "../../ui/Said.tsx";
import { StateIcon } from "../../ui/StateIcon.tsx";
import { ChangeRow } from "./ChangeRow.tsx";
import css from "./SyncDialog.module.css";

export interface Pending {
	rows: Change[];
	loading: boolean;
}

export function usePending(app: Application, path: string): Pending {
	const { data: why, isPending } = useQuery(whyQuery(path, app.metadata.resourceVersion));
	return { rows: changeRows(app, pendingChanges(why)), loading: isPending };
}

interface PreviewProps {
	pending: Pending;
	prune: boolean;
	/** Keys of what is left out. */
	left: ReadonlySet<string>;
	onToggle: (key: string) => void;
}

function sentence(changing: number, kept: number, all: boolean): string {
	const but = kept > 0 ? `; ${plural(kept, "object")} that Git no longer has will stay` : "";
	const hooks = all ? "" : " Of a sync of some objects no hooks run.";
	return `${plural(changing, "object")} will change${but}.${hooks}`;
}

/** What a sync will change, object by object, each to be left out. */
export function Preview({ pending, prune, left, onToggle }: PreviewProps) {
	const { rows, loading } = pending;
	if (loading) return <Skeleton height={80} />;
	if (rows.length === 0)
		return (
			<p className="dim">Everything is as Git says already. A sync would apply the same manifests again.</p>
		);
	const shown = rows.filter((r) => r.action !== "delete" || prune);
	const chosen = shown.filter((r) => !left.has(r.key));
	return (
		<div className={css.preview}>
			<p>{sentence(chosen.length, rows.length - shown.length, chosen.length === shown.length)}</p>
			<div className={css.rows}>
				{shown.map((row) => (
					<div key={row.key} className={css.choice} data-left={left.has(row.key) || undefined}>
						<Checkbox
							size="xs"
							checked={!left.has(row.key)}
							onChange={() => onToggle(row.key)}
							aria-label={`Sync ${row.ref.kind} ${row.ref.name}`}
						/>
						<ChangeRow row={row} />
					</div>
				))}
			</div>
		</div>
	);
}

/** What came of trying: of what is refused, by whom and why. */
export function TrialResult({ trial }: { trial: Trial }) {
	return (
		<div className={css.preview} role="status">
			<p>
				<StateIcon state={trial.refused ? "fail" : "ok"} /> <Said text={trial.text} />
			</p>
			{trial.objects.length > 0 ? (
				<ul className={css.told}>
					{trial.objects.map((one) => (
						<li key={one.key}>
							<StateIcon state={one.refused ? "fail" : "ok"} label={one.refused ? "refused" : "accepted"} />
							<KindIcon kind={one.kind} />
							<span>
								{one.refused ? `${one.kind}/${one.name}: ` : ""}
								<Said text={one.text} />
							</span>
						</li>
					))}
				</ul>
			) : null}
		</div>
	);
}
