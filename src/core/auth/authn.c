/* Reading an AuthenticationConfiguration: its shape, then what its fields may be, in the words of
 * apiserver pkg/apis/apiserver/validation. */
#include "core/auth/authn.h"

#include <string.h>

#include "base/str.h"
#include "base/x509.h"
#include "core/auth/impl.h"
#include "core/kinds/names.h"
#include "core/schema/rules.h"
#include "lang/yaml/yaml.h"

#define GROUP "apiserver.config.k8s.io/"
#define JWT_MOST 64

/* ---- faults ---- */

typedef struct reader {
	pv_ctx *cx;
	pv_faults f;
	const char *const *own; /* this server's issuers */
	bool verified;          /* is claims.email_verified asked for, of this issuer? */
} reader;

static const char *
below(reader *r, const char *path, const char *name)
{
	return pv_path_field(r->cx->arena, path, name);
}

static void
invalid(reader *r, const char *path, const char *value, const char *why)
{
	pv_val v = pv_string_ref(value);

	pv_fault_value(&r->f, path, &v, why);
}

/* True, and tells it, if the list has the same text at `key` (NULL: is it) before. */
static bool
is_twice(reader *r, const pv_val *list, size_t at, const char *key, const char *path)
{
	const pv_val *item = key ? pv_at(pv_item(list, at), key) : pv_item(list, at);
	const char *mine = pv_text(item, "");

	for (size_t i = 0; *mine && i < at; i++) {
		const pv_val *one = pv_item(list, i);

		if (!pv_streq(pv_text(key ? pv_at(one, key) : one, ""), mine))
			continue;
		pv_duplicate(&r->f, path, item);
		return true;
	}
	return false;
}

static const char *
given(const pv_val *object, const char *name)
{
	return pv_text(pv_get(object, name), "");
}

/* ---- the issuer ---- */

static void
check_url(reader *r, const char *url, const char *path)
{
	size_t scheme = strcspn(url, ":"), host;

	if (strncasecmp(url, "https://", 8) != 0) {
		invalid(r, path, url, "URL scheme must be https");
		scheme = strncmp(url + scheme, "://", 3) == 0 ? scheme + 3 : 0;
	} else {
		scheme = 8;
	}
	host = strcspn(url + scheme, "/?#");
	if (memchr(url + scheme, '@', host))
		invalid(r, path, url, "URL must not contain a username or password");
	if (strcspn(url, "?") < strcspn(url, "#") && url[strcspn(url, "?") + 1])
		invalid(r, path, url, "URL must not contain a query");
	if (strchr(url, '#') && strchr(url, '#')[1])
		invalid(r, path, url, "URL must not contain a fragment");
	if (scheme == 8 && host == 0)
		invalid(r, path, url, "URL must name a host");
}

static size_t
without_slashes(const char *url)
{
	size_t len = strlen(url);

	while (len && url[len - 1] == '/')
		len--;
	return len;
}

static void
check_place(reader *r, const pv_val *v, const char *path)
{
	const char *url = given(v, "url"), *discovery = given(v, "discoveryURL");
	const char *at = below(r, path, "discoveryURL");
	size_t len = without_slashes(url);

	if (!*url)
		pv_required(&r->f, below(r, path, "url"), "");
	else if (auth_among(r->own, url))
		invalid(r, below(r, path, "url"), url,
			pv_printf(r->cx->arena, "URL must not overlap with disallowed issuers: [%s]", url));
	else
		check_url(r, url, below(r, path, "url"));
	if (!*discovery)
		return;
	if (*url && len == without_slashes(discovery) && strncmp(url, discovery, len) == 0)
		invalid(r, at, discovery, "discoveryURL must be different from URL");
	check_url(r, discovery, at);
}

static void
check_audiences(reader *r, const pv_val *v, const char *path)
{
	const pv_val *list = pv_get(v, "audiences");
	const char *policy = given(v, "audienceMatchPolicy"), *at = below(r, path, "audiences");

	if (!pv_count(list)) {
		pv_required(&r->f, at, pv_printf(r->cx->arena, "at least one %s is required", at));
		return;
	}
	for (size_t i = 0; i < pv_count(list); i++) {
		const char *here = pv_path_index(r->cx->arena, at, i);

		if (!*pv_text(pv_item(list, i), ""))
			pv_required(&r->f, here, "");
		(void)is_twice(r, list, i, NULL, here);
	}
	if (pv_streq(policy, "MatchAny") || (!*policy && pv_count(list) == 1))
		return;
	invalid(r, below(r, path, "audienceMatchPolicy"), policy,
		pv_count(list) > 1 ? "audienceMatchPolicy must be MatchAny for multiple audiences"
				   : "audienceMatchPolicy must be empty or MatchAny for single audience");
}

static void
check_authority(reader *r, const char *pem, const char *path)
{
	pv_vec found;

	pv_vec_init(&found, r->cx->arena, sizeof(pv_x509));
	if (!*pem || pv_x509_read(r->cx, pv_str_of(pem), &found) == 0)
		return;
	(void)pv_recover(r->cx);
	invalid(r, path, "<omitted>", "data does not contain any valid RSA or ECDSA certificates");
}

static const char *
or_null(const char *s)
{
	return *s ? s : NULL;
}

static void
read_issuer(reader *r, const pv_val *v, const char *path, authn_jwt *ret)
{
	const char *egress = given(v, "egressSelectorType");

	check_place(r, v, path);
	check_audiences(r, v, path);
	check_authority(r, given(v, "certificateAuthority"), below(r, path, "certificateAuthority"));
	if (*egress)
		invalid(r, below(r, path, "egressSelectorType"), egress,
			"egress selector is not supported: leave it out, the issuer is asked directly");
	ret->url = given(v, "url");
	ret->discovery = or_null(given(v, "discoveryURL"));
	ret->ca_pem = or_null(given(v, "certificateAuthority"));
	ret->audiences = auth_texts(r->cx->arena, pv_get(v, "audiences"));
}

/* ---- expressions ---- */

static const pv_cel *
compile(reader *r, const char *expression, const pv_cel_var *var, const char *path, bool rule)
{
	const pv_cel_env env = {
		.vars = var, .n_vars = 1, .shapes = &rule_shapes, .homogeneous = true, .kubernetes = true};
	const pv_cel *program;

	if (pv_cel_compile(r->cx, r->cx->arena, &env, pv_str_of(expression), &program) < 0) {
		const char *why = pv_printf(r->cx->arena, "compilation failed: %s", pv_error_text(r->cx));

		(void)pv_recover(r->cx);
		invalid(r, path, expression, why);
		return NULL;
	}
	if (rule && !pv_streq(pv_cel_type(r->cx->arena, program), "bool")) {
		invalid(r, path, expression, "must evaluate to bool");
		return NULL;
	}
	r->verified = r->verified || pv_cel_selects(program, "claims", "email_verified");
	return program;
}

static void
read_claim_rule(reader *r, const pv_val *list, size_t i, const char *path, pv_vec *ret)
{
	const pv_val *v = pv_item(list, i);
	authn_rule rule = {.claim = given(v, "claim"),
			   .value = given(v, "requiredValue"),
			   .text = given(v, "expression"),
			   .message = given(v, "message")};

	if (*rule.claim && *rule.text) {
		invalid(r, path, rule.claim, "claim and expression can't both be set");
	} else if (*rule.claim) {
		if (*rule.message)
			invalid(r, below(r, path, "message"), rule.message,
				"may not be specified when claim is set");
		(void)is_twice(r, list, i, "claim", below(r, path, "claim"));
	} else if (*rule.text) {
		if (*rule.value)
			invalid(r, below(r, path, "requiredValue"), rule.value,
				"may not be specified when expression is set");
		if (!is_twice(r, list, i, "expression", below(r, path, "expression")))
			rule.program =
				compile(r, rule.text, &authn_claims, below(r, path, "expression"), true);
	} else {
		pv_required(&r->f, path, "claim or expression is required");
	}
	pv_vec_push(ret, &rule);
}

static void
read_user_rule(reader *r, const pv_val *list, size_t i, const char *path, pv_vec *ret)
{
	const pv_val *v = pv_item(list, i);
	authn_rule rule = {.text = given(v, "expression"), .message = given(v, "message")};

	path = below(r, path, "expression");
	if (!*rule.text)
		pv_required(&r->f, path, "");
	else if (!is_twice(r, list, i, "expression", path))
		rule.program = compile(r, rule.text, &authn_user, path, true);
	pv_vec_push(ret, &rule);
}

/* ---- mappings ---- */

static void
read_mapping(reader *r, const pv_val *v, const char *path, bool needed, authn_mapping *ret)
{
	const char *expression = given(v, "expression");
	const pv_val *prefix = pv_get(v, "prefix");

	ret->claim = or_null(given(v, "claim"));
	ret->prefix = pv_text(prefix, "");
	if (*expression && ret->claim) {
		invalid(r, path, "", "claim and expression can't both be set");
	} else if (*expression) {
		if (prefix && !pv_is(prefix, PV_NULL))
			invalid(r, below(r, path, "prefix"), ret->prefix,
				"may not be specified when expression is set");
		ret->program = compile(r, expression, &authn_claims, below(r, path, "expression"), false);
	} else if (ret->claim) {
		if (!prefix || pv_is(prefix, PV_NULL))
			pv_required(
				&r->f, below(r, path, "prefix"),
				"prefix is required when claim is set. It can be set to an empty string to "
				"disable prefixing");
	} else if (needed) {
		pv_required(&r->f, path, "claim or expression is required");
	}
}

/* "example.org/team": of a domain that is not Kubernetes'. */
static void
check_key(reader *r, const char *key, const char *path)
{
	static const char characters[] = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
	const char *slash = strchr(key, '/'), *why;
	pv_str domain = {key, slash ? (size_t)(slash - key) : 0};
	const char *host = pv_strndup(r->cx->arena, key, domain.len);

	if (!*key) {
		pv_required(&r->f, path, "");
	} else if (!domain.len || !slash[1]) {
		invalid(r, path, key, "must be a domain-prefixed path (such as \"acme.io/foo\")");
	} else {
		why = pv_name_subdomain(domain);
		if (why)
			invalid(r, path, host, why);
		for (const char *c = slash + 1; *c; c++)
			if (!memchr("/-._~%!$&'()*+,;=:", *c, 18) && !(*c >= '0' && *c <= '9') &&
			    !((*c | 32) >= 'a' && (*c | 32) <= 'z')) {
				invalid(r, path, slash + 1,
					pv_printf(r->cx->arena,
						  "Invalid path (regex used for validation is '%s')",
						  characters));
				break;
			}
	}
	if (!pv_streq(key, pv_str_lower(r->cx->arena, key)))
		invalid(r, path, key, "must be lowercase");
	if (pv_streq(host, "kubernetes.io") || pv_ends_with(host, ".kubernetes.io") ||
	    pv_streq(host, "k8s.io") || pv_ends_with(host, ".k8s.io"))
		invalid(r, path, key,
			"k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use");
}

static void
read_extra(reader *r, const pv_val *list, size_t i, const char *path, pv_vec *ret)
{
	const pv_val *v = pv_item(list, i);
	const char *expression = given(v, "valueExpression"), *at = below(r, path, "valueExpression");
	authn_extra one = {.key = given(v, "key")};

	check_key(r, one.key, below(r, path, "key"));
	if (is_twice(r, list, i, "key", below(r, path, "key")))
		return;
	if (!*expression)
		pv_required(&r->f, at, "");
	else
		one.program = compile(r, expression, &authn_claims, at, false);
	pv_vec_push(ret, &one);
}

static void
read_mappings(reader *r, const pv_val *v, const char *path, authn_jwt *ret)
{
	const pv_val *list = pv_get(v, "extra");
	const char *expression = pv_text_at(v, "username.expression", "");

	read_mapping(r, pv_get(v, "username"), below(r, path, "username"), true, &ret->username);
	read_mapping(r, pv_get(v, "groups"), below(r, path, "groups"), false, &ret->groups);
	ret->uid.claim = or_null(pv_text_at(v, "uid.claim", ""));
	ret->uid.prefix = "";
	if (ret->uid.claim && *pv_text_at(v, "uid.expression", ""))
		invalid(r, below(r, path, "uid"), "", "claim and expression can't both be set");
	else if (*pv_text_at(v, "uid.expression", ""))
		ret->uid.program = compile(r, pv_text_at(v, "uid.expression", ""), &authn_claims,
					   below(r, path, "uid.expression"), false);
	for (size_t i = 0; i < pv_count(list); i++)
		read_extra(r, list, i, pv_path_index(r->cx->arena, below(r, path, "extra"), i), &ret->extra);
	if (ret->username.program && pv_cel_selects(ret->username.program, "claims", "email") && !r->verified)
		invalid(r, below(r, path, "username.expression"), expression,
			"claims.email_verified must be used in claimMappings.username.expression or "
			"claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when "
			"claims.email is used in claimMappings.username.expression");
}

/* ---- the whole ---- */

void
authn_jwt_init(authn_jwt *ret, pv_arena *arena)
{
	static const char *const all[] = {"RS256", "RS384", "RS512", "ES256", "ES384",
					  "ES512", "PS256", "PS384", "PS512", NULL};

	*ret = (authn_jwt){.algs = all};
	pv_vec_init(&ret->rules, arena, sizeof(authn_rule));
	pv_vec_init(&ret->user_rules, arena, sizeof(authn_rule));
	pv_vec_init(&ret->extra, arena, sizeof(authn_extra));
}

static void
read_jwt(reader *r, const pv_val *list, size_t i, authn_conf *ret)
{
	const char *path = pv_path_index(r->cx->arena, "jwt", i);
	const pv_val *v = pv_item(list, i);
	const pv_val *rules = pv_get(v, "claimValidationRules"), *users = pv_get(v, "userValidationRules");
	authn_jwt one;

	authn_jwt_init(&one, r->cx->arena);
	r->verified = false;
	read_issuer(r, pv_get(v, "issuer"), below(r, path, "issuer"), &one);
	for (size_t k = 0; k < pv_count(rules); k++)
		read_claim_rule(r, rules, k,
				pv_path_index(r->cx->arena, below(r, path, "claimValidationRules"), k),
				&one.rules);
	read_mappings(r, pv_get(v, "claimMappings"), below(r, path, "claimMappings"), &one);
	for (size_t k = 0; k < pv_count(users); k++)
		read_user_rule(r, users, k,
			       pv_path_index(r->cx->arena, below(r, path, "userValidationRules"), k),
			       &one.user_rules);
	(void)is_twice(r, list, i, "issuer.url", below(r, path, "issuer.url"));
	(void)is_twice(r, list, i, "issuer.discoveryURL", below(r, path, "issuer.discoveryURL"));
	pv_vec_push(&ret->jwt, &one);
}

static void
read_anonymous(reader *r, const pv_val *v, authn_conf *ret)
{
	const pv_val *list = pv_get(v, "conditions");
	const char **paths = pv_new_array(r->cx->arena, const char *, pv_count(list) + 1);

	ret->anonymous = !pv_is(v, PV_OBJECT) || pv_truth(pv_get(v, "enabled"), false);
	if (!ret->anonymous && pv_count(list))
		pv_fault_value(&r->f, "anonymous.conditions", list,
			       "enabled should be set to true when conditions are defined");
	for (size_t i = 0; i < pv_count(list); i++)
		paths[i] = given(pv_item(list, i), "path");
	ret->public_paths = pv_count(list) ? (const char *const *)paths : NULL;
}

/* Unknown fields, those that are there twice, values of other types: what they are to mean is not known. */
static void
check_shape(reader *r, const pv_val *doc, const pv_vec *twice)
{
	const char *version = given(doc, "apiVersion"), *kind = given(doc, "kind");
	pv_vec unknown;

	pv_vec_init(&unknown, r->cx->arena, sizeof(const char *));
	if (!pv_is(doc, PV_OBJECT)) {
		pv_fault(&r->f, "FieldValueTypeInvalid", "",
			 "expected an AuthenticationConfiguration, found a value of type %s",
			 pv_type_name(doc));
		return;
	}
	if (!pv_streq(version, GROUP "v1") && !pv_streq(version, GROUP "v1beta1"))
		invalid(r, "apiVersion", version, "expected " GROUP "v1 or " GROUP "v1beta1");
	if (!pv_streq(kind, "AuthenticationConfiguration"))
		invalid(r, "kind", kind, "expected AuthenticationConfiguration");
	r->f.n += pv_schema_validate(r->cx, &authn_shape, doc, "", r->f.causes);
	(void)pv_schema_prune(r->cx, &authn_shape, doc, &unknown);
	for (size_t i = 0; i < unknown.len; i++) {
		const char *path = *PV_AT(const char *, &unknown, i);

		pv_fault(&r->f, "FieldValueInvalid", path, "strict decoding error: unknown field \"%s\"",
			 path);
	}
	for (size_t i = 0; i < twice->len; i++) {
		const char *path = *PV_AT(const char *, twice, i);

		pv_fault(&r->f, "FieldValueDuplicate", path, "strict decoding error: duplicate field \"%s\"",
			 path);
	}
}

/* "FILE:3:5: jwt[0].issuer.url: Required value", a line each. */
static int
refuse(reader *r, const char *file, pv_str source)
{
	const char *all = "";

	for (size_t i = 0; i < r->f.causes->len; i++) {
		const pv_cause *c = PV_AT(pv_cause, r->f.causes, i);
		int line = 1, column = 1;

		(void)pv_yaml_locate(r->cx, source, 1, c->field, &line, &column);
		all = pv_printf(r->cx->arena, "%s%s%s:%d:%d: %s%s%s", all, i ? "\n" : "", file, line, column,
				c->field, *c->field ? ": " : "", c->message);
	}
	return pv_fail(r->cx, PV_EUSAGE, "%s", all);
}

int
authn_read(pv_ctx *cx, const char *file, pv_str source, const char *const *own, authn_conf *ret)
{
	pv_vec causes, twice;
	reader r = {.cx = cx, .own = own, .f = {.cx = cx, .causes = &causes}};
	pv_yaml_opts opts = {.file = file, .duplicates = &twice};
	const pv_val *doc, *list;
	size_t n;

	pv_vec_init(&causes, cx->arena, sizeof(pv_cause));
	pv_vec_init(&twice, cx->arena, sizeof(const char *));
	pv_vec_init(&ret->jwt, cx->arena, sizeof(authn_jwt));
	if (pv_yaml_parse(cx, source, &opts, &doc) < 0) {
		const char *why = pv_strdup(cx->arena, pv_error_text(cx));

		(void)pv_recover(cx);
		return pv_fail(cx, PV_EUSAGE, "%s", why);
	}
	check_shape(&r, doc, &twice);
	if (causes.len)
		return refuse(&r, file, source);
	list = pv_get(doc, "jwt");
	n = pv_count(list);
	if (n > JWT_MOST)
		pv_too_many(&r.f, "jwt", n, JWT_MOST);
	for (size_t i = 0; i < n && n <= JWT_MOST; i++)
		read_jwt(&r, list, i, ret);
	read_anonymous(&r, pv_get(doc, "anonymous"), ret);
	return causes.len ? refuse(&r, file, source) : 0;
}
