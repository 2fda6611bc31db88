import { useMemo } from "react";
import type { KubeEvent, Obj } from "../api/types.ts";
import { useLive } from "../live/hooks.ts";
import { eventMessage, eventsAbout, eventTime } from "../model/events.ts";
import { Ago } from "./Ago.tsx";
import { ObjectLink } from "./Anchor.tsx";
import css from "./EventList.module.css";
import { Notice } from "./Notice.tsx";
import { Once } from "./Reach.tsx";
import { Said } from "./Said.tsx";
import { StateIcon } from "./StateIcon.tsx";
import { Tip } from "./Tip.tsx";

interface EventRowsProps {
	events: readonly KubeEvent[];
	showObject: boolean;
	/** Two lines of each message. */
	brief?: boolean;
}

export function EventRows({ events, showObject, brief }: EventRowsProps) {
	return (
		<ul className={css.list}>
			{events.map((event) => (
				<li key={event.metadata.uid ?? event.metadata.name} className={css.event}>
					<StateIcon state={event.type === "Warning" ? "warn" : "unknown"} label={event.type} />
					<div className={css.text}>
						<div className={css.head}>
							<strong>{event.reason}</strong>
							{showObject && event.involvedObject ? <ObjectLink target={event.involvedObject} /> : null}
							{(event.count ?? 1) > 1 ? <span className="dim num">× {event.count}</span> : null}
						</div>
						<Tip label={brief ? eventMessage(event) : undefined}>
							<div className={brief ? `${css.message} pv-two` : css.message}>
								<Said text={eventMessage(event) ?? ""} />
							</div>
						</Tip>
					</div>
					<span className={css.when}>
						<Ago at={eventTime(event)} />
					</span>
				</li>
			))}
		</ul>
	);
}

/** Events about some objects, newest first, live. */
export function EventList({ about, most }: { about: readonly Obj[]; most?: number }) {
	const snapshot = useLive<KubeEvent>("events");
	const events = useMemo(() => eventsAbout(snapshot.items, about), [snapshot.items, about]);
	if (events.length === 0)
		return (
			<Once snapshot={snapshot} what="Events">
				{most !== undefined ? (
					<p className="dim">Nothing has been said about it in the last hour.</p>
				) : (
					<Notice compact title="No events">
						<p>Events are kept for an hour. Nothing has been said about this since.</p>
					</Notice>
				)}
			</Once>
		);
	return (
		<EventRows events={most === undefined ? events : events.slice(0, most)} showObject={about.length > 1} />
	);
}
