/* authn: who bears a JWT, and who may come without credentials: an AuthenticationConfiguration
 * (apiserver.config.k8s.io) as it is read, and claims as it maps them.  Private.  What is read
 * lies in the arena that it was read into and never changes; any thread. */
#pragma once
#include "base/vec.h"
#include "core/auth/auth.h"
#include "core/schema/schema.h"
#include "lang/cel/cel.h"
#include "lang/value/value.h"

typedef struct authn_mapping { /* a claim or an expression; neither: nothing is read */
	const char *claim, *prefix;
	const pv_cel *program;
} authn_mapping;

typedef struct authn_rule { /* a claim has a value, or an expression is true */
	const char *claim, *value;
	const pv_cel *program;
	const char *text, *message; /* of the expression */
} authn_rule;

typedef struct authn_extra {
	const char *key;
	const pv_cel *program;
} authn_extra;

typedef struct authn_jwt {
	const char *url;
	const char *discovery, *ca_pem; /* NULL: below url; the system's authorities */
	const char *const *audiences;   /* one of them must be in aud; NULL-terminated */
	const char *const *algs;        /* NULL-terminated */
	authn_mapping username, groups, uid;
	pv_vec rules, user_rules; /* of authn_rule */
	pv_vec extra;             /* of authn_extra */
} authn_jwt;

typedef struct authn_conf {
	pv_vec jwt;                      /* of authn_jwt */
	bool anonymous;                  /* may anybody come without credentials? */
	const char *const *public_paths; /* there alone; NULL: anywhere */
} authn_conf;

extern const pv_schema authn_shape;               /* of an AuthenticationConfiguration */
extern const pv_cel_var authn_claims, authn_user; /* what expressions see */

void authn_jwt_init(authn_jwt *jwt, pv_arena *arena);
/* file: for errors; own: this server's issuers, which nobody else is.  -PV_EUSAGE with all that is wrong, a line each, in Kubernetes' words. */
PV_MUST_USE int authn_read(pv_ctx *cx, const char *file, pv_str text, const char *const *own,
			   authn_conf *ret);
/* The verified claims of a token as an identity; NULL, or why there is none. */
const char *authn_identify(pv_ctx *cx, const authn_jwt *jwt, const pv_val *claims, pv_identity **ret);
