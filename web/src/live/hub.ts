/** One watch stream per tab for the union of what the mounted pages want.
 *
 *  A page wants resources while it is mounted; a resource lingers a while after the last page
 *  left it, so that going back is instant.  When the union grows the stream is reopened. */
import type { QueryClient } from "@tanstack/react-query";
import { takeEarly } from "../api/early.ts";
import { watchPath } from "../api/resources.ts";
import { emptyFold, type Folded, fold, restart, type Snapshot, snapshot, type WatchLine } from "./fold.ts";
import { readLines } from "./lines.ts";

export type LinkState = "idle" | "connecting" | "live" | "reconnecting" | "signed-out";

const lingerMs = 120_000;
const gatherMs = 20;
const firstBackoffMs = 500;
const lastBackoffMs = 15_000;
/** The server says something every 30 s; a longer silence is a dead link. */
const silenceMs = 75_000;

export function liveKey(stream: string) {
	return ["live", stream] as const;
}

export class Hub {
	private readonly wants = new Map<string, number>();
	private readonly folds = new Map<string, Folded>();
	private readonly pending = new Map<string, WatchLine[]>();
	private readonly listeners = new Set<() => void>();
	private readonly waiting = new Set<() => void>();
	private open: Set<string> = new Set();
	private abort: AbortController | null = null;
	private timer: ReturnType<typeof setTimeout> | undefined;
	private watchdog: ReturnType<typeof setTimeout> | undefined;
	private flushing = false;
	private attempts = 0;
	/** The server ended the stream because our rights are others now: nothing is broken. */
	private again = false;
	state: LinkState = "idle";
	/** When the link was lost, for "reconnecting since". */
	lostAt: number | null = null;

	constructor(private readonly queries: QueryClient) {}

	subscribe = (listener: () => void): (() => void) => {
		this.listeners.add(listener);
		return () => this.listeners.delete(listener);
	};

	getState = (): LinkState => this.state;

	/** Wants `streams` until the returned function is called. */
	want(streams: readonly string[]): () => void {
		for (const id of streams) {
			this.wants.set(id, (this.wants.get(id) ?? 0) + 1);
			if (!this.folds.has(id)) this.folds.set(id, emptyFold());
		}
		// Who has gone to sign in needs none until they are back.
		if (this.state !== "signed-out" && streams.some((id) => !this.open.has(id)))
			this.schedule(this.abort ? gatherMs : 0);
		return () => setTimeout(() => this.release(streams), lingerMs);
	}

	/** When it is known of each of `streams` what is there, or after `ms`. */
	known(streams: readonly string[], ms: number): Promise<void> {
		return new Promise((resolve) => {
			const look = () => {
				const open = streams.some((id) => this.folds.get(id)?.state === "loading");
				if (open && this.state !== "signed-out") return;
				this.waiting.delete(look);
				clearTimeout(timer);
				resolve();
			};
			const timer = setTimeout(() => {
				this.waiting.delete(look);
				resolve();
			}, ms);
			this.waiting.add(look);
			look();
		});
	}

	/** Forgets all that was seen, as at sign-out. */
	stop(): void {
		this.letGo("idle");
		this.folds.clear();
		this.wants.clear();
	}

	/** Lets go of the connection: browsers open six to one server, and hidden tabs need none. */
	pause(): void {
		if (this.state !== "signed-out") this.letGo("idle");
	}

	/** The session is over: asks for nothing until signedIn(). */
	signedOut = (): void => this.letGo("signed-out");

	signedIn(): void {
		if (this.state === "signed-out") this.setState("idle");
		this.resume();
	}

	private letGo(state: LinkState): void {
		clearTimeout(this.timer);
		clearTimeout(this.watchdog);
		this.abort?.abort();
		this.abort = null;
		this.open = new Set();
		this.setState(state);
	}

	/** Opens the stream again after pause(), and keeps showing what it had. */
	resume(): void {
		if (this.state === "idle" && this.wants.size > 0) this.schedule(0);
	}

	/** Tries at once, as when the network or the tab comes back. */
	retryNow = (): void => {
		if (this.state === "reconnecting") this.schedule(0);
	};

	private release(streams: readonly string[]): void {
		for (const id of streams) {
			const left = (this.wants.get(id) ?? 1) - 1;
			if (left > 0) this.wants.set(id, left);
			else this.wants.delete(id);
		}
	}

	private setState(state: LinkState): void {
		if (this.state === state) return;
		this.state = state;
		this.lostAt = state === "reconnecting" ? (this.lostAt ?? Date.now()) : null;
		for (const listener of this.listeners) listener();
		for (const look of this.waiting) look();
	}

	private schedule(delay: number): void {
		clearTimeout(this.timer);
		this.timer = setTimeout(() => void this.run(), delay);
	}

	private async run(): Promise<void> {
		this.abort?.abort();
		const abort = new AbortController();
		this.abort = abort;
		const ids = [...this.wants.keys()].sort();
		if (ids.length === 0) return this.setState("idle");
		this.open = new Set(ids);
		this.pending.clear();
		this.again = false;
		for (const id of this.folds.keys()) {
			if (!this.open.has(id)) this.forget(id);
			else this.folds.set(id, restart(this.folds.get(id) as Folded));
		}
		if (this.state !== "reconnecting" && this.state !== "live") this.setState("connecting");
		try {
			await this.stream(ids, abort);
		} catch {
			// A broken stream and an ended one are the same to us: try again.
		}
		if (abort.signal.aborted || this.abort !== abort || this.getState() === "signed-out") return;
		if (this.again) return this.schedule(0);
		this.setState("reconnecting");
		const wait = Math.min(lastBackoffMs, firstBackoffMs * 2 ** this.attempts);
		this.attempts += 1;
		this.schedule(wait * (0.75 + Math.random() / 2));
	}

	private forget(id: string): void {
		this.folds.delete(id);
		this.queries.removeQueries({ queryKey: liveKey(id) });
	}

	private async stream(ids: string[], abort: AbortController): Promise<void> {
		const path = watchPath(ids);
		const options: RequestInit = {
			credentials: "same-origin",
			signal: abort.signal,
			headers: { Accept: "application/x-ndjson" },
		};
		const response = await (takeEarly("watch", path, abort.signal) ?? fetch(path, options));
		if (response.status === 401) {
			this.signedOut();
			return;
		}
		if (!response.ok || !response.body) return;
		this.attempts = 0;
		this.setState("live");
		this.listenFor(abort);
		await readLines(response.body, (lines) => {
			if (this.abort !== abort) return;
			this.listenFor(abort);
			for (const text of lines) this.receive(text);
		});
	}

	private listenFor(abort: AbortController): void {
		clearTimeout(this.watchdog);
		this.watchdog = setTimeout(() => {
			abort.abort();
			if (this.abort !== abort) return;
			this.setState("reconnecting");
			this.schedule(0);
		}, silenceMs);
	}

	private receive(text: string): void {
		let line: WatchLine;
		try {
			line = JSON.parse(text) as WatchLine;
		} catch {
			return;
		}
		if (line.type === "RIGHTS") this.again = true;
		const queue = this.pending.get(line.resource);
		if (queue) queue.push(line);
		else this.pending.set(line.resource, [line]);
		if (this.flushing) return;
		this.flushing = true;
		// One fold per frame however many events arrive; a timer, since hidden tabs have no frames.
		setTimeout(() => this.flush(), this.waiting.size > 0 ? 0 : 16);
	}

	private flush(): void {
		this.flushing = false;
		const batch = [...this.pending];
		this.pending.clear();
		for (const [id, lines] of batch) {
			const before = this.folds.get(id);
			if (!before) continue;
			const after = fold(before, lines);
			if (after === before) continue;
			this.folds.set(id, after);
			this.queries.setQueryData<Snapshot>(liveKey(id), snapshot(after));
		}
		for (const look of this.waiting) look();
	}
}
