/** The tab's one stream, and the end of its session, which all tabs of a browser share. */
import { whenSignedOut } from "../api/client.ts";
import { earlyStreams } from "../api/resources.ts";
import { Hub } from "../live/hub.ts";
import { queries } from "./queries.ts";

export const hub = new Hub(queries);

/** The frame goes to sign-in when the hub says that the session is over. */
whenSignedOut(hub.signedOut);

type News = "out" | "in";
const others = typeof BroadcastChannel === "function" ? new BroadcastChannel("pave.session") : undefined;

/** What this tab did to the session, said to the others. */
export function tellTabs(news: News): void {
	others?.postMessage(news);
}

/** Calls `run` when another tab signed in. */
export function whenOtherTabSignsIn(run: () => void): () => void {
	const listen = (event: MessageEvent<News>) => event.data === "in" && run();
	others?.addEventListener("message", listen);
	return () => others?.removeEventListener("message", listen);
}

others?.addEventListener("message", (event: MessageEvent<News>) => event.data === "out" && hub.signedOut());

const firstMs = 400;

/** What shell/boot.js asked for, so that the page is drawn once, with its rows; not waited for long. */
export async function firstPicture(): Promise<void> {
	const streams = earlyStreams[location.pathname];
	if (!globalThis.paveEarly?.watch || !streams) return;
	const release = hub.want(streams);
	await hub.known(streams, firstMs);
	release();
}
