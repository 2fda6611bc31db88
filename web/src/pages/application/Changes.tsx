import { IconCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { Application } from "../../api/types.ts";
import { clauses, pendingChanges, planText, whyQuery } from "../../api/why.ts";
import { changeRows } from "../../model/changes.ts";
import { sentence } from "../../model/text.ts";
import { Bones } from "../../ui/Bones.tsx";
import { Card } from "../../ui/Card.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { Said } from "../../ui/Said.tsx";
import { Scroll } from "../../ui/Scroll.tsx";
import css from "./ChangeRow.module.css";
import { ChangeRow } from "./ChangeRow.tsx";
import type { ApplicationView } from "./useApplication.ts";

/** How the cluster differs from Git: every object, field by field. */
export function Changes({ app, view }: { app: Application; view: ApplicationView }) {
	const { data: why, isPending } = useQuery(whyQuery(view.path, app.metadata.resourceVersion));
	const rows = changeRows(app, pendingChanges(why));
	if (rows.length === 0 && isPending)
		return (
			<Scroll>
				<Bones inset />
			</Scroll>
		);
	if (rows.length === 0)
		return (
			<Notice icon={<IconCheck size={20} stroke={1.5} />} title="Nothing differs from Git">
				<p>A hand edit or a new commit would show here, field by field, before anything is applied.</p>
			</Notice>
		);
	const newest = why?.plans?.find((plan) => !plan.deed);
	const reason = newest ? newest.summary || newest.reason || (newest.error ? planText(newest) : "") : "";
	return (
		<Scroll>
			{clauses(reason).map((clause) => (
				<p key={clause} className={css.reason}>
					<Said text={sentence(clause)} />
				</p>
			))}
			<Card
				title="Live state against Git"
				aside={rows.some((r) => r.diff?.length) ? "left: in the cluster, right: in Git" : null}
				flush
			>
				{isPending ? <Bones lines={2} /> : rows.map((row) => <ChangeRow key={row.key} row={row} />)}
			</Card>
		</Scroll>
	);
}
