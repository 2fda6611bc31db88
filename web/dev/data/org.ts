/** The invented company that the fake server shows: Halden Freight. */

export interface Team {
	name: string;
	title: string;
	people: string[];
}

export interface Service {
	name: string;
	title: string;
	description: string;
	owner?: string;
	system?: string;
	type: string;
	lifecycle?: string;
	tags: string[];
	provides?: string[];
	consumes?: string[];
	dependsOn?: string[];
	/** Number of pods; absent: not deployed. */
	replicas?: number;
	workload?: "Deployment" | "StatefulSet";
	version: string;
	fault?: "crash" | "rollout" | "drift" | "missing" | "suspended" | "broken-file";
	gaps?: ("owner" | "runbook" | "docs" | "description" | "cost")[];
	image?: string;
}

export const teams: Team[] = [
	{ name: "booking", title: "Booking", people: ["ida.lund", "marek.nowak"] },
	{ name: "tracking", title: "Tracking", people: ["sofia.rossi", "tom.becker"] },
	{ name: "warehouse", title: "Warehouse", people: ["yusuf.demir", "anna.kiss"] },
	{ name: "payments", title: "Payments", people: ["lena.vogel", "raj.patel"] },
	{ name: "identity", title: "Identity", people: ["olu.adeyemi"] },
	{ name: "platform", title: "Platform", people: ["kim.park", "jonas.berg", "eva.dvorak"] },
];

export const systems = [
	{ name: "ordering", title: "Ordering", domain: "commerce", owner: "booking" },
	{ name: "shipment-tracking", title: "Shipment tracking", domain: "logistics", owner: "tracking" },
	{ name: "depots", title: "Depots", domain: "logistics", owner: "warehouse" },
	{ name: "billing", title: "Billing", domain: "commerce", owner: "payments" },
	{ name: "accounts", title: "Accounts", domain: "commerce", owner: "identity" },
	{ name: "internal-platform", title: "Internal platform", domain: "engineering", owner: "platform" },
];

export const domains = [
	{ name: "commerce", title: "Commerce", owner: "booking" },
	{ name: "logistics", title: "Logistics", owner: "tracking" },
	{ name: "engineering", title: "Engineering", owner: "platform" },
];

export const services: Service[] = [
	{
		name: "booking-api",
		title: "Booking API",
		description: "Takes freight bookings from the web shop and from partners.",
		owner: "booking",
		system: "ordering",
		type: "service",
		lifecycle: "production",
		tags: ["go", "grpc"],
		provides: ["booking"],
		consumes: ["pricing", "customers"],
		dependsOn: ["bookings-db"],
		replicas: 4,
		version: "4.12.1",
	},
	{
		name: "quote-engine",
		title: "Quote engine",
		description: "Prices a shipment from weight, lane and fuel index.",
		owner: "booking",
		system: "ordering",
		type: "service",
		lifecycle: "production",
		tags: ["rust"],
		provides: ["pricing"],
		dependsOn: ["rates-cache"],
		replicas: 3,
		version: "2.8.0",
		fault: "rollout",
	},
	{
		name: "shop-web",
		title: "Web shop",
		description: "The customer-facing shop.",
		owner: "booking",
		system: "ordering",
		type: "website",
		lifecycle: "production",
		tags: ["typescript", "react"],
		consumes: ["booking", "tracking", "customers"],
		replicas: 3,
		version: "31.4.0",
		gaps: ["cost"],
	},
	{
		name: "tracking-ingest",
		title: "Tracking ingest",
		description: "Reads scanner events from the depots, 4,000 a second at peak.",
		owner: "tracking",
		system: "shipment-tracking",
		type: "service",
		lifecycle: "production",
		tags: ["java", "kafka"],
		dependsOn: ["scan-events", "shipments-db"],
		replicas: 6,
		version: "9.3.2",
		fault: "crash",
	},
	{
		name: "tracking-api",
		title: "Tracking API",
		description: "Answers where a parcel is.",
		owner: "tracking",
		system: "shipment-tracking",
		type: "service",
		lifecycle: "production",
		tags: ["go"],
		provides: ["tracking"],
		dependsOn: ["shipments-db"],
		replicas: 4,
		version: "6.0.4",
	},
	{
		name: "route-planner",
		title: "Route planner",
		description: "Plans the lorries of the next day.",
		owner: "tracking",
		system: "shipment-tracking",
		type: "service",
		lifecycle: "production",
		tags: ["python", "or-tools"],
		consumes: ["tracking", "stock"],
		replicas: 2,
		version: "1.19.0",
		fault: "drift",
		gaps: ["runbook"],
	},
	{
		name: "depot-inventory",
		title: "Depot inventory",
		description: "What lies in which depot, on which shelf.",
		owner: "warehouse",
		system: "depots",
		type: "service",
		lifecycle: "production",
		tags: ["kotlin"],
		provides: ["stock"],
		dependsOn: ["inventory-db"],
		replicas: 3,
		workload: "StatefulSet",
		version: "3.3.3",
	},
	{
		name: "label-printer",
		title: "Label printer",
		description: "Renders and queues parcel labels.",
		owner: "warehouse",
		system: "depots",
		type: "service",
		lifecycle: "deprecated",
		tags: ["java"],
		consumes: ["booking"],
		replicas: 1,
		version: "0.44.9",
		gaps: ["runbook", "docs"],
		image: "docker.io/halden/label-printer",
	},
	{
		name: "invoice-service",
		title: "Invoice service",
		description: "Makes invoices and sends them to customers.",
		owner: "payments",
		system: "billing",
		type: "service",
		lifecycle: "production",
		tags: ["java"],
		provides: ["invoices"],
		consumes: ["booking", "customers"],
		dependsOn: ["ledger-db"],
		replicas: 2,
		version: "5.1.0",
	},
	{
		name: "payment-gateway",
		title: "Payment gateway",
		description: "Talks to the card and bank providers.",
		owner: "payments",
		system: "billing",
		type: "service",
		lifecycle: "production",
		tags: ["go", "pci"],
		consumes: ["invoices"],
		dependsOn: ["ledger-db"],
		replicas: 3,
		version: "7.7.1",
	},
	{
		name: "login",
		title: "Login",
		description: "Sign-in for customers and partners.",
		owner: "identity",
		system: "accounts",
		type: "service",
		lifecycle: "production",
		tags: ["go", "oidc"],
		provides: ["sessions"],
		dependsOn: ["accounts-db"],
		replicas: 3,
		version: "12.0.0",
	},
	{
		name: "customer-profile",
		title: "Customer profile",
		description: "Names, addresses and preferences.",
		owner: "identity",
		system: "accounts",
		type: "service",
		lifecycle: "production",
		tags: ["kotlin"],
		provides: ["customers"],
		consumes: ["sessions"],
		dependsOn: ["accounts-db"],
		replicas: 2,
		version: "2.2.7",
		fault: "missing",
	},
	{
		name: "notification-hub",
		title: "Notification hub",
		description: "Mail, text messages and push.",
		system: "accounts",
		type: "service",
		lifecycle: "experimental",
		tags: ["elixir"],
		consumes: ["customers"],
		replicas: 1,
		version: "0.9.0",
		gaps: ["owner", "runbook", "docs"],
		image: "docker.io/halden/notification-hub",
	},
	{
		name: "edge-gateway",
		title: "Edge gateway",
		description: "Routes and rate limits for everything public.",
		owner: "platform",
		system: "internal-platform",
		type: "service",
		lifecycle: "production",
		tags: ["envoy"],
		consumes: ["booking", "tracking", "sessions"],
		replicas: 3,
		version: "1.31.0",
	},
	{
		name: "load-simulator",
		title: "Load simulator",
		description: "Plays back last year's peak season.",
		owner: "platform",
		system: "internal-platform",
		type: "service",
		lifecycle: "experimental",
		tags: ["go"],
		consumes: ["booking"],
		replicas: 2,
		version: "0.3.0",
		fault: "suspended",
		gaps: ["runbook"],
	},
	{
		name: "design-tokens",
		title: "Design tokens",
		description: "Colours, spacing and type for all fronts.",
		owner: "platform",
		system: "internal-platform",
		type: "library",
		lifecycle: "production",
		tags: ["css"],
		version: "8.0.0",
		gaps: ["docs"],
	},
	{
		name: "returns-portal",
		title: "Returns portal",
		description: "",
		owner: "returns",
		type: "website",
		lifecycle: "experimental",
		tags: ["typescript"],
		version: "0.1.0",
		gaps: ["owner", "description", "runbook"],
		fault: "broken-file",
	},
];

export const apis = [
	{ name: "booking", owner: "booking", system: "ordering", type: "grpc" },
	{ name: "pricing", owner: "booking", system: "ordering", type: "openapi" },
	{ name: "tracking", owner: "tracking", system: "shipment-tracking", type: "openapi" },
	{ name: "stock", owner: "warehouse", system: "depots", type: "openapi" },
	{ name: "invoices", owner: "payments", system: "billing", type: "openapi" },
	{ name: "sessions", owner: "identity", system: "accounts", type: "openapi" },
	{ name: "customers", owner: "identity", system: "accounts", type: "graphql" },
];

export const stores = [
	{ name: "bookings-db", type: "database", owner: "booking", system: "ordering" },
	{ name: "rates-cache", type: "cache", owner: "booking", system: "ordering" },
	{ name: "scan-events", type: "topic", owner: "tracking", system: "shipment-tracking" },
	{ name: "shipments-db", type: "database", owner: "tracking", system: "shipment-tracking" },
	{ name: "inventory-db", type: "database", owner: "warehouse", system: "depots" },
	{ name: "ledger-db", type: "database", owner: "payments", system: "billing" },
	{ name: "accounts-db", type: "database", owner: "identity", system: "accounts" },
];
