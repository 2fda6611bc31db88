// The Kubernetes project's own client for JavaScript, unmodified, against a fresh server: typed
// and untyped objects, patches of every kind, watches, informers, logs of what is refused.
import * as k8s from "@kubernetes/client-node";
import { assert, done, Server, step, until } from "./_portal.mjs";

const server = new Server();
await server.start();

const config = new k8s.KubeConfig();
config.loadFromFile(server.kubeconfig);
const core = config.makeApiClient(k8s.CoreV1Api);
const apps = config.makeApiClient(k8s.AppsV1Api);
const batch = config.makeApiClient(k8s.BatchV1Api);
const custom = config.makeApiClient(k8s.CustomObjectsApi);
const definitions = config.makeApiClient(k8s.ApiextensionsV1Api);
const access = config.makeApiClient(k8s.AuthorizationV1Api);
const objects = k8s.KubernetesObjectApi.makeApiClient(config);
const namespace = "client";

const patchAs = (type) => k8s.setHeaderOptions("Content-Type", type);
const deployment = (replicas) => ({
	apiVersion: "apps/v1",
	kind: "Deployment",
	metadata: { name: "web", namespace, labels: { app: "web" } },
	spec: {
		replicas,
		selector: { matchLabels: { app: "web" } },
		template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "registry.example.com/web:1" }] } },
	},
});

/** What a refused call answers: {code, body} with the Status inside. */
async function refused(call) {
	try {
		await call();
	} catch (e) {
		return { code: e.code, status: typeof e.body === "string" ? JSON.parse(e.body) : e.body };
	}
	throw new Error("it was let through");
}

await step("version and API groups", async () => {
	const version = await config.makeApiClient(k8s.VersionApi).getCode();
	assert(/^v1\./.test(version.gitVersion), JSON.stringify(version));
	const groups = await config.makeApiClient(k8s.ApisApi).getAPIVersions();
	assert(groups.groups.some((g) => g.name === "apps"), "no group apps");
});

await step("a namespace, and a typed object in it", async () => {
	await core.createNamespace({ body: { metadata: { name: namespace } } });
	const made = await apps.createNamespacedDeployment({ namespace, body: deployment(2) });
	assert(made.metadata.uid && made.spec.strategy.type === "RollingUpdate", "not defaulted");
	assert(made.metadata.creationTimestamp instanceof Date, "no time");
});

await step("it becomes available", () =>
	until(async () => (await apps.readNamespacedDeploymentStatus({ name: "web", namespace })).status.availableReplicas === 2, "2 available"),
);

await step("patches: JSON, merge, strategic, apply", async () => {
	const target = { name: "web", namespace };
	await apps.patchNamespacedDeployment({ ...target, body: [{ op: "replace", path: "/spec/replicas", value: 3 }] }, patchAs(k8s.PatchStrategy.JsonPatch));
	await apps.patchNamespacedDeployment({ ...target, body: { metadata: { labels: { tier: "front" } } } }, patchAs(k8s.PatchStrategy.MergePatch));
	const containers = [{ name: "web", env: [{ name: "A", value: "1" }] }];
	const strategic = { spec: { template: { spec: { containers } } } };
	let now = await apps.patchNamespacedDeployment({ ...target, body: strategic }, patchAs(k8s.PatchStrategy.StrategicMergePatch));
	assert(now.spec.template.spec.containers[0].image.endsWith("web:1"), "the image went");
	const wanted = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" }, spec: { replicas: 4 } };
	const conflict = await refused(() => apps.patchNamespacedDeployment({ ...target, body: wanted, fieldManager: "robot" }, patchAs(k8s.PatchStrategy.ServerSideApply)));
	assert(conflict.code === 409 && conflict.status.details.causes[0].field === ".spec.replicas", JSON.stringify(conflict));
	now = await apps.patchNamespacedDeployment({ ...target, body: wanted, fieldManager: "robot", force: true }, patchAs(k8s.PatchStrategy.ServerSideApply));
	assert(now.spec.replicas === 4 && now.metadata.labels.tier === "front", JSON.stringify(now));
});

await step("replacing with an old revision is a conflict", async () => {
	const old = await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: "m" }, data: { a: "1" } } });
	await core.replaceNamespacedConfigMap({ name: "m", namespace, body: { ...old, data: { a: "2" } } });
	const { code, status } = await refused(() => core.replaceNamespacedConfigMap({ name: "m", namespace, body: { ...old, data: { a: "3" } } }));
	assert(code === 409 && status.reason === "Conflict", JSON.stringify(status));
});

await step("scale, and Pods go by it", async () => {
	await until(async () => { // a controller may write in between, as on any server
		const scale = await apps.readNamespacedDeploymentScale({ name: "web", namespace });
		scale.spec.replicas = 1;
		return apps.replaceNamespacedDeploymentScale({ name: "web", namespace, body: scale });
	}, "scaled");
	await until(async () => (await core.listNamespacedPod({ namespace, labelSelector: "app=web" })).items.length === 1, "one Pod");
});

await step("lists: pages, selectors", async () => {
	for (let i = 0; i < 25; i++) await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: `page-${i}`, labels: { page: "yes" } } } });
	let names = [];
	let _continue;
	do {
		const page = await core.listNamespacedConfigMap({ namespace, labelSelector: "page=yes", limit: 10, _continue });
		names = names.concat(page.items.map((x) => x.metadata.name));
		_continue = page.metadata._continue;
	} while (_continue);
	assert(new Set(names).size === 25 && names.length === 25, names.join());
	const one = await core.listNamespacedConfigMap({ namespace, fieldSelector: "metadata.name=page-7" });
	assert(one.items.length === 1, String(one.items.length));
});

await step("a watch tells what happens, in order", async () => {
	const seen = [];
	const start = (await core.listNamespacedSecret({ namespace })).metadata.resourceVersion;
	const watching = await new k8s.Watch(config).watch(
		`/api/v1/namespaces/${namespace}/secrets`,
		{ resourceVersion: start },
		(type, object) => seen.push(`${type} ${object.metadata.name}`),
		() => {},
	);
	await core.createNamespacedSecret({ namespace, body: { metadata: { name: "s" }, stringData: { word: "x" } } });
	await core.deleteNamespacedSecret({ name: "s", namespace });
	await until(() => seen.length === 2, "two events");
	watching.abort();
	assert(seen.join() === "ADDED s,DELETED s", seen.join());
});

await step("an informer keeps a cache", async () => {
	const informer = k8s.makeInformer(config, `/api/v1/namespaces/${namespace}/configmaps`, () => core.listNamespacedConfigMap({ namespace }));
	const added = new Set();
	informer.on("add", (x) => added.add(x.metadata.name));
	informer.on("delete", (x) => added.delete(x.metadata.name));
	await informer.start();
	await until(() => added.has("page-0"), "what was there");
	await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: "late" } } });
	await until(() => added.has("late"), "what came");
	await core.deleteCollectionNamespacedConfigMap({ namespace, labelSelector: "page=yes" });
	await until(() => !added.has("page-0") && added.has("late"), "what went");
	await informer.stop();
});

await step("a kind of one's own", async () => {
	const schema = { openAPIV3Schema: { type: "object", properties: { spec: { type: "object", required: ["size"], properties: { size: { type: "integer", maximum: 9 } } } } } };
	const versions = [{ name: "v1", served: true, storage: true, schema, subresources: { status: {} } }];
	await definitions.createCustomResourceDefinition({
		body: { metadata: { name: "boxes.example.com" }, spec: { group: "example.com", scope: "Namespaced", names: { kind: "Box", plural: "boxes" }, versions } },
	});
	const at = { group: "example.com", version: "v1", namespace, plural: "boxes" };
	await until(() => custom.listNamespacedCustomObject(at), "served");
	const { code, status } = await refused(() => custom.createNamespacedCustomObject({ ...at, body: { apiVersion: "example.com/v1", kind: "Box", metadata: { name: "b" }, spec: { size: 10 } } }));
	assert(code === 422 && status.details.causes[0].field === "spec.size", JSON.stringify(status));
	await custom.createNamespacedCustomObject({ ...at, body: { apiVersion: "example.com/v1", kind: "Box", metadata: { name: "b" }, spec: { size: 9 } } });
	const got = await custom.getNamespacedCustomObject({ ...at, name: "b" });
	assert(got.metadata.generation === 1, JSON.stringify(got));
});

await step("untyped objects by the generic client", async () => {
	const spec = { apiVersion: "example.com/v1", kind: "Box", metadata: { name: "generic", namespace }, spec: { size: 1 } };
	await objects.create(spec);
	await objects.patch({ ...spec, spec: { size: 2 } }, undefined, undefined, undefined, undefined, k8s.PatchStrategy.MergePatch);
	assert((await objects.read(spec)).spec.size === 2, "not patched");
	await objects.delete(spec);
	assert((await refused(() => objects.read(spec))).code === 404, "still there");
});

await step("a Job runs to its end, and its Pods go with it", async () => {
	const template = { spec: { restartPolicy: "Never", containers: [{ name: "j", image: "registry.example.com/j:1" }] } };
	await batch.createNamespacedJob({ namespace, body: { metadata: { name: "j" }, spec: { template } } });
	await until(async () => (await batch.readNamespacedJob({ name: "j", namespace })).status.succeeded === 1, "succeeded");
	await batch.deleteNamespacedJob({ name: "j", namespace, propagationPolicy: "Foreground" });
	await until(async () => (await core.listNamespacedPod({ namespace, labelSelector: "job-name=j" })).items.length === 0, "Pods gone");
});

await step("may I?", async () => {
	const body = { spec: { resourceAttributes: { verb: "delete", resource: "pods", namespace } } };
	assert((await access.createSelfSubjectAccessReview({ body })).status.allowed === true, "the administrator may not");
	const robot = new k8s.KubeConfig();
	const { token } = (await core.createNamespacedServiceAccountToken({ name: "default", namespace, body: { spec: { audiences: [], expirationSeconds: 600 } } })).status;
	robot.loadFromOptions({ clusters: config.clusters, users: [{ name: "robot", token }], contexts: [{ name: "c", cluster: config.getCurrentCluster().name, user: "robot" }], currentContext: "c" });
	const { code, status } = await refused(() => robot.makeApiClient(k8s.CoreV1Api).listNamespacedPod({ namespace }));
	assert(code === 403 && status.message.includes(`User "system:serviceaccount:${namespace}:default" cannot list resource "pods"`), status.message);
});

await step("others verify a token by the keys that are published", async () => {
	const make = async (audiences) => (await core.createNamespacedServiceAccountToken({ name: "default", namespace, body: { spec: { audiences, expirationSeconds: 600 } } })).status.token;
	const token = await make(["vault"]);
	const robot = ["--server", server.url, "--token", await make([]), "--insecure-skip-tls-verify", "--kubeconfig", "/dev/null"];
	const ask = (path) => JSON.parse(server.kubectl(["get", "--raw", path, ...robot]).out);
	const discovery = ask("/.well-known/openid-configuration");
	const { keys } = ask(new URL(discovery.jwks_uri).pathname);
	const [header, claims, signature] = token.split(".");
	const decoded = JSON.parse(Buffer.from(claims, "base64url"));
	const jwk = keys.find((k) => k.kid === JSON.parse(Buffer.from(header, "base64url")).kid);
	const key = await crypto.subtle.importKey("jwk", jwk, { name: "ECDSA", namedCurve: jwk.crv }, false, ["verify"]);
	const good = await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, Buffer.from(signature, "base64url"), Buffer.from(`${header}.${claims}`));
	assert(good && decoded.iss === discovery.issuer && decoded.aud[0] === "vault", JSON.stringify(decoded));
});

await step("the namespace goes with all that is in it", async () => {
	await core.deleteNamespace({ name: namespace });
	await until(async () => (await refused(() => core.readNamespace({ name: namespace }))).code === 404, "gone");
});

await server.stop();
done();
