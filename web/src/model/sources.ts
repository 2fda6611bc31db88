/** How a source of the catalog is: read, read with faults, or not at all. */
import type { CatalogSource } from "../api/types.ts";
import type { State } from "./state.ts";
import { plural } from "./text.ts";

export interface SourceState {
	state: State;
	/** One or two words. */
	word: string;
	/** Why it is not read, if it is not: of faults the list tells. */
	message: string;
	since: string | undefined;
}

/** What is wrong in a file of a source. */
export interface Fault {
	/** "teams/catalog-info.yaml:12", or the source where no file is known. */
	place: string;
	message: string;
	/** The source. */
	source: string;
}

const words: Record<string, string> = {
	RepositoryError: "Unreadable",
	NoFile: "No file",
	Faulty: "Faulty",
};

export function faultCount({ status }: CatalogSource): number {
	return status?.errorCount ?? status?.errors?.length ?? 0;
}

/** Where a fault is among those of other sources: files of different ones have the same names. */
export function placeAmong({ place, source }: Fault): string {
	return place === source ? source : `${source}: ${place}`;
}

/** The faults that its status tells: it tells so many, `faultCount` says how many there are. */
export function faultsOf(source: CatalogSource): Fault[] {
	const { name } = source.metadata;
	return (source.status?.errors ?? []).map(({ file, line, message }) => ({
		place: [file, line].filter(Boolean).join(":") || name,
		message: message ?? "",
		source: name,
	}));
}

export function sourceState(source: CatalogSource): SourceState {
	const ready = source.status?.conditions?.find((c) => c.type === "Ready");
	const faults = faultCount(source);
	const since = ready?.lastTransitionTime;
	if (!ready) return { message: "", since, state: "progress", word: "Not read yet" };
	// Paths that no file matches are no source, whatever the condition says.
	const unread = ready.reason === "NoFile" || (ready.status !== "True" && ready.reason !== "Faulty");
	const word = words[ready.reason ?? ""] ?? ready.reason ?? "Unreadable";
	if (unread)
		return { message: ready.message ?? "", since, state: ready.status === "True" ? "warn" : "fail", word };
	if (faults > 0) return { message: "", since, state: "warn", word: plural(faults, "fault") };
	return { message: "", since, state: "ok", word: "Read" };
}

export interface SourceTroubles {
	/** Not read at all, and those that find no file, worst first. */
	unread: { source: CatalogSource; state: SourceState }[];
	/** How many have faults. */
	faulty: number;
	/** How many faults they have together. */
	count: number;
	/** Those that are told, one of each source before the second of any. */
	faults: Fault[];
}

export function sourceTroubles(sources: readonly CatalogSource[]): SourceTroubles {
	const unread = sources
		.map((source) => ({ source, state: sourceState(source) }))
		.filter(({ state }) => state.message !== "" && (state.state === "fail" || state.state === "warn"))
		.sort((a, b) => a.state.state.localeCompare(b.state.state));
	const faulty = sources.filter((source) => faultCount(source) > 0);
	const each = faulty.map(faultsOf);
	const deepest = Math.max(0, ...each.map((faults) => faults.length));
	const turns = Array.from({ length: deepest }, (_, at) => each.flatMap((faults) => faults[at] ?? []));
	return {
		unread,
		faulty: faulty.length,
		count: faulty.reduce((sum, source) => sum + faultCount(source), 0),
		faults: turns.flat(),
	};
}
