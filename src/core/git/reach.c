/* reach: who may name a repository makes the server connect to it.  What only machines of a
 * network's own have business with is not reached: link-local addresses, under which clouds
 * hand out credentials. */
#include "core/git/reach.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "core/git/git.h"

static const char owner = 0; /* its address is the name */

struct rule {
	char *deny, *allow;
};

static void
forget(void *state)
{
	struct rule *rule = state;
	free(rule->deny);
	free(rule->allow);
	free(rule);
}

/* "a,b,c" behind `first`. */
static int
joined(pv_ctx *cx, const char *option, const char *first, const char *const *list, const char **ret)
{
	pv_net net;
	int r = 0;
	*ret = first;
	for (size_t i = 0; r == 0 && list[i]; i++) {
		r = pv_net_parse(cx, pv_str_of(list[i]), &net);
		if (r < 0)
			return pv_wrap(cx, r, "%s", option);
		*ret = **ret ? pv_printf(cx->arena, "%s,%s", *ret, list[i]) : list[i];
	}
	return r;
}

int
pv_git_limit(pv_ctx *cx, pv_api *api, const char *const *deny, const char *const *allow)
{
	const char *denied, *allowed = "";
	struct rule *rule;
	int r = joined(cx, "--git-deny", PV_NETS_LINK_LOCAL, deny, &denied);
	if (r == 0)
		r = joined(cx, "--git-allow", "", allow, &allowed);
	if (r < 0)
		return r;
	rule = calloc(1, sizeof(*rule));
	PV_ASSERT(rule);
	rule->deny = strdup(denied);
	rule->allow = strdup(allowed);
	PV_ASSERT(rule->deny && rule->allow);
	pv_api_keep(api, &owner, rule, forget);
	return 0;
}

void
reach_put(pv_api *api, pv_objb *request)
{
	const struct rule *rule = api ? pv_api_kept(api, &owner) : NULL;
	pv_objb_puts(request, "deny", rule ? rule->deny : PV_NETS_LINK_LOCAL);
	pv_objb_puts(request, "allow", rule ? rule->allow : "");
}

int
reach_init(pv_ctx *cx, const pv_val *request, struct reach *reach)
{
	int r;
	reach->refused = NULL;
	reach->arena = cx->arena;
	pv_vec_init(&reach->deny, cx->arena, sizeof(pv_net));
	pv_vec_init(&reach->allow, cx->arena, sizeof(pv_net));
	r = pv_nets_parse(cx, pv_text_at(request, "deny", PV_NETS_LINK_LOCAL), &reach->deny);
	return r < 0 ? r : pv_nets_parse(cx, pv_text_at(request, "allow", ""), &reach->allow);
}

bool
reach_permits(void *of, const struct sockaddr *address)
{
	struct reach *reach = of;
	if (!pv_nets_have(&reach->deny, address) || pv_nets_have(&reach->allow, address))
		return true;
	reach->refused = pv_net_text(reach->arena, address);
	return false;
}

int
reach_refused(pv_ctx *cx, const char *who, const char *address)
{
	return pv_fail(
		cx, PV_EFORBIDDEN,
		"%s: its address %s is one that this server does not connect to (pave serve --git-deny, "
		"--git-allow)",
		who, address);
}

bool
reach_permits_literal(struct reach *reach, const char *host)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM}, *found;
	bool permitted;
	if (getaddrinfo(host, NULL, &hints, &found) != 0)
		return true;
	permitted = reach_permits(reach, found->ai_addr);
	freeaddrinfo(found);
	return permitted;
}
