/* list: the Applications that the caller may get, by what the query wants of them.  Each is copied, or with
 * ?fields= (as the UI asks) its parts are made, as the answer is sent. */
#include "delivery/argocd/list.h"

#include <string.h>

#include "base/str.h"
#include "base/turn.h"
#include "base/vec.h"
#include "core/git/git.h"
#include "delivery/application/application.h"
#include "lang/json/json.h"
#include "lang/selector/selector.h"

/* ---- which ---- */

struct filter {
	const char *name, *ns, *repo;
	pv_selector *labels;
	pv_vec projects; /* of const char * */
};

int
list_filter(call *c, filter **ret)
{
	filter *f = pv_new(c->cx->arena, filter);
	const char *selector = call_query(c, "selector");
	static const char *const names[] = {"project", "projects"};
	f->name = call_query(c, "name");
	f->ns = call_query(c, "appNamespace");
	f->repo = call_query(c, "repo");
	pv_vec_init(&f->projects, c->cx->arena, sizeof(const char *));
	for (size_t i = 0; i < PV_LEN(names); i++) {
		const char *one;
		for (int k = 0; (one = pv_http_query_at(c->req, names[i], k)); k++)
			if (*one)
				pv_vec_push(&f->projects, &one);
	}
	*ret = f;
	return *selector ? pv_selector_parse(c->cx, selector, &f->labels) : 0;
}

static bool
is_from(pv_arena *arena, const pv_val *object, const char *repo)
{
	const pv_val *sources = pv_at(object, "spec.sources");
	for (size_t i = 0; i < pv_count(sources); i++)
		if (pv_git_same(pv_text_at(pv_item(sources, i), "repoURL", ""), repo))
			return true;
	return pv_git_same(pv_text_at(application_source(arena, object), "repoURL", ""), repo);
}

static bool
is_in(const filter *f, const pv_val *object)
{
	const char *project = application_project(object);
	for (size_t i = 0; i < f->projects.len; i++)
		if (pv_streq(*PV_AT(const char *, &f->projects, i), project))
			return true;
	return f->projects.len == 0;
}

bool
list_wants(call *c, const filter *f, const pv_rec *rec)
{
	const pv_key *key = pv_rec_key(rec);
	const pv_val *object;
	if ((*f->name && !pv_streq(f->name, key->name)) || (*f->ns && !pv_streq(f->ns, key->ns)))
		return false;
	object = pv_rec_val(rec);
	return is_in(f, object) && (!*f->repo || is_from(c->cx->arena, object, f->repo)) &&
	       (!f->labels || pv_selector_match(f->labels, pv_at(object, "metadata.labels"))) &&
	       rights_have(c->rights, "applications", "get", application_rbac(c->cx->arena, object), key->ns,
			   key->name);
}

static int
by_name(const void *a, const void *b)
{
	const pv_key *x = pv_rec_key(*(const pv_rec *const *)a), *y = pv_rec_key(*(const pv_rec *const *)b);
	int d = strcmp(x->name, y->name);
	return d ? d : strcmp(x->ns, y->ns);
}

int
list_applications(call *c, const filter *f, pv_vec *ret, int64_t *ret_rev)
{
	pv_list_query query = {.type = ARGO "/Application", .ns = *f->ns ? f->ns : NULL};
	pv_listing all;
	int r = pv_store_list(c->cx, pv_api_store(c->api), &query, &all);
	pv_vec_init(ret, c->cx->arena, sizeof(const pv_rec *));
	for (size_t i = 0; r == 0 && i < all.len; i++) {
		if (list_wants(c, f, all.recs[i]))
			pv_vec_push(ret, &all.recs[i]);
		r = pv_ctx_check(c->cx);
	}
	if (r < 0)
		return r;
	pv_vec_sort(ret, by_name);
	*ret_rev = all.rev;
	return 0;
}

/* ---- parts of each ---- */

#define FIELDS_MOST 200

struct fields { /* what is asked for, or left out, as a tree: read once, walked without memory of its own */
	pv_str name;
	fields *next, *below;
	bool whole;   /* all that is below, too */
	bool exclude; /* of the first */
};

static fields *
field_named(const fields *of, pv_str name)
{
	fields *f = of->below;
	while (f && !pv_str_eq(f->name, name))
		f = f->next;
	return f;
}

static void
add_field(pv_arena *arena, fields *at, pv_str path)
{
	pv_str name;
	while (pv_str_next(&path, '.', &name)) {
		fields *f = field_named(at, name);
		if (!f) {
			f = pv_new(arena, fields);
			*f = (fields){.name = name, .next = at->below};
			at->below = f;
		}
		at = f;
	}
	at->whole = true;
}

/* As deep as a path of the query is long. */
static pv_val
parts_of(pv_arena *arena, const pv_val *v, const fields *of, bool exclude)
{
	pv_listb list;
	pv_objb b;
	if (pv_is(v, PV_LIST)) {
		pv_listb_init(&list, arena);
		for (size_t i = 0; i < pv_count(v); i++)
			pv_listb_add(&list, parts_of(arena, pv_item(v, i), of, exclude));
		return pv_listb_end(&list);
	}
	if (!pv_is(v, PV_OBJECT))
		return *v;
	pv_objb_init(&b, arena);
	for (size_t i = 0; i < pv_member_count(v); i++) {
		const pv_member *m = &v->members[i];
		const fields *f = field_named(of, pv_strv(&m->key));
		if (f && !f->whole)
			pv_objb_add(&b, m->key, parts_of(arena, &m->val, f, exclude));
		else if (exclude == !f)
			pv_objb_add(&b, m->key, m->val);
	}
	return pv_objb_end(&b);
}

int
list_fields(call *c, const char *front, fields **ret)
{
	const char *text = call_query(c, "fields");
	pv_str rest, one;
	fields *f = pv_new(c->cx->arena, fields);
	size_t len = strlen(front), n = 0;
	*ret = NULL;
	if (!*text)
		return 0;
	f->exclude = *text == '-';
	rest = pv_str_of(text + f->exclude);
	while (pv_str_next(&rest, ',', &one)) {
		if (n++ == FIELDS_MOST || one.len > 500)
			return pv_fail(c->cx, PV_EBADREQUEST,
				       "fields: expected at most %d paths of 500 characters", FIELDS_MOST);
		if (one.len > len && strncmp(one.s, front, len) == 0)
			add_field(c->cx->arena, f, (pv_str){one.s + len, one.len - len});
	}
	*ret = f;
	return 0;
}

pv_val
list_parts(pv_arena *arena, const fields *f, const pv_val *object)
{
	return parts_of(arena, object, f, f->exclude);
}

/* ---- the answer ---- */

typedef struct pieces {
	pv_str head;
	const pv_rec *const *recs; /* held by the request's cx, which outlives the stream */
	const fields *fields;      /* NULL: all of each */
	size_t n, piece, at;       /* piece: 0 the head, then an item and what stands behind it, in turn */
	pv_ctx cx;                 /* of the parts of one */
	size_t made;               /* the piece that `parts` is */
	pv_str parts;
} pieces;

static pv_str
item_of(pieces *s)
{
	const pv_rec *rec = s->recs[s->piece / 2];
	pv_val v;
	if (!s->fields)
		return pv_rec_json(rec);
	if (s->made != s->piece) {
		pv_ctx_reset(&s->cx);
		v = list_parts(s->cx.arena, s->fields, pv_rec_val(rec));
		s->parts = pv_str_of(pv_json_text(s->cx.arena, &v));
		s->made = s->piece;
	}
	return s->parts;
}

static pv_str
piece_of(pieces *s)
{
	size_t last = 2 * s->n + 1;
	if (s->piece == 0)
		return s->head;
	if (s->piece == last || (s->n && s->piece == last - 1))
		return s->piece == last ? (pv_str){NULL, 0} : PV_STR("]}\n");
	return s->piece % 2 ? item_of(s) : PV_STR(",");
}

static ptrdiff_t
pull(void *arg, char *out, size_t cap)
{
	pieces *s = arg;
	size_t n = 0;
	while (n < cap) {
		pv_str p = piece_of(s);
		size_t more = p.len - s->at < cap - n ? p.len - s->at : cap - n;
		if (!p.s)
			break;
		memcpy(out + n, p.s + s->at, more);
		n += more;
		s->at += more;
		if (s->at < p.len)
			break;
		s->at = 0;
		s->piece++;
	}
	return n ? (ptrdiff_t)n : -1;
}

static void
done(void *arg)
{
	pieces *s = arg;
	pv_ctx_done(&s->cx);
}

static pv_val
envelope(call *c, int64_t rev, pv_val items)
{
	pv_val meta = pv_with(c->cx->arena, NULL, "resourceVersion",
			      pv_stringf(c->cx->arena, "%lld", (long long)rev));
	pv_val v = pv_with(c->cx->arena, NULL, "metadata", meta);
	return pv_with(c->cx->arena, &v, "items", items);
}

int
list_answer(call *c)
{
	pieces *s = pv_new(c->cx->arena, pieces);
	pv_http_source source = {pull, done, s};
	filter *f;
	fields *parts;
	pv_vec found;
	pv_val empty;
	int64_t rev;
	int r = list_fields(c, "items.", &parts);
	if (r == 0)
		r = list_filter(c, &f);
	if (r == 0)
		r = list_applications(c, f, &found, &rev);
	if (r < 0)
		return r;
	empty = envelope(c, rev, pv_list_of(c->cx->arena, NULL, 0));
	if (!found.len)
		return call_answer(c, empty);
	*s = (pieces){.recs = found.data, .fields = parts, .n = found.len};
	s->head = pv_str_of(pv_json_text(c->cx->arena, &empty));
	s->head.len -= 2; /* what closes it comes behind the items */
	pv_ctx_init_small(&s->cx, "argocd-list");
	pv_http_set(c->req, "Cache-Control", "no-cache, private");
	pv_http_stream_open(c->req, 200, "application/json", &source);
	return 0;
}
