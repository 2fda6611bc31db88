import { Button, Checkbox, Group, Modal } from "@mantine/core";
import { IconArrowBarToDown } from "@tabler/icons-react";
import { useState } from "react";
import { refGroupVersion } from "../../api/resources.ts";
import type { Application } from "../../api/types.ts";
import { attempt } from "../../app/attempt.ts";
import type { Change } from "../../model/changes.ts";
import { shortRevision } from "../../model/text.ts";
import { trialOf } from "../../model/trial.ts";
import { useParams } from "../../ui/list/useListState.ts";
import { Tip } from "../../ui/Tip.tsx";
import { useOpened } from "../../ui/useOpened.ts";
import { isSyncing, sync, writeSync } from "./actions.ts";
import { Preview, TrialResult, usePending } from "./Preview.tsx";
import css from "./SyncDialog.module.css";
import { useRefusal } from "./useRefusal.ts";

export interface SyncDialogProps {
	app: Application;
	path: string;
	opened: boolean;
	onClose: () => void;
	/** A past revision to go back to; what Git says now if absent. */
	revision?: string;
}

/** What of the changes is chosen: no list if it is all of them. */
function resourcesOf(rows: readonly Change[], prune: boolean, left: ReadonlySet<string>) {
	const shown = rows.filter((row) => row.action !== "delete" || prune);
	const chosen = shown.filter((row) => !left.has(row.key));
	if (chosen.length === shown.length) return {};
	return {
		resources: chosen.map(({ ref: { kind, namespace, name, ...ref } }) => {
			const { group } = refGroupVersion({ kind, name, ...ref });
			return { group, kind, namespace, name };
		}),
	};
}

export function SyncDialog({ app, path, opened, onClose, revision }: SyncDialogProps) {
	const [prune, setPrune] = useState(app.spec?.syncPolicy?.automated?.prune ?? false);
	const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
	const [busy, setBusy] = useState<"try" | "sync">();
	const [asked, setAsked] = useState<string>();
	const pending = usePending(app, path);
	const trial = trialOf(app, asked);
	const target = revision ?? app.spec?.source?.targetRevision ?? "HEAD";
	const some = revision ? {} : resourcesOf(pending.rows, prune, left);
	const options = { ...(revision ? { revision } : {}), ...some, prune };
	const change = (run: () => void) => {
		setAsked(undefined); // What was tried was something else.
		run();
	};
	const toggle = (key: string) =>
		change(() => {
			const next = new Set(left);
			if (!next.delete(key)) next.add(key);
			setLeft(next);
		});
	const close = () => {
		setAsked(undefined);
		setLeft(new Set());
		onClose();
	};
	const tryIt = async () => {
		setBusy("try");
		setAsked(undefined);
		await attempt("try this sync", async () => {
			const { metadata } = await writeSync(path, { ...options, dryRun: true });
			setAsked(metadata.resourceVersion);
		});
		setBusy(undefined);
	};
	const go = async () => {
		setBusy("sync");
		const done = await sync(path, options);
		setBusy(undefined);
		if (done) close();
	};
	const trying = busy === "try" || (asked !== undefined && !trial);
	const nothing = some.resources?.length === 0;
	return (
		<Modal
			opened={useOpened(opened)}
			onClose={close}
			size="lg"
			title={`${revision ? "Roll back" : "Sync"} ${app.metadata.name}`}
		>
			<div className={css.body}>
				<p className="dim">
					To <code>{shortRevision(target)}</code> of <code>{app.spec?.source?.repoURL}</code>
				</p>
				{revision ? (
					<p>
						The manifests of this commit are applied again. To try it says what they would change, and whether
						they would be accepted.
					</p>
				) : (
					<Preview pending={pending} prune={prune} left={left} onToggle={toggle} />
				)}
				<Checkbox
					label="Prune: delete objects that Git no longer has"
					checked={prune}
					onChange={(event) => change(() => setPrune(event.currentTarget.checked))}
				/>
				{trial ? <TrialResult trial={trial} /> : null}
				<Group justify="flex-end" gap="xs">
					<Button variant="default" onClick={close}>
						Cancel
					</Button>
					<Tip label="Asks what would be accepted, and applies nothing">
						<Button
							variant="default"
							loading={trying}
							disabled={nothing || busy === "sync"}
							onClick={() => void tryIt()}
						>
							Try
						</Button>
					</Tip>
					<Button
						loading={busy === "sync"}
						disabled={nothing || trying}
						onClick={() => void go()}
						data-autofocus
					>
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
