// How long the page of all applications takes: node portal.mjs LINK COUNT, for portal.py.  Five times, without a cache.
import { createRequire } from "node:module";

const { chromium } = createRequire(new URL("../journeys/_portal.mjs", import.meta.url))("playwright-core");
const [link, count] = process.argv.slice(2);
const url = new URL(link).origin;

// The first row, in a table that says that all are there; then a moment for what shifts.
const marks = `new Promise((done) => {
	let shift = 0;
	new PerformanceObserver((list) => { for (const e of list.getEntries()) shift += e.value; })
		.observe({ type: "layout-shift", buffered: true });
	const look = () => {
		const all = document.querySelector("[aria-rowcount='${Number(count) + 1}'] tbody a");
		if (!all) return requestAnimationFrame(look);
		const rows = performance.now();
		const js = performance.getEntriesByType("resource").filter((e) => e.name.endsWith(".js"));
		setTimeout(() => done({ rows, shift, js: js.reduce((sum, e) => sum + e.encodedBodySize, 0) / 1024 }), 500);
	};
	look();
})`;

const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
	args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
});
const first = await browser.newContext({ ignoreHTTPSErrors: true });
const signIn = await first.newPage();
await signIn.goto(link);
await signIn.waitForURL((at) => !at.pathname.startsWith("/signin"));
const storageState = await first.storageState();
await first.close();
const found = [];
for (let i = 0; i < 5; i++) {
	const context = await browser.newContext({ ignoreHTTPSErrors: true, storageState, viewport: { width: 1440, height: 900 } });
	const page = await context.newPage();
	const devtools = await context.newCDPSession(page);
	const streams = new Set();
	let stream = 0;
	await devtools.send("Network.enable");
	devtools.on("Network.requestWillBeSent", (e) => e.request.url.includes("/portal/watch") && streams.add(e.requestId));
	devtools.on("Network.dataReceived", (e) => {
		if (streams.has(e.requestId)) stream += e.dataLength / 1e6;
	});
	await page.goto(`${url}/applications`, { waitUntil: "commit" });
	found.push({ ...(await page.evaluate(marks)), stream });
	await context.close();
}
await browser.close();
const sorted = found.map((f) => f.rows).sort((a, b) => a - b);
const runs = sorted.map((ms) => ms.toFixed(0)).join(", ");
console.log(JSON.stringify({ ...found[0], rows: sorted[Math.floor(sorted.length / 2)], runs }));
