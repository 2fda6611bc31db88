/** Every page that the screenshots and the accessibility checks visit. */
export interface ScreenPage {
	name: string;
	path: string;
	/** What must be there before the picture is taken. */
	wait: string;
	/** Clicked first, in order. */
	click?: string[];
	press?: string[];
	signedOut?: boolean;
	/** On a server without anything. */
	empty?: boolean;
	/** There is no room for it on a phone. */
	wide?: boolean;
	/** Answers of the server that the page is expected to log as failed. */
	expect?: number;
}

const node = encodeURIComponent("apps/Deployment/tracking/route-planner");

export const screenPages: ScreenPage[] = [
	{ name: "signin", path: "/signin", wait: "h1", signedOut: true, expect: 401 },
	{ name: "home", path: "/", wait: "time" },
	{ name: "home-all", path: "/?of=all", wait: "time" },
	{ name: "catalog", path: "/catalog", wait: "tbody tr" },
	{ name: "catalog-facets", path: "/catalog?kind=Component&gap=runbook", wait: "tbody tr" },
	{
		name: "entity",
		path: "/catalog/component/default/tracking-ingest",
		wait: "[aria-label='What it stands on'] a",
	},
	{
		name: "entity-gaps",
		path: "/catalog/component/default/notification-hub",
		wait: "[aria-label='What it stands on'] a",
	},
	{ name: "entity-broken", path: "/catalog/component/default/returns-portal", wait: "h1" },
	{ name: "entity-relations", path: "/catalog/system/default/ordering?tab=relations", wait: "h2" },
	{ name: "entity-yaml", path: "/catalog/component/default/booking-api?tab=yaml", wait: "[data-code]" },
	{ name: "applications", path: "/applications", wait: "tbody tr" },
	{ name: "applications-tiles", path: "/applications?look=tiles", wait: "h1" },
	{ name: "applications-selected", path: "/applications", wait: "tbody tr", press: ["j", "x", "j", "x"] },
	{
		name: "applications-views",
		path: "/applications?health=Degraded",
		wait: "tbody tr",
		click: ["[aria-label='Saved views']"],
		wide: true,
	},
	{
		name: "applications-sync",
		path: "/applications",
		wait: "tbody tr",
		click: ["[aria-label='Select all']", "[role=toolbar] button:has-text('Sync')"],
	},
	{ name: "application", path: "/applications/argocd/tracking-ingest?look=graph", wait: ".react-flow__node" },
	{ name: "application-list", path: "/applications/argocd/tracking-ingest?look=list", wait: "ul button" },
	{
		name: "application-panel",
		path: `/applications/argocd/route-planner?look=graph&node=${node}`,
		wait: ".react-flow__node",
	},
	{ name: "application-changes", path: "/applications/argocd/route-planner?tab=changes", wait: "ins" },
	{
		name: "application-sync",
		path: "/applications/argocd/route-planner?look=list",
		wait: "h1",
		click: ["button:has-text('Sync'):not([aria-haspopup])"],
	},
	{
		name: "application-diff",
		path: `/applications/argocd/route-planner?look=graph&node=${node}`,
		wait: "[role=tab]",
		click: [
			"aside [role=tab]:has-text('Diff'), [role=dialog] [role=tab]:has-text('Diff')",
			"label:has-text('YAML')",
		],
	},
	{ name: "application-history", path: "/applications/argocd/route-planner?tab=history", wait: "ol time" },
	{ name: "application-details", path: "/applications/argocd/booking-api?tab=details", wait: "dl" },
	{
		name: "application-why",
		path: "/applications/argocd/route-planner?look=list",
		wait: "h1",
		click: ["button:has-text('Why')"],
	},
	{ name: "sets", path: "/applicationsets", wait: "tbody tr" },
	{ name: "set", path: "/applicationsets/argocd/services", wait: "tbody tr" },
	{ name: "set-steps", path: "/applicationsets/argocd/services?tab=steps", wait: "[aria-current=step]" },
	{ name: "set-generators", path: "/applicationsets/argocd/previews?tab=generators", wait: "section h3" },
	{ name: "set-details", path: "/applicationsets/argocd/services?tab=details", wait: "[data-code]" },
	{ name: "projects", path: "/projects", wait: "tbody tr" },
	{ name: "project", path: "/projects/argocd/default", wait: "section code" },
	{ name: "project-windows", path: "/projects/argocd/default?tab=windows", wait: "li code" },
	{ name: "project-roles", path: "/projects/argocd/default?tab=roles", wait: "li h2" },
	{ name: "empty-sets", path: "/applicationsets", wait: "h2", empty: true },
	{ name: "empty-projects", path: "/projects", wait: "h2", empty: true },
	{
		name: "policies",
		path: "/policies",
		wait: "h1 ~ *, .mantine-Accordion-item",
		click: [".mantine-Accordion-control >> nth=3"],
	},
	{
		name: "policies-faults",
		path: "/policies",
		wait: "h1 ~ *, .mantine-Accordion-item",
		click: [
			".mantine-Accordion-control:has-text('RequiredLabels'):has-text('fault')",
			".mantine-Accordion-control:has-text('no-surge')",
			".mantine-Accordion-control:has-text('unbound')",
		],
	},
	{
		name: "rollouts",
		path: "/policies?tab=rollouts",
		wait: "[aria-label=production]",
		click: ["summary:has-text('would be refused')"],
	},
	{
		name: "rollouts-back",
		path: "/policies?tab=rollouts",
		wait: "[aria-label=production]",
		click: ["button:has-text('Roll back')"],
	},
	{ name: "exemptions", path: "/policies?tab=exemptions", wait: "tbody tr" },
	{ name: "violations", path: "/policies?tab=violations", wait: "tbody tr" },
	{ name: "empty-exemptions", path: "/policies?tab=exemptions", wait: "h2", empty: true },
	{ name: "workloads", path: "/workloads", wait: "tbody tr" },
	{ name: "object", path: "/objects/apps/v1/Deployment/tracking/tracking-ingest", wait: "dl" },
	{
		name: "object-yaml",
		path: "/objects/core/v1/ConfigMap/booking/booking-api-settings?tab=yaml",
		wait: "[data-code]",
	},
	{ name: "object-missing", path: "/objects/core/v1/ConfigMap/booking/gone", wait: "h1", expect: 404 },
	{ name: "settings", path: "/settings", wait: "li" },
	{ name: "settings-about", path: "/settings?tab=about", wait: "dl" },
	{ name: "notifications", path: "/", wait: "time", click: ["[aria-label^='Notifications']"] },
	{ name: "search-commands", path: "/", wait: "time", press: ["/", "s", "y", "n", "c"] },
	{ name: "search", path: "/", wait: "time", press: ["/", "t", "r", "a", "c", "k"] },
	{ name: "empty-home", path: "/", wait: "ol", empty: true },
	{ name: "empty-catalog", path: "/catalog", wait: "h2", empty: true },
	{ name: "empty-applications", path: "/applications", wait: "h2", empty: true },
	{ name: "empty-policies", path: "/policies", wait: "h2", empty: true },
	{ name: "empty-workloads", path: "/workloads", wait: "h2", empty: true },
	{ name: "empty-sources", path: "/settings", wait: "h2", empty: true },
	{ name: "not-found", path: "/nowhere", wait: "h1" },
];
