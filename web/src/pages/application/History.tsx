import { Button } from "@mantine/core";
import { IconArrowBackUp, IconRobot, IconUser } from "@tabler/icons-react";
import { useState } from "react";
import type { AppHistory, Application } from "../../api/types.ts";
import { userName } from "../../model/person.ts";
import { shortRevision } from "../../model/text.ts";
import { duration } from "../../model/time.ts";
import { Ago } from "../../ui/Ago.tsx";
import { Copy } from "../../ui/Copy.tsx";
import { Notice } from "../../ui/Notice.tsx";
import { Scroll } from "../../ui/Scroll.tsx";
import { Tip } from "../../ui/Tip.tsx";
import css from "./History.module.css";
import { SyncDialog } from "./SyncDialog.tsx";

function Who({ entry }: { entry: AppHistory }) {
	const by = entry.initiatedBy;
	if (by?.username)
		return (
			<span className={css.who}>
				<IconUser size={13} stroke={1.5} aria-hidden /> {userName(by.username)}
			</span>
		);
	return (
		<span className={css.who}>
			<IconRobot size={13} stroke={1.5} aria-hidden /> automated
		</span>
	);
}

function Entry({
	entry,
	current,
	automated,
	onBack,
}: {
	entry: AppHistory;
	current: boolean;
	automated: boolean;
	onBack: () => void;
}) {
	return (
		<li className={css.entry} data-current={current || undefined}>
			<div className={css.when}>
				<Ago at={entry.deployedAt} />
			</div>
			<div className={css.what}>
				<div className={css.revision}>
					<code>{shortRevision(entry.revision)}</code>
					{entry.revision ? <Copy text={entry.revision} label="Copy the whole commit" /> : null}
					{current ? <span className={css.now}>in place now</span> : null}
				</div>
				<div className={css.sub}>
					<Who entry={entry} />
					<span>took {duration(entry.deployStartedAt, entry.deployedAt)}</span>
					<code>{entry.source?.path}</code>
				</div>
			</div>
			{current ? null : (
				<Tip label={automated ? "Automated sync would undo this. Turn it off in Git first." : undefined}>
					<Button
						variant="default"
						leftSection={<IconArrowBackUp size={14} stroke={1.5} />}
						onClick={onBack}
						data-disabled={automated || undefined}
						aria-disabled={automated || undefined}
						disabled={automated}
					>
						Roll back
					</Button>
				</Tip>
			)}
		</li>
	);
}

/** Every deployment, newest first. */
export function History({ app, path }: { app: Application; path: string }) {
	const [back, setBack] = useState<{ revision?: string; asked: boolean }>({ asked: false });
	const entries = [...(app.status?.history ?? [])].reverse();
	const policy = app.spec?.syncPolicy?.automated;
	const automated = policy !== undefined && policy !== null && policy.enabled !== false;
	if (entries.length === 0)
		return (
			<Notice title="Not deployed yet">
				<p>
					Each sync is written down here: commit, who or what started it, how long it took, and a way back.
				</p>
			</Notice>
		);
	return (
		<Scroll narrow>
			<ol className={css.list}>
				{entries.map((entry, at) => (
					<Entry
						key={entry.id ?? at}
						entry={entry}
						current={at === 0}
						automated={automated}
						onBack={() => setBack({ revision: entry.revision, asked: true })}
					/>
				))}
			</ol>
			<SyncDialog
				app={app}
				path={path}
				opened={back.asked}
				revision={back.revision}
				onClose={() => setBack({ ...back, asked: false })}
			/>
		</Scroll>
	);
}
