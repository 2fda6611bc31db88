/** What the commits of an application's history are: as /delivery/history tells it. */
import type { Deployment } from "../src/api/history.ts";
import { resources, streamId } from "../src/api/resources.ts";
import type { Application } from "../src/api/types.ts";
import { hash } from "./data/make.ts";
import type { Store } from "./store.ts";

const subjects = [
	"Raise the limits of the web Pods",
	"Follow the ledger to its new address, and forget the old one after the books of November are closed",
	"Roll out 4.12",
	"Take the feature flag for split shipments away",
	"Probe readiness on the port that answers",
];
const authors = ["Mara Lindqvist", "Noor Haddad", "Sven Aalto", "Yuki Brandt"];

export function historyOf(store: Store, path: string): Deployment[] {
	const [namespace, name] = path.split("/").slice(3);
	const app = store
		.list(streamId(resources.applications))
		.find((one) => one.metadata.name === name && one.metadata.namespace === namespace) as
		| Application
		| undefined;
	return (app?.status?.history ?? []).map((entry, at) => {
		const seed = hash(`${name}${at}`);
		const author = authors[seed % authors.length] ?? "";
		const file = `${entry.source?.path}/deployment.yaml`;
		return {
			id: entry.id ?? at,
			commit: entry.revision ?? "",
			author,
			email: `${author.toLowerCase().replace(" ", ".")}@halden.example`,
			date: new Date(Date.parse(entry.deployedAt ?? "") - 1000 * (40 + (seed % 4000))).toISOString(),
			subject: subjects[(seed + at) % subjects.length],
			...(at === 0 ? {} : { commits: 1 + (seed % 3), files: [{ path: file, change: "changed" as const }] }),
			...(seed % 3 ? { others: subjects.slice(0, seed % 3) } : {}),
		};
	});
}
