/** What a container says, as far as it is kept: the newest lines. */
export const keptLines = 2000;

/** The lines with those that came, the oldest gone; the same list if none came. */
export function withLines(before: readonly string[], more: readonly string[]): readonly string[] {
	if (more.length === 0) return before;
	return [...before, ...more].slice(-keptLines);
}

export function linesWith(lines: readonly string[], text: string): readonly string[] {
	const wanted = text.trim().toLowerCase();
	return wanted === "" ? lines : lines.filter((line) => line.toLowerCase().includes(wanted));
}

export interface LogOf {
	namespace: string;
	pod: string;
	container: string;
	/** Of the container before its last restart. */
	previous: boolean;
}

export function logPath({ namespace, pod, container, previous }: LogOf): string {
	const options = new URLSearchParams({ container, tailLines: "500" });
	options.set(previous ? "previous" : "follow", "true");
	return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log?${options}`;
}
