import { describe, expect, it } from "vitest";
import {
	csv,
	kindPlural,
	listText,
	middle,
	plural,
	shortCommits,
	shortRevision,
	tailLength,
} from "./text.ts";

describe("text", () => {
	it("cuts the middle out of long names only", () => {
		expect(middle("short", 10)).toBe("short");
		expect(middle("tracking-ingest-7d9f8b6c5d-x2x9k", 15)).toBe("trackin…d-x2x9k");
		expect(middle("tracking-ingest-7d9f8b6c5d-x2x9k", 15)).toHaveLength(15);
	});

	it("speaks of several of a kind", () => {
		expect(["Pod", "NetworkPolicy", "Ingress", "Endpoints", "Gateway"].map(kindPlural)).toEqual([
			"Pods",
			"NetworkPolicies",
			"Ingresses",
			"Endpoints",
			"Gateways",
		]);
	});

	it("keeps the last part of a name whole if it is short", () => {
		expect("storefront-web-b2zhjrh-26lt6".slice(-tailLength("storefront-web-b2zhjrh-26lt6", 7))).toBe(
			"-26lt6",
		);
		expect(tailLength("registry/checkout-api:3.1.7", 9)).toBe(":3.1.7".length);
		expect(tailLength("a-name-without-a-short-unabbreviated", 7)).toBe(7);
		expect(tailLength("nothing to split", 7)).toBe(7);
	});

	it("writes CSV that spreadsheets read and do not run", () => {
		expect(
			csv([
				["a", 'say "hi"', "x,y"],
				["=1+1", "-2", "line\nbreak"],
			]),
		).toBe('a,"say ""hi""","x,y"\r\n\'=1+1,\'-2,"line\nbreak"\r\n');
	});

	it("counts in words", () => {
		expect(plural(1, "gap")).toBe("1 gap");
		expect(plural(10_000, "entity", "entities")).toBe("10,000 entities");
	});

	it("lists in words", () => {
		expect(listText([])).toBe("");
		expect(listText(["a"])).toBe("a");
		expect(listText(["a", "b"])).toBe("a and b");
		expect(listText(["a", "b", "c"])).toBe("a, b, and c");
	});

	it("shortens commits, not tags", () => {
		expect(shortRevision("0123456789abcdef0123456789abcdef01234567")).toBe("0123456");
		expect(shortRevision("v1.2.3")).toBe("v1.2.3");
		expect(shortRevision(undefined)).toBe("–");
		const digest = "0123456789abcdef".repeat(4);
		expect(shortCommits(`to '${digest.slice(0, 40)}' of web@sha256:${digest}`)).toBe(
			`to '0123456' of web@sha256:${digest}`,
		);
	});
});
