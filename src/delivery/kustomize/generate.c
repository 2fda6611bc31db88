/* generate: ConfigMaps and Secrets out of literals, files and lists of variables. */
#include <string.h>

#include "delivery/kustomize/impl.h"

#define BASE64_LINE 70

typedef struct pairs {
	kust_target *t;
	const char *name; /* of the object */
	pv_vec all;       /* of pair */
} pairs;
typedef struct pair {
	const char *key;
	pv_str value;
} pair;

/* ---- where they come from ---- */

static int
add_pair(pairs *p, const char *key, pv_str value)
{
	pv_vec_push(&p->all, &(pair){.key = key, .value = value});
	return 0;
}

static int
add_literal(pairs *p, const char *text)
{
	const char *eq = strchr(text, '=');
	if (eq == NULL || eq == text)
		return pv_fail(p->t->s->cx, PV_EINVALID, "invalid literal source %s, expected key=value",
			       text);
	pv_str value = pv_str_of(eq + 1);
	if (value.len > 1 && (*value.s == '"' || *value.s == '\'') && value.s[value.len - 1] == *value.s)
		value = (pv_str){value.s + 1, value.len - 2};
	return add_pair(p, pv_strndup(p->t->s->cx->arena, text, (size_t)(eq - text)), value);
}

static int
add_file(pairs *p, const char *source)
{
	pv_ctx *cx = p->t->s->cx;
	const char *eq = strchr(source, '='), *path = eq ? eq + 1 : source, *slash = strrchr(path, '/');
	const char *key = eq      ? pv_strndup(cx->arena, source, (size_t)(eq - source))
			  : slash ? slash + 1
				  : path;
	pv_str text;
	if (eq && strchr(eq + 1, '='))
		return pv_fail(cx, PV_EINVALID, "source \"%s\" key name or file path contains '='", source);
	if (eq == source)
		return pv_fail(cx, PV_EINVALID, "missing key name for file path \"%s\" in source \"%s\"",
			       path, source);
	if (eq && !*path)
		return pv_fail(cx, PV_EINVALID, "missing file path for key name \"%s\" in source \"%s\"", key,
			       source);
	int r = kust_load(p->t->s, p->t->loader, path, &text);
	return r < 0 ? r : add_pair(p, key, text);
}

static int
add_line(pairs *p, pv_str line, size_t n)
{
	pv_ctx *cx = p->t->s->cx;
	if (!pv_utf8_valid(line.s, line.len, NULL))
		return pv_fail(cx, PV_EINVALID, "line %zu has invalid utf8 bytes", n);
	if (n == 0 && line.len >= 3 && memcmp(line.s, "\xef\xbb\xbf", 3) == 0)
		line = (pv_str){line.s + 3, line.len - 3};
	while (line.len > 0 && strchr(" \t\v\f\r", *line.s))
		line = (pv_str){line.s + 1, line.len - 1};
	if (line.len > 0 && line.s[line.len - 1] == '\r')
		line.len--;
	if (line.len == 0 || *line.s == '#')
		return 0;
	const char *eq = memchr(line.s, '=', line.len);
	size_t k = eq ? (size_t)(eq - line.s) : line.len;
	const char *key = pv_strndup(cx->arena, line.s, k);
	return add_pair(p, key, eq ? (pv_str){eq + 1, line.len - k - 1} : (pv_str){"", 0});
}

static int
add_variables(pairs *p, const char *path)
{
	pv_str text, line;
	int r = kust_load(p->t->s, p->t->loader, path, &text);
	for (size_t n = 0; r == 0 && pv_str_next(&text, '\n', &line); n++)
		r = add_line(p, line, n);
	return r;
}

static int
add_sources(pairs *p, const pv_val *args)
{
	static const struct {
		const char *field, *name;
		int (*add)(pairs *p, const char *text);
	} sources[] = {{"envs", "env source files:", add_variables},
		       {"env", "env source files:", add_variables},
		       {"literals", "literal sources", add_literal},
		       {"files", "file sources:", add_file}};
	int r = 0;
	for (size_t i = 0; i < PV_LEN(sources); i++) {
		const pv_val *list = pv_get(args, sources[i].field);
		pv_arena *arena = p->t->s->cx->arena;
		pv_val one = pv_is(list, PV_STRING) ? pv_list_of(arena, list, 1) : pv_null();
		list = pv_is(list, PV_STRING) ? pv_box(arena, one) : list;
		for (size_t k = 0; r == 0 && k < pv_count(list); k++)
			r = sources[i].add(p, pv_text(pv_item(list, k), ""));
		if (r < 0)
			return pv_wrap(p->t->s->cx, r, "loading KV pairs: %s %s", sources[i].name,
				       kust_go_list(arena, list));
	}
	return r;
}

/* ---- the object ---- */

/* In lines, once it takes more than one. */
static pv_val
base64(pv_arena *arena, pv_str value)
{
	const char *text = pv_base64(arena, value.s, value.len, false);
	size_t n = strlen(text);
	pv_buf b;
	if (n < BASE64_LINE)
		return pv_string(arena, text);
	pv_buf_init(&b, arena);
	for (size_t i = 0; i < n; i += BASE64_LINE)
		pv_buf_printf(&b, "%.*s\n", BASE64_LINE, text + i);
	return pv_stringn(arena, b.s, b.len);
}

static int
put_data(pairs *p, bool secret, pv_objb *object)
{
	pv_ctx *cx = p->t->s->cx;
	pv_objb data, binary;
	pv_map *known = pv_map_new(cx->arena);
	pv_objb_init(&data, cx->arena);
	pv_objb_init(&binary, cx->arena);
	for (size_t i = 0; i < p->all.len; i++) {
		const pair *one = PV_AT(pair, &p->all, i);
		if (pv_map_puts(known, one->key, p))
			return pv_fail(cx, PV_EINVALID, "configmap %s illegally repeats the key `%s`",
				       p->name, one->key);
		bool text = pv_utf8_valid(one->value.s, one->value.len, NULL);
		if (secret)
			pv_objb_put(&data, one->key, base64(cx->arena, one->value));
		else if (text)
			pv_objb_put(&data, one->key, pv_stringn(cx->arena, one->value.s, one->value.len));
		else
			pv_objb_put(&binary, one->key, base64(cx->arena, one->value));
	}
	if (data.len > 0)
		pv_objb_put(object, "data", pv_objb_end(&data));
	if (binary.len > 0)
		pv_objb_put(object, "binaryData", pv_objb_end(&binary));
	return 0;
}

/* The row's own options, and the kustomization's where it has none. */
static pv_val
options_of(kust_target *t, const pv_val *args, const char *field)
{
	const pv_val *all = pv_get(pv_get(t->k, "generatorOptions"), field),
		     *own = pv_get(pv_get(args, "options"), field);
	pv_objb b;
	pv_objb_init(&b, t->s->cx->arena);
	for (size_t i = 0; i < pv_member_count(all); i++)
		pv_objb_put(&b, pv_text(&all->members[i].key, ""), all->members[i].val);
	for (size_t i = 0; i < pv_member_count(own); i++)
		pv_objb_put(&b, pv_text(&own->members[i].key, ""), own->members[i].val);
	return pv_objb_end(&b);
}

static bool
option(kust_target *t, const pv_val *args, const char *field)
{
	return pv_truth_at(pv_get(t->k, "generatorOptions"), field, false) ||
	       pv_truth_at(pv_get(args, "options"), field, false);
}

static pv_val
metadata(kust_target *t, const pv_val *args)
{
	static const char *const marks[] = {"labels", "annotations"};
	const char *ns = pv_text_at(args, "namespace", "");
	pv_objb b;
	pv_objb_init(&b, t->s->cx->arena);
	pv_objb_puts(&b, "name", pv_text_at(args, "name", ""));
	if (*ns)
		pv_objb_puts(&b, "namespace", ns);
	for (size_t i = 0; i < PV_LEN(marks); i++) {
		pv_val v = options_of(t, args, marks[i]);
		if (v.len > 0)
			pv_objb_put(&b, marks[i], v);
	}
	return pv_objb_end(&b);
}

int
kust_generate(kust_target *t, const char *kind, const pv_val *args, kust_res **ret)
{
	static const char *const behaviors[] = {"", "create", "replace", "merge"};
	const char *behavior = pv_text_at(args, "behavior", "");
	bool secret = pv_streq(kind, "Secret");
	pairs p = {.t = t, .name = pv_text_at(args, "name", "")};
	pv_objb b;
	if (!*p.name)
		return pv_fail(t->s->cx, PV_EINVALID, "a configmap must have a name");
	pv_vec_init(&p.all, t->s->cx->arena, sizeof(pair));
	pv_objb_init(&b, t->s->cx->arena);
	pv_objb_puts(&b, "apiVersion", "v1");
	pv_objb_puts(&b, "kind", kind);
	pv_objb_put(&b, "metadata", metadata(t, args));
	if (secret) {
		const char *type = pv_text_at(args, "type", "");
		pv_objb_puts(&b, "type", *type ? type : "Opaque");
	}
	int r = add_sources(&p, args);
	if (r == 0)
		r = put_data(&p, secret, &b);
	if (r < 0)
		return r;
	if (option(t, args, "immutable"))
		pv_objb_put(&b, "immutable", pv_bool(true));
	*ret = kust_res_new(t->s, pv_box(t->s->cx->arena, pv_objb_end(&b)));
	(*ret)->hashed = !option(t, args, "disableNameSuffixHash");
	for (size_t i = 0; i < PV_LEN(behaviors); i++)
		if (pv_streq(behavior, behaviors[i]))
			(*ret)->behavior = (enum kust_behavior)i;
	return 0;
}
