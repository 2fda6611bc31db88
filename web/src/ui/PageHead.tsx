import { useLocation } from "@tanstack/react-router";
import { type ReactNode, useEffect } from "react";
import { noteVisit } from "../model/recent.ts";
import css from "./PageHead.module.css";

export interface PageHeadProps {
	icon?: ReactNode;
	title: ReactNode;
	/** The browser's tab; the title itself if it is text. */
	name: string;
	/** Of an object: in the browser's tab, and among what is recent. */
	kind?: string;
	sub?: ReactNode;
	state?: ReactNode;
	actions?: ReactNode;
	children?: ReactNode;
}

/** The same head on every page: icon, name, state, actions; tabs below. */
export function PageHead({ icon, title, name, kind, sub, state, actions, children }: PageHeadProps) {
	const href = useLocation({ select: (location) => location.pathname });
	useEffect(() => {
		if (kind) noteVisit({ href, kind, name });
	}, [href, kind, name]);
	return (
		<header className={css.head}>
			<title>{[name, kind, "Pave"].filter(Boolean).join(" · ")}</title>
			<div className={css.row}>
				{icon ? <div className={css.icon}>{icon}</div> : null}
				<div className={css.names}>
					<div className={css.title}>
						<h1>{title}</h1>
						{state}
					</div>
					{sub ? <div className={css.sub}>{sub}</div> : null}
				</div>
				{actions ? <div className={css.actions}>{actions}</div> : null}
			</div>
			{children}
		</header>
	);
}
