import { describe, expect, it } from "vitest";
import { ago, clock, duration, exact, span } from "./time.ts";

const now = Date.parse("2026-11-25T12:00:00Z");
const past = (seconds: number) => new Date(now - seconds * 1000).toISOString();

describe("time", () => {
	it.each([
		[0, "just now"],
		[4, "just now"],
		[12, "12s ago"],
		[59, "59s ago"],
		[60, "1m ago"],
		[3599, "59m ago"],
		[7200, "2h ago"],
		[86_400 * 3, "3d ago"],
		[86_400 * 65, "2mo ago"],
		[86_400 * 800, "2y ago"],
		[-90, "in 1m"],
	])("%i seconds before now is %s", (seconds, text) => {
		expect(ago(past(seconds), now)).toBe(text);
	});

	it("does not invent a time", () => {
		expect(ago(undefined, now)).toBe("–");
		expect(ago("yesterday-ish", now)).toBe("–");
		expect(exact("")).toBe("");
	});

	it("names the zone of an exact instant", () => {
		expect(exact(past(0))).toMatch(/2026.*\d\d:\d\d:\d\d.*\S/);
	});

	it("has one clock, of 24 hours", () => {
		for (const hour of [0, 9, 12, 15, 23]) {
			const at = new Date(2026, 10, 25, hour, 4, 5);
			const figures = `${String(hour).padStart(2, "0")}:04`;
			expect(exact(at)).toContain(`${figures}:05`);
			expect(exact(at)).not.toMatch(/[AP]M/i);
			expect(clock(at)).toBe(figures);
		}
		expect(clock(undefined)).toBe("");
	});

	it("measures how long something took", () => {
		expect(duration(past(4), past(0))).toBe("4 s");
		expect(duration(past(184), past(0))).toBe("3 m 4 s");
		expect(duration(past(7260), past(0))).toBe("2 h 1 m");
		expect(duration(past(0), past(5))).toBe("under 1 s");
		expect(duration(past(0), undefined)).toBe("–");
		expect(span(-61_000)).toBe("1m");
	});
});
