/** Six states for everything, so that colour and shape mean the same on every page. */

export type State = "ok" | "progress" | "warn" | "fail" | "paused" | "unknown";

/** Worst first: the order in which people want to see things. */
export const worstFirst: readonly State[] = ["fail", "warn", "progress", "unknown", "paused", "ok"];

export function worse(a: State, b: State): State {
	return worstFirst.indexOf(a) <= worstFirst.indexOf(b) ? a : b;
}

export function worst(states: readonly State[]): State {
	return states.reduce<State>(worse, "ok");
}

const healthStates: Record<string, State> = {
	Healthy: "ok",
	Progressing: "progress",
	Degraded: "fail",
	Suspended: "paused",
	Missing: "warn",
	Unknown: "unknown",
};

export function healthState(health: string | undefined): State {
	return healthStates[health ?? "Unknown"] ?? "unknown";
}

export function syncState(sync: string | undefined): State {
	if (sync === "Synced") return "ok";
	if (sync === "OutOfSync") return "warn";
	return "unknown";
}

const phases: Record<string, State> = {
	Succeeded: "ok",
	Running: "progress",
	Terminating: "progress",
	Failed: "fail",
	Error: "fail",
};

export function phaseState(phase: string | undefined): State {
	return phases[phase ?? ""] ?? "unknown";
}

export type Mode = "deny" | "warn" | "audit";

/** The order of people who look for what refuses them. */
export const strongestFirst: readonly Mode[] = ["deny", "warn", "audit"];

export function modeOf(enforcement: string | undefined): Mode {
	if (enforcement === "dryrun") return "audit"; // as Gatekeeper calls it
	return enforcement === "warn" || enforcement === "audit" ? enforcement : "deny";
}

export const modeStates: Record<Mode, State> = { deny: "fail", warn: "warn", audit: "unknown" };
