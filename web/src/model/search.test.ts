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
it("finds what is typed with a slip, but only where nothing is called so", () => {
	const all = [item("checkout-api"), item("storefront-web"), item("payments-api"), item("ship")];
	expect(names(all, "checkot")).toEqual(["checkout-api"]);
	expect(names(all, "chekcout")).toEqual(["checkout-api"]);
	expect(names(all, "storefrontweb")).toEqual(["storefront-web"]);
	expect(names(all, "paymnets api")).toEqual(["payments-api"]);
	expect(rankFound(all, "checkot", 3)[0]?.near).toBe(true);
	expect(rankFound(all, "checkout", 3)[0]?.near).toBe(false);
	expect(names([item("shop"), item("ship")], "shop")).toEqual(["shop"]);
	expect(names(all, "shp")).toEqual([]);
	expect(names(all, "nothing-like-it")).toEqual([]);
});

it("shows what was visited once: among the recent, or where it belongs once one asks", () => {
	const app = item("shop", "Applications");
	const all = [{ ...item("shop", "Recent"), href: app.href }, item("gone", "Recent"), app];
	const groups = (query: string) =>
		rankFound(all, query, 3).map((g) => [g.group, g.items.map((i) => i.name)]);
	expect(groups("")).toEqual([["Recent", ["shop", "gone"]]]);
	expect(groups("shop")).toEqual([["Applications", ["shop"]]]);
	expect(groups("gone")).toEqual([["Recent", ["gone"]]]);
});
