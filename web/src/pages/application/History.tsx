import { Button } from "@mantine/core";
import { IconArrowBackUp, IconInfoCircle, IconRobot, IconUser } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useId, useMemo, useState } from "react";
import { type Deployment, historyQuery } from "../../api/history.ts";
import { useMay } from "../../api/may.ts";
import { resources } from "../../api/resources.ts";
import type { AppHistory, Application } from "../../api/types.ts";
import { changeText, leadTime, noWayBack } from "../../model/history.ts";
import { userName } from "../../model/person.ts";
import { plural, shortRevision } from "../../model/text.ts";
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
				<IconUser size={13} stroke={1.5} aria-hidden /> synced by {userName(by.username)}
			</span>
		);
	return (
		<span className={css.who}>
			<IconRobot size={13} stroke={1.5} aria-hidden /> automated
		</span>
	);
}

/** What it was, where that is known: else the commit's id is its name. */
function Head({ entry, what, current }: { entry: AppHistory; what?: Deployment; current: boolean }) {
	return (
		<div className={css.revision}>
			{what?.subject ? (
				<span className={css.subject}>{what.subject}</span>
			) : (
				<code>{shortRevision(entry.revision)}</code>
			)}
			{current ? <span className={css.now}>in place now</span> : null}
		</div>
	);
}

function Commit({ entry, what }: { entry: AppHistory; what?: Deployment }) {
	return (
		<>
			{what?.author ? (
				<Tip label={what.email}>
					<span>{what.author}</span>
				</Tip>
			) : null}
			{what?.date ? (
				<span>
					committed <Ago at={what.date} />
				</span>
			) : null}
			<span className={css.who}>
				{what?.subject ? <code>{shortRevision(entry.revision)}</code> : null}
				{entry.revision ? <Copy text={entry.revision} label="Copy the whole commit" /> : null}
			</span>
		</>
	);
}

/** What came with it, behind how much that is. */
function Changed({ what }: { what: Deployment | undefined }) {
	const text = changeText(what);
	const others = what?.others ?? [];
	const hidden = (what?.commits ?? 0) - 1 - others.length;
	if (text === "") return null;
	if (!what?.files?.length && others.length === 0) return <p className={css.changed}>{text}</p>;
	return (
		<details className={css.changed}>
			<summary>{text}</summary>
			<ul>
				{others.map((subject, at) => (
					<li key={`${at}${subject}`}>with “{subject}”</li>
				))}
				{hidden > 0 ? <li className="dim">and {plural(hidden, "commit")} more</li> : null}
				{what?.files?.map(({ path, change }) => (
					<li key={path}>
						{change} <code>{path}</code>
					</li>
				))}
				{what?.moreFiles ? <li className="dim">and more</li> : null}
			</ul>
		</details>
	);
}

interface EntryProps {
	entry: AppHistory;
	what: Deployment | undefined;
	current: boolean;
	/** Its commit is the one that is in place. */
	inPlace: boolean;
	/** The element that says why there is no way back. */
	barred: string | undefined;
	onBack: () => void;
}

function Entry({ entry, what, current, inPlace, barred, onBack }: EntryProps) {
	const lead = leadTime(what, entry.deployedAt);
	const path = entry.source?.path ?? "";
	return (
		<li className={css.entry} data-current={current || undefined}>
			<div className={css.when}>
				<Ago at={entry.deployedAt} />
			</div>
			<div className={css.what}>
				<Head entry={entry} what={what} current={current} />
				<div className={css.sub}>
					<Commit entry={entry} what={what} />
				</div>
				<div className={css.sub}>
					<Who entry={entry} />
					<span>took {duration(entry.deployStartedAt, entry.deployedAt)}</span>
					{lead ? <span>{lead} after the commit</span> : null}
					{/^\.?\/?$/.test(path) ? null : <code>{path}</code>}
				</div>
				<Changed what={what} />
			</div>
			{inPlace ? null : (
				<Button
					variant="default"
					leftSection={<IconArrowBackUp size={14} stroke={1.5} />}
					onClick={onBack}
					disabled={barred !== undefined}
					aria-describedby={barred}
				>
					Roll back
				</Button>
			)}
		</li>
	);
}

/** Every deployment, newest first. */
export function History({ app, path }: { app: Application; path: string }) {
	const [back, setBack] = useState<{ revision?: string; asked: boolean }>({ asked: false });
	const { data: told, error } = useQuery(historyQuery(app));
	const namespaces = useMemo(() => [app.metadata.namespace ?? ""], [app.metadata.namespace]);
	const may = useMay("patch", resources.applications, namespaces);
	const whyNot = useId();
	const entries = [...(app.status?.history ?? [])].reverse();
	const reason = entries.length > 1 ? noWayBack(app, may?.size !== 0) : "";
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
			{reason ? (
				<p className={css.note} id={whyNot}>
					<IconInfoCircle size={15} stroke={1.5} aria-hidden /> {reason}
				</p>
			) : null}
			{error ? (
				<p className={css.note} role="status">
					<IconInfoCircle size={15} stroke={1.5} aria-hidden /> The commits cannot be told: {error.message}
				</p>
			) : null}
			<ol className={css.list}>
				{entries.map((entry, at) => (
					<Entry
						key={entry.id ?? at}
						entry={entry}
						what={told?.get(entry.id ?? -1)}
						current={at === 0}
						inPlace={entry.revision === entries[0]?.revision}
						barred={reason ? whyNot : undefined}
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
