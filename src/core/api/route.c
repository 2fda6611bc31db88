/* Paths: /api/v1/namespaces/NS/pods/NAME/log -> what is meant.  /api/v1/watch/... is what ?watch= was before there was
 * one: of a list, or of one object. */
#include <string.h>

#include "base/str.h"
#include "core/api/http.h"
#include "core/kinds/kinds.h"
#include "core/kinds/names.h"
#include "lang/selector/selector.h"

void
route_begin(request *q)
{
	q->t = (target){.group = "", .version = "", .plural = "", .ns = "", .name = "", .sub = ""};
	q->path = pv_http_path(q->http);
}

const char *
request_verb(request *q)
{
	static const struct {
		const char *method, *one, *many;
	} verbs[] = {
		{"GET", "get", "list"},       {"HEAD", "get", "list"},
		{"POST", "create", "create"}, {"PUT", "update", "update"},
		{"PATCH", "patch", "patch"},  {"DELETE", "delete", "deletecollection"},
	};

	if (!q->t.plural[0]) /* a path beside the resources */
		return pv_str_lower(q->cx->arena, q->method);
	if (q->verb)
		return q->verb;
	for (size_t i = 0; i < PV_LEN(verbs); i++)
		if (pv_streq(verbs[i].method, q->method))
			return q->t.watched             ? (i ? "other" : "watch")
			       : !q->t.collection       ? verbs[i].one
			       : query_flag(q, "watch") ? "watch"
							: verbs[i].many;
	return "other";
}

#define PIECES 12

/* None if a slash stands twice: whoever judges paths takes such a one for another.  What is behind proxy/ is
 * somebody else's. */
static size_t
split(pv_ctx *cx, const char *path, const char *out[PIECES])
{
	pv_str rest = pv_str_of(path + (path[0] == '/')), piece;
	bool ours = true;
	size_t n = 0;

	while (pv_str_next(&rest, '/', &piece)) {
		if (!piece.len && rest.s && ours)
			return 0;
		ours = ours && !pv_str_is(piece, "proxy");
		if (piece.len && n < PIECES)
			out[n++] = pv_percent_decode(cx->arena, pv_strndup(cx->arena, piece.s, piece.len));
	}
	return n;
}

/* "a" "b" "c" from i on -> "b/c"; "" if there is nothing. */
static const char *
joined(pv_ctx *cx, const char *const *piece, size_t i, size_t n)
{
	const char *out = i < n ? piece[i] : "";

	for (size_t j = i + 1; j < n; j++)
		out = pv_printf(cx->arena, "%s/%s", out, piece[j]);
	return out;
}

/* The path is raw: an escaped slash is part of a name. */
bool
route_parse(pv_ctx *cx, const char *path, target *ret)
{
	const char *piece[PIECES];
	target t = {.group = "", .ns = "", .name = "", .sub = ""};
	size_t n = split(cx, path, piece), i;

	if (n >= 3 && pv_streq(piece[0], "api")) {
		i = 1;
	} else if (n >= 4 && pv_streq(piece[0], "apis")) {
		t.group = piece[1];
		i = 2;
	} else {
		return false;
	}
	t.version = piece[i++];
	t.watched = pv_streq(piece[i], "watch") && n > i + 1;
	i += t.watched;
	if (pv_streq(piece[i], "namespaces") && n > i + 2 && !pv_streq(piece[i + 2], "status") &&
	    !pv_streq(piece[i + 2], "finalize") && !pv_streq(piece[i + 2], "why")) {
		t.ns = piece[i + 1];
		i += 2;
	}
	t.plural = piece[i++];
	if (i < n)
		t.name = piece[i++];
	/* What stands behind proxy/ is no name of ours. */
	t.sub = i < n && pv_streq(piece[i], "proxy") ? "proxy" : joined(cx, piece, i, n);
	t.collection = t.name[0] == '\0';
	*ret = t;
	return true;
}

static int
not_served(request *q)
{
	return pv_fail(q->cx, PV_ENOTFOUND, "the server could not find the requested resource");
}

static unsigned
method_bit(const char *method)
{
	static const struct {
		const char *method;
		unsigned bit;
	} bits[] = {{"GET", PV_V_GET},
		    {"POST", PV_V_CREATE},
		    {"PUT", PV_V_UPDATE},
		    {"PATCH", PV_V_PATCH},
		    {"DELETE", PV_V_DELETE}};

	for (size_t i = 0; i < PV_LEN(bits); i++)
		if (pv_streq(bits[i].method, method))
			return bits[i].bit;
	return 0;
}

/* The subresource that is meant, and its verbs. */
static bool
find_sub(target *t)
{
	const char *const *known = t->res->subresources;

	for (size_t i = 0; known && known[i]; i++) {
		if (!pv_streq(known[i], t->sub))
			continue;
		t->sub_verbs = pv_streq(t->sub, "proxy") ? ANY_METHOD : pv_resource_sub(t->res, i).verbs;
		return true;
	}
	return false;
}

int
route_resource(request *q)
{
	target *t = &q->t;

	t->res = pv_resource_find(q->cx, q->api->registry, t->group, t->version, t->plural);
	if (!t->res)
		return not_served(q);
	if (!t->res->namespaced && t->ns[0])
		return not_served(q);
	if (t->res->namespaced && !t->ns[0] && !t->collection)
		return not_served(q);
	if (t->watched && (t->sub[0] || !(t->res->verbs & PV_V_WATCH)))
		return not_served(q);
	if (t->sub[0] && !pv_streq(t->sub, "why") && !find_sub(t))
		return not_served(q);
	if (!t->sub[0] && !t->collection && !(t->res->verbs & ~(unsigned)PV_V_CREATE)) /* it has no names */
		return not_served(q);
	if (t->collection && t->res->namespaced && !t->ns[0] && !(t->res->verbs & PV_V_LIST))
		return not_served(q);
	return 0;
}

/* The one name that a selector has; "" for none. */
static const char *
selected_name(request *q, const char *fields)
{
	const char *name = "";
	pv_vec terms;

	if (pv_field_selector_parse(q->cx, fields, &terms) < 0) {
		(void)pv_recover(q->cx); /* whoever reads it tells what is wrong */
		return "";
	}
	for (size_t i = 0; i < terms.len && !*name; i++) {
		const pv_field_term *term = PV_AT(pv_field_term, &terms, i);

		if (term->equal && pv_streq(term->field, "metadata.name"))
			name = term->value;
	}
	return pv_name_path_segment(pv_str_of(name)) ? "" : name;
}

const char *
api_place(const char *group, const char *plural, const char *ns, const char *name)
{
	return pv_streq(plural, "namespaces") && !group[0] ? name : ns;
}

pv_attributes
route_attributes(request *q, const char *verb)
{
	const target *t = &q->t;
	pv_attributes what = {verb, t->group, t->plural, t->sub, t->ns, t->name, NULL, NULL};
	bool lists = pv_streq(verb, "list") || pv_streq(verb, "watch");

	what.ns = api_place(t->group, t->plural, t->ns, t->name);
	if (!lists && !pv_streq(verb, "deletecollection"))
		return what;
	what.fields = pv_http_query(q->http, "fieldSelector");
	if (lists && what.fields && !*what.name)
		what.name = selected_name(q, what.fields);
	return what;
}

int
may(request *q, const char *verb)
{
	pv_attributes what = route_attributes(q, verb);

	return pv_auth_check(q->cx, q->api->auth, &what);
}

/* Whoever may not do it anyhow is told that. */
int
route_forbid(request *q)
{
	int r = may(q, request_verb(q));

	return r < 0 ? r
		     : pv_fail(q->cx, PV_EMETHOD,
			       "the server does not allow this method on the requested resource");
}

bool
route_streams(const request *q)
{
	static const char *const streams[] = {"attach", "exec", "log", "portforward", "proxy"};

	for (size_t i = 0; i < PV_LEN(streams); i++)
		if (pv_streq(q->t.sub, streams[i]))
			return true;
	return false;
}

bool
route_allows(const request *q)
{
	unsigned bit = method_bit(q->method), verbs = q->t.res->verbs;

	if (q->t.watched)
		return pv_streq(q->method, "GET");
	if (pv_streq(q->t.sub, "why"))
		return bit == PV_V_GET;
	if (q->t.sub[0])
		return q->t.sub_verbs == ANY_METHOD || q->t.sub_verbs & bit;
	if (!q->t.collection)
		return bit != PV_V_CREATE && verbs & bit;
	if (q->t.res->namespaced && !q->t.ns[0] && bit != PV_V_GET) /* of all namespaces: only read */
		return false;
	switch (bit) {
	case PV_V_GET: return verbs & PV_V_LIST;
	case PV_V_DELETE: /* of one namespace, if they have any */
		return verbs & PV_V_DELETECOLLECTION && (q->t.ns[0] || !q->t.res->namespaced);
	default: return bit == PV_V_CREATE && verbs & bit && (q->t.ns[0] || !q->t.res->namespaced);
	}
}

static int
dispatch_read(request *q)
{
	if (q->t.collection || q->t.watched) {
		q->verb = q->t.watched || query_flag(q, "watch") ? "watch" : "list";
		return handle_list(q);
	}
	q->verb = "get";
	return pv_streq(q->t.sub, "scale") ? handle_scale(q) : handle_get(q);
}

/* A write that nothing will ever come of is told so, or it would seem to have worked. */
static void
warn_idle(request *q)
{
	const pv_kind *kind = q->t.res->kind_facts;

	if (kind && kind->idle && !q->t.sub[0] &&
	    (pv_streq(q->method, "POST") || pv_streq(q->method, "PUT") || pv_streq(q->method, "PATCH")))
		api_warn(q->cx, &q->warnings, "%s", kind->idle);
}

int
route_dispatch(request *q)
{
	const char *m = q->method;
	bool one = !q->t.collection;
	int r = 0;

	if (pv_streq(q->t.sub, "why"))
		return handle_why(q);
	if (q->t.res->deprecated && q->t.res->deprecation)
		api_warn(q->cx, &q->warnings, "%s", q->t.res->deprecation);
	warn_idle(q);
	if (!pv_streq(m, "GET") && !pv_streq(m, "HEAD"))
		r = weight_claim(q);
	if (r < 0)
		return r;
	if (handle_review(q, &r) || handle_subresource(q, &r))
		return r;
	if (pv_streq(m, "GET"))
		return dispatch_read(q);
	if (pv_streq(m, "POST")) {
		q->verb = "create";
		return handle_create(q);
	}
	if (pv_streq(m, "PUT")) {
		q->verb = "update";
		return pv_streq(q->t.sub, "scale") ? handle_scale(q) : handle_update(q);
	}
	if (pv_streq(m, "PATCH")) {
		q->verb = "patch";
		return pv_streq(q->t.sub, "scale") ? handle_scale(q) : handle_patch(q);
	}
	q->verb = one ? "delete" : "deletecollection";
	return one ? handle_delete(q) : handle_delete_many(q);
}
