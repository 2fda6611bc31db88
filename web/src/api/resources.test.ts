import { expect, test } from "vitest";
import { catalogObjects } from "../../dev/data/catalog.ts";
import { deliveryObjects } from "../../dev/data/delivery.ts";
import { pick, wantedOf } from "../../dev/pick.ts";
import { concernsOf } from "../model/attention.ts";
import { namespaceMakers } from "../model/chain.ts";
import { deployedOf } from "../model/deployed.ts";
import { knownApps } from "../model/inbox.ts";
import { OwnerIndex } from "../model/owners.ts";
import { appRows, columns, facets, searchText } from "../pages/applications/columns.tsx";
import {
	applicationList,
	isToldInPart,
	objectStreamId,
	refOf,
	resources,
	streamId,
	watchPath,
} from "./resources.ts";
import type { Application, Entity } from "./types.ts";

const apps = deliveryObjects().filter((o) => o.kind === "Application") as Application[];
const entities = catalogObjects(0).filter((o) => o.kind === "Component") as Entity[];

/** As the stream tells them. */
function told(stream: string): Application[] {
	const r = new URLSearchParams(watchPath([stream]).split("?")[1]).get("r") ?? "";
	const { parts } = wantedOf(r);
	expect(parts).toBeDefined();
	return apps.map((app) => pick(app, parts) as Application);
}

test("what is told of an application is all that lists of them show", () => {
	const listed = told(applicationList);
	const owners = new OwnerIndex(entities, apps);
	const shown = (list: Application[]) =>
		appRows(list, owners).map((row) => [
			searchText(row),
			...columns.map((c) => c.value(row)),
			...facets.map((f) => f.of(row)),
		]);
	expect(shown(listed)).toEqual(shown(apps));
	expect(listed.map(deployedOf)).toEqual(apps.map(deployedOf));
	expect(knownApps(listed)).toEqual(knownApps(apps));
	expect(listed.some((app) => app.status?.resources)).toBe(false);
});

test("and all that Home and the catalog ask of it", () => {
	const some = told(streamId(resources.applications));
	expect(concernsOf(some, [])).toEqual(concernsOf(apps, []));
	const [one, other] = [new OwnerIndex(entities, some), new OwnerIndex(entities, apps)];
	const refs = apps.flatMap((app) => [refOf(app), ...(app.status?.resources ?? [])]);
	expect(refs.map(one.find)).toEqual(refs.map(other.find));
	expect(refs.some((ref) => other.find(ref))).toBe(true);
	const makers = (list: Application[]) =>
		apps.flatMap(({ spec }) =>
			namespaceMakers(
				{ kind: "Namespace", metadata: { name: spec?.destination?.namespace ?? "" } },
				list,
			).map((app) => app.metadata.name),
		);
	expect(makers(some)).toEqual(makers(apps));
	expect(makers(apps).length).toBeGreaterThan(0);
	expect(some.every((app) => (app.status?.history?.length ?? 0) <= 1)).toBe(true);
});

test("one object is asked for first, and whole", () => {
	const one = objectStreamId(resources.applications, "argocd", "shop");
	const asked = new URLSearchParams(watchPath(["apps/v1/deployments", one]).split("?")[1]).getAll("r");
	expect(asked).toEqual(["argoproj.io/v1alpha1/applications/argocd/shop", "apps/v1/deployments"]);
	expect(isToldInPart(resources.applications)).toBe(true);
	expect(isToldInPart(resources.deployments)).toBe(false);
});
