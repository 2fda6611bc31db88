import { expect, it } from "vitest";
import { readLines } from "./lines.ts";

function body(chunks: (string | Uint8Array)[]): ReadableStream<Uint8Array> {
	const encoder = new TextEncoder();
	return new ReadableStream({
		start(controller) {
			for (const chunk of chunks)
				controller.enqueue(typeof chunk === "string" ? encoder.encode(chunk) : chunk);
			controller.close();
		},
	});
}

async function read(chunks: (string | Uint8Array)[]): Promise<string[]> {
	const got: string[] = [];
	await readLines(body(chunks), (lines) => got.push(...lines));
	return got;
}

it("joins lines that arrive in pieces", async () => {
	expect(await read(['{"a":', '1}\n{"b"', ":2}\n"])).toEqual(['{"a":1}', '{"b":2}']);
});

it("skips keep-alive blanks and takes a last line without an end", async () => {
	expect(await read(["\n\n", "1\n", "2"])).toEqual(["1", "2"]);
});

it("joins characters cut in half", async () => {
	const bytes = new TextEncoder().encode("é\n");
	expect(await read([bytes.slice(0, 1), bytes.slice(1)])).toEqual(["é"]);
});
