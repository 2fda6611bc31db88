#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/str.h"
#include "core/auth/authn.h"
#include "lang/json/json.h"

#define HEAD "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n"
#define ISSUER "issuer: {url: https://a.example, audiences: [pave]}"
#define NAME "claimMappings: {username: {claim: sub, prefix: ''}}"
#define ONE(rest) HEAD "jwt:\n- " ISSUER "\n  " NAME "\n" rest
#define WITH_ISSUER(issuer) HEAD "jwt: [{issuer: " issuer ", " NAME "}]\n"
#define WITH_MAPPINGS(mappings) HEAD "jwt: [{" ISSUER ", claimMappings: " mappings "}]\n"

/* apiserver pkg/apis/apiserver/validation/validation_test.go says these words. */
static const struct {
	const char *text, *faults;
} wrong[] = {
	{HEAD, ""},
	{ONE(""), ""},
	{"apiVersion: apiserver.config.k8s.io/v1beta1\nkind: AuthenticationConfiguration\n", ""},
	{"apiVersion: v1\nkind: Config\n",
	 "f:1:13: apiVersion: Invalid value: \"v1\": expected apiserver.config.k8s.io/v1 or "
	 "apiserver.config.k8s.io/v1beta1\nf:2:7: kind: Invalid value: \"Config\": expected "
	 "AuthenticationConfiguration"},
	{"[]", "f:1:1: expected an AuthenticationConfiguration, found a value of type array"},
	{HEAD "jwts: []\njwt: [{issuer: {urls: x}}]\n",
	 "f:3:7: jwts: strict decoding error: unknown field \"jwts\"\n"
	 "f:4:23: jwt[0].issuer.urls: strict decoding error: unknown field \"jwt[0].issuer.urls\""},
	{HEAD "jwt: []\njwt: []\n", "f:3:6: jwt: strict decoding error: duplicate field \"jwt\""},
	{HEAD "jwt: {}\n",
	 "f:3:6: jwt: Invalid value: \"object\": jwt in body must be of type array: \"object\""},
	{WITH_ISSUER("{audiences: [a]}"), "f:3:8: jwt[0].issuer.url: Required value"},
	{WITH_ISSUER("{url: 'http://a', audiences: [a]}"),
	 "f:3:22: jwt[0].issuer.url: Invalid value: \"http://a\": URL scheme must be https"},
	{WITH_ISSUER("{url: 'https://u:p@a/?x=1#f', audiences: [a]}"),
	 "f:3:22: jwt[0].issuer.url: Invalid value: \"https://u:p@a/?x=1#f\": URL must not contain a username or "
	 "password\n"
	 "f:3:22: jwt[0].issuer.url: Invalid value: \"https://u:p@a/?x=1#f\": URL must not contain a query\n"
	 "f:3:22: jwt[0].issuer.url: Invalid value: \"https://u:p@a/?x=1#f\": URL must not contain a fragment"},
	{WITH_ISSUER("{url: 'https://kubernetes.default.svc', audiences: [a]}"),
	 "f:3:22: jwt[0].issuer.url: Invalid value: \"https://kubernetes.default.svc\": URL must not overlap with "
	 "disallowed issuers: [https://kubernetes.default.svc]"},
	{WITH_ISSUER("{url: 'https://a', discoveryURL: 'https://a/', audiences: [a]}"),
	 "f:3:49: jwt[0].issuer.discoveryURL: Invalid value: \"https://a/\": discoveryURL must be different from "
	 "URL"},
	{WITH_ISSUER("{url: 'https://a'}"),
	 "f:3:8: jwt[0].issuer.audiences: Required value: at least one jwt[0].issuer.audiences is required"},
	{WITH_ISSUER("{url: 'https://a', audiences: [a, '', a]}"),
	 "f:3:50: jwt[0].issuer.audiences[1]: Required value\n"
	 "f:3:54: jwt[0].issuer.audiences[2]: Duplicate value: \"a\"\n"
	 "f:3:8: jwt[0].issuer.audienceMatchPolicy: Invalid value: \"\": audienceMatchPolicy must be MatchAny for "
	 "multiple audiences"},
	{WITH_ISSUER("{url: 'https://a', audiences: [a, b], audienceMatchPolicy: MatchAny}"), ""},
	{WITH_ISSUER("{url: 'https://a', audiences: [a], audienceMatchPolicy: MatchAll}"),
	 "f:3:72: jwt[0].issuer.audienceMatchPolicy: Invalid value: \"MatchAll\": audienceMatchPolicy must be "
	 "empty or MatchAny for single audience"},
	{WITH_ISSUER("{url: 'https://a', audiences: [a], certificateAuthority: x}"),
	 "f:3:73: jwt[0].issuer.certificateAuthority: Invalid value: \"<omitted>\": data does not contain any "
	 "valid RSA or ECDSA certificates"},
	{WITH_ISSUER("{url: 'https://a', audiences: [a], egressSelectorType: cluster}"),
	 "f:3:71: jwt[0].issuer.egressSelectorType: Invalid value: \"cluster\": egress selector is not supported: "
	 "leave it out, the issuer is asked directly"},
	{HEAD "jwt:\n- {" ISSUER ", " NAME "}\n- {" ISSUER ", " NAME "}\n",
	 "f:5:18: jwt[1].issuer.url: Duplicate value: \"https://a.example\""},
	{WITH_MAPPINGS("{}"),
	 "f:3:61: jwt[0].claimMappings.username: Required value: claim or expression is required"},
	{WITH_MAPPINGS("{username: {claim: sub}}"),
	 "f:3:77: jwt[0].claimMappings.username.prefix: Required value: prefix is required when claim is set. It "
	 "can be set to an empty string to disable prefixing"},
	{WITH_MAPPINGS("{username: {claim: sub, expression: claims.sub}}"),
	 "f:3:87: jwt[0].claimMappings.username: Invalid value: \"\": claim and expression can't both be set"},
	{WITH_MAPPINGS("{username: {expression: claims.sub, prefix: x}}"),
	 "f:3:120: jwt[0].claimMappings.username.prefix: Invalid value: \"x\": may not be specified when "
	 "expression is set"},
	{WITH_MAPPINGS("{username: {expression: foo.bar}}"),
	 "f:3:100: jwt[0].claimMappings.username.expression: Invalid value: \"foo.bar\": compilation failed: ERROR: "
	 "<input>:1:1: undeclared reference to 'foo' (in container '')\n | foo.bar\n | ^"},
	{WITH_MAPPINGS("{username: {expression: claims.email}}"),
	 "f:3:100: jwt[0].claimMappings.username.expression: Invalid value: \"claims.email\": "
	 "claims.email_verified must be used in claimMappings.username.expression or "
	 "claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used "
	 "in claimMappings.username.expression"},
	{WITH_MAPPINGS("{username: {expression: 'claims.email_verified ? claims.email : claims.sub'}}"), ""},
	{HEAD "jwt: [{" ISSUER
	      ", claimMappings: {username: {expression: claims.email}}, claimValidationRules: "
	      "[{expression: 'claims.?email_verified.orValue(false) == true'}]}]\n",
	 ""},
	{WITH_MAPPINGS("{username: {claim: sub, prefix: ''}, uid: {claim: a, expression: claims.b}}"),
	 "f:3:118: jwt[0].claimMappings.uid: Invalid value: \"\": claim and expression can't both be set"},
	{WITH_MAPPINGS(
		 "{username: {claim: sub, prefix: ''}, extra: [{key: team, valueExpression: claims.team}, "
		 "{key: example.org/Team, valueExpression: claims.team}, {key: a.k8s.io/x, valueExpression: "
		 "'1'}, {key: example.org/t}, {key: 'example.org/a b', valueExpression: '1'}]}"),
	 "f:3:127: jwt[0].claimMappings.extra[0].key: Invalid value: \"team\": must be a domain-prefixed path (such "
	 "as \"acme.io/foo\")\n"
	 "f:3:170: jwt[0].claimMappings.extra[1].key: Invalid value: \"example.org/Team\": must be lowercase\n"
	 "f:3:225: jwt[0].claimMappings.extra[2].key: Invalid value: \"a.k8s.io/x\": k8s.io, kubernetes.io and "
	 "their subdomains are reserved for Kubernetes use\n"
	 "f:3:260: jwt[0].claimMappings.extra[3].valueExpression: Required value\n"
	 "f:3:288: jwt[0].claimMappings.extra[4].key: Invalid value: \"a b\": Invalid path (regex used for "
	 "validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')"},
	{ONE("  claimValidationRules:\n  - {}\n  - {claim: a, expression: 'true'}\n  - {claim: a, message: m}\n"
	     "  - {claim: a}\n  - {expression: 'true', requiredValue: x}\n  - {expression: claims.a}\n"),
	 "f:7:5: jwt[0].claimValidationRules[0]: Required value: claim or expression is required\n"
	 "f:8:5: jwt[0].claimValidationRules[1]: Invalid value: \"a\": claim and expression can't both be set\n"
	 "f:9:25: jwt[0].claimValidationRules[2].message: Invalid value: \"m\": may not be specified when claim is "
	 "set\n"
	 "f:9:13: jwt[0].claimValidationRules[2].claim: Duplicate value: \"a\"\n"
	 "f:10:13: jwt[0].claimValidationRules[3].claim: Duplicate value: \"a\"\n"
	 "f:11:41: jwt[0].claimValidationRules[4].requiredValue: Invalid value: \"x\": may not be specified when "
	 "expression is set\n"
	 "f:11:18: jwt[0].claimValidationRules[4].expression: Duplicate value: \"true\"\n"
	 "f:12:18: jwt[0].claimValidationRules[5].expression: Invalid value: \"claims.a\": must evaluate to bool"},
	{ONE("  userValidationRules:\n  - {}\n  - {expression: 'user.name == \"\"'}\n  - {expression: user.username}\n"
	     "  - {expression: '!user.username.startsWith(\"system:\")'}\n"),
	 "f:7:5: jwt[0].userValidationRules[0].expression: Required value\n"
	 "f:8:18: jwt[0].userValidationRules[1].expression: Invalid value: \"user.name == \\\"\\\"\": compilation "
	 "failed: ERROR: <input>:1:5: undefined field 'name'\n | user.name == \"\"\n | ....^\n"
	 "f:9:18: jwt[0].userValidationRules[2].expression: Invalid value: \"user.username\": must evaluate to "
	 "bool"},
	{HEAD "anonymous: {conditions: [{path: /livez}]}\n",
	 "f:3:25: anonymous.conditions: Invalid value: [{\"path\":\"/livez\"}]: enabled should be set to true when "
	 "conditions are defined"},
};

static const char *
read_text(pv_ctx *cx, const char *text, authn_conf *ret)
{
	static const char *const own[] = {PV_AUTH_ISSUER, NULL};
	const char *why = "";

	if (authn_read(cx, "f", pv_str_of(text), own, ret) < 0) {
		why = pv_strdup(cx->arena, pv_error_text(cx));
		(void)pv_recover(cx);
	}
	return why;
}

static void
says_what_is_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < PV_LEN(wrong); i++) {
		authn_conf conf;
		pv_ctx cx;

		pv_ctx_init(&cx, "test");
		assert_string_equal(read_text(&cx, wrong[i].text, &conf), wrong[i].faults);
		pv_ctx_done(&cx);
	}
}

#define RULES(mappings, rest) HEAD "jwt:\n- " ISSUER "\n  claimMappings: " mappings "\n" rest
#define CLAIMS \
	"{\"sub\": \"dana\", \"email\": \"d@x.org\", \"email_verified\": true, \"roles\": [\"a\", \"\", \"b\"], " \
	"\"odd\": [1], \"team\": \"shop\", \"n\": 7}"

static const struct {
	const char *text, *claims;
	const char *made; /* "name uid [groups] key=value ...", or why there is nobody */
} maps[] = {
	{RULES("{username: {claim: sub, prefix: 'x:'}, groups: {claim: roles, prefix: 'g:'}, uid: {claim: sub}}",
	       ""),
	 CLAIMS, "x:dana dana [g:a g:b system:authenticated]"},
	{RULES("{username: {expression: '\"corp:\" + claims.sub'}, groups: {expression: claims.roles}, uid: "
	       "{expression: string(claims.n)}, extra: [{key: x.org/team, valueExpression: claims.team}, {key: "
	       "x.org/none, valueExpression: '\"\"'}, {key: x.org/all, valueExpression: claims.roles}]}",
	       ""),
	 CLAIMS, "corp:dana 7 [a b system:authenticated] x.org/team=shop x.org/all=a x.org/all=b"},
	{RULES("{username: {expression: claims.sub}, groups: {expression: '[claims.team, \"system:masters\"]'}}",
	       ""),
	 CLAIMS, "dana  [shop system:authenticated]"},
	{RULES("{username: {expression: claims.sub}, groups: {expression: 'claims.?missing.orValue([])'}}",
	       ""),
	 CLAIMS, "dana  [system:authenticated]"},
	{RULES("{username: {expression: claims.n}}", ""), CLAIMS,
	 "username: the expression must return a string"},
	{RULES("{username: {expression: claims.none}}", ""), CLAIMS, "username: no such key: none"},
	{RULES("{username: {expression: '\"\"'}}", ""), CLAIMS, "username: the name is empty"},
	{RULES("{username: {expression: '\"system:admin\"'}}", ""), CLAIMS,
	 "username: names of system: are not an issuer's to give"},
	{RULES("{username: {claim: sub, prefix: ''}, groups: {claim: odd, prefix: ''}}", ""), CLAIMS,
	 "groups: the claim odd must be a string or a list of strings"},
	{RULES("{username: {claim: sub, prefix: ''}, groups: {expression: claims.odd}}", ""), CLAIMS,
	 "groups: the expression must return a string or a list of strings"},
	{RULES("{username: {claim: sub, prefix: ''}, uid: {claim: id}}", ""), CLAIMS,
	 "uid: expected the claim id, a string"},
	{RULES("{username: {claim: email, prefix: ''}}", ""),
	 "{\"email\": \"d@x.org\", \"email_verified\": false}",
	 "email_verified: the e-mail address is not verified"},
	{RULES("{username: {claim: sub, prefix: ''}}",
	       "  claimValidationRules: [{claim: team, requiredValue: shop}, {expression: 'claims.n < 7', message: "
	       "too many}]\n"),
	 CLAIMS, "validation expression 'claims.n < 7' failed: too many"},
	{RULES("{username: {claim: sub, prefix: ''}}",
	       "  claimValidationRules: [{claim: team, requiredValue: it}]\n"),
	 CLAIMS, "team: the required claim is missing or has another value"},
	{RULES("{username: {claim: sub, prefix: ''}, groups: {claim: roles, prefix: ''}, extra: [{key: x.org/team, "
	       "valueExpression: claims.team}]}",
	       "  userValidationRules: [{expression: 'user.username == \"dana\" && user.groups == [\"a\", \"b\"] && "
	       "user.uid == \"\" && user.extra[\"x.org/team\"] == [\"shop\"]'}, {expression: "
	       "'!(\"b\" in user.groups)', message: b is out}]\n"),
	 CLAIMS, "validation expression '!(\"b\" in user.groups)' failed: b is out"},
	{RULES("{username: {expression: '[1, 2, 3].map(x, [1, 2, 3].map(y, claims.sub)).size() == 3 ? claims.sub : "
	       "\"\"'}}",
	       ""),
	 CLAIMS, "dana  [system:authenticated]"},
};

/* The configuration goes first, as it does when its file is read again while a request runs. */
static const char *
made_of(pv_ctx *cx, const char *text, const char *claims)
{
	const pv_val *v;
	pv_identity *who;
	authn_conf conf;
	const char *why;
	pv_ctx file;
	pv_buf b;

	pv_ctx_init(&file, "file");
	assert_string_equal(read_text(&file, text, &conf), "");
	assert_int_equal(pv_json_parse(cx, pv_str_of(claims), NULL, &v), 0);
	why = authn_identify(cx, PV_AT(authn_jwt, &conf.jwt, 0), v, &who);
	if (why)
		why = pv_strdup(cx->arena, why);
	pv_ctx_done(&file);
	if (why)
		return why;
	pv_buf_init(&b, cx->arena);
	pv_buf_printf(&b, "%s %s [", who->user, who->uid);
	for (size_t i = 0; who->groups[i]; i++)
		pv_buf_printf(&b, "%s%s", i ? " " : "", who->groups[i]);
	pv_buf_printf(&b, "]");
	for (size_t i = 0; who->extra && who->extra[i]; i += 2)
		pv_buf_printf(&b, " %s=%s", who->extra[i], who->extra[i + 1]);
	return b.s;
}

static void
makes_somebody_of_claims(void **state)
{
	(void)state;
	for (size_t i = 0; i < PV_LEN(maps); i++) {
		pv_ctx cx;

		pv_ctx_init(&cx, "test");
		assert_string_equal(made_of(&cx, maps[i].text, maps[i].claims), maps[i].made);
		pv_ctx_done(&cx);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_is_wrong),
		cmocka_unit_test(makes_somebody_of_claims),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
