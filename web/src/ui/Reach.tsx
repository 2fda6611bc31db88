/** What of a page somebody may see: said once, in the same words, on every page. */
import { IconLock } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { refusal } from "../api/client.ts";
import { sessionQuery } from "../app/queries.ts";
import type { Snapshot } from "../live/fold.ts";
import { grantCommand, namespacesText, reachOf, reachText, type Seen, viewCommand } from "../model/reach.ts";
import { listText, sentence } from "../model/text.ts";
import { Bones } from "./Bones.tsx";
import { Failure, Notice } from "./Notice.tsx";
import css from "./Reach.module.css";

const lock = <IconLock size={20} stroke={1.5} />;

/** A snapshot with the words for what is in it. */
export function seen(what: string, snapshot: Snapshot): Seen {
	const { state, error, namespaces } = snapshot;
	return { what, state, error, namespaces };
}

/** One calm line below the head; the server's own words and what would change it inside. */
export function ReachBar({ of }: { of: readonly Seen[] }) {
	const reach = reachOf(of);
	const text = reachText(reach);
	const { data: session } = useQuery(sessionQuery);
	if (text === "") return null;
	return (
		<details className={css.bar}>
			<summary className={css.summary}>
				<IconLock size={14} stroke={1.75} aria-hidden />
				<span>{text}</span>
				<span className={css.more}>Why</span>
			</summary>
			<div className={css.inside}>
				{reach.partial.map(({ namespaces, what }) => (
					<p key={namespaces.join()}>
						{sentence(listText(what))} of {namespaces.length > 1 ? "namespaces" : "namespace"}{" "}
						{listText(namespaces)}
					</p>
				))}
				{reach.denied.map(({ what, error }) => (
					<div key={what}>
						<p>
							{sentence(what)}: {error}
						</p>
						<pre>{grantCommand(error)}</pre>
					</div>
				))}
				<p>Your roles say so. Who administers the platform can give you more.</p>
				{reach.partial.length > 0 ? <pre>{viewCommand(undefined, session?.user)}</pre> : null}
			</div>
		</details>
	);
}

export interface ReadableProps {
	/** What the page is about, as "You have no right to read ..." has it. */
	what: string;
	snapshot: Snapshot;
	/** What else it shows, beside its subject. */
	also?: readonly Seen[];
	children: ReactNode;
}

/** A page's body: with the line about rights, or the refusal if nothing of it may be read. */
export function Readable({ what, snapshot, also = [], children }: ReadableProps) {
	if (snapshot.state === "denied" || snapshot.state === "failed")
		return <Failure error={refusal(snapshot)} what={what} />;
	return (
		<>
			<ReachBar of={[seen(what, snapshot), ...also]} />
			{children}
		</>
	);
}

interface EmptyProps extends Omit<ReadableProps, "also"> {
	/** The namespace in which they are, unless an administrator chose another. */
	where?: string;
}

/** Nothing is there: teaches, unless there may be some where one may not look. */
export function Empty({ what, snapshot, where, children }: EmptyProps) {
	const { data: session } = useQuery(sessionQuery);
	if (!snapshot.namespaces) return <>{children}</>;
	return (
		<Notice
			icon={lock}
			title={`No ${what} in ${namespacesText(snapshot.namespaces)}`}
			command={viewCommand(where, session?.user)}
			action={<p className="small dim">What each role may do is in docs/access.md, “People and rights”.</p>}
		>
			<p>
				There may be some in other namespaces, which you have no right to read. Who administers the platform
				can let you see those of {where ? `namespace ${where}, where they usually are` : "another namespace"}:
			</p>
		</Notice>
	);
}

/** That nothing is there, once that is known: what is on its way or may not be read is not nothing. */
export function Once({ what, snapshot, children }: Omit<ReadableProps, "also">) {
	if (snapshot.state === "loading") return <Bones inset lines={2} />;
	if (snapshot.state === "live") return <>{children}</>;
	return <p className="dim">{snapshot.error ?? `${what} cannot be read.`}</p>;
}

/** A part of a page once it is known, or one line if nothing of it may be read or none is where one may look. */
export function Part({ what, snapshot, children }: Omit<ReadableProps, "also">) {
	if (snapshot.state === "loading") return <Bones />;
	const refused = snapshot.state === "denied" || snapshot.state === "failed";
	if (refused)
		return (
			<p className={css.line}>
				{snapshot.state === "denied" ? `You have no right to read ${what}.` : refusal(snapshot).message}
			</p>
		);
	if (snapshot.state === "live" && snapshot.namespaces && snapshot.items.length === 0)
		return (
			<p className={css.line}>
				No {what} in {namespacesText(snapshot.namespaces)}.
			</p>
		);
	return <>{children}</>;
}
