/* Fails the build if the first page's JavaScript grows beyond its budget: what index.html loads,
 * with what those files import statically. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const limit = 180 * 1024;
const dist = fileURLToPath(new URL("../dist", import.meta.url));
const html = readFileSync(`${dist}/index.html`, "utf8");
const queue = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map((m) => m[1] as string);
// The first page after sign-in is Home, which the router loads by itself.
const entry = queue.map((file) => readFileSync(`${dist}/${file}`, "utf8")).join("\n");
queue.push(...[...entry.matchAll(/assets\/Home-[\w-]+\.js/g)].map((m) => m[0]));

const seen = new Map<string, number>();
for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
	if (seen.has(file)) continue;
	const text = readFileSync(`${dist}/${file}`);
	seen.set(file, gzipSync(text, { level: 9 }).length);
	for (const m of text.toString().matchAll(/(?:from|import)\s*"\.\/([\w.-]+\.js)"/g))
		queue.push(`assets/${m[1]}`);
}
const total = [...seen.values()].reduce((a, b) => a + b, 0);
process.stdout.write(
	`first page: ${(total / 1024).toFixed(1)} kB of JavaScript, compressed, in ${seen.size} files (limit ${limit / 1024})\n`,
);
if (total > limit) {
	process.stderr.write("Over the budget: load something by route instead.\n");
	process.exit(1);
}
