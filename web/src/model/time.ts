/** Time for people: relative, short, one unit. */

const steps: readonly [seconds: number, unit: string][] = [
	[86_400 * 365, "y"],
	[86_400 * 30, "mo"],
	[86_400, "d"],
	[3600, "h"],
	[60, "m"],
	[1, "s"],
];

/** "12s", "5m", "3h", "2d": the length of a span. */
export function span(ms: number): string {
	const seconds = Math.floor(Math.abs(ms) / 1000);
	for (const [size, unit] of steps) if (seconds >= size) return `${Math.floor(seconds / size)}${unit}`;
	return "0s";
}

/** "5m ago", "in 2h", "just now". */
export function ago(at: string | number | Date | undefined, now: number): string {
	const ms = instant(at);
	if (ms === undefined) return "–";
	const delta = now - ms;
	if (Math.abs(delta) < 5000) return "just now";
	return delta > 0 ? `${span(delta)} ago` : `in ${span(delta)}`;
}

export function instant(at: string | number | Date | undefined): number | undefined {
	if (at === undefined || at === "") return undefined;
	const ms = new Date(at).getTime();
	return Number.isNaN(ms) ? undefined : ms;
}

/** The exact instant, in the reader's zone and with the zone named; by one clock, of 24 hours, everywhere. */
export function exact(at: string | number | Date | undefined): string {
	const ms = instant(at);
	if (ms === undefined) return "";
	return new Date(ms).toLocaleString(undefined, {
		year: "numeric",
		month: "short",
		day: "numeric",
		hour: "2-digit",
		minute: "2-digit",
		second: "2-digit",
		hourCycle: "h23",
		timeZoneName: "short",
	});
}

/** How long something took: "850 ms", "12 s", "3 m 4 s". */
export function duration(from: string | undefined, to: string | undefined): string {
	const a = instant(from);
	const b = instant(to);
	if (a === undefined || b === undefined) return "–";
	const seconds = Math.max(0, Math.round((b - a) / 1000));
	if (seconds < 1) return "under 1 s";
	if (seconds < 60) return `${seconds} s`;
	const minutes = Math.floor(seconds / 60);
	if (minutes < 60) return `${minutes} m ${seconds % 60} s`;
	return `${Math.floor(minutes / 60)} h ${minutes % 60} m`;
}

/** "22:04", in the reader's zone. */
export function clock(at: string | number | Date | undefined): string {
	const ms = instant(at);
	if (ms === undefined) return "";
	return new Date(ms).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}
