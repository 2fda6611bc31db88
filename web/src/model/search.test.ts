import { expect, it } from "vitest";
import { type Findable, rankFound, score } from "./search.ts";

const item = (name: string, group = "Catalog", detail = ""): Findable => ({
	group,
	kind: "Component",
	name,
	detail,
	href: `/${group}/${name}`,
});
const names = (all: Findable[], query: string) =>
	rankFound(all, query, 3).flatMap((g) => g.items.map((i) => i.name));

it("prefers whole names, then beginnings, then the beginnings of words", () => {
	expect(names([item("re-web"), item("webshop"), item("cobweb"), item("web")], "web")).toEqual([
		"web",
		"webshop",
		"re-web",
	]);
});

it("finds scattered words of kind and detail", () => {
	expect(score(item("x", "Catalog", "team-a"), "component team-a")).toBeGreaterThan(0);
	expect(score(item("x"), "nothing")).toBe(0);
});

it("puts the group with the best match first", () => {
	const groups = rankFound([item("my-web", "Applications"), item("web", "Workloads")], "web", 3);
	expect(groups.map((g) => g.group)).toEqual(["Workloads", "Applications"]);
});

it("offers pages first while nothing is asked", () => {
	const groups = rankFound([item("a", "Workloads"), item("b", "Applications"), item("c", "Pages")], "", 3);
	expect(groups.map((g) => g.group)).toEqual(["Pages", "Applications"]);
});

it("keeps the order of pages before one types, the recent first, and hides what is to be asked for", () => {
	const all = [
		item("Catalogue", "Pages"),
		item("Home", "Pages"),
		{ ...item("Dark theme", "Commands"), asked: true },
		item("seen", "Recent"),
	];
	expect(names(all, "")).toEqual(["seen", "Catalogue", "Home"]);
	expect(names(all, "dark")).toEqual(["Dark theme"]);
});
