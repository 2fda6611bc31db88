import { Button, Checkbox, Group, Modal, Skeleton } from "@mantine/core";
import { IconArrowBarToDown } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Application } from "../../api/types.ts";
import { pendingChanges, whyQuery } from "../../api/why.ts";
import { changeRows } from "../../model/changes.ts";
import { plural, shortRevision } from "../../model/text.ts";
import { useParams } from "../../ui/list/useListState.ts";
import { Tip } from "../../ui/Tip.tsx";
import { useOpened } from "../../ui/useOpened.ts";
import { isSyncing, sync } from "./actions.ts";
import { ChangeRow } from "./ChangeRow.tsx";
import css from "./SyncDialog.module.css";
import { useRefusal } from "./useRefusal.ts";

function Preview({ app, path, prune }: { app: Application; path: string; prune: boolean }) {
	const { data: why, isPending } = useQuery(whyQuery(path, app.metadata.resourceVersion));
	if (isPending) return <Skeleton height={80} />;
	const rows = changeRows(app, pendingChanges(why));
	if (rows.length === 0)
		return (
			<p className="dim">Everything is as Git says already. A sync would apply the same manifests again.</p>
		);
	const kept = rows.filter((r) => r.action === "delete" && !prune).length;
	return (
		<div className={css.preview}>
			<p>
				{plural(rows.length - kept, "object")} will change
				{kept > 0 ? `; ${plural(kept, "object")} that Git no longer has will stay` : ""}.
			</p>
			<div className={css.rows}>
				{rows
					.filter((r) => r.action !== "delete" || prune)
					.map((row) => (
						<ChangeRow key={row.key} row={row} />
					))}
			</div>
		</div>
	);
}

export interface SyncDialogProps {
	app: Application;
	path: string;
	opened: boolean;
	onClose: () => void;
	/** A past revision to go back to; what Git says now if absent. */
	revision?: string;
}

export function SyncDialog({ app, path, opened, onClose, revision }: SyncDialogProps) {
	const [prune, setPrune] = useState(app.spec?.syncPolicy?.automated?.prune ?? false);
	const [busy, setBusy] = useState(false);
	const target = revision ?? app.spec?.source?.targetRevision ?? "HEAD";
	const go = async () => {
		setBusy(true);
		const done = await sync(path, { ...(revision ? { revision } : {}), prune });
		setBusy(false);
		if (done) onClose();
	};
	return (
		<Modal
			opened={useOpened(opened)}
			onClose={onClose}
			size="lg"
			title={`${revision ? "Roll back" : "Sync"} ${app.metadata.name}`}
		>
			<div className={css.body}>
				<p className="dim">
					To <code>{shortRevision(target)}</code> of <code>{app.spec?.source?.repoURL}</code>
				</p>
				{revision ? (
					<p>
						The manifests of this commit are applied again. What they change is known once they are rendered.
					</p>
				) : (
					<Preview app={app} path={path} prune={prune} />
				)}
				<Checkbox
					label="Prune: delete objects that Git no longer has"
					checked={prune}
					onChange={(event) => setPrune(event.currentTarget.checked)}
				/>
				<Group justify="flex-end" gap="xs">
					<Button variant="default" onClick={onClose}>
						Cancel
					</Button>
					<Button loading={busy} onClick={() => void go()} data-autofocus>
						{revision ? "Roll back" : "Sync"}
					</Button>
				</Group>
			</div>
		</Modal>
	);
}

export function SyncButton({ app, path }: { app: Application; path: string }) {
	// Of the address, so that the search can lead here.
	const [params, change] = useParams();
	const running = isSyncing(app);
	const refusal = useRefusal(app);
	return (
		<>
			<Tip label={refusal}>
				<Button
					leftSection={<IconArrowBarToDown size={15} stroke={1.5} />}
					onClick={() => change({ do: "sync" })}
					disabled={running}
					data-disabled={refusal ? true : undefined}
				>
					{running ? "Syncing" : "Sync"}
				</Button>
			</Tip>
			<SyncDialog
				app={app}
				path={path}
				opened={params.do === "sync" && !refusal}
				onClose={() => change({ do: undefined })}
			/>
		</>
	);
}
