import { IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { refKey } from "../../api/resources.ts";
import type { Application, PathDiff, PlanChange, Ref } from "../../api/types.ts";
import { ObjectLink } from "../../ui/Anchor.tsx";
import { DiffList } from "../../ui/DiffList.tsx";
import { KindIcon } from "../../ui/KindIcon.tsx";
import css from "./ChangeRow.module.css";

export interface Change {
	key: string;
	action: "create" | "update" | "delete";
	ref: Ref;
	diff: PathDiff[] | undefined;
}

/** What a sync would do: from the plan where there is one, else from what is out of sync. */
export function changeRows(app: Application, planned: readonly PlanChange[]): Change[] {
	const byKey = new Map<string, Change>();
	for (const r of app.status?.resources ?? []) {
		if (r.status === "Synced" || r.hook) continue;
		const action = r.requiresPruning ? "delete" : r.health?.status === "Missing" ? "create" : "update";
		byKey.set(refKey(r), { key: refKey(r), action, ref: r, diff: undefined });
	}
	for (const change of planned) {
		const key = refKey(change.object);
		const action = change.action === "create" || change.action === "delete" ? change.action : "update";
		byKey.set(key, { key, action, ref: change.object, diff: change.diff });
	}
	return [...byKey.values()];
}

const words = {
	create: { icon: IconPlus, text: "create" },
	update: { icon: IconPencil, text: "update" },
	delete: { icon: IconTrash, text: "prune" },
};

export function ChangeRow({ row }: { row: Change }) {
	const { icon: Icon, text } = words[row.action];
	return (
		<div className={css.row}>
			<div className={css.head}>
				<span className={css.action} data-action={row.action}>
					<Icon size={13} stroke={1.75} aria-hidden /> {text}
				</span>
				<KindIcon kind={row.ref.kind} />
				<ObjectLink target={row.ref} />
				<span className="small dim">{row.ref.namespace}</span>
			</div>
			{row.diff && row.diff.length > 0 ? <DiffList diff={row.diff} /> : null}
		</div>
	);
}
