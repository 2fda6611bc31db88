import { expect, it } from "vitest";
import type { OperationState } from "../api/types.ts";
import { retryOf } from "./retry.ts";

const paused: OperationState = {
	phase: "Running",
	retryCount: 5,
	finishedAt: "2026-11-25T22:03:10Z",
	message: "one or more objects failed to apply: no such kind.. Retrying attempt #5 at 10:04PM.",
};

it("takes the reason and the time out of the controller's words", () => {
	expect(retryOf(paused)).toEqual({
		failed: 5,
		reason: "one or more objects failed to apply: no such kind",
		next: Date.parse("2026-11-25T22:04:00Z"),
	});
});

it("knows that midnight may lie between, and that the next attempt may be in the same minute", () => {
	const at = (finishedAt: string, time: string) => {
		const next = retryOf({ ...paused, finishedAt, message: `x. Retrying attempt #1 at ${time}.` })?.next;
		return next === undefined ? undefined : new Date(next).toISOString();
	};
	expect(at("2026-11-25T23:59:50Z", "12:02AM")).toBe("2026-11-26T00:02:00.000Z");
	expect(at("2026-11-25T12:00:05Z", "12:00PM")).toBe("2026-11-25T12:00:00.000Z");
	expect(at("2026-11-25T12:00:05Z", "soon")).toBeUndefined();
});

it("keeps words that it does not know as they are", () => {
	expect(retryOf({ ...paused, message: "refused" })).toEqual({
		failed: 5,
		reason: "refused",
		next: undefined,
	});
});

it("is nothing of a sync that runs for the first time, or has ended", () => {
	expect(retryOf({ ...paused, retryCount: undefined })).toBeUndefined();
	expect(retryOf({ ...paused, phase: "Failed" })).toBeUndefined();
	expect(retryOf(undefined)).toBeUndefined();
});

it("has no reason while the next attempt runs", () => {
	const { finishedAt: _, ...running } = paused;
	expect(retryOf({ ...running, message: "waiting for healthy state" })).toEqual({
		failed: 5,
		reason: "",
		next: undefined,
	});
});
