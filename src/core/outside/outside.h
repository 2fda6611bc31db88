/* outside: the hosts that policies may ask by http.send and net.lookup_ip_addr, named by whoever runs Pave and by
 * nobody else; none by default.  Names are compared with the URL's host as it stands, without port, as an OPA's
 * capabilities have them in `allow_net`; each hop of a redirect is looked at anew.  Any thread.
 * Answers that may be kept are kept (`cache`, `force_cache`): at most 1,000, and 32 MiB. */
#pragma once
#include "core/api/api.h"
#include "core/args/args.h"
#include "lang/rego/outside.h"

typedef struct pv_outside pv_outside;

/* hosts: "example.org", "10.0.0.7", "::1"; ended by NULL, copied.  Owner: caller, pv_outside_free(). */
PV_MUST_USE int pv_outside_new(pv_ctx *cx, const char *const *hosts, pv_outside **ret);
pv_outside *pv_outside_free(pv_outside *outside); /* no question may be running; accepts NULL */
const pv_rego_outside *pv_outside_rego(const pv_outside *outside); /* NULL of NULL: nobody may be asked */

/* The option of commands, --allow-net HOST,..., beside the list `allow_net` of an OPA's capabilities (named; NULL: none).
 * *ret NULL: nobody may be asked. */
PV_MUST_USE int pv_outside_option(pv_ctx *cx, const pv_args *args, const pv_val *named, pv_outside **ret);
PV_MUST_USE int pv_outside_hold(pv_ctx *cx, const pv_args *args, const pv_val *named,
				const pv_rego_outside **ret); /* the same, as long as cx */

/* The same for all policies of a server: from here on the api's.  At its start. */
void pv_outside_keep(pv_api *api, pv_outside *outside);
const pv_rego_outside *pv_outside_of(pv_api *api); /* NULL: nobody may be asked; accepts NULL */
