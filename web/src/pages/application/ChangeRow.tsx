import { IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import type { Change } from "../../model/changes.ts";
import { ObjectLink } from "../../ui/Anchor.tsx";
import { DiffList } from "../../ui/DiffList.tsx";
import { KindIcon } from "../../ui/KindIcon.tsx";
import css from "./ChangeRow.module.css";

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
