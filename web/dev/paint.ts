/* How soon the first page is there on a laptop throttled four times: the frame is painted, and Home has its rows.
 * A browser without a cache each time; beside it one that has the files already.
 * usage: tsx dev/paint.ts LINK [--times N] [--limit MS]; LINK is the sign-in link that `pave serve` prints */
import { type BrowserContext, chromium } from "playwright-core";

const throttle = 4;

function option(flag: string): string | undefined {
	const at = process.argv.indexOf(flag);
	return at < 0 ? undefined : process.argv[at + 1];
}

interface Paint {
	paint: number;
	frame: number;
	rows: number;
	shift: number;
	kB: number;
}

const marks = `new Promise((done) => {
	let shift = 0;
	new PerformanceObserver((list) => { for (const e of list.getEntries()) shift += e.value; })
		.observe({ type: "layout-shift", buffered: true });
	const found = {};
	const look = () => {
		if (!found.frame && document.querySelector("h1")) found.frame = performance.now();
		if (!found.rows && document.querySelector("main li time, main li a")) found.rows = performance.now();
		if (!found.rows) return requestAnimationFrame(look);
		setTimeout(() => done({
			paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? -1,
			...found,
			shift,
			kB: performance.getEntriesByType("resource").filter((e) => e.name.endsWith(".js"))
				.reduce((sum, e) => sum + e.encodedBodySize, 0) / 1024,
		}), 300);
	};
	look();
})`;

async function load(context: BrowserContext, url: string): Promise<Paint> {
	const page = await context.newPage();
	const devtools = await context.newCDPSession(page);
	await devtools.send("Emulation.setCPUThrottlingRate", { rate: throttle });
	await page.goto(url, { waitUntil: "commit" });
	const paint = (await page.evaluate(marks)) as Paint;
	await page.close();
	return paint;
}

function median(values: number[]): number {
	return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function report(name: string, paints: Paint[]): number {
	const of = (key: keyof Paint) => median(paints.map((p) => p[key]));
	process.stdout.write(
		`${name}: first paint ${of("paint").toFixed(0)} ms, frame ${of("frame").toFixed(0)} ms, rows ${of("rows").toFixed(0)} ms, ` +
			`layout shift ${of("shift").toFixed(3)}, ${of("kB").toFixed(0)} kB of JavaScript\n`,
	);
	return of("paint");
}

const link = process.argv[2] ?? "";
const url = new URL(link).origin;
const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
	args: [
		"--no-sandbox",
		"--disable-gpu",
		"--disable-quic",
		"--no-first-run",
		"--disable-background-networking",
	],
});
const first = await browser.newContext({ ignoreHTTPSErrors: true });
const signIn = await first.newPage();
await signIn.goto(link);
await signIn.waitForURL((at) => !at.pathname.startsWith("/signin"));
const storageState = await first.storageState();
const times = Number(option("--times") ?? 5);
const cold: Paint[] = [];
const warm: Paint[] = [];
for (let i = 0; i < times; i++) {
	const fresh = await browser.newContext({ ignoreHTTPSErrors: true, storageState });
	cold.push(await load(fresh, url));
	warm.push(await load(fresh, url));
	await fresh.close();
}
await browser.close();
const paint = report("without a cache", cold);
report("with the files", warm);
const limit = option("--limit");
process.exit(limit && paint > Number(limit) ? 1 : 0);
