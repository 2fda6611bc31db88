/** Reads newline-delimited JSON from a response as it arrives. */

/** Calls `take` with the complete lines of each chunk, in order. */
export async function readLines(
	body: ReadableStream<Uint8Array>,
	take: (lines: string[]) => void,
): Promise<void> {
	const reader = body.getReader();
	const decoder = new TextDecoder();
	let rest = "";
	for (;;) {
		const { done, value } = await reader.read();
		rest += value ? decoder.decode(value, { stream: true }) : decoder.decode();
		const parts = rest.split("\n");
		rest = parts.pop() ?? "";
		const full = parts.filter((line) => line.trim() !== "");
		if (full.length > 0) take(full);
		if (done) {
			if (rest.trim() !== "") take([rest]);
			return;
		}
	}
}
