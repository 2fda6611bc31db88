/** The built files, as src/portal/web serves them. */
import { createReadStream, existsSync, statSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

/** The same policy as src/portal/web/asset.c. */
const csp =
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const dist = fileURLToPath(new URL("../dist", import.meta.url));
const types: Record<string, string> = {
	".html": "text/html; charset=utf-8",
	".js": "text/javascript; charset=utf-8",
	".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml",
};

export function sendAsset(path: string, res: ServerResponse): void {
	const wanted = join(dist, normalize(path));
	const file =
		wanted.startsWith(dist) && existsSync(wanted) && statSync(wanted).isFile()
			? wanted
			: join(dist, "index.html");
	if (!existsSync(file)) {
		res.writeHead(404).end("Build first: npm run build");
		return;
	}
	res.writeHead(200, {
		"Content-Type": types[extname(file)] ?? "application/octet-stream",
		"Content-Security-Policy": csp,
		"X-Content-Type-Options": "nosniff",
		"Cache-Control": path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache",
	});
	createReadStream(file).pipe(res);
}
