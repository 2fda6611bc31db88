/* The built files, under their policy, in front of a real server: for trying the portal against a
 * program that has none inside.
 * usage: tsx dev/front.ts https://127.0.0.1:PORT [--port N] */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { request } from "node:https";
import { sendAsset } from "./asset.ts";

const passed = /^\/(api|apis|delivery|portal|readyz|livez|healthz|version|openapi)(\/|$)/;

function forward(api: URL, req: IncomingMessage, res: ServerResponse): void {
	const headers = { ...req.headers, host: api.host };
	// The portal takes requests of its own origin only.
	if (headers.origin) headers.origin = api.origin;
	const options = { method: req.method, headers, rejectUnauthorized: false };
	const out = request(new URL(req.url ?? "/", api), options, (answer) => {
		// Between browser and here there is no TLS: a Secure cookie would not come back.
		const cookies = answer.headers["set-cookie"]?.map((c) =>
			c.replace(/;\s*Secure/i, "").replace(/__Host-/i, ""),
		);
		res.writeHead(answer.statusCode ?? 502, {
			...answer.headers,
			...(cookies ? { "set-cookie": cookies } : {}),
		});
		answer.pipe(res);
	});
	out.on("error", (error) => {
		if (!res.headersSent) res.writeHead(502);
		res.end(String(error));
	});
	res.on("close", () => out.destroy());
	req.pipe(out);
}

export async function startFront(apiUrl: string, port = 0): Promise<{ url: string; stop: () => void }> {
	const api = new URL(apiUrl);
	const server = createServer((req, res) => {
		const path = new URL(req.url ?? "/", "http://front").pathname;
		if (passed.test(path)) forward(api, req, res);
		else sendAsset(decodeURIComponent(path), res);
	});
	await new Promise<void>((ready) => server.listen(port, "127.0.0.1", ready));
	const address = server.address();
	const url = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
	const stop = () => {
		server.closeAllConnections();
		server.close();
	};
	return { url, stop };
}

if (process.argv[1]?.endsWith("front.ts") && process.argv[2]) {
	const at = process.argv.indexOf("--port");
	const front = await startFront(process.argv[2], at < 0 ? 8098 : Number(process.argv[at + 1]));
	process.stdout.write(`${front.url}\n`);
}
