/** Requests to Pave's API on the same origin; every failure becomes an ApiError. */
import { takeEarly } from "./early.ts";
import type { Obj, Session, Status } from "./types.ts";

export class ApiError extends Error {
	readonly code: number;
	readonly reason: string;
	readonly status: Status;

	constructor(code: number, status: Status, fallback: string) {
		super(status.message || fallback);
		this.name = "ApiError";
		this.code = code;
		this.reason = status.reason ?? "";
		this.status = status;
	}
}

/** A refusal that came by the stream, as the same request would have been refused. */
export function refusal(snapshot: { state: string; error?: string }): ApiError {
	const code = { denied: 403, absent: 404 }[snapshot.state] ?? 500;
	return new ApiError(code, { message: snapshot.error }, "The server cannot say what is there.");
}

async function failure(response: Response): Promise<ApiError> {
	const text = await response.text().catch(() => "");
	let status: Status = {};
	try {
		status = JSON.parse(text) as Status;
	} catch {
		status = { message: text.slice(0, 500) };
	}
	return new ApiError(response.status, status, `${response.status} ${response.statusText}`.trim());
}

const sessionPath = "/portal/session";

let onSignedOut = () => {};

/** Calls `run` whenever the server does not know us any more. */
export function whenSignedOut(run: () => void): void {
	onSignedOut = run;
}

interface Options {
	method?: string;
	body?: unknown;
	type?: string;
	signal?: AbortSignal;
}

export async function request(path: string, options: Options = {}): Promise<Response> {
	const headers: Record<string, string> = { Accept: "application/json" };
	const method = options.method ?? "GET";
	if (method !== "GET") headers["X-Pave-Portal"] = "1";
	if (options.body !== undefined) headers["Content-Type"] = options.type ?? "application/json";
	let response: Response;
	try {
		const early = path === sessionPath && method === "GET" ? takeEarly("session", path) : undefined;
		response = await (early ??
			fetch(path, {
				method,
				headers,
				body: options.body === undefined ? undefined : JSON.stringify(options.body),
				credentials: "same-origin",
				signal: options.signal,
			}));
	} catch (error) {
		if (options.signal?.aborted) throw error;
		throw new ApiError(0, {}, "The server cannot be reached. Is `pave serve` running?");
	}
	if (response.status === 401 && path !== sessionPath) onSignedOut();
	if (!response.ok) throw await failure(response);
	return response;
}

export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
	const response = await request(path, { signal });
	return (await response.json()) as T;
}

export async function mergePatch<T extends Obj>(path: string, patch: unknown): Promise<T> {
	const response = await request(path, {
		method: "PATCH",
		body: patch,
		type: "application/merge-patch+json",
	});
	return (await response.json()) as T;
}

/* Session: the cookie is HttpOnly, so the server is the only one who knows who we are. */

export async function getSession(): Promise<Session | null> {
	try {
		return await getJson<Session>(sessionPath);
	} catch (error) {
		if (error instanceof ApiError && error.code === 401) return null;
		throw error;
	}
}

/** How else people may sign in, and why they could not the last time. */
export interface SignInWays {
	/** What the issuer is called that they can sign in at. */
	issuer?: string;
	failed?: string;
}

export function getSignInWays(signal?: AbortSignal): Promise<SignInWays> {
	return getJson<SignInWays>("/portal/signin", signal);
}

export async function openSession(proof: { code: string } | { token: string }): Promise<Session> {
	await request(sessionPath, { method: "POST", body: proof });
	// Who we are is what the server makes of the cookie it just gave.
	return getJson<Session>(sessionPath);
}

export async function closeSession(): Promise<void> {
	await request(sessionPath, { method: "DELETE" });
}
