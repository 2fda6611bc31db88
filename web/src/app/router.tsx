import {
	createRootRoute,
	createRoute,
	createRouter,
	lazyRouteComponent,
	redirect,
} from "@tanstack/react-router";
import { kindFirst } from "../model/known.ts";
import { Frame } from "./Frame.tsx";
import { NotFound, PageError } from "./NotFound.tsx";
import { queries, sessionQuery } from "./queries.ts";
import { asParams, parseSearch, stringifySearch } from "./search-params.ts";

const rootRoute = createRootRoute({ notFoundComponent: NotFound, validateSearch: asParams });

const signInRoute = createRoute({
	getParentRoute: () => rootRoute,
	path: "/signin",
	component: lazyRouteComponent(() => import("../pages/signin/SignIn.tsx"), "SignIn"),
});

const frameRoute = createRoute({
	getParentRoute: () => rootRoute,
	id: "frame",
	component: Frame,
	errorComponent: PageError,
	beforeLoad: async ({ location }) => {
		const session = await queries.ensureQueryData(sessionQuery).catch(() => undefined);
		if (session === null) {
			const to = location.href === "/" ? undefined : location.href;
			throw redirect({ to: "/signin", search: to ? { to } : {} });
		}
	},
});

const homeRoute = createRoute({
	getParentRoute: () => frameRoute,
	path: "/",
	component: lazyRouteComponent(() => import("../pages/home/Home.tsx"), "Home"),
});

const catalogRoute = createRoute({
	getParentRoute: () => frameRoute,
	path: "/catalog",
	component: lazyRouteComponent(() => import("../pages/catalog/Catalog.tsx"), "Catalog"),
});

const entityRoute = createRoute({
	getParentRoute: () => frameRoute,
	path: "/catalog/$kind/$namespace/$name",
	beforeLoad: ({ params, search }) => {
		const meant = kindFirst(params.kind, params.namespace);
		if (!meant) return;
		const to = "/catalog/$kind/$namespace/$name";
		throw redirect({ to, params: { ...meant, name: params.name }, search: search as never, replace: true });
	},
	component: lazyRouteComponent(() => import("../pages/entity/EntityPage.tsx"), "EntityPage"),
});

const applicationsRoute = createRoute({
	getParentRoute: () => frameRoute,
	path: "/applications",
	component: lazyRouteComponent(() => import("../pages/applications/Applications.tsx"), "Applications"),
});

const applicationRoute = createRoute({
	getParentRoute: () => frameRoute,
	path: "/applications/$namespace/$name",
	component: lazyRouteComponent(() => import("../pages/application/ApplicationPage.tsx"), "ApplicationPage"),
});

const setsRoute = createRoute({
	getParentRoute: () => frameRoute,
	path: "/applicationsets",
	component: lazyRouteComponent(() => import("../pages/sets/Sets.tsx"), "Sets"),
});

const setRoute = createRoute({
	getParentRoute: () => frameRoute,
	path: "/applicationsets/$namespace/$name",
	component: lazyRouteComponent(() => import("../pages/sets/SetPage.tsx"), "SetPage"),
});

const projectsRoute = createRoute({
	getParentRoute: () => frameRoute,
	path: "/projects",
	component: lazyRouteComponent(() => import("../pages/projects/Projects.tsx"), "Projects"),
});

const projectRoute = createRoute({
	getParentRoute: () => frameRoute,
	path: "/projects/$namespace/$name",
	component: lazyRouteComponent(() => import("../pages/projects/ProjectPage.tsx"), "ProjectPage"),
});

const policiesRoute = createRoute({
	getParentRoute: () => frameRoute,
	path: "/policies",
	component: lazyRouteComponent(() => import("../pages/policies/Policies.tsx"), "Policies"),
});

const workloadsRoute = createRoute({
	getParentRoute: () => frameRoute,
	path: "/workloads",
	component: lazyRouteComponent(() => import("../pages/workloads/Workloads.tsx"), "Workloads"),
});

const objectRoute = createRoute({
	getParentRoute: () => frameRoute,
	path: "/objects/$group/$version/$kind/$namespace/$name",
	component: lazyRouteComponent(() => import("../pages/object/ObjectPage.tsx"), "ObjectPage"),
});

const settingsRoute = createRoute({
	getParentRoute: () => frameRoute,
	path: "/settings",
	component: lazyRouteComponent(() => import("../pages/settings/Settings.tsx"), "Settings"),
});

const nowhereRoute = createRoute({ getParentRoute: () => frameRoute, path: "$", component: NotFound });

const routeTree = rootRoute.addChildren([
	signInRoute,
	frameRoute.addChildren([
		homeRoute,
		catalogRoute,
		entityRoute,
		applicationsRoute,
		applicationRoute,
		setsRoute,
		setRoute,
		projectsRoute,
		projectRoute,
		policiesRoute,
		workloadsRoute,
		objectRoute,
		settingsRoute,
		nowhereRoute,
	]),
]);

export const router = createRouter({
	routeTree,
	parseSearch,
	stringifySearch,
	defaultPreload: "intent",
	defaultErrorComponent: PageError,
	defaultNotFoundComponent: NotFound,
	scrollRestoration: false,
});

declare module "@tanstack/react-router" {
	interface Register {
		router: typeof router;
	}
}
