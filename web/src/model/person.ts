import type { Session } from "../api/types.ts";

/** "system:serviceaccount:default:admin" is "admin" to people. */
export function personName(session: Session | null | undefined): string {
	const name = session?.displayName || session?.user || "";
	const account = /^system:serviceaccount:[^:]+:(.+)$/.exec(name);
	return account?.[1] ?? name.replace(/^system:/, "");
}

export function userName(user: string): string {
	return personName({ user });
}
