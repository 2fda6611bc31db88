/** Every page that the screenshots and the accessibility checks visit. */
export interface ScreenPage {
	name: string;
	path: string;
	/** What must be there before the picture is taken. */
	wait: string;
	/** Clicked first, in order. */
	click?: string[];
	press?: string[];
	signedOut?: boolean;
}

export const screenPages: ScreenPage[] = [
	{ name: "signin", path: "/signin", wait: "h1", signedOut: true },
	{ name: "home", path: "/", wait: "h1" },
	{ name: "catalog", path: "/catalog", wait: "tbody tr" },
];
