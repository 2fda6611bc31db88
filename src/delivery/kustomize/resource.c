/* resource: one object on its way through the build, its identity and what it was called before. */
#include <string.h>

#include "core/embed.h"
#include "delivery/kustomize/impl.h"
#include "lang/yaml/yaml.h"

#define CLUSTER "_non_namespaceable_"

/* ---- identity ---- */

/* cluster.tsv has a line for each kind: the kind, a tab, its apiVersions with spaces between them. */
bool
kust_is_cluster(const char *group, const char *version, const char *kind)
{
	const pv_embed *table = pv_embed_find("delivery/kustomize/cluster.tsv");
	pv_str rest = {(const char *)table->bytes, table->len}, line, cell;
	while (pv_str_next(&rest, '\n', &line)) {
		if (!pv_str_next(&line, '\t', &cell) || !pv_str_is(cell, kind))
			continue;
		while (pv_str_next(&line, ' ', &cell)) {
			pv_str own = cell, first = {"", 0};
			bool grouped = memchr(cell.s, '/', cell.len) != NULL;
			if (grouped)
				(void)pv_str_next(&own, '/', &first);
			if (pv_str_is(first, group) && pv_str_is(own, version))
				return true;
		}
	}
	return false;
}

static const char *
text_of(pv_arena *arena, const pv_val *v)
{
	return pv_is(v, PV_OBJECT) || pv_is(v, PV_LIST) ? "" : pv_scalar_text(arena, v);
}

kust_id
kust_id_of(pv_arena *arena, const pv_val *v)
{
	const char *api = text_of(arena, pv_get(v, "apiVersion")), *slash = strchr(api, '/');
	const pv_val *meta = pv_get(v, "metadata");
	kust_id id = {.group = slash ? pv_strndup(arena, api, (size_t)(slash - api)) : "",
		      .version = slash ? slash + 1 : api,
		      .kind = text_of(arena, pv_get(v, "kind")),
		      .name = text_of(arena, pv_get(meta, "name")),
		      .ns = text_of(arena, pv_get(meta, "namespace"))};
	id.cluster = kust_is_cluster(id.group, id.version, id.kind);
	return id;
}

const char *
kust_ns(const kust_id *id)
{
	return id->cluster ? CLUSTER : *id->ns ? id->ns : "default";
}

bool
kust_same_ns(const kust_id *a, const kust_id *b)
{
	return pv_streq(kust_ns(a), kust_ns(b));
}

static bool
same_kind(const kust_id *a, const kust_id *b)
{
	return pv_streq(a->kind, b->kind) && pv_streq(a->group, b->group) && pv_streq(a->version, b->version);
}

bool
kust_id_equal(const kust_id *a, const kust_id *b)
{
	return pv_streq(a->name, b->name) && same_kind(a, b) && kust_same_ns(a, b);
}

bool
kust_selected(const kust_id *id, const char *group, const char *version, const char *kind)
{
	return (!*group || pv_streq(group, id->group)) && (!*version || pv_streq(version, id->version)) &&
	       (!*kind || pv_streq(kind, id->kind));
}

static const char * or (const char *text, const char *none)
{
	return *text ? text : none;
}

const char *
kust_kind_text(pv_arena *arena, const char *group, const char *version, const char *kind)
{
	return pv_printf(arena, "%s.%s.%s", or (kind, "[noKind]"), or (version, "[noVer]"),
			 or (group, "[noGrp]"));
}

const char *
kust_id_text(pv_arena *arena, const kust_id *id)
{
	return pv_printf(arena, "%s/%s.%s", kust_kind_text(arena, id->group, id->version, id->kind),
			 or (id->name, "[noName]"), or (id->ns, "[noNs]"));
}

/* ---- the object ---- */

kust_res *
kust_res_new(kust_state *s, const pv_val *v)
{
	kust_res *r = pv_new(s->cx->arena, kust_res);
	pv_vec *texts[] = {&r->prefixes, &r->suffixes, &r->vars};
	for (size_t i = 0; i < PV_LEN(texts); i++)
		pv_vec_init(texts[i], s->cx->arena, sizeof(const char *));
	pv_vec_init(&r->past, s->cx->arena, sizeof(kust_past));
	pv_vec_init(&r->transformations, s->cx->arena, sizeof(const kust_origin *));
	kust_res_set(r, s->cx->arena, v);
	return r;
}

void
kust_res_set(kust_res *r, pv_arena *arena, const pv_val *v)
{
	r->v = v;
	if (v)
		r->id = kust_id_of(arena, v);
}

void
kust_res_remember(kust_res *r)
{
	pv_vec_push(&r->past, &(kust_past){.ns = kust_ns(&r->id), .name = r->id.name, .kind = r->id.kind});
}

void
kust_res_rename(kust_res *r, pv_arena *arena, const char *name)
{
	kust_res_set(r, arena,
		     pv_box(arena, pv_with_at(arena, r->v, "metadata.name", pv_string(arena, name))));
}

size_t
kust_ids(const kust_res *r)
{
	return r->past.len + 1;
}

kust_id
kust_id_at(const kust_res *r, size_t i)
{
	kust_id id = r->id;
	if (i >= r->past.len)
		return id;
	const kust_past *p = PV_AT(kust_past, &r->past, i);
	id.name = p->name;
	id.kind = p->kind;
	id.ns = p->ns;
	id.cluster = kust_is_cluster(id.group, id.version, id.kind);
	return id;
}

/* ---- where it comes from ---- */

/* One field, lines behind the first with `margin`. */
static void
put_field(pv_buf *b, const char *name, pv_val v, const char *margin)
{
	pv_val one = pv_with(b->arena, &(pv_val){.type = PV_OBJECT}, name, v);
	pv_str rest, line;
	pv_buf text;
	pv_buf_init(&text, b->arena);
	pv_yaml_write(&text, &one);
	for (rest = (pv_str){text.s, text.len - 1}; pv_str_next(&rest, '\n', &line);)
		pv_buf_printf(b, "%s%.*s\n", b->len ? margin : "", (int)line.len, line.s);
}

static void
put_origin(pv_buf *all, const kust_origin *o, const char *margin)
{
	const char *const texts[][2] = {{"path", o->path}, {"configuredIn", o->configured_in}};
	const char *const by[][2] = {{"apiVersion", o->by_version},
				     {"kind", o->by_kind},
				     {"name", o->by_name},
				     {"namespace", o->by_ns}};
	pv_objb who;
	pv_buf b;
	pv_buf_init(&b, all->arena);
	pv_objb_init(&who, all->arena);
	for (size_t i = 0; i < PV_LEN(by); i++)
		if (by[i][1] && *by[i][1])
			pv_objb_puts(&who, by[i][0], by[i][1]);
	for (size_t i = 0; i < PV_LEN(texts); i++)
		if (texts[i][1] && *texts[i][1])
			put_field(&b, texts[i][0], pv_string_ref(texts[i][1]), margin);
	if (who.len > 0)
		put_field(&b, "configuredBy", pv_objb_end(&who), margin);
	pv_buf_printf(all, "%s%s", *margin ? "- " : "", b.len ? b.s : "{}\n");
}

void
kust_origin_put(kust_res *r, pv_arena *arena, bool origins, bool transformations)
{
	pv_objb b;
	const pv_val *have = pv_at(r->v, "metadata.annotations");
	pv_val meta;
	pv_buf text;
	pv_buf_init(&text, arena);
	if (pv_is(have, PV_OBJECT))
		pv_objb_from(&b, arena, have);
	else
		pv_objb_init(&b, arena);
	if (origins && r->origin) {
		put_origin(&text, r->origin, "");
		pv_objb_put(&b, "config.kubernetes.io/origin", pv_stringn(arena, text.s, text.len));
	}
	pv_buf_clear(&text);
	for (size_t i = 0; transformations && i < r->transformations.len; i++)
		put_origin(&text, *PV_AT(const kust_origin *, &r->transformations, i), "  ");
	if (text.len > 0)
		pv_objb_put(&b, "alpha.config.kubernetes.io/transformations",
			    pv_stringn(arena, text.s, text.len));
	if (b.len == 0)
		return;
	meta = pv_with(arena, pv_get(r->v, "metadata"), "annotations", pv_objb_end(&b));
	kust_res_set(r, arena, pv_box(arena, pv_with(arena, r->v, "metadata", meta)));
}
