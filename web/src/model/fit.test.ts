import { describe, expect, it } from "vitest";
import { fitColumns } from "./fit.ts";

const columns = [
	{ id: "name", min: 100, grow: 3 },
	{ id: "state", min: 80, grow: 0 },
	{ id: "image", min: 120, grow: 1, drop: 1 },
	{ id: "age", min: 60, grow: 0, drop: 2 },
];
const ids = (width: number, keep?: boolean) => fitColumns(columns, width, keep).map((c) => c.id);
const total = (width: number) => fitColumns(columns, width).reduce((sum, c) => sum + c.width, 0);

describe("columns", () => {
	it("share what is left", () => {
		expect(fitColumns(columns, 400).map((c) => c.width)).toEqual([130, 80, 130, 60]);
		expect(total(1000)).toBe(1000);
	});

	it("are given up rather than cut, the least wanted first", () => {
		expect(ids(359)).toEqual(["name", "state", "image"]);
		expect(ids(200)).toEqual(["name", "state"]);
		expect(total(200)).toBe(200);
	});

	it("keep their least width where none can be given up", () => {
		expect(fitColumns(columns, 50).map((c) => c.width)).toEqual([100, 80]);
	});

	it("stay if the person chose them", () => {
		expect(ids(50, true)).toEqual(["name", "state", "image", "age"]);
	});
});
