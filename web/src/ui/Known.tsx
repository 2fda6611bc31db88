/** A link to an entity, or its name and the words that it is not in the catalog, on pages that know that. */
import { createContext, type ReactNode, useContext, useMemo } from "react";
import { entityResources, resources, streamId } from "../api/resources.ts";
import { useStreams } from "../live/hooks.ts";
import { type EntityRef, shortEntityRef } from "../model/entity.ts";
import { missingFrom } from "../model/known.ts";
import { entityHref } from "../model/links.ts";
import { Go } from "./Anchor.tsx";
import css from "./Known.module.css";

const Missing = createContext<(ref: EntityRef) => boolean>(() => false);
const streams = entityResources.map((name) => streamId(resources[name]));

/** Watches the catalog, for what is below it. */
export function KnownEntities({ children }: { children: ReactNode }) {
	const pictures = useStreams(streams);
	return <Missing value={useMemo(() => missingFrom(pictures), [pictures])}>{children}</Missing>;
}

export function useMissing(): (ref: EntityRef) => boolean {
	return useContext(Missing);
}

export function EntityLinkTo({ target, kind }: { target: EntityRef; kind?: string }) {
	const name = shortEntityRef(target, kind);
	if (!useMissing()(target)) return <Go href={entityHref(target)}>{name}</Go>;
	return (
		<span className={css.missing}>
			<s>{name}</s> <small>not in the catalog</small>
		</span>
	);
}
