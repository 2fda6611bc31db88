import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { typeAhead } from "./typeAhead.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** False: it was taken. */
function press(target: EventTarget, key: string, modifiers: object = {}): boolean {
	return target.dispatchEvent(
		Object.assign(new Event("keydown", { cancelable: true }), { key, ...modifiers }),
	);
}

it("keeps what is typed until the box takes it", () => {
	const page = new EventTarget();
	const ahead = typeAhead(page);
	expect(press(page, "s")).toBe(true);
	ahead.start();
	expect(["s", "y", "x", "Backspace", "ü", "Shift", "Enter"].map((key) => press(page, key))).toEqual([
		false,
		false,
		false,
		false,
		false,
		true,
		true,
	]);
	expect(press(page, "k", { metaKey: true })).toBe(true);
	expect(ahead.take()).toBe("syü");
	expect(press(page, "s")).toBe(true);
	expect(ahead.take()).toBe("");
});

it("lets go at Escape, and when nothing comes", () => {
	const page = new EventTarget();
	const ahead = typeAhead(page);
	ahead.start();
	press(page, "s");
	press(page, "Escape");
	expect([press(page, "s"), ahead.take()]).toEqual([true, ""]);
	ahead.start();
	press(page, "s");
	vi.advanceTimersByTime(6000);
	expect([press(page, "s"), ahead.take()]).toEqual([true, ""]);
});
