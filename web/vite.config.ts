import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { shell } from "./shell/plugin.ts";

const target = process.env.PAVE_URL ?? "http://127.0.0.1:8099";

/** What every page needs, in two files: over HTTP/1.1 a request for each small module costs more than
 *  it saves.  Parts that load more than they are (menus, dialogs, tabs) stay with the pages that use them. */
const vendor =
	/rolldown|preload-helper|node_modules\/(react|react-dom|scheduler|use-sync-external-store|clsx|@tanstack\/(router|react-router|history|query|react-query|store|react-store)[^/]*|@mantine\/(core\/esm\/(core|components\/(UnstyledButton|ActionIcon|Button|Loader|Skeleton|Transition|Kbd|CopyButton|Code|SegmentedControl|FloatingIndicator|ScrollArea\/utils))|hooks))\//;
const own =
	/web\/src\/(api|live|app\/(nav|queries|toast)|model\/(?!cron|projects|sets)|ui\/(Ago|Anchor|Bones|Faults|Card|clock|Copy|EventList|KindIcon|Middle|Notice|PageHead|Reach|Scroll|State|StateIcon|Sync|Tip|list\/useListState)\.)|@tabler\/icons-react/;
const groups = [
	{ name: "vendor", test: vendor },
	{ name: "base", test: own, minShareCount: 2 },
	// Menus, inputs and dialogs, which every page but the first has.
	{
		name: "more",
		test: /node_modules\/(@mantine|@floating-ui|react-remove-scroll|react-number-format)/,
		minShareCount: 3,
	},
];

export default defineConfig({
	plugins: [react(), shell()],
	build: {
		outDir: "dist",
		// The page's policy allows no inline script, style or data: URL.
		assetsInlineLimit: 0,
		modulePreload: { polyfill: false },
		sourcemap: false,
		reportCompressedSize: false,
		chunkSizeWarningLimit: 2500,
		rolldownOptions: { output: { codeSplitting: { groups, includeDependenciesRecursively: false } } },
	},
	server: {
		port: 5173,
		proxy: Object.fromEntries(
			["/api", "/apis", "/delivery", "/portal", "/readyz", "/version"].map((path) => [
				path,
				{ target, secure: false },
			]),
		),
	},
	test: { include: ["src/**/*.test.{ts,tsx}", "dev/**/*.test.ts"], environment: "node" },
});
