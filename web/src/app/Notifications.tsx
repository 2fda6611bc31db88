import { ActionIcon, Popover, UnstyledButton } from "@mantine/core";
import { IconBell } from "@tabler/icons-react";
import { useRef, useState } from "react";
import { Ago } from "../ui/Ago.tsx";
import { Go } from "../ui/Anchor.tsx";
import { StateIcon } from "../ui/StateIcon.tsx";
import { focusIfNone } from "../ui/useOpened.ts";
import { clearInbox, markRead } from "./inboxStore.ts";
import css from "./Notifications.module.css";
import { useInbox } from "./useInbox.ts";

export function Notifications({ opened: first }: { opened: boolean }) {
	const { notes, unread } = useInbox();
	const [opened, setOpened] = useState(first);
	const [fresh, setFresh] = useState(0);
	const target = useRef<HTMLButtonElement>(null);
	const label = unread > 0 ? `Notifications, ${unread} new` : "Notifications";
	const toggle = (open: boolean) => {
		if (open) setFresh(unread);
		if (open) markRead();
		setOpened(open);
		if (!open) focusIfNone(target.current);
	};
	return (
		<Popover opened={opened} onChange={toggle} position="bottom-end" width={360} trapFocus>
			<Popover.Target>
				<ActionIcon
					ref={target}
					variant="subtle"
					color="gray"
					size="lg"
					aria-label={label}
					onClick={() => toggle(!opened)}
				>
					<IconBell size={18} stroke={1.5} />
					{unread > 0 ? <span className={css.count}>{unread > 9 ? "9+" : unread}</span> : null}
				</ActionIcon>
			</Popover.Target>
			<Popover.Dropdown p={0} aria-label="Notifications">
				<div className={css.head}>
					<h2>Notifications</h2>
					{notes.length > 0 ? (
						<UnstyledButton className={css.clear} onClick={clearInbox}>
							Clear all
						</UnstyledButton>
					) : null}
				</div>
				{notes.length === 0 ? (
					<p className={css.none}>
						Nothing new since this tab was opened. Applications that fall ill, recover, drift or finish a sync
						appear here, and new violations.
					</p>
				) : (
					<ul className={css.notes}>
						{notes.map((note, at) => (
							<li key={note.id} className={css.note} data-new={at < fresh || undefined}>
								<StateIcon state={note.state} />
								<div className={css.text}>
									<Go href={note.href} onClick={() => setOpened(false)}>
										{note.name}
									</Go>
									<span className="small dim">{note.text}</span>
								</div>
								<span className="small dim">
									<Ago at={note.at} />
								</span>
							</li>
						))}
					</ul>
				)}
			</Popover.Dropdown>
		</Popover>
	);
}
