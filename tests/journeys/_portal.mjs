// What the journeys share: a fresh server, a browser signed in to it, kubectl and git
// beside it, and TAP.
import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
export const screens = path.join(root, "build/screens");

const patience = Number(process.env.PAVE_PATIENCE ?? 120) * 1000;

let count = 0;
let failures = 0;

/** Runs one step of the story; the ones behind a failed one still run. */
export async function step(name, fn) {
	count++;
	try {
		await fn();
		console.log(`ok ${count} - ${name}`);
	} catch (e) {
		failures++;
		console.log(`not ok ${count} - ${name}`);
		for (const line of String(e?.message ?? e).split("\n").slice(0, 30)) console.log(`# ${line}`);
	}
}

export function done() {
	console.log(`1..${count}`);
	process.exitCode = failures ? 1 : 0;
}

export function assert(what, message) {
	if (!what) throw new Error(message);
}

/** Asks until fn gives something true, or patience ends (tests/e2e/patience.py); its last error or value is the failure's text. */
export async function until(fn, message, ms = patience) {
	const end = Date.now() + ms;
	for (let last = ""; ; ) {
		try {
			const v = await fn();
			if (v) return v;
			last = String(v);
		} catch (e) {
			last = String(e?.message ?? e);
		}
		if (Date.now() > end) throw new Error(`${message}: ${last}`);
		await new Promise((r) => setTimeout(r, 100));
	}
}

export class Server {
	constructor() {
		this.dir = fs.mkdtempSync(path.join(os.tmpdir(), "pave-journey-"));
		this.kubeconfig = path.join(this.dir, "kubeconfig");
		this.pave = process.env.PAVE || path.join(root, "build/release/pave");
	}

	/** Before start(): a clock that setClock() sets.  False if there is no libfaketime (tools/setup installs it). */
	fakeClock() {
		const places = fs.readdirSync("/usr/lib").map((folder) => `/usr/lib/${folder}/faketime/libfaketimeMT.so.1`);
		const library = places.find((place) => fs.existsSync(place));
		this.env = {
			FAKETIME_TIMESTAMP_FILE: path.join(this.dir, "clock"),
			FAKETIME_NO_CACHE: "1",
			FAKETIME_DONT_FAKE_MONOTONIC: "1",
			LD_PRELOAD: library,
		};
		this.setClock("+0");
		return library !== undefined;
	}

	setClock(time) {
		fs.writeFileSync(path.join(this.dir, "new"), time);
		fs.renameSync(path.join(this.dir, "new"), path.join(this.dir, "clock"));
	}

	async start(...flags) {
		let out = "";
		this.process = spawn(
			this.pave,
			["serve", "--data", path.join(this.dir, "data"), "--listen", "127.0.0.1:0", "--kubeconfig-out", this.kubeconfig, ...flags],
			{ env: { ...process.env, ...this.env }, stdio: ["ignore", "pipe", fs.openSync(path.join(this.dir, "log"), "w")] },
		);
		this.process.stdout.on("data", (d) => {
			out += d;
		});
		const link = await until(() => /(https:\S+)\/signin#code=\S+/.exec(out), "no sign-in link was printed", 600000);
		this.link = link[0];
		this.url = link[1];
	}

	async stop() {
		const gone = new Promise((r) => this.process.on("exit", r));
		this.process.kill("SIGTERM");
		const code = await gone;
		fs.rmSync(this.dir, { recursive: true, force: true });
		return code;
	}

	kubectl(args, input) {
		const kubectl = ["1.35", "1.30"].map((v) => path.join(root, ".cache/kubectl", v, "kubectl")).find(fs.existsSync);
		return run(kubectl, args, { input, env: { ...process.env, KUBECONFIG: this.kubeconfig } });
	}

	/** A command of the program, against this server. */
	run(...args) {
		return run(this.pave, args, { env: { ...process.env, KUBECONFIG: this.kubeconfig } });
	}

	/** A new one-time link, as `pave signin` prints it. */
	signInLink() {
		const { code, out } = this.run("signin");
		assert(code === 0, out);
		return out.trim();
	}

	why(object) {
		return this.run("why", "--all", object);
	}
}

/** {code, out}: both streams together, as a person sees them. */
export function run(program, args, options = {}) {
	try {
		return { code: 0, out: execFileSync("sh", ["-c", 'exec "$0" "$@" 2>&1', program, ...args], { encoding: "utf8", ...options }) };
	} catch (e) {
		return { code: e.status, out: `${e.stdout ?? ""}` };
	}
}

export function git(folder, ...args) {
	const who = ["-c", "user.name=Journey", "-c", "user.email=journey@pave.dev"];
	const r = run("git", ["-C", folder, ...who, ...args]);
	assert(r.code === 0, `git ${args.join(" ")}: ${r.out}`);
}

export async function browser(size = { width: 1440, height: 900 }) {
	const b = await chromium.launch({
		executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
		timeout: patience,
		args: [
			"--no-sandbox",
			"--disable-gpu",
			"--disable-quic",
			"--no-first-run",
			"--disable-background-networking",
			"--disable-component-update",
			"--disable-sync",
		],
	});
	const context = await b.newContext({ ignoreHTTPSErrors: true, viewport: size });
	context.setDefaultTimeout(patience);
	const page = await context.newPage();
	page.faults = [];
	page.on("console", (m) => m.type() === "error" && page.faults.push(m.text()));
	page.on("pageerror", (e) => page.faults.push(String(e)));
	fs.mkdirSync(screens, { recursive: true });
	return { page, close: () => b.close() };
}

/** Opens the sign-in link and waits until it is through: a page left before that leaves its one-time code behind. */
export async function signIn(page, server) {
	await page.goto(server.link);
	await page.waitForURL((url) => !url.pathname.startsWith("/signin"));
	await page.locator("main h1").waitFor();
}

export async function shoot(page, name) {
	await page.screenshot({ path: path.join(screens, `journey-${name}.png`) });
}
