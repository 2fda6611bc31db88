/* list: a header, the stored bytes of each object, a tail; pulled piece by piece, so
 * a list of any size costs its pointers and no copy. */
#include <stdlib.h>
#include <string.h>

#include "core/api/computed.h"
#include "core/api/table.h"
#include "lang/yaml/yaml.h"

typedef struct lister {
	pv_ctx *cx;
	const list_options *o;
} lister;

static bool
keep(const pv_rec *rec, void *arg)
{
	const lister *l = arg;

	return query_matches(l->cx, l->o, rec);
}

/* ---- the stream ---- */

typedef struct stream {
	pv_str head, tail;
	const pv_rec **recs; /* held by the request's cx, which outlives the stream */
	size_t n, next, at;  /* at: bytes of the current piece that are out */
	size_t skip;         /* the beginning of an item that is left out, its brace with it */
	enum { HEAD, ITEM, COMMA, TAIL, END } stage;
} stream;

static size_t
put(char *out, size_t cap, pv_str from, size_t *at)
{
	size_t n = from.len - *at < cap ? from.len - *at : cap;

	memcpy(out, from.s + *at, n);
	*at += n;
	return n;
}

static pv_str
piece_of(const stream *s)
{
	pv_str item;

	switch (s->stage) {
	case HEAD: return s->head;
	case COMMA: return s->skip ? PV_STR(",{") : PV_STR(",");
	case ITEM:
		item = pv_rec_json(s->recs[s->next]);
		return (pv_str){item.s + s->skip, item.len - s->skip};
	default: return s->tail;
	}
}

static ptrdiff_t
pull(void *arg, char *out, size_t cap)
{
	stream *s = arg;
	size_t n = 0;

	while (n < cap && s->stage != END) {
		pv_str piece = piece_of(s);

		n += put(out + n, cap - n, piece, &s->at);
		if (s->at < piece.len)
			break;
		s->at = 0;
		switch (s->stage) {
		case HEAD: s->stage = s->n ? ITEM : TAIL; break;
		case ITEM: s->stage = ++s->next < s->n ? COMMA : TAIL; break;
		case COMMA: s->stage = ITEM; break;
		default: s->stage = END;
		}
	}
	return n || s->stage != END ? (ptrdiff_t)n : -1;
}

static void
done(void *arg)
{
	(void)arg; /* everything lives in the request's arena */
}

/* ---- what surrounds the items ---- */

typedef struct envelope {
	const char *continue_token;
	int64_t rev, remaining; /* remaining -1: not told */
} envelope;

static pv_val
list_meta(pv_ctx *cx, const envelope *e, bool custom)
{
	pv_objb meta;

	pv_objb_init(&meta, cx->arena);
	pv_objb_put(&meta, "resourceVersion", pv_stringf(cx->arena, "%lld", (long long)e->rev));
	pv_objb_puts(&meta, "continue", e->continue_token ? e->continue_token : custom ? "" : NULL);
	if (e->remaining >= 0)
		pv_objb_put(&meta, "remainingItemCount", pv_int(e->remaining));
	return pv_objb_end(&meta);
}

static pv_val
list_object(request *q, const envelope *e, pv_val items)
{
	bool partial = form_is_partial(q->form);
	pv_objb b;

	pv_objb_init(&b, q->cx->arena);
	pv_objb_put(&b, "kind", pv_string_ref(partial ? "PartialObjectMetadataList" : q->t.res->list_kind));
	pv_objb_put(&b, "apiVersion",
		    partial ? pv_stringf(q->cx->arena, "meta.k8s.io/%s", q->form_version)
			    : pv_string_ref(q->t.res->api_version));
	pv_objb_put(&b, "metadata", list_meta(q->cx, e, q->t.res->crd && !partial));
	pv_objb_put(&b, "items", items);
	return pv_objb_end(&b);
}

/* What stored bytes begin with: {"apiVersion":"v1","kind":"Pod", */
static char *
front_of(request *q)
{
	pv_objb b;
	pv_val v;
	char *text;

	pv_objb_init(&b, q->cx->arena);
	pv_objb_puts(&b, "apiVersion", q->t.res->api_version);
	pv_objb_puts(&b, "kind", q->t.res->kind);
	v = pv_objb_end(&b);
	text = pv_json_text(q->cx->arena, &v);
	text[strlen(text) - 1] = ',';
	return text;
}

/* The items of a list of a built-in kind do not say their kind: the list does.  How much of the stored bytes that
 * leaves out; 0: nothing. */
static size_t
prefix_of(request *q, const pv_listing *all, bool *ret_all)
{
	char *front = front_of(q);
	size_t len = q->t.res->kind_facts ? strlen(front) : 0;

	*ret_all = true;
	for (size_t i = 0; *ret_all && len && i < all->len; i++)
		*ret_all = pv_starts_with(pv_rec_json(all->recs[i]).s, front);
	return len;
}

static int
answer_stream(request *q, const envelope *e, const pv_listing *all, size_t skip)
{
	stream *s = pv_new(q->cx->arena, stream);
	pv_http_source source = {pull, done, s};
	size_t size = 0;
	pv_val empty = list_object(q, e, pv_list_of(q->cx->arena, NULL, 0));
	char *head = pv_json_text(q->cx->arena, &empty);
	size_t len = strlen(head);

	if (skip && all->len)
		head[len - 2] = '{';                            /* the first item's */
	s->head = (pv_str){head, len - 2 + (skip && all->len)}; /* ...,"items":[ */
	s->skip = skip;
	s->tail = PV_STR("]}\n");
	s->recs = all->recs;
	s->n = all->len;
	for (size_t i = 0; i < all->len; i++)
		size += pv_rec_json(all->recs[i]).len;
	if (gzip_wanted(q, size))
		source = gzip_source(q, &source);
	q->status = 200;
	answer_warnings(q);
	pv_http_stream_open(q->http, 200, "application/json", &source);
	return 0;
}

static int
answer_table(request *q, const envelope *e, const pv_vec *objects)
{
	pv_table_opts opts = {
		.version = q->form_version, .next = e->continue_token, .remaining = e->remaining};
	pv_buf body;
	int r = pv_table_include_parse(q->cx, pv_http_query(q->http, "includeObject"), &opts.include);

	if (r < 0)
		return r;
	opts.resource_version = pv_printf(q->cx->arena, "%lld", (long long)e->rev);
	pv_buf_init(&body, q->cx->arena);
	pv_table_write(q->cx, q->t.res, objects->data, objects->len, &opts, &body);
	q->status = 200;
	answer_warnings(q);
	gzip_reply(q, 200, "application/json", (pv_str){body.s, body.len});
	return audit_wants_answer(q)
		       ? pv_json_parse(q->cx, (pv_str){body.s, body.len}, NULL, &q->audit.answered)
		       : 0;
}

static pv_val
untold(pv_ctx *cx, const pv_val *object)
{
	pv_val v = pv_without(cx->arena, object, "apiVersion");

	return pv_without(cx->arena, &v, "kind");
}

static int
answer_objects(request *q, const envelope *e, const pv_vec *objects)
{
	bool partial = form_is_partial(q->form);
	pv_listb items;
	pv_val whole;

	if (q->form == FORM_TABLE)
		return answer_table(q, e, objects);
	pv_listb_init(&items, q->cx->arena);
	for (size_t i = 0; i < objects->len; i++) {
		const pv_val *one = *PV_AT(const pv_val *, objects, i);

		pv_listb_add(&items, partial                ? partial_of(q->cx, q->form_version, one)
				     : q->t.res->kind_facts ? untold(q->cx, one)
							    : *one);
	}
	whole = list_object(q, e, pv_listb_end(&items));
	if (audit_wants_answer(q))
		q->audit.answered = pv_box(q->cx->arena, whole);
	return answer_made(q, 200, &whole);
}

/* ---- computed resources ---- */

/* Does it follow what an earlier page ended with? */
static bool
is_behind(const list_options *o, const pv_val *object)
{
	int d;

	if (!o->after_name)
		return true;
	d = strcmp(pv_text_at(object, "metadata.namespace", ""), o->after_ns);
	return d > 0 || (d == 0 && strcmp(pv_text_at(object, "metadata.name", ""), o->after_name) > 0);
}

/* Pages are cut out of what the first one was, as long as that is kept; then out of what is there now. */
static int
view_objects(request *q, const list_options *o, int64_t *ret_rev, const pv_val **ret)
{
	*ret_rev = o->rev;
	*ret = o->after_name ? computed_find(q->cx, q->api, q->t.res, q->t.ns, o->rev) : NULL;
	return *ret ? 0 : computed_list(q->cx, q->api, q->t.res, q->t.ns, ret_rev, ret);
}

static int
list_view(request *q, const list_options *o)
{
	envelope e = {.remaining = -1};
	const pv_val *all;
	pv_vec kept;
	int r = view_objects(q, o, &e.rev, &all);

	if (r < 0)
		return r;
	pv_vec_init(&kept, q->cx->arena, sizeof(const pv_val *));
	for (size_t i = 0; i < pv_count(all); i++) {
		const pv_val *one = pv_item(all, i);

		if (is_behind(o, one) && query_matches_val(q->cx, o, one))
			pv_vec_push(&kept, &one);
	}
	if (o->limit && kept.len > o->limit) {
		const pv_val *last = *PV_AT(const pv_val *, &kept, o->limit - 1);

		e.continue_token =
			query_continue(q->cx->arena, e.rev, pv_text_at(last, "metadata.namespace", ""),
				       pv_text_at(last, "metadata.name", ""));
		e.remaining = (int64_t)(kept.len - o->limit);
		kept.len = o->limit;
	}
	return answer_objects(q, &e, &kept);
}

/* ---- stored resources ---- */

/* A list that can no longer be continued consistently: the error carries a token that
 * continues it with what is there now. */
static int
expired(request *q, const list_options *o)
{
	pv_val status, meta;
	pv_objb b;

	(void)pv_recover(q->cx);
	(void)pv_fail(q->cx, PV_EGONE,
		      "The provided continue parameter is too old to display a consistent list result. You "
		      "can start a new "
		      "list without the continue parameter, or use the continue token in this response to "
		      "retrieve the "
		      "remainder of the results. Continuing with the provided token results in an "
		      "inconsistent list - "
		      "objects that were created, modified, or deleted between the time the first chunk was "
		      "returned and "
		      "now may show up in the list.");
	status = pv_api_status(q->cx->arena, q->cx->err);
	(void)pv_recover(q->cx);
	pv_objb_init(&b, q->cx->arena);
	pv_objb_put(&b, "continue",
		    pv_string_ref(query_continue(q->cx->arena, -1, o->after_ns, o->after_name)));
	meta = pv_objb_end(&b);
	status = pv_with(q->cx->arena, &status, "metadata", meta);
	q->form = FORM_JSON;
	return answer_val(q, 410, &status);
}

static int
list_stored(request *q, const list_options *o, pv_listing *ret)
{
	lister l = {q->cx, o};
	const char *ns = q->t.ns[0] ? q->t.ns : o->fields.ns;
	pv_list_query query = {.type = q->t.res->type,
			       .ns = q->t.res->namespaced && ns && ns[0] ? ns : NULL,
			       .after_ns = o->after_ns,
			       .after_name = o->after_name,
			       .limit = o->limit,
			       .rev = o->exact ? o->rev : 0,
			       .keep = o->selective ? keep : NULL,
			       .arg = &l};
	pv_key key = {q->t.res->type, query.ns ? query.ns : "", o->fields.name};

	if (o->fields.name && !o->exact && (query.ns || !q->t.res->namespaced) && !o->after_name) {
		const pv_rec **one = pv_new(q->cx->arena, const pv_rec *);

		*ret = (pv_listing){.recs = one, .rev = pv_store_rev(q->api->store)};
		*one = pv_store_find(q->cx, q->api->store, &key);
		ret->len = *one && keep(*one, &l);
		return 0;
	}
	return pv_store_list(q->cx, q->api->store, &query, ret);
}

static bool
all_plain(const pv_resource *res, const pv_listing *all)
{
	bool plain = api_plain(res);

	for (size_t i = 0; plain && res->since && i < all->len; i++)
		plain = api_plain_rec(res, all->recs[i]);
	return plain;
}

static envelope
envelope_of(request *q, const list_options *o, const pv_listing *all)
{
	envelope e = {.rev = all->rev, .remaining = -1};

	if (all->more) {
		const pv_key *last = pv_rec_key(all->recs[all->len - 1]);

		e.continue_token = query_continue(q->cx->arena, all->rev, last->ns, last->name);
		e.remaining = o->selective ? -1 : (int64_t)all->remaining;
	}
	return e;
}

int
handle_list(request *q)
{
	envelope e;
	pv_listing all;
	list_options o;
	pv_vec objects;
	int r = may(q, q->verb); /* first: who may not list is not told what is wrong with the question */

	if (r == 0)
		r = query_list(q, &o);
	if (r < 0)
		return r;
	if (o.watch)
		return handle_watch(q, &o);
	r = form_fits(q, true);
	if (r < 0)
		return r;
	if (q->t.res->view)
		return list_view(q, &o);
	r = list_stored(q, &o, &all);
	if (r == -PV_EGONE && o.after_name)
		return expired(q, &o);
	if (r < 0)
		return r;
	e = envelope_of(q, &o, &all);
	if (q->form == FORM_JSON && all_plain(q->t.res, &all) && !query_flag(q, "pretty") &&
	    !audit_wants_answer(q)) {
		bool plain;
		size_t skip = prefix_of(q, &all, &plain);

		if (plain)
			return answer_stream(q, &e, &all, skip);
	}
	pv_vec_init(&objects, q->cx->arena, sizeof(const pv_val *));
	for (size_t i = 0; i < all.len; i++) {
		const pv_val *one = api_stored(q->cx, q->t.res, all.recs[i]);

		pv_vec_push(&objects, &one);
	}
	r = api_convert_all(q->cx, q->api, q->t.res, &objects);
	return r < 0 ? r : answer_objects(q, &e, &objects);
}

/* ---- deletecollection ---- */

static int
delete_listed(request *q, const pv_call *like, const pv_listing *all, pv_vec *ret_objects)
{
	for (size_t i = 0; i < all->len; i++) {
		const pv_key *key = pv_rec_key(all->recs[i]);
		pv_call call = *like;
		outcome out = {0};
		const pv_val *shown;
		int r;

		call.ns = key->ns;
		call.name = key->name;
		call.permitted = true; /* deletecollection, which is no right to delete one by its name */
		r = op_delete(q->cx, q->api, &call, &out);
		if (r == -PV_ENOTFOUND) { /* somebody was faster */
			(void)pv_recover(q->cx);
			continue;
		}
		if (r == 0)
			r = api_as(q->cx, q->api, q->t.res, all->recs[i], &shown);
		if (r < 0)
			return r;
		pv_vec_push(ret_objects, &shown);
	}
	return 0;
}

/* A limit deletes a page, as it lists one. */
int
handle_delete_many(request *q)
{
	pv_call call = {0};
	pv_listing all = {0};
	list_options o = {0};
	envelope e;
	pv_vec objects;
	int r = may(q, "deletecollection");

	if (r == 0)
		r = query_list(q, &o);
	if (r == 0)
		r = body_options(q, &call);
	if (r == 0)
		r = list_stored(q, &o, &all);
	if (r == -PV_EGONE && o.after_name)
		return expired(q, &o);
	pv_vec_init(&objects, q->cx->arena, sizeof(const pv_val *));
	if (r == 0)
		r = delete_listed(q, &call, &all, &objects);
	if (r < 0)
		return r;
	warn_of_orphans(q, &call);
	e = envelope_of(q, &o, &all);
	return answer_objects(q, &e, &objects);
}
