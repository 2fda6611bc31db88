/** When a window of a project is open: five fields of cron in a zone, and how long it lasts. */

const ranges: readonly [number, number][] = [
	[0, 59],
	[0, 23],
	[1, 31],
	[1, 12],
	[0, 7],
];
const names: readonly (readonly string[])[] = [
	[],
	[],
	[],
	["", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
	["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
];
const macros: Record<string, string> = {
	"@yearly": "0 0 1 1 *",
	"@annually": "0 0 1 1 *",
	"@monthly": "0 0 1 * *",
	"@weekly": "0 0 * * 0",
	"@daily": "0 0 * * *",
	"@midnight": "0 0 * * *",
	"@hourly": "0 * * * *",
};

const minute = 60_000;
const longestMinutes = 31 * 24 * 60;

type Field = ReadonlySet<number> & { any?: boolean };

function numberOf(text: string, at: number): number {
	const named = names[at]?.indexOf(text.toLowerCase()) ?? -1;
	return named >= 0 && text !== "" ? named : /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

function fieldOf(text: string, at: number): Field | undefined {
	const [least, most] = ranges[at] ?? [0, 0];
	const found: Set<number> & { any?: boolean } = new Set();
	for (const part of text.split(",")) {
		const [span = "", every = "1"] = part.split("/");
		const any = span === "*" || span === "?";
		const [from, to] = any ? [least, most] : span.split("-").map((one) => numberOf(one, at));
		const first = from ?? Number.NaN;
		const last = to ?? (part.includes("/") ? most : first);
		const step = /^\d+$/.test(every) ? Number(every) : Number.NaN;
		if (!(first >= least && last <= most && first <= last && step > 0)) return undefined;
		for (let n = first; n <= last; n += step) found.add(at === 4 ? n % 7 : n);
		if (any && step === 1) found.any = true;
	}
	return found;
}

export interface Cron {
	fields: readonly Field[];
}

/** Undefined: it is none. */
export function parseCron(schedule: string): Cron | undefined {
	const parts = (macros[schedule.trim()] ?? schedule).trim().split(/\s+/);
	if (parts.length !== 5) return undefined;
	const fields = parts.map(fieldOf);
	return fields.every((f) => f !== undefined) ? { fields } : undefined;
}

/** Either of the days is enough, unless one of them is any. */
function dayFits({ fields: [, , days, months, weekdays] }: Cron, at: Date): boolean {
	if (!months?.has(at.getUTCMonth() + 1)) return false;
	const day = days?.has(at.getUTCDate()) ?? false;
	const weekday = weekdays?.has(at.getUTCDay()) ?? false;
	return days?.any || weekdays?.any ? day && weekday : day || weekday;
}

function timeFits({ fields: [minutes, hours] }: Cron, at: Date): boolean {
	return (minutes?.has(at.getUTCMinutes()) && hours?.has(at.getUTCHours())) ?? false;
}

/** "1h30m" in minutes; NaN if it is no duration. */
export function minutesOf(duration: string): number {
	if (!/^(\d+(\.\d+)?(h|m|s))+$/.test(duration)) return Number.NaN;
	const units: Record<string, number> = { h: 60, m: 1, s: 1 / 60 };
	return [...duration.matchAll(/(\d+(?:\.\d+)?)([hms])/g)].reduce(
		(sum, [, n, unit]) => sum + Number(n) * (units[unit ?? ""] ?? 0),
		0,
	);
}

/** The zone's distance from UTC at a time; undefined if there is no such zone. */
function zoneOf(zone: string): ((at: number) => number) | undefined {
	let format: Intl.DateTimeFormat;
	try {
		format = new Intl.DateTimeFormat("en-US", {
			timeZone: zone || "UTC",
			hourCycle: "h23",
			year: "numeric",
			month: "2-digit",
			day: "2-digit",
			hour: "2-digit",
			minute: "2-digit",
		});
	} catch {
		return undefined;
	}
	const known = new Map<number, number>();
	return (time) => {
		// Clocks change at quarters of an hour at the earliest.
		const at = time - (time % (15 * minute));
		const found = known.get(at);
		if (found !== undefined) return found;
		const shown = format.formatToParts(at);
		const of = (type: string) => Number(shown.find((p) => p.type === type)?.value);
		const away = Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute")) - at;
		known.set(at, away);
		return away;
	};
}

export interface Span {
	/** When it began, or begins next. */
	from: number;
	to: number;
	open: boolean;
}

/** The window that is open now, or the next one; undefined if that cannot be told. */
export function spanOf(schedule: string, duration: string, zoneName: string, now: number): Span | undefined {
	const cron = parseCron(schedule);
	const lasts = minutesOf(duration) * minute;
	if (!cron || !(lasts > 0)) return undefined;
	const zone = zoneOf(zoneName);
	if (!zone) return undefined;
	const last = now - (now % minute);
	const wall = (at: number) => new Date(at + zone(at));
	const begins = (at: number) => timeFits(cron, wall(at)) && dayFits(cron, wall(at));
	for (let at = last, n = 0; at > now - lasts && n < longestMinutes; at -= minute, n++)
		if (begins(at)) return { from: at, to: at + lasts, open: true };
	for (let at = last + minute; at < now + longestMinutes * minute; ) {
		if (begins(at)) return { from: at, to: at + lasts, open: false };
		const here = wall(at);
		// On to the next day, but for the hour that clocks may go forward until then.
		const left = 24 * 60 - here.getUTCHours() * 60 - here.getUTCMinutes();
		at += (dayFits(cron, here) ? 1 : Math.max(1, left - 60)) * minute;
	}
	return undefined;
}
