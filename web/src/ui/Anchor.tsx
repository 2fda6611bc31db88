/** A link to an address made at run time, with the router's speed. */
import { createLink, Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Ref } from "../api/types.ts";
import { objectHref } from "../model/links.ts";

export interface GoProps {
	href: string;
	children: ReactNode;
	className?: string;
	title?: string;
	"aria-label"?: string;
	onClick?: () => void;
}

export function Go({ href, ...rest }: GoProps) {
	return <Link to={href as "/"} {...rest} />;
}

export const RouterAnchor = createLink("a");

export function ObjectLink({ target, children }: { target: Ref; children?: ReactNode }) {
	return <Go href={objectHref(target)}>{children ?? `${target.kind}/${target.name}`}</Go>;
}

/** Away from the portal: a new tab, and no power over ours. */
export function Away({ href, children }: { href: string; children: ReactNode }) {
	return (
		<a href={href} target="_blank" rel="noreferrer noopener">
			{children}
		</a>
	);
}
