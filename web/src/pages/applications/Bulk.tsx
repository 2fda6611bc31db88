import { Button, Checkbox, Group, Modal } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconArrowBarToDown, IconRefresh } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useMay } from "../../api/may.ts";
import { resources } from "../../api/resources.ts";
import type { Application } from "../../api/types.ts";
import { listText, plural } from "../../model/text.ts";
import { isSyncing, toAll, writeRefresh, writeSync } from "../application/actions.ts";
import css from "../application/SyncDialog.module.css";

const named = 8;

function names(apps: readonly Application[]): string {
	const all = apps.map((app) => app.metadata.name);
	return listText(all.length > named ? [...all.slice(0, named), `${all.length - named} more`] : all);
}

interface SyncAllProps {
	apps: readonly Application[];
	opened: boolean;
	onClose: (done: boolean) => void;
}

function SyncAll({ apps, opened, onClose }: SyncAllProps) {
	const [prune, setPrune] = useState(false);
	const [busy, setBusy] = useState(false);
	const idle = apps.filter((app) => !isSyncing(app));
	const go = async () => {
		setBusy(true);
		await toAll(idle, "Started to sync", (path) => writeSync(path, { prune }));
		onClose(true);
	};
	return (
		<Modal
			opened={opened}
			onClose={() => onClose(false)}
			size="lg"
			title={`Sync ${plural(idle.length, "application")}`}
		>
			<div className={css.body}>
				<p>{names(idle)}</p>
				{idle.length < apps.length ? (
					<p className="dim">{names(apps.filter(isSyncing))}: syncing already.</p>
				) : null}
				<Checkbox
					label="Prune: delete objects that Git no longer has"
					checked={prune}
					onChange={(event) => setPrune(event.currentTarget.checked)}
				/>
				<Group justify="flex-end" gap="xs">
					<Button variant="default" onClick={() => onClose(false)}>
						Cancel
					</Button>
					<Button loading={busy} disabled={idle.length === 0} onClick={() => void go()} data-autofocus>
						Sync
					</Button>
				</Group>
			</div>
		</Modal>
	);
}

/** Refresh and sync of the selected applications, as far as one may change them. */
export function Bulk({ apps, clear }: { apps: readonly Application[]; clear: () => void }) {
	const [opened, { open, close }] = useDisclosure(false);
	const namespaces = useMemo(() => apps.map((app) => app.metadata.namespace ?? ""), [apps]);
	const may = useMay("patch", resources.applications, namespaces);
	const refused = may ? [...new Set(namespaces)].filter((ns) => !may.has(ns)) : [];
	const why =
		refused.length > 0 ? `You have no right to change applications in ${listText(refused)}` : undefined;
	const disabled = may === undefined || refused.length > 0;
	return (
		<>
			<Group gap="xs">
				<Button
					size="xs"
					variant="default"
					disabled={disabled}
					leftSection={<IconRefresh size={14} stroke={1.5} />}
					onClick={() => void toAll(apps, "Refreshing", writeRefresh).then(clear)}
				>
					Refresh
				</Button>
				<Button
					size="xs"
					disabled={disabled}
					leftSection={<IconArrowBarToDown size={14} stroke={1.5} />}
					onClick={open}
				>
					Sync
				</Button>
			</Group>
			{why ? <span className="small dim">{why}</span> : null}
			<SyncAll
				apps={apps}
				opened={opened}
				onClose={(done) => {
					close();
					if (done) clear();
				}}
			/>
		</>
	);
}
