import { expect, test } from "vitest";
import { keptLines, linesWith, logPath, withLines } from "./log.ts";

test("the newest lines are kept", () => {
	const some = Array.from({ length: keptLines }, (_, n) => String(n));
	expect(withLines(some, ["x", "y"]).slice(-3)).toEqual([String(keptLines - 1), "x", "y"]);
	expect(withLines(some, ["x"])).toHaveLength(keptLines);
	expect(withLines(some, [])).toBe(some);
});

test("lines are found by what they say", () => {
	expect(linesWith(["An ERROR", "fine"], " error ")).toEqual(["An ERROR"]);
	expect(linesWith(["a"], "")).toEqual(["a"]);
});

test("a log that runs is followed, the one before is read", () => {
	const of = { namespace: "n", pod: "p/q", container: "c", previous: false };
	expect(logPath(of)).toBe("/api/v1/namespaces/n/pods/p%2Fq/log?container=c&tailLines=500&follow=true");
	expect(logPath({ ...of, previous: true })).toContain("previous=true");
});
