/* Walks every page in light and dark at 1440, 1280 and 390 px, takes pictures into build/screens, and fails on
 * serious axe findings, on console errors and on anything the Content-Security-Policy refused.
 * usage: tsx dev/screens.ts [--only NAME] [--url URL | --api URL] [--token TOKEN] [--looks light,dark,phone] [--no-axe] */
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { startFake } from "./fake-server.ts";
import { startFront } from "./front.ts";
import { type ScreenPage, screenPages } from "./pages.ts";

const out = fileURLToPath(new URL("../../build/screens/", import.meta.url));
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const chromiumArgs =
	"--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync".split(
		" ",
	);

const wide = { width: 1440, height: 900 };
const laptop = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };
const looks = [
	{ name: "light", colorScheme: "light", viewport: wide },
	{ name: "dark", colorScheme: "dark", viewport: wide },
	{ name: "laptop", colorScheme: "light", viewport: laptop },
	{ name: "laptop-dark", colorScheme: "dark", viewport: laptop },
	{ name: "phone", colorScheme: "light", viewport: phone },
	{ name: "phone-dark", colorScheme: "dark", viewport: phone },
] as const;

function option(flag: string): string | undefined {
	const at = process.argv.indexOf(flag);
	return at < 0 ? undefined : process.argv[at + 1];
}

const only = option("--only")?.split(",");
/** Other addresses than those of pages.ts, as for a real server's own objects. */
const paths = option("--paths")?.split(" ");
const pages: ScreenPage[] = paths
	? paths.map((path) => ({ name: `at${path.replaceAll(/[^a-z0-9]+/gi, "-")}`, path, wait: "h1" }))
	: screenPages;
const withAxe = !process.argv.includes("--no-axe");
let faults = 0;

function fault(where: string, text: string): void {
	faults += 1;
	process.stdout.write(`FAULT ${where}: ${text}\n`);
}

interface AxeResult {
	violations: {
		id: string;
		impact: string;
		help: string;
		nodes: { target: string[]; failureSummary: string }[];
	}[];
}

async function audit(page: Page, where: string): Promise<void> {
	// Through the debugger, which the page's policy does not bind.
	await page.evaluate(axeSource);
	const result = (await page.evaluate("axe.run(document, {resultTypes: ['violations']})")) as AxeResult;
	for (const found of result.violations) {
		const line = `${found.id} (${found.impact}): ${found.help}: ${found.nodes
			.slice(0, 3)
			.map((n) => `${n.target.join(" ")} ${n.failureSummary.split("\n").slice(1, 2).join(" ").trim()}`)
			.join(" | ")}`;
		if (found.impact === "serious" || found.impact === "critical") fault(where, line);
		else process.stdout.write(`note  ${where}: ${line}\n`);
	}
}

async function visit(context: BrowserContext, base: string, look: string, screen: ScreenPage): Promise<void> {
	const where = `${screen.name}-${look}`;
	const page = await context.newPage();
	page.on("console", (message) => {
		const expected = screen.expect !== undefined && message.text().includes(String(screen.expect));
		if (message.type() === "error" && !expected) fault(where, `console: ${message.text().slice(0, 400)}`);
	});
	page.on("pageerror", (error) => fault(where, `uncaught: ${error.message}`));
	try {
		await page.goto(base + screen.path);
		await page.waitForSelector(screen.wait, { timeout: 8000, state: "attached" });
		for (const selector of screen.click ?? []) await page.locator(selector).first().click({ timeout: 4000 });
		for (const key of screen.press ?? []) await page.keyboard.press(key);
		await page.waitForTimeout(500);
		await page.screenshot({ path: `${out}${where}.png` });
		const wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth");
		if (wide) fault(where, "the page scrolls sideways");
		if (withAxe) await audit(page, where);
	} catch (error) {
		fault(where, String(error).split("\n").slice(0, 3).join(" "));
		await page.screenshot({ path: `${out}${where}.png` }).catch(() => undefined);
	}
	await page.close();
}

mkdirSync(out, { recursive: true });
const api = option("--api");
const served = api ? await startFront(api) : option("--url") ? undefined : await startFake({ calm: true });
const base = option("--url") ?? served?.url ?? "";
const browser = await chromium.launch({
	executablePath: "/usr/bin/chromium",
	headless: true,
	args: chromiumArgs,
});
const signIn = async (context: BrowserContext, url: string) => {
	const answer = await context.request.post(`${url}/portal/session`, {
		data: option("--token") ? { token: option("--token") } : { code: "good" },
		headers: { "X-Pave-Portal": "1" },
	});
	if (!answer.ok()) fault(url, `sign-in: ${answer.status()}`);
};
const bare = api || option("--url") ? undefined : await startFake({ calm: true, empty: true });
const wanted = option("--looks")?.split(",");
for (const look of looks) {
	if (wanted && !wanted.includes(look.name)) continue;
	const settings = { colorScheme: look.colorScheme, viewport: look.viewport, ignoreHTTPSErrors: true };
	const stranger = await browser.newContext(settings);
	const context = await browser.newContext(settings);
	const newcomer = await browser.newContext(settings);
	await signIn(context, base);
	if (bare) await signIn(newcomer, bare.url);
	for (const screen of pages) {
		if (only && !only.includes(screen.name)) continue;
		if (screen.empty && !bare) continue;
		if (screen.wide && look.viewport === phone) continue;
		const who = screen.signedOut ? stranger : screen.empty ? newcomer : context;
		await visit(who, screen.empty && bare ? bare.url : base, look.name, screen);
	}
	await Promise.all([stranger.close(), context.close(), newcomer.close()]);
}
bare?.stop();
await browser.close();
served?.stop();
process.stdout.write(faults === 0 ? "no faults\n" : `${faults} faults\n`);
process.exit(faults === 0 ? 0 : 1);
