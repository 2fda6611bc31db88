/** A policy's mode.  It is a choice, not a state: an icon of its own, no colour. */
import { IconAlertTriangle, IconEye, IconShieldX } from "@tabler/icons-react";
import type { Mode } from "../model/state.ts";
import css from "./ModeBadge.module.css";

const icons = { deny: IconShieldX, warn: IconAlertTriangle, audit: IconEye };
const nouns: Record<Mode, string> = { deny: "Deny", warn: "Warn", audit: "Audit" };
/** What would happen to an object that exists already, if it were applied today. */
const deeds: Record<Mode, string> = {
	deny: "Would be refused",
	warn: "Would be warned",
	audit: "Listed only",
};

export function modeDeed(mode: string): string {
	return deeds[mode as Mode] ?? mode;
}

export function ModeBadge({ mode, deed, plain }: { mode: Mode; deed?: boolean; plain?: boolean }) {
	const Icon = icons[mode];
	return (
		<span className={plain ? css.plain : css.badge} data-mode={mode}>
			<Icon size={14} stroke={1.75} aria-hidden />
			{deed ? deeds[mode] : nouns[mode]}
		</span>
	);
}
