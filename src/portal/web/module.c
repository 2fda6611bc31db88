#include "portal/web/web.h"

/* A page of the application: the same document, whatever is below it. */
#define PAGE(path) \
	{ \
		"GET", path, true, false, "the portal", web_asset \
	}

static const pv_route routes[] = {
	{"POST", "/portal/session", true, true, "exchange a one-time code or a token for a session",
	 web_sign_in},
	{"POST", "/portal/code", false, false, "a one-time sign-in link for the caller", web_code},
	{"GET", "/portal/session", false, false, "who is signed in", web_whoami},
	{"DELETE", "/portal/session", true, true, "sign out", web_sign_out},
	{"GET", "/portal/signin", true, false, "the ways to sign in, and why the last try failed",
	 web_signin_ways},
	{"GET", "/portal/oidc/start", true, false, "to the issuer, to sign in there", web_signin_start},
	{"GET", "/portal/oidc/callback", true, true, "back from the issuer", web_signin_finish},
	{"GET", "/portal/watch", false, false, "changes of several resources in one stream", web_watch},
	PAGE("/"),
	PAGE("/signin"),
	PAGE("/catalog"),
	PAGE("/catalog/"),
	PAGE("/applications"),
	PAGE("/applications/"),
	PAGE("/applicationsets"),
	PAGE("/applicationsets/"),
	PAGE("/projects"),
	PAGE("/projects/"),
	PAGE("/policies"),
	PAGE("/workloads"),
	PAGE("/objects/"),
	PAGE("/settings"),
	{"GET", "/assets/", true, false, "scripts, styles and images of the portal", web_asset},
	{"GET", "/pave.svg", true, false, "the icon", web_asset},
	{"GET", "*", true, false, "a page that says that there is none", web_nowhere},
	{0},
};

extern const pv_module portal_web_module;
const pv_module portal_web_module = {
	.name = "portal/web",
	.summary = "the portal: pages, signing in, live updates",
	.routes = routes,
};
