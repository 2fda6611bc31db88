import { describe, expect, it } from "vitest";
import type { CatalogSource } from "../api/types.ts";
import { faultsOf, placeAmong, sourceState, sourceTroubles } from "./sources.ts";

const since = "2026-11-25T13:00:00Z";

function source(
	name: string,
	reason: string,
	status: string,
	more: CatalogSource["status"] = {},
): CatalogSource {
	const message = `what ${reason} says; at length`;
	return {
		metadata: { name },
		status: { ...more, conditions: [{ type: "Ready", status, reason, message, lastTransitionTime: since }] },
	};
}

const faults = (file: string, n: number) =>
	Array.from({ length: n }, (_, at) => ({ file, line: at + 1, message: `fault ${at + 1}` }));

const read = source("read", "Read", "True");
const empty = source("empty", "NoFile", "True");
const away = source("away", "RepositoryError", "False");
const faulty = source("faulty", "Faulty", "False", { errorCount: 1000, errors: faults("a.yaml", 100) });
const other = source("other", "Faulty", "False", { errorCount: 1, errors: faults("b.yaml", 1) });

describe("a source of the catalog", () => {
	it("is read, has faults, finds no file, or is not reached", () => {
		const words = [read, faulty, other, empty, away, { metadata: { name: "new" } }].map((s) =>
			sourceState(s),
		);
		expect(words.map((s) => s.word)).toEqual([
			"Read",
			"1,000 faults",
			"1 fault",
			"No file",
			"Unreadable",
			"Not read yet",
		]);
		expect(words.map((s) => s.state)).toEqual(["ok", "warn", "warn", "warn", "fail", "progress"]);
	});

	it("gives its condition's words only where no list of faults says the same", () => {
		expect(sourceState(faulty).message).toBe("");
		expect(sourceState(away)).toMatchObject({ message: "what RepositoryError says; at length", since });
	});

	it("says of each fault where it is", () => {
		expect(faultsOf(other)).toEqual([{ source: "other", place: "b.yaml:1", message: "fault 1" }]);
		const bare = source("bare", "Faulty", "False", { errors: [{ message: "too many files" }] });
		expect(faultsOf(bare)[0]?.place).toBe("bare");
		expect([other, bare].flatMap(faultsOf).map(placeAmong)).toEqual(["other: b.yaml:1", "bare"]);
	});
});

describe("what is wrong with all sources", () => {
	it("is nothing of those that are read", () => {
		expect(sourceTroubles([read])).toEqual({ unread: [], faulty: 0, count: 0, faults: [] });
	});

	it("counts all faults, and tells one of each source before the second of any", () => {
		const { faulty: sources, count, faults: told } = sourceTroubles([read, faulty, other]);
		expect([sources, count, told.length]).toEqual([2, 1001, 101]);
		expect(told.slice(0, 3).map((f) => f.place)).toEqual(["a.yaml:1", "b.yaml:1", "a.yaml:2"]);
	});

	it("has what cannot be reached before what is empty", () => {
		expect(sourceTroubles([empty, read, away]).unread.map((u) => u.source.metadata.name)).toEqual([
			"away",
			"empty",
		]);
	});
});
