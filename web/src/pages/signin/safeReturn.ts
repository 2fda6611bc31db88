/** Only addresses of our own: never a way to send people elsewhere. */
export function safeReturn(to: string | undefined): string {
	return to?.startsWith("/") && !to.startsWith("/signin") && !to.startsWith("//") && !to.startsWith("/\\")
		? to
		: "/";
}
