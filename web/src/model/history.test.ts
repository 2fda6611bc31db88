import { expect, it } from "vitest";
import type { Deployment } from "../api/history.ts";
import type { Application } from "../api/types.ts";
import { changeText, leadTime, noWayBack } from "./history.ts";

const file = { path: "deploy/web.yaml", change: "changed" } as const;
const of = (rest: Partial<Deployment>): Deployment => ({ id: 1, commit: "ab", ...rest });

it("says what came since the deployment before", () => {
	expect(changeText(undefined)).toBe("");
	expect(changeText(of({ subject: "First" }))).toBe("");
	expect(changeText(of({ commits: 1, files: [file] }))).toBe("1 commit, 1 file changed");
	expect(changeText(of({ commits: 3, files: [] }))).toBe("3 commits, no file of it changed");
	expect(changeText(of({ back: 2, files: [file, file] }))).toBe("2 commits back, 2 files changed");
	expect(changeText(of({ files: [file], moreFiles: true }))).toBe("more than 1 file changed");
});

it("knows how long a commit took, unless it went back", () => {
	const date = "2026-11-25T12:00:00Z";
	expect(leadTime(of({ date }), "2026-11-25T12:03:10Z")).toBe("3m");
	expect(leadTime(of({ date, back: 1 }), "2026-11-25T12:03:10Z")).toBe("");
	expect(leadTime(of({ date }), "2026-11-25T11:59:00Z")).toBe("");
	expect(leadTime(of({ date }), "2026-11-25T12:00:00.5Z")).toBe("");
	expect(leadTime(of({}), "2026-11-25T11:59:00Z")).toBe("");
});

it("says why there is no way back", () => {
	const app = (automated: object | undefined): Application => ({
		metadata: { name: "shop" },
		spec: { syncPolicy: { automated } },
	});
	expect(noWayBack(app(undefined), true)).toBe("");
	expect(noWayBack(app({ enabled: false }), true)).toBe("");
	expect(noWayBack(app({}), true)).toContain("while sync is automated");
	expect(noWayBack(app(undefined), false)).toContain("no right");
});
