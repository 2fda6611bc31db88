import type { ReactNode } from "react";
import css from "./Scroll.module.css";

export interface ScrollProps {
	children: ReactNode;
	/** The width of a text column. */
	narrow?: boolean;
	/** The content has its own margins. */
	flush?: boolean;
}

/** A page body that scrolls under the head. */
export function Scroll({ children, narrow, flush }: ScrollProps) {
	return (
		<div className={css.scroll}>
			<div className={flush ? undefined : narrow ? css.narrow : css.inner}>{children}</div>
		</div>
	);
}
