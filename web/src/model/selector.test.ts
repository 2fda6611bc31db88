import { describe, expect, it } from "vitest";
import { parseSelector } from "./selector.ts";

const labels = { app: "web", tier: "front", "team.example/name": "a" };

describe("selectors", () => {
	it.each([
		["app=web", true],
		["app==web", true],
		["app = web , tier=front", true],
		["app=web,tier=back", false],
		["app!=api", true],
		["absent!=x", true],
		["app in (web, api)", true],
		["app in (api)", false],
		["tier notin (back,middle),app", true],
		["absent notin (x)", true],
		["absent in (x)", false],
		["team.example/name=a", true],
		["app", true],
		["!absent", true],
		["!app", false],
	])("%s", (text, wanted) => {
		expect(parseSelector(text)?.(labels)).toBe(wanted);
	});

	it.each(["", " , ", "app in web", "a b", "(x)", "a=b,(c)"])("%j is none", (text) => {
		expect(parseSelector(text)).toBeUndefined();
	});

	it("chooses by absence where there are no labels at all", () => {
		expect(parseSelector("!app")?.(undefined)).toBe(true);
		expect(parseSelector("app=web")?.(undefined)).toBe(false);
	});
});
