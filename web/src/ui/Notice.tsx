/** What a page shows when it has nothing to show: it teaches, or says what failed and what next. */
import { Button } from "@mantine/core";
import { IconCircleDashed, IconCircleDashedPlus, IconLock, IconPlugX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { ApiError } from "../api/client.ts";
import { grantCommand } from "../model/reach.ts";
import { Copy } from "./Copy.tsx";
import css from "./Notice.module.css";
import { Said } from "./Said.tsx";

export interface NoticeProps {
	icon?: ReactNode;
	title: string;
	children?: ReactNode;
	/** A command that would change this. */
	command?: string;
	action?: ReactNode;
	compact?: boolean;
	/** It is all there is on the page: its title is the page's. */
	page?: boolean;
}

export function Notice({ icon, title, children, command, action, compact, page }: NoticeProps) {
	const Title = page ? "h1" : "h2";
	return (
		<div className={compact ? css.compact : css.notice}>
			<div className={css.icon}>{icon ?? <IconCircleDashedPlus size={20} stroke={1.5} />}</div>
			{page ? <title>{`${title} · Pave`}</title> : null}
			<Title className={css.title}>{title}</Title>
			{children ? <div className={css.body}>{children}</div> : null}
			{command ? (
				<div className={css.command}>
					<pre className={css.code}>{command}</pre>
					<div className={css.copy}>
						<Copy text={command} label="Copy command" />
					</div>
				</div>
			) : null}
			{action}
		</div>
	);
}

export interface FailureProps {
	error: unknown;
	what: string;
	retry?: () => void;
	/** A way on, if trying again is none. */
	next?: ReactNode;
	page?: boolean;
}

export function Failure({ error, what, retry, next, page }: FailureProps) {
	const denied = error instanceof ApiError && error.code === 403;
	const absent = page && error instanceof ApiError && error.code === 404;
	const message = error instanceof Error ? error.message : String(error);
	const grant = denied ? grantCommand(message) : undefined;
	const causes = error instanceof ApiError ? (error.status.details?.causes ?? []) : [];
	return (
		<Notice
			page={page}
			command={grant}
			icon={
				denied ? (
					<IconLock size={20} stroke={1.5} />
				) : absent ? (
					<IconCircleDashed size={20} stroke={1.5} />
				) : (
					<IconPlugX size={20} stroke={1.5} />
				)
			}
			title={
				denied
					? `You have no right to read ${what}`
					: absent
						? `There is no ${what}`
						: `Could not read ${what}`
			}
			action={
				retry ? (
					<Button variant="default" onClick={retry}>
						Try again
					</Button>
				) : (
					next
				)
			}
		>
			<p>
				<Said text={message} />
			</p>
			{causes.map((cause) => (
				<p key={`${cause.field}${cause.message}`}>
					<code>{cause.field}</code> {cause.message}
				</p>
			))}
			{grant ? <p>Who administers the platform can give you the right:</p> : null}
		</Notice>
	);
}
