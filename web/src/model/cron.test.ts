import { expect, test } from "vitest";
import { minutesOf, parseCron, spanOf } from "./cron.ts";

const at = (text: string) => Date.parse(text);
const span = (schedule: string, duration: string, zone: string, now: string) => {
	const found = spanOf(schedule, duration, zone, at(now));
	return found && [new Date(found.from).toISOString(), new Date(found.to).toISOString(), found.open];
};

test("a window is open from when it begins until it has lasted", () => {
	const open = ["2026-11-27T22:00:00.000Z", "2026-11-28T06:00:00.000Z", true];
	expect(span("0 22 * * *", "8h", "", "2026-11-27T22:00:00Z")).toEqual(open);
	expect(span("0 22 * * *", "8h", "UTC", "2026-11-28T05:59:59Z")).toEqual(open);
	expect(span("0 22 * * *", "8h", "", "2026-11-28T06:00:00Z")).toEqual([
		"2026-11-28T22:00:00.000Z",
		"2026-11-29T06:00:00.000Z",
		false,
	]);
});

test("its hours are those of its zone, on both sides of a change of clocks", () => {
	expect(span("0 9 * * *", "1h", "Europe/Berlin", "2026-07-01T07:30:00Z")?.[2]).toBe(true);
	expect(span("0 9 * * *", "1h", "Europe/Berlin", "2026-12-01T07:30:00Z")?.[2]).toBe(false);
	expect(span("0 9 * * *", "1h", "Europe/Berlin", "2026-12-01T08:30:00Z")?.[2]).toBe(true);
	// The clocks go back in the night of 25 October, and the window of the evening before goes on.
	expect(span("0 22 * * 6", "12h", "Europe/Berlin", "2026-10-25T07:30:00Z")?.[2]).toBe(true);
});

test("days are those of the month or of the week, if both are named; else both count", () => {
	const open = (schedule: string, day: string) => span(schedule, "1h", "", `${day}T00:10:00Z`)?.[2];
	expect(open("0 0 13 * 5", "2026-11-13")).toBe(true);
	expect(open("0 0 13 * 5", "2026-11-27")).toBe(true);
	expect(open("0 0 * * fri", "2026-11-27")).toBe(true);
	expect(open("0 0 * * 1-4", "2026-11-27")).toBe(false);
	expect(open("0 0 * nov 7", "2026-11-29")).toBe(true);
	expect(open("@daily", "2026-11-27")).toBe(true);
	expect(span("*/15 9-17 * * *", "5m", "", "2026-11-27T09:47:00Z")?.[2]).toBe(true);
});

test("what is none is not guessed at", () => {
	for (const schedule of [
		"",
		"* * * *",
		"60 * * * *",
		"x * * * *",
		"5-1 * * * *",
		"*/0 * * * *",
		"*/0.5 * * * *",
		"1,,2 * * * *",
	])
		expect(parseCron(schedule), schedule).toBeUndefined();
	expect(spanOf("* * * * *", "1h", "Mars/Base", 0)).toBeUndefined();
	expect(spanOf("* * * * *", "soon", "", 0)).toBeUndefined();
	expect([minutesOf("1h30m"), minutesOf("90s"), minutesOf("h")]).toEqual([90, 1.5, Number.NaN]);
});
