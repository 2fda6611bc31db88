/** What shell/boot.js asked for while the application was on its way: taken once, or let go. */
interface Early {
	url: string;
	answer: Promise<Response>;
	abort: AbortController;
}

declare global {
	var paveEarly: { session?: Early; watch?: Early } | undefined;
}

/** The answer to the same question if it was asked already; another question's is dropped. */
export function takeEarly(
	what: "session" | "watch",
	url: string,
	signal?: AbortSignal,
): Promise<Response> | undefined {
	const early = globalThis.paveEarly?.[what];
	if (!early || !globalThis.paveEarly) return undefined;
	delete globalThis.paveEarly[what];
	if (early.url !== url) {
		early.abort.abort();
		return undefined;
	}
	signal?.addEventListener("abort", () => early.abort.abort());
	return early.answer;
}
