/** The query string as a flat record of strings: short, readable addresses to paste. */

export type Params = Record<string, string>;

export function parseSearch(text: string): Params {
	return Object.fromEntries(new URLSearchParams(text));
}

export function stringifySearch(params: Record<string, unknown>): string {
	const query = new URLSearchParams();
	for (const [key, value] of Object.entries(params)) {
		if (typeof value === "string" && value !== "") query.set(key, value);
	}
	const text = query.toString().replaceAll("%2C", ",").replaceAll("%3A", ":").replaceAll("%2F", "/");
	return text === "" ? "" : `?${text}`;
}

export function asParams(search: Record<string, unknown>): Params {
	const params: Params = {};
	for (const [key, value] of Object.entries(search)) {
		if (typeof value === "string") params[key] = value;
		else if (typeof value === "number" || typeof value === "boolean") params[key] = String(value);
	}
	return params;
}
