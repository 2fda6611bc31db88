/* policy: from a ConfigMap to prepared queries.  Every module of package
 * kubernetes.admission, or of one below it, may have the rules deny and warn. */
#include "governance/rego/policy_priv.h"

#include <stdatomic.h>
#include <string.h>

#include "base/heap.h"
#include "base/str.h"
#include "governance/rego/rego.h"

static const pv_rego_opts syntax = {.v0 = true, .alone = true}; /* a module says if it is v1 */
static const char *const policy_namespaces[] = {"pave-system", "opa"};

bool
policy_is(const pv_val *map)
{
	const char *ns = pv_text_at(map, "metadata.namespace", "");
	const char *label = pv_text(pv_get(pv_at(map, "metadata.labels"), POLICY_LABEL), "");
	if (!pv_streq(label, "rego") || pv_at(map, "metadata.deletionTimestamp"))
		return false;
	for (size_t i = 0; i < PV_LEN(policy_namespaces); i++)
		if (pv_streq(ns, policy_namespaces[i]))
			return true;
	return false;
}

const char *
policy_overlooked(pv_ctx *cx, const pv_val *map)
{
	const char *label = pv_text(pv_get(pv_at(map, "metadata.labels"), POLICY_LABEL), NULL);
	const char *all = "";
	if (!label || policy_is(map) || pv_at(map, "metadata.deletionTimestamp"))
		return NULL;
	if (!pv_streq(label, "rego"))
		return pv_printf(cx->arena, "no policy: label " POLICY_LABEL ": expected rego, found \"%s\"",
				 label);
	for (size_t i = 0; i < PV_LEN(policy_namespaces); i++)
		all = pv_printf(cx->arena, "%s%s%s", all, i ? " or " : "", policy_namespaces[i]);
	return pv_printf(cx->arena, "policy decides nothing: expected namespace %s, found %s", all,
			 pv_text_at(map, "metadata.namespace", ""));
}

bool
policy_same(const pv_val *a, const pv_val *b)
{
	static const char *const annotations[] = {MODE_ANNOTATION, SYNTAX_ANNOTATION, STRICT_ANNOTATION,
						  BUNDLE_ANNOTATION, PACKAGE_ANNOTATION};
	bool is = a && policy_is(a);
	if (is != (b && policy_is(b)))
		return false;
	if (is && !pv_eq(pv_get(a, "data"), pv_get(b, "data")))
		return false;
	for (size_t i = 0; is && i < PV_LEN(annotations); i++)
		if (!pv_eq(pv_get(pv_at(a, "metadata.annotations"), annotations[i]),
			   pv_get(pv_at(b, "metadata.annotations"), annotations[i])))
			return false;
	return true;
}

static const char *
annotation(const pv_val *map, const char *name, const char *otherwise)
{
	return pv_text(pv_get(pv_at(map, "metadata.annotations"), name), otherwise);
}

const char *
mode_name(enum mode mode)
{
	static const char *const names[] = {"deny", "warn", "audit"};
	return names[mode];
}

int
mode_of(pv_ctx *cx, const pv_val *map, enum mode *ret)
{
	const char *word = annotation(map, MODE_ANNOTATION, "deny");
	for (int m = MODE_DENY; m <= MODE_AUDIT; m++)
		if (pv_streq(word, mode_name((enum mode)m))) {
			*ret = (enum mode)m;
			return 0;
		}
	return pv_fail(cx, PV_EINVALID,
		       "annotation " MODE_ANNOTATION ": expected deny, warn or audit, found \"%s\"", word);
}

/* ---- modules of a ConfigMap ---- */

static int
syntax_of(pv_ctx *cx, const pv_val *map, bool *ret_v1)
{
	const char *word = annotation(map, SYNTAX_ANNOTATION, "v0");
	*ret_v1 = pv_streq(word, "v1");
	if (*ret_v1 || pv_streq(word, "v0"))
		return 0;
	return pv_fail(cx, PV_EINVALID, "annotation " SYNTAX_ANNOTATION ": expected v0 or v1, found \"%s\"",
		       word);
}

static int
strict_of(pv_ctx *cx, const pv_val *map, bool *ret)
{
	const char *word = annotation(map, STRICT_ANNOTATION, "false");
	*ret = pv_streq(word, "true");
	if (*ret || pv_streq(word, "false"))
		return 0;
	return pv_fail(cx, PV_EINVALID,
		       "annotation " STRICT_ANNOTATION ": expected \"true\" or \"false\", found \"%s\"",
		       word);
}

bool
policy_below(const char *package, const char *root)
{
	size_t len = strlen(root);
	return strncmp(package, root, len) == 0 && (package[len] == '\0' || package[len] == '.');
}

/* What the names of a ConfigMap's modules begin with. */
static char *
prefix_of(pv_arena *arena, const pv_val *map)
{
	return pv_printf(arena, "%s/%s/", pv_text_at(map, "metadata.namespace", ""),
			 pv_text_at(map, "metadata.name", ""));
}

/* Elements: pv_rego_module. */
static int
modules_of(pv_ctx *cx, const pv_val *map, pv_vec *ret)
{
	const pv_val *data = pv_get(map, "data");
	const char *prefix = prefix_of(cx->arena, map);
	bool v1 = false;
	int r = syntax_of(cx, map, &v1);
	for (size_t i = 0; r == 0 && i < pv_member_count(data); i++) {
		pv_rego_module *m = pv_vec_add(ret);
		m->name = pv_printf(cx->arena, "%s%s", prefix, pv_text(&data->members[i].key, ""));
		m->text = pv_strv(&data->members[i].val);
		m->v1 = v1;
	}
	return r;
}

bool
rego_is_policy(const pv_val *map)
{
	return policy_is(map);
}

bool
rego_same_policy(const pv_val *a, const pv_val *b)
{
	return policy_same(a, b);
}

int
rego_modules(pv_ctx *cx, const pv_val *map, pv_vec *ret)
{
	return modules_of(cx, map, ret);
}

static size_t
span(pv_str text, size_t at, const char *of)
{
	while (at < text.len && text.s[at] && strchr(of, text.s[at]))
		at++;
	return at;
}

/* Does the text begin as a module does whose rules are asked?  Most do, and need no parsing to say so. */
static bool
is_plainly_asked(pv_str text)
{
	static const char blanks[] = " \t\r\n", word[] = "package", root[] = POLICY_ROOT;
	size_t at = span(text, 0, blanks);
	while (at < text.len && text.s[at] == '#') {
		const char *end = memchr(text.s + at, '\n', text.len - at);
		at = end ? span(text, (size_t)(end - text.s), blanks) : text.len;
	}
	if (text.len - at < sizeof(word) || memcmp(text.s + at, word, sizeof(word) - 1) != 0)
		return false;
	size_t name = span(text, at + sizeof(word) - 1, " \t"), end = name + sizeof(root) - 1;
	return name > at + sizeof(word) - 1 && end <= text.len &&
	       memcmp(text.s + name, root, sizeof(root) - 1) == 0 &&
	       (end == text.len || (text.s[end] && strchr(" \t\r\n.", text.s[end])));
}

void
policy_libraries(pv_ctx *cx, const pv_vec *maps, pv_vec *ret)
{
	pv_vec all;
	pv_vec_init(ret, cx->arena, sizeof(pv_rego_module));
	pv_vec_init(&all, cx->arena, sizeof(pv_rego_module));
	for (size_t i = 0; i < maps->len; i++)
		if (modules_of(cx, *PV_AT(const pv_val *, maps, i), &all) < 0)
			pv_recover(cx);
	for (size_t i = 0; i < all.len; i++) {
		const pv_rego_module *m = PV_AT(pv_rego_module, &all, i);
		const char *package;
		if (is_plainly_asked(m->text))
			continue;
		if (pv_rego_package(cx, m, &syntax, &package) < 0) /* what does not parse serves nobody */
			pv_recover(cx);
		else if (!policy_below(package, POLICY_ROOT))
			pv_vec_push(ret, m);
	}
}

bool
policy_serves(pv_ctx *cx, const pv_val *map)
{
	pv_vec one, libraries;
	pv_vec_init(&one, cx->arena, sizeof(const pv_val *));
	pv_vec_push(&one, &map);
	policy_libraries(cx, &one, &libraries);
	return libraries.len > 0;
}

/* ---- compiling ---- */

static int
prepare(pv_ctx *cx, policy *p, const char *package, const char *rule)
{
	struct rule *r = &p->rules[p->n_rules];
	if (p->n_rules == QUERIES_MOST)
		return pv_fail(cx, PV_ETOOLARGE, "%s: more than %d packages below %s", p->name,
			       QUERIES_MOST / 2, p->root);
	r->warning = pv_streq(rule, "warn");
	p->n_rules++;
	return pv_rego_prepare(cx, p->rego, pv_printf(cx->arena, "data.%s.%s", package, rule), &r->query);
}

static bool
seen(const pv_vec *packages, const char *package)
{
	for (size_t i = 0; i < packages->len; i++)
		if (pv_streq(*PV_AT(const char *, packages, i), package))
			return true;
	return false;
}

static int
prepare_all(pv_ctx *cx, policy *p, const rego_bundles *bundles)
{
	pv_val modules = pv_rego_describe(cx->arena, p->rego);
	pv_vec packages;
	int r = 0;
	pv_vec_init(&packages, cx->arena, sizeof(const char *));
	for (size_t i = 0; r == 0 && i < pv_count(&modules); i++) {
		const pv_val *m = pv_item(&modules, i);
		const char *package = pv_text_at(m, "package", "") + sizeof("data.") - 1;
		if (!policy_owns(p, bundles, pv_text_at(m, "path", "")) || !policy_below(package, p->root) ||
		    seen(&packages, package))
			continue;
		pv_vec_push(&packages, &package);
		r = prepare(cx, p, package, "deny");
		if (r == 0)
			r = prepare(cx, p, package, "warn");
	}
	return r;
}

static policy *
policy_new(const pv_val *map)
{
	const char *bundle = annotation(map, BUNDLE_ANNOTATION, NULL);
	policy *p = pv_heap_new(sizeof(*p));
	atomic_init(&p->refs, 1);
	p->name = pv_heap_printf("%s/%s", pv_text_at(map, "metadata.namespace", ""),
				 pv_text_at(map, "metadata.name", ""));
	p->bundle = bundle ? pv_heap_printf("%s", bundle) : NULL;
	p->root =
		pv_heap_printf("%s", bundle ? annotation(map, PACKAGE_ANNOTATION, POLICY_ROOT) : POLICY_ROOT);
	return p;
}

policy *
policy_unloaded(pv_ctx *cx, const pv_val *map, const char *error)
{
	policy *p = policy_new(map);
	p->error = pv_heap_printf("%s", error);
	if (mode_of(cx, map, &p->mode) < 0) {
		pv_recover(cx);
		p->mode = MODE_DENY;
	}
	return p;
}

bool
policy_is_loaded(const policy *p)
{
	return !p->error;
}

static bool
parses(const pv_rego_module *m, bool v1)
{
	pv_rego_module as = *m;
	const char *package;
	pv_ctx cx;
	bool fine;
	as.v1 = v1;
	pv_ctx_init(&cx, "rego-syntax");
	fine = pv_rego_package(&cx, &as, &syntax, &package) == 0;
	if (!fine)
		pv_recover(&cx);
	pv_ctx_done(&cx);
	return fine;
}

/* Might one ask the network?  Then it waits among those that do. */
static bool
names_network(const pv_vec *modules)
{
	static const char *const names[] = {"http.send", "lookup_ip_addr"};

	for (size_t i = 0; i < modules->len; i++) {
		pv_str text = PV_AT(pv_rego_module, modules, i)->text;

		for (size_t k = 0; k < PV_LEN(names); k++)
			if (memmem(text.s, text.len, names[k], strlen(names[k])))
				return true;
	}
	return false;
}

/* A module that is fine as v1 lacks nothing but the word for it. */
static int
compile(pv_ctx *cx, const pv_vec *modules, bool may_ask, policy *p)
{
	const pv_rego_opts opts = {.v0 = syntax.v0, .alone = !may_ask};
	const char *hint;
	int r = pv_rego_compile(cx, modules->data, modules->len, &opts, &p->rego);
	p->asks = may_ask && names_network(modules);
	for (size_t i = 0; r < 0 && i < modules->len; i++) {
		const pv_rego_module *m = PV_AT(pv_rego_module, modules, i);
		if (m->v1 || parses(m, false) || !parses(m, true))
			continue;
		hint = pv_printf(
			cx->arena,
			" (%s is written in Rego v1: begin it with `import rego.v1`, or set the annotation " SYNTAX_ANNOTATION
			": v1)",
			m->name);
		cx->err->message = pv_printf(cx->arena, "%s%s", cx->err->message, hint);
		if (cx->err->causes)
			cx->err->causes->message =
				pv_printf(cx->arena, "%s%s", cx->err->causes->message, hint);
		break;
	}
	return r;
}

/* What a bundle has does not break a policy of a ConfigMap that gets on without it. */
static int
compile_with(pv_ctx *cx, pv_vec *modules, const rego_bundles *bundles, policy *p)
{
	size_t own = modules->len;
	pv_error *why;
	int r;
	bundles_modules(bundles, modules);
	r = compile(cx, modules, bundles->asks, p);
	if (r == 0 || p->bundle || modules->len == own)
		return r;
	why = pv_take_error(cx);
	modules->len = own;
	if (compile(cx, modules, bundles->asks, p) == 0)
		return 0;
	(void)pv_recover(cx);
	cx->err = why;
	return r;
}

int
policy_compile(pv_ctx *cx, const pv_val *map, const pv_vec *libraries, const rego_bundles *bundles,
	       policy **ret)
{
	const char *prefix = prefix_of(cx->arena, map);
	policy *p = policy_new(map);
	pv_vec modules;
	int r;
	pv_vec_init(&modules, cx->arena, sizeof(pv_rego_module));
	r = bundles_check(cx, bundles, map);
	if (r == 0)
		r = modules_of(cx, map, &modules);
	for (size_t i = 0; r == 0 && i < libraries->len; i++)
		if (!pv_starts_with(PV_AT(pv_rego_module, libraries, i)->name, prefix))
			pv_vec_push(&modules, PV_AT(pv_rego_module, libraries, i));
	if (r == 0)
		r = mode_of(cx, map, &p->mode);
	if (r == 0)
		r = strict_of(cx, map, &p->strict);
	if (r == 0)
		r = compile_with(cx, &modules, bundles, p);
	if (r == 0)
		r = prepare_all(cx, p, bundles);
	if (r < 0) {
		policy_unref(p);
		return r;
	}
	*ret = p;
	return 0;
}

policy *
policy_ref(policy *p)
{
	atomic_fetch_add(&p->refs, 1);
	return p;
}

policy *
policy_unref(policy *p)
{
	if (!p || atomic_fetch_sub(&p->refs, 1) > 1)
		return NULL;
	for (size_t i = 0; i < p->n_rules; i++)
		pv_rego_query_free(p->rules[i].query);
	pv_rego_unref(p->rego);
	pv_heap_free(p->bundle);
	pv_heap_free(p->root);
	pv_heap_free(p->error);
	pv_heap_free(p->name);
	pv_heap_free(p);
	return NULL;
}

const char *
policy_name(const policy *p)
{
	return p->name;
}

const char *
policy_root(const policy *p)
{
	return p->root;
}

const char *
policy_bundle(const policy *p)
{
	return p->bundle;
}

bool
policy_owns(const policy *p, const rego_bundles *bundles, const char *module)
{
	size_t len = strlen(p->name);
	return p->bundle ? bundles_have(bundles, module, p->bundle)
			 : strncmp(module, p->name, len) == 0 && module[len] == '/';
}

pv_val
policy_modules(pv_arena *arena, const policy *p)
{
	return pv_rego_describe(arena, p->rego);
}

enum mode
policy_mode(const policy *p)
{
	return p->mode;
}

bool
policy_asks(const policy *p)
{
	return p->asks;
}

pv_rule_name
rego_rule_name(pv_ctx *cx, const char *name, bool warning)
{
	const char *slash = strchr(name, '/');

	return (pv_rule_name){.kind = "ConfigMap",
			      .ns = pv_strndup(cx->arena, name, (size_t)(slash - name)),
			      .name = slash + 1,
			      .rule = warning ? "warn" : "deny"};
}
