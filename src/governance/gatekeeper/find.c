/* find: what exists, held against the constraints: for reports and for the audit. */
#include "base/str.h"
#include "governance/gatekeeper/gatekeeper.h"
#include "governance/gatekeeper/set.h"
#include "governance/review/review.h"

struct gatekeeper_audit {
	pv_api *api;
	gk_book book;
	const gk_expander *expander;
};

int
gatekeeper_audit_begin(pv_ctx *cx, pv_api *api, gatekeeper_audit **ret)
{
	gatekeeper_audit *a = pv_new(cx->arena, gatekeeper_audit);
	int r;

	a->api = api;
	r = gk_set_book(cx, api, &a->book);
	if (r == 0)
		r = gk_set_expander(cx, api, &a->expander);
	*ret = r == 0 && a->book.rules.len ? a : NULL;
	return r;
}

/* ---- what changes the outcome beside the objects ---- */

static int
stamp(pv_ctx *cx, const gatekeeper_audit *a, uint64_t *ret)
{
	const pv_vec *sync;
	uint64_t settings;
	pv_buf b;
	int r = gk_set_sync(cx, a->api, &sync, &settings);

	if (r < 0)
		return r;
	pv_buf_init(&b, cx->arena);
	pv_buf_printf(&b, "%llu\n", (unsigned long long)settings);
	for (size_t i = 0; i < a->book.rules.len; i++) {
		const gk_rule *rule = PV_AT(gk_rule, &a->book.rules, i);

		gk_stamp(&b, rule->constraint->object);
		pv_buf_printf(&b, "%s\n", rule->template ? gk_template_stamp(rule->template) : rule->error);
	}
	for (size_t i = 0; i < a->expander->mutators.all.len; i++)
		pv_buf_printf(&b, "%s\n",
			      gk_mutator_stamp(*PV_AT(gk_mutator *, &a->expander->mutators.all, i)));
	*ret = pv_hash(b.s, b.len);
	return 0;
}

static gatekeeper_audit *
part_of(pv_ctx *cx, const gatekeeper_audit *whole, bool referential)
{
	gatekeeper_audit *a = pv_new(cx->arena, gatekeeper_audit);

	*a = *whole;
	pv_vec_init(&a->book.rules, cx->arena, sizeof(gk_rule));
	for (size_t i = 0; i < whole->book.rules.len; i++) {
		const gk_rule *rule = PV_AT(gk_rule, &whole->book.rules, i);

		if ((rule->template && (gk_template_reads_inventory(rule->template) ||
					gk_template_asks(rule->template))) == referential)
			pv_vec_push(&a->book.rules, rule);
	}
	return a->book.rules.len ? a : NULL;
}

/* What no Config and no SyncSet names is not there to be read. */
static bool
is_synced(pv_ctx *cx, const gatekeeper_audit *a, const char *kind)
{
	const pv_vec *settings;
	uint64_t ignored;

	if (gk_set_sync(cx, a->api, &settings, &ignored) < 0) {
		(void)pv_recover(cx);
		return true;
	}
	for (size_t i = 0; i < settings->len; i++) {
		const pv_val *v = *PV_AT(const pv_val *, settings, i), *list = pv_at(v, "spec.gvks");

		if (!list)
			list = pv_at(v, "spec.sync.syncOnly");
		for (size_t k = 0; k < pv_count(list); k++)
			if (pv_streq(pv_text_at(pv_item(list, k), "kind", ""), kind))
				return true;
	}
	return false;
}

gatekeeper_audit *
gatekeeper_audit_readers(pv_ctx *cx, const gatekeeper_audit *whole, const char *kind)
{
	gatekeeper_audit *a;

	if (!whole || !is_synced(cx, whole, kind))
		return NULL;
	a = pv_new(cx->arena, gatekeeper_audit);
	*a = *whole;
	pv_vec_init(&a->book.rules, cx->arena, sizeof(gk_rule));
	for (size_t i = 0; i < whole->book.rules.len; i++) {
		const gk_rule *rule = PV_AT(gk_rule, &whole->book.rules, i);

		if (rule->template && gk_template_reads(rule->template, kind))
			pv_vec_push(&a->book.rules, rule);
	}
	return a->book.rules.len ? a : NULL;
}

gatekeeper_audit *
gatekeeper_audit_askers(pv_ctx *cx, const gatekeeper_audit *whole)
{
	gatekeeper_audit *a;

	if (!whole)
		return NULL;
	a = pv_new(cx->arena, gatekeeper_audit);
	*a = *whole;
	pv_vec_init(&a->book.rules, cx->arena, sizeof(gk_rule));
	for (size_t i = 0; i < whole->book.rules.len; i++) {
		const gk_rule *rule = PV_AT(gk_rule, &whole->book.rules, i);

		if (rule->template && gk_template_asks(rule->template))
			pv_vec_push(&a->book.rules, rule);
	}
	return a->book.rules.len ? a : NULL;
}

bool
gatekeeper_audit_parts(const gatekeeper_audit *a)
{
	for (size_t i = 0; i < a->book.rules.len; i++) {
		const gk_template *t = PV_AT(gk_rule, &a->book.rules, i)->template;

		if (!t || !gk_template_parts(t))
			return false;
	}
	return true;
}

gatekeeper_audit *
gatekeeper_audit_shown(pv_ctx *cx, const gatekeeper_audit *whole, const pv_val *data)
{
	gatekeeper_audit *a = pv_new(cx->arena, gatekeeper_audit);

	*a = *whole;
	a->book.data = data;
	return a;
}

gatekeeper_audit *
gatekeeper_audit_explaining(pv_ctx *cx, const gatekeeper_audit *whole)
{
	gatekeeper_audit *a = pv_new(cx->arena, gatekeeper_audit);

	*a = *whole;
	a->book.explains = true;
	return a;
}

int
gatekeeper_audit_split(pv_ctx *cx, pv_api *api, gatekeeper_audit **ret_plain,
		       gatekeeper_audit **ret_referential, uint64_t *ret_stamp)
{
	gatekeeper_audit *whole;
	int r = gatekeeper_audit_begin(cx, api, &whole);

	*ret_plain = *ret_referential = NULL;
	*ret_stamp = 0;
	if (r < 0 || !whole)
		return r;
	*ret_plain = part_of(cx, whole, false);
	*ret_referential = part_of(cx, whole, true);
	return stamp(cx, whole, ret_stamp);
}

/* ---- one object ---- */

bool
gatekeeper_audit_asks(pv_ctx *cx PV_UNUSED, const gatekeeper_audit *a, const pv_resource *res)
{
	for (size_t i = 0; i < a->expander->templates.len; i++) {
		const pv_val *apply =
			pv_at(*PV_AT(const pv_val *, &a->expander->templates, i), "spec.applyTo");

		for (size_t k = 0; k < pv_count(apply); k++)
			if (pv_list_has_text(pv_get(pv_item(apply, k), "kinds"), res->kind) &&
			    pv_list_has_text(pv_get(pv_item(apply, k), "groups"), res->group))
				return true;
	}
	for (size_t i = 0; i < a->book.rules.len; i++) {
		const gk_rule *rule = PV_AT(gk_rule, &a->book.rules, i);

		if (gk_match_speaks(rule->constraint->match, res->kind, res->group) &&
		    (!rule->template || gk_template_speaks(rule->template, res->kind)))
			return true;
	}
	return false;
}

static const pv_val *
space_of(pv_ctx *cx, const gatekeeper_audit *a, const char *ns)
{
	pv_key key = {"/Namespace", "", ns};
	const pv_rec *rec = *ns ? pv_store_find(cx, pv_api_store(a->api), &key) : NULL;

	return rec ? pv_rec_val(rec) : NULL;
}

static void
add(pv_ctx *cx, const gk_finding *f, pv_vec *ret)
{
	gatekeeper_finding *out = pv_vec_add(ret);
	const char *action = f->action;

	if (pv_streq(action, "scoped"))
		action = gk_finding_does(f, "deny") ? "deny" : gk_finding_does(f, "warn") ? "warn" : "dryrun";
	*out = (gatekeeper_finding){.kind = pv_strdup(cx->arena, f->constraint->kind),
				    .constraint = pv_strdup(cx->arena, f->constraint->name),
				    .message = pv_strdup(cx->arena, f->message),
				    .action = pv_strdup(cx->arena, action),
				    .failed = f->failed,
				    .basis = f->basis};
}

int
gatekeeper_audit_object(pv_ctx *cx, const gatekeeper_audit *a, const pv_resource *res, const pv_val *object,
			pv_vec *ret)
{
	const char *ns = pv_text_at(object, "metadata.namespace", "");
	const pv_key key = {res->type, ns, pv_text_at(object, "metadata.name", "")};
	const gk_expansion how = {.book = &a->book, .point = GK_AT_AUDIT};
	const pv_val *space = space_of(cx, a, ns);
	gk_review review;
	pv_vec findings;
	bool excluded = false;
	int r;

	if (pv_ends_with(res->group, ".gatekeeper.sh") || review_exempt(res, "", ns))
		return 0;
	r = gk_set_excludes(cx, a->api, "audit", &key, &excluded);
	if (r < 0 || excluded)
		return r;
	review = gk_review_of(cx, object, "Original", space);
	pv_vec_init(&findings, cx->arena, sizeof(gk_finding));
	gk_judge(cx, &a->book, &review, GK_AT_AUDIT, &findings);
	if (a->expander->templates.len &&
	    gk_expand_judge(cx, a->expander, &how, object, space, &findings) < 0)
		(void)pv_recover(cx); /* nothing can be made of it: a write is told why */
	gk_findings_sort(&findings);
	for (size_t i = 0; i < findings.len; i++)
		add(cx, PV_AT(gk_finding, &findings, i), ret);
	return 0;
}
