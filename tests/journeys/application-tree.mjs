// An application's tree stands whole where it is first seen: no node comes later, none moves.  And a hook is no change.
import fs from "node:fs";
import path from "node:path";
import { assert, browser, done, git, Server, shoot, signIn, step, until } from "./_portal.mjs";

const server = new Server();
await server.start();
const repo = path.join(server.dir, "repo");
const put = (name, ...objects) => {
	fs.mkdirSync(path.dirname(path.join(repo, name)), { recursive: true });
	fs.writeFileSync(path.join(repo, name), objects.map((o) => JSON.stringify(o)).join("\n---\n"));
};
const containers = [{ name: "web", image: "nginx:1" }];
const labels = { app: "web" };
put(
	"shop/all.yaml",
	{ apiVersion: "v1", kind: "Service", metadata: { name: "web" }, spec: { selector: labels, ports: [{ port: 80 }] } },
	{
		apiVersion: "apps/v1",
		kind: "Deployment",
		metadata: { name: "web" },
		spec: { replicas: 3, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
	},
	{
		apiVersion: "batch/v1",
		kind: "Job",
		metadata: { name: "migrate", annotations: { "argocd.argoproj.io/hook": "PreSync" } },
		spec: { template: { spec: { restartPolicy: "Never", containers } } },
	},
);
git(server.dir, "init", "-q", "-b", "main", repo);
git(repo, "add", "-A");
git(repo, "commit", "-qm", "Sell three of them\n\nAnd say why.");

const application = (name) => ({
	apiVersion: "argoproj.io/v1alpha1",
	kind: "Application",
	metadata: { name, namespace: "argocd" },
	spec: {
		project: "default",
		source: { repoURL: repo, path: name, targetRevision: "main" },
		destination: { server: "https://kubernetes.default.svc", namespace: name },
		syncPolicy: { automated: { prune: true }, syncOptions: ["CreateNamespace=true"] },
	},
});
const apply = (...objects) => {
	const file = path.join(server.dir, "apply.yaml");
	fs.writeFileSync(file, objects.map((o) => JSON.stringify(o)).join("\n---\n"));
	const r = server.run("apply", "-f", file);
	assert(r.code === 0, r.out);
};
apply(
	{ apiVersion: "v1", kind: "Namespace", metadata: { name: "argocd" } },
	application("shop"),
);
const { page, close } = await browser();
await signIn(page, server);

/** Of every frame that differs from the one before: which nodes there were, and where the first stood. */
const record = () => {
	const frames = [];
	window.frames_ = frames;
	window.blank_ = 0;
	const look = () => {
		const nodes = [...document.querySelectorAll(".react-flow__node")].filter((n) => n.checkVisibility({ visibilityProperty: true, opacityProperty: true }));
		const { x = 0, y = 0 } = nodes[0]?.getBoundingClientRect() ?? {};
		const frame = `${nodes.length} nodes, the first at ${Math.round(x)},${Math.round(y)}`;
		if (document.querySelector(".react-flow") && nodes.length === 0 && !document.querySelector("main .mantine-Skeleton-root")) window.blank_++;
		if (nodes.length > 0 && frames.at(-1) !== frame) frames.push(frame);
		requestAnimationFrame(look);
	};
	requestAnimationFrame(look);
};

await step("the tree is whole in its first frame and stays where it is", async () => {
	await until(() => {
		const r = server.run("get", "applications", "-n", "argocd");
		return /shop\s+Synced\s+Healthy/.test(r.out) || Promise.reject(new Error(r.out));
	}, "shop is not healthy");
	await page.addInitScript(record);
	for (let n = 0; n < 3; n++) {
		await page.goto(`${server.url}/applications/argocd/shop?look=graph`);
		await until(async () => (await page.locator(".react-flow__node").count()) >= 7, "the tree does not come");
		// What comes late comes before the page is idle.
		await page.evaluate(() => new Promise((r) => requestIdleCallback(() => setTimeout(r, 700))));
		const frames = await page.evaluate(() => window.frames_);
		assert(frames.length === 1, `${frames.length} pictures, one after the other:\n${frames.join("\n")}`);
		assert((await page.evaluate(() => window.blank_)) === 0, "the canvas is blank until the tree stands");
	}
});

await step("a hook is no change", async () => {
	await page.getByRole("tab", { name: "Changes", exact: true }).click();
	await page.getByText("Nothing differs from Git").waitFor();
});

await step("a large tree opens to be read: what is well together by kind, at full size", async () => {
	for (let n = 0; n < 40; n++) put(`large/${n}.yaml`, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: `settings-${n}` } });
	for (let n = 0; n < 16; n++)
		put(`large/web-${n}.yaml`, {
			apiVersion: "apps/v1",
			kind: "Deployment",
			metadata: { name: `web-${n}` },
			spec: { replicas: 1, selector: { matchLabels: { app: `web-${n}` } }, template: { metadata: { labels: { app: `web-${n}` } }, spec: { containers } } },
		});
	git(repo, "add", "-A");
	git(repo, "commit", "-qm", "Grow");
	apply(application("large"));
	await until(() => /large\s+Synced\s+Healthy/.test(server.run("get", "applications", "-n", "argocd").out), "large is not healthy");
	await page.goto(`${server.url}/applications/argocd/large?look=graph`);
	const group = page.locator(".react-flow__node", { hasText: "40 ConfigMaps" });
	await group.waitFor({ state: "attached" });
	const root = page.locator(".react-flow__node", { hasText: "large" }).first();
	await root.waitFor();
	await until(async () => (await root.boundingBox())?.width === 216, "the tree is drawn smaller than it is");
	await shoot(page, "tree-large");
	await page.goto(`${server.url}/applications/argocd/large?look=list`);
	await page.getByRole("button", { name: "settings-39" }).waitFor();
});

await step("a namespace that a sync makes leads to its application", async () => {
	await page.goto(`${server.url}/objects/core/v1/Namespace/-/shop`);
	const card = page.getByRole("region", { name: "Comes from" });
	await card.getByRole("link", { name: "shop", exact: true }).waitFor();
});

await step("nothing went wrong in the browser", () => assert(page.faults.length === 0, page.faults.join("\n")));

await close();
await server.stop();
done();
