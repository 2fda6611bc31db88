/** How a source of the catalog is: read, read with faults, or not at all. */
import type { CatalogSource } from "../api/types.ts";
import type { State } from "./state.ts";
import { plural } from "./text.ts";

export interface SourceState {
	state: State;
	/** One or two words. */
	word: string;
	message: string;
	since: string | undefined;
}

/** One of many is enough where there is a page for all of them. */
function faultText(error: { file?: string; line?: number; message?: string } | undefined): string {
	const place = [error?.file, error?.line].filter(Boolean).join(":");
	return [place, error?.message].filter(Boolean).join(": ");
}

export function sourceState(source: CatalogSource): SourceState {
	const ready = source.status?.conditions?.find((c) => c.type === "Ready");
	const errors = source.status?.errors ?? [];
	const faults = source.status?.errorCount ?? errors.length;
	const said = {
		message: ready?.message ?? plural(source.status?.entities ?? 0, "entity", "entities"),
		since: ready?.lastTransitionTime,
	};
	if (!source.status) return { ...said, state: "progress", word: "Not read yet" };
	if (ready && ready.status !== "True" && ready.reason !== "Faulty")
		return { ...said, state: "fail", word: ready.reason ?? "Unreadable" };
	if (faults > 0)
		return { ...said, message: faultText(errors[0]), state: "warn", word: plural(faults, "fault") };
	return { ...said, state: "ok", word: "Read" };
}
