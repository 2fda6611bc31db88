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

export function sourceState(source: CatalogSource): SourceState {
	const ready = source.status?.conditions?.find((c) => c.type === "Ready");
	const faults = source.status?.errors?.length ?? 0;
	const said = {
		message: ready?.message ?? plural(source.status?.entities ?? 0, "entity", "entities"),
		since: ready?.lastTransitionTime,
	};
	if (!source.status) return { ...said, state: "progress", word: "Not read yet" };
	if (ready && ready.status !== "True" && ready.reason !== "Faulty")
		return { ...said, state: "fail", word: ready.reason ?? "Unreadable" };
	if (faults > 0) return { ...said, state: "warn", word: plural(faults, "fault") };
	return { ...said, state: "ok", word: "Read" };
}
