/* target: one kustomization: its resources, then its generators, components and transformers, in
 * the order in which kustomize has them. */
#include <string.h>

#include "delivery/kustomize/impl.h"
#include "lang/yaml/yaml.h"

/* ---- reading it ---- */

int
kust_read(kust_state *s, const kust_loader *l, kust_target *ret)
{
	static const char *const names[] = {"kustomization.yaml", "kustomization.yml", "Kustomization"};
	const char *found = NULL;
	pv_str text = {"", 0};
	size_t n = 0;
	for (size_t i = 0; i < PV_LEN(names); i++) {
		const char *real, *path = pv_printf(s->cx->arena, "%s/%s", l->root, names[i]);
		if (l->files->find(s->cx, l->files, kust_path_clean(s->cx->arena, path), &real) != KUST_FILE)
			continue;
		found = names[i];
		n++;
	}
	if (n == 0)
		return pv_fail(
			s->cx, PV_ENOTFOUND,
			"unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '%s'",
			l->root);
	if (n > 1)
		return pv_fail(s->cx, PV_EINVALID, "Found multiple kustomization files under: %s\n", l->root);
	int r = kust_load(s, l, found, &text);
	*ret = (kust_target){.s = s, .loader = l, .file = found};
	return r < 0 ? r : kust_decode(s, l->root, text, &ret->k);
}

void
kust_accumulated_init(kust_accumulated *a, pv_arena *arena)
{
	pv_vec_init(&a->set, arena, sizeof(kust_res *));
	kust_config_init(&a->config, arena);
	pv_vec_init(&a->vars, arena, sizeof(kust_var));
}

/* ---- what it is made of ---- */

/* The origin of what lies at a path of this kustomization. */
static const kust_origin *
origin_at(const kust_target *t, const char *path)
{
	pv_arena *arena = t->s->cx->arena;
	kust_origin *o;
	if (t->origin == NULL)
		return NULL;
	o = pv_new(arena, kust_origin);
	*o = *t->origin;
	pv_vec parts; /* "a/../../b" stays "../b" */
	pv_str rest = pv_str_of(pv_printf(arena, "%s/%s", o->path ? o->path : "", path)), one;
	pv_vec_init(&parts, arena, sizeof(pv_str));
	while (pv_str_next(&rest, '/', &one)) {
		if (one.len == 0 || pv_str_is(one, "."))
			continue;
		if (pv_str_is(one, "..") && parts.len > 0 &&
		    !pv_str_is(*PV_AT(pv_str, &parts, parts.len - 1), ".."))
			parts.len--;
		else
			pv_vec_push(&parts, &one);
	}
	pv_buf b;
	pv_buf_init(&b, arena);
	for (size_t i = 0; i < parts.len; i++)
		pv_buf_printf(&b, "%s%.*s", i ? "/" : "", (int)PV_AT(pv_str, &parts, i)->len,
			      PV_AT(pv_str, &parts, i)->s);
	o->path = b.len ? b.s : "";
	return o;
}

/* In kustomize's words what no parser could read. */
static int
malformed(kust_state *s, const char *path)
{
	pv_error *err = pv_take_error(s->cx);
	if (err->code != PV_EBADREQUEST)
		return pv_fail(s->cx, err->code, "%s", err->message);
	return pv_fail(s->cx, PV_EBADREQUEST, "MalformedYAMLError: %s in File: %s",
		       pv_yaml_go_error(s->cx->arena, err), path);
}

static int
add_file(kust_target *t, const char *path, kust_accumulated *a)
{
	pv_str text;
	pv_vec more;
	int r = kust_load(t->s, t->loader, path, &text);
	if (r == 0) {
		r = kust_parse(t->s, path, text, &more);
		if (r < 0)
			r = malformed(t->s, path);
		else if (t->s->repeats.len > 0)
			r = pv_fail(t->s->cx, PV_EBADREQUEST,
				    "yaml: unmarshal errors: mapping key %s already defined in %s",
				    *PV_AT(const char *, &t->s->repeats, 0), path);
	}
	if (r < 0)
		return pv_wrap(t->s->cx, r, "accumulating resources from '%s'", path);
	for (size_t i = 0; t->origin && i < more.len; i++)
		KUST_RES(&more, i)->origin = origin_at(t, path);
	r = kust_append_all(t->s, &a->set, &more);
	return r < 0 ? pv_wrap(t->s->cx, r, "merging resources from '%s'", path) : 0;
}

static int
merge(kust_target *t, kust_accumulated *a, const kust_accumulated *more)
{
	int r = kust_append_all(t->s, &a->set, &more->set);
	if (r == 0)
		r = kust_config_merge(t->s, &a->config, &more->config);
	return r < 0 ? r : kust_vars_merge(t->s, a, &more->vars);
}

static int
check_kind(const kust_target *t, const kust_target *sub, bool component)
{
	const char *kind = pv_text_at(sub->k, "kind", "Kustomization");
	bool is = pv_streq(kind, "Component");
	if (component && !is)
		return pv_fail(t->s->cx, PV_EINVALID, "expected kind 'Component' for path '%s' but got '%s'",
			       sub->loader->root, kind);
	return !component && is ? pv_fail(t->s->cx, PV_EINVALID, "expected kind != 'Component' for path '%s'",
					  sub->loader->root)
				: 0;
}

static int
add_folder(kust_target *t, const kust_loader *l, const char *path, bool component, kust_accumulated *a)
{
	kust_target sub;
	kust_accumulated own;
	int r = kust_read(t->s, l, &sub);
	if (r < 0)
		return pv_wrap(t->s->cx, r, "couldn't make target for path '%s'", l->root);
	sub.origin = origin_at(t, path);
	r = kust_openapi_set(&sub, false);
	if (r == 0)
		r = check_kind(t, &sub, component);
	if (r < 0)
		return r;
	if (t->s->depth >= KUST_DEPTH)
		return pv_fail(t->s->cx, PV_ETOOLARGE, "'%s': kustomizations lie more than %d deep", l->root,
			       KUST_DEPTH);
	kust_accumulated_init(&own, t->s->cx->arena);
	t->s->depth++;
	r = kust_accumulate(&sub, component ? a : &own);
	t->s->depth--;
	if (r < 0)
		return pv_wrap(t->s->cx, r, "recursed accumulation of path '%s'", l->root);
	if (!component)
		r = merge(t, a, &own);
	return r < 0 ? pv_wrap(t->s->cx, r, "recursed merging from path '%s'", l->root) : 0;
}

/* Of another repository. */
static int
add_remote(kust_target *t, const char *path, kust_accumulated *a)
{
	kust_loader *l;
	int r = kust_loader_below(t->s, t->loader, path, &l);
	return r < 0 ? r : add_folder(t, l, path, false, a);
}

/* A path is a file's, or if that cannot be, a folder's. */
static int
add_path(kust_target *t, const char *path, kust_accumulated *a)
{
	kust_loader *l;
	if (kust_is_remote(t->s->cx->arena, path))
		return add_remote(t, path, a);
	int r = add_file(t, path, a);
	if (r == 0 || r == -PV_ETOOLARGE)
		return r;
	pv_error *as_file = pv_take_error(t->s->cx);
	r = kust_loader_below(t->s, t->loader, path, &l);
	if (r < 0 && as_file->code == PV_EBADREQUEST) {
		pv_recover(t->s->cx);
		return pv_fail(t->s->cx, PV_EINVALID, "%s", as_file->message);
	}
	if (r == 0)
		r = add_folder(t, l, path, false, a);
	return r < 0 ? pv_wrap(t->s->cx, r, "accumulation err='%s'", as_file->message) : 0;
}

static void
announce(const kust_target *t, const pv_val *paths)
{
	const kust_files *files = t->loader->files;
	pv_ctx *cx = t->s->cx;
	for (size_t i = 0; files->together && i < pv_count(paths); i++) {
		const char *path = pv_text(pv_item(paths, i), ""), *real;
		if (!kust_is_remote(cx->arena, path))
			(void)files->find(cx, files,
					  kust_path_clean(cx->arena, pv_printf(cx->arena, "%s/%s",
									       t->loader->root, path)),
					  &real);
	}
}

int
kust_resources(kust_target *t, const pv_val *paths, kust_accumulated *a)
{
	int r = 0;
	announce(t, paths);
	for (size_t i = 0; r == 0 && i < pv_count(paths); i++)
		r = add_path(t, pv_text(pv_item(paths, i), ""), a);
	return r;
}

static int
add_components(kust_target *t, kust_accumulated *a)
{
	const pv_val *paths = pv_get(t->k, "components");
	int r = 0;
	announce(t, paths);
	for (size_t i = 0; r == 0 && i < pv_count(paths); i++) {
		const char *path = pv_text(pv_item(paths, i), "");
		kust_loader *l;
		r = kust_loader_below(t->s, t->loader, path, &l);
		if (r < 0)
			return pv_wrap(t->s->cx, r, "accumulating components: loader.New");
		r = add_folder(t, l, path, true, a);
		if (r < 0)
			return pv_wrap(t->s->cx, r, "accumulating components: accumulateDirectory");
	}
	return r;
}

int
kust_accumulate(kust_target *t, kust_accumulated *a)
{
	kust_config config;
	int r = kust_resources(t, pv_get(t->k, "resources"), a);
	if (r < 0)
		return pv_wrap(t->s->cx, r, "accumulating resources");
	r = kust_config_load(t->s, t->loader, pv_get(t->k, "configurations"), &config);
	if (r == 0)
		r = kust_config_merge(t->s, &a->config, &config);
	if (r == 0)
		r = kust_config_crds(t->s, t->loader, pv_get(t->k, "crds"), &a->config);
	if (r == 0)
		r = kust_generators(t, a);
	if (r == 0)
		r = add_components(t, a);
	if (r == 0)
		r = kust_transformers(t, a);
	if (r == 0)
		r = kust_validators(t, a);
	return r < 0 ? r : kust_vars_add(t->s, a, pv_get(t->k, "vars"));
}
