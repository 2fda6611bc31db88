import { afterEach, describe, expect, it } from "vitest";
import { takeEarly } from "./early.ts";

function early(url: string) {
	const abort = new AbortController();
	return { url, answer: Promise.resolve(new Response("ok")), abort };
}

describe("what was asked early", () => {
	afterEach(() => {
		globalThis.paveEarly = undefined;
	});

	it("is taken once", async () => {
		globalThis.paveEarly = { session: early("/portal/session") };
		expect(await (await takeEarly("session", "/portal/session"))?.text()).toBe("ok");
		expect(takeEarly("session", "/portal/session")).toBeUndefined();
	});

	it("is let go if something else is wanted", () => {
		const watch = early("/portal/watch?r=a");
		globalThis.paveEarly = { watch };
		expect(takeEarly("watch", "/portal/watch?r=b")).toBeUndefined();
		expect(watch.abort.signal.aborted).toBe(true);
	});

	it("ends when the one who took it does", () => {
		const watch = early("/portal/watch?r=a");
		globalThis.paveEarly = { watch };
		const mine = new AbortController();
		void takeEarly("watch", "/portal/watch?r=a", mine.signal);
		mine.abort();
		expect(watch.abort.signal.aborted).toBe(true);
	});

	it("is nothing where there was no boot", () => {
		expect(takeEarly("watch", "/portal/watch?r=a")).toBeUndefined();
	});
});
