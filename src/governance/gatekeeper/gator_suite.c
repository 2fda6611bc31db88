/* gator_suite: the tests of a suite file (pkg/gator/verify).  Each case is judged as it would be at
 * admission. */
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "governance/gatekeeper/gator.h"
#include "governance/gatekeeper/kinds.h"

typedef struct runner { /* of one test */
	pv_ctx *cx;
	const gk_engines *engines;
	const char *folder; /* of the suite, with a slash */
	gk_template *template;
	gk_constraint constraint;
	gk_expander *expander; /* NULL: nothing is expanded */
} runner;

/* ---- which are run ---- */

int
gator_filter_new(pv_ctx *cx, const char *text, gator_filter *ret)
{
	const char *cut = strstr(text, "//");
	pv_str first = {text, cut ? (size_t)(cut - text) : strlen(text)};
	int r;

	*ret = (gator_filter){.both = cut != NULL};
	if (!*text)
		return 0;
	if (cut && strstr(cut + 2, "//"))
		return pv_fail(cx, PV_EINVALID,
			       "invalid test filter: a filter may include at most one \"//\"");
	r = pv_re_cached(cx, first, NULL, &ret->test);
	ret->item = ret->test;
	if (r == 0 && cut)
		r = pv_re_cached(cx, pv_str_of(cut + 2), NULL, &ret->item);
	return r < 0 ? pv_wrap(cx, r, "invalid test filter") : 0;
}

static bool
runs_case(const gator_filter *f, const char *test, const char *name)
{
	bool t, c;

	if (!f->test)
		return true;
	t = pv_re_match(f->test, pv_str_of(test));
	c = pv_re_match(f->item, pv_str_of(name));
	return f->both ? t && c : t || c;
}

static bool
runs_test(const gator_filter *f, const pv_val *test)
{
	const char *name = pv_text_at(test, "name", "");
	const pv_val *cases = pv_get(test, "cases");

	if (!f->test || pv_re_match(f->test, pv_str_of(name)))
		return true;
	for (size_t i = 0; !f->both && i < pv_count(cases); i++)
		if (runs_case(f, name, pv_text_at(pv_item(cases, i), "name", "")))
			return true;
	return false;
}

/* ---- what a test names ---- */

static int
first_object(const runner *r, const char *file, const char *what, const pv_val **ret)
{
	pv_vec objects;
	int e;

	pv_vec_init(&objects, r->cx->arena, sizeof(const pv_val *));
	e = gator_objects(r->cx, pv_printf(r->cx->arena, "%s%s", r->folder, file), what, &objects);
	if (e == 0 && !objects.len)
		e = pv_fail(r->cx, PV_EINVALID, "missing objects: path \"%s%s\" defines no YAML objects",
			    r->folder, file);
	if (e == 0)
		*ret = *PV_AT(const pv_val *, &objects, 0);
	return e;
}

static int
load_template(runner *r, const pv_val *test)
{
	const char *file = pv_text_at(test, "template", "");
	const pv_val *object;
	int e;

	if (!*file)
		return pv_fail(r->cx, PV_EINVALID, "invalid Suite: missing template");
	e = first_object(r, file, "ConstraintTemplate", &object);
	if (e == 0 && !gator_is(object, GK_TEMPLATES, "ConstraintTemplate"))
		e = pv_fail(r->cx, PV_EINVALID, "path \"%s%s\": not a ConstraintTemplate", r->folder, file);
	if (e < 0)
		return e;
	e = gk_check_types(r->cx, object);
	if (e == 0)
		e = gk_template_compile(r->cx, object, r->engines, &r->template);
	return e < 0 ? pv_wrap(r->cx, e, "adding template") : 0;
}

static int
load_constraint(runner *r, const pv_val *test, bool *ret_schema)
{
	const char *file = pv_text_at(test, "constraint", "");
	const pv_val *object;
	int e;

	if (!*file)
		return pv_fail(r->cx, PV_EINVALID, "invalid Suite: missing constraint");
	e = first_object(r, file, "Constraint", &object);
	if (e == 0 && !gator_is(object, GK_CONSTRAINTS, NULL))
		e = pv_fail(r->cx, PV_EINVALID, "not a Constraint");
	if (e == 0)
		e = gk_constraint_check(r->cx, r->template, object, ret_schema);
	if (e == 0)
		e = gk_constraint_read(r->cx, r->cx->arena, gk_constraint_default(r->cx, r->template, object),
				       &r->constraint);
	return e;
}

static int
load_expansion(runner *r, const pv_val *test)
{
	const char *file = pv_text_at(test, "expansion", "");
	pv_vec objects;
	int e;

	if (!*file)
		return 0;
	pv_vec_init(&objects, r->cx->arena, sizeof(const pv_val *));
	e = gator_objects(r->cx, pv_printf(r->cx->arena, "%s%s", r->folder, file), "ExpansionTemplate",
			  &objects);
	for (size_t i = 0; e == 0 && i < objects.len; i++)
		if (!gator_is(*PV_AT(const pv_val *, &objects, i), "expansion.gatekeeper.sh",
			      "ExpansionTemplate"))
			e = pv_fail(r->cx, PV_EINVALID, "not an Expansion Template: \"%s%s\"", r->folder,
				    file);
	if (e == 0 && !objects.len)
		e = pv_fail(r->cx, PV_EINVALID, "not an Expansion Template: \"%s%s\"", r->folder, file);
	return e < 0 ? e : gk_expander_new(r->cx, r->cx->arena, &objects, &r->expander);
}

/* ---- assertions ---- */

static const char *
messages_of(pv_ctx *cx, const pv_vec *findings)
{
	pv_buf b;

	pv_buf_init(&b, cx->arena);
	pv_buf_addc(&b, '[');
	for (size_t i = 0; i < findings->len; i++)
		pv_buf_printf(&b, "%s%s", i ? " " : "", PV_AT(gk_finding, findings, i)->message);
	pv_buf_addc(&b, ']');
	return b.s;
}

static int
count_matching(pv_ctx *cx, const pv_val *pattern, const pv_vec *findings, int64_t *ret)
{
	const pv_re *re = NULL;

	*ret = 0;
	if (pattern && pv_re_cached(cx, pv_strv(pattern), NULL, &re) < 0)
		return pv_wrap(cx, -PV_EINVALID, "message contains invalid regular expression");
	for (size_t i = 0; i < findings->len; i++)
		*ret += !re || pv_re_match(re, pv_str_of(PV_AT(gk_finding, findings, i)->message));
	return 0;
}

static int
unexpected(pv_ctx *cx, const pv_val *pattern, int64_t got, const char *want, const pv_vec *findings)
{
	pv_buf b;

	pv_buf_init(&b, cx->arena);
	pv_buf_printf(&b, "unexpected number of violations: got %lld violations", (long long)got);
	if (pattern) {
		pv_buf_adds(&b, " containing ");
		pv_buf_add_json(&b, pv_strv(pattern).s, pv_strv(pattern).len);
	}
	pv_buf_printf(&b, " but want %s: got messages %s", want, messages_of(cx, findings));
	return pv_fail(cx, PV_EINVALID, "%s", b.s);
}

static int
check_assertion(pv_ctx *cx, const pv_val *assertion, const pv_vec *findings)
{
	const pv_val *violations = pv_get(assertion, "violations"), *pattern = pv_get(assertion, "message");
	const char *word = pv_text(violations, violations ? "" : "yes");
	int64_t got, want = pv_i64(violations, -1);
	int r = count_matching(cx, pattern, findings, &got);

	if (r < 0)
		return r;
	if (pv_streq(word, "yes"))
		return got ? 0 : unexpected(cx, pattern, got, "at least 1", findings);
	if (pv_streq(word, "no"))
		return got ? unexpected(cx, pattern, got, "none", findings) : 0;
	if (!pv_is(violations, PV_NUMBER) || want < 0)
		return pv_fail(
			cx, PV_EINVALID,
			"invalid yaml: assertion.violation, if set, must be a nonnegative integer, \"yes\", "
			"or \"no\": got messages %s",
			messages_of(cx, findings));
	return got == want ? 0
			   : unexpected(cx, pattern, got,
					pv_printf(cx->arena, "exactly %lld", (long long)want), findings);
}

/* ---- one case ---- */

static int
load_inventory(const runner *r, const pv_val *item, const pv_val **ret)
{
	const pv_val *files = pv_get(item, "inventory");
	pv_vec objects;
	int e = 0;

	pv_vec_init(&objects, r->cx->arena, sizeof(const pv_val *));
	for (size_t i = 0; e == 0 && i < pv_count(files); i++)
		e = gator_objects(r->cx,
				  pv_printf(r->cx->arena, "%s%s", r->folder, pv_text(pv_item(files, i), "")),
				  "inventory", &objects);
	for (size_t i = 0; e == 0 && i < objects.len; i++) {
		const pv_val *o = *PV_AT(const pv_val *, &objects, i);

		if (!*pv_text_at(o, "apiVersion", "") || !*pv_text_at(o, "kind", ""))
			e = pv_fail(
				r->cx, PV_EINVALID,
				"unable to add object to data.inventory: resource %s has no version or no kind",
				pv_text_at(o, "metadata.name", ""));
	}
	*ret = gk_inventory(r->cx, r->cx->arena, &objects);
	return e;
}

static int
load_object(const runner *r, const pv_val *item, const pv_val **ret)
{
	const char *path = pv_printf(r->cx->arena, "%s%s", r->folder, pv_text_at(item, "object", ""));
	pv_vec objects;
	int e;

	pv_vec_init(&objects, r->cx->arena, sizeof(const pv_val *));
	e = gator_objects(r->cx, path, "object", &objects);
	if (e == 0 && !objects.len)
		e = pv_fail(r->cx, PV_EINVALID, "missing objects: path \"%s\" defines no YAML objects", path);
	if (e == 0 && objects.len > 1)
		e = pv_fail(r->cx, PV_EINVALID,
			    "object file must contain exactly one object: \"%s\" defines %zu objects", path,
			    objects.len);
	if (e == 0)
		*ret = *PV_AT(const pv_val *, &objects, 0);
	return e;
}

static int
judge_object(const runner *r, const gk_book *book, const pv_val *object, pv_vec *findings)
{
	gk_review review;
	int e = 0;

	if (gator_is(object, "admission.k8s.io", "AdmissionReview")) {
		e = gk_review_request(r->cx, object, &review);
		if (e == 0)
			gk_judge(r->cx, book, &review, GK_AT_TOOLS, findings);
		return e;
	}
	review = gk_review_of(r->cx, object, "Original", NULL);
	gk_judge(r->cx, book, &review, GK_AT_TOOLS, findings);
	if (r->expander) {
		const gk_expansion how = {.book = book, .point = GK_AT_TOOLS};

		e = gk_expand_judge(r->cx, r->expander, &how, object, NULL, findings);
	}
	return e;
}

static int
check_case(runner *r, const pv_val *item, pv_buf *printed)
{
	const pv_val *assertions = pv_get(item, "assertions"), *object = NULL;
	gk_book book = {.print = gator_printed, .print_arg = printed};
	gk_rule rule = {.template = r->template, .constraint = &r->constraint};
	pv_vec findings;
	int e = 0;

	if (!*pv_text_at(item, "object", ""))
		return pv_fail(r->cx, PV_EINVALID, "invalid Case: must define object");
	if (!pv_count(assertions))
		return pv_fail(r->cx, PV_EINVALID, "invalid Case: assertions must be non-empty");
	pv_vec_init(&book.rules, r->cx->arena, sizeof(gk_rule));
	pv_vec_push(&book.rules, &rule);
	pv_vec_init(&findings, r->cx->arena, sizeof(gk_finding));
	e = load_object(r, item, &object);
	if (e == 0)
		e = load_inventory(r, item, &book.data);
	if (e == 0)
		e = judge_object(r, &book, object, &findings);
	gk_findings_sort(&findings);
	for (size_t i = 0; e == 0 && i < pv_count(assertions); i++)
		e = check_assertion(r->cx, pv_item(assertions, i), &findings);
	return e;
}

static void
run_case(runner *r, const pv_val *item, gator_case *ret)
{
	int64_t from = pv_mono();
	pv_buf printed;

	pv_buf_init(&printed, r->cx->arena);
	pv_buf_adds(&printed, "");
	if (check_case(r, item, &printed) < 0) {
		ret->failed = true;
		ret->error = pv_strdup(r->cx->arena, pv_error_text(r->cx));
		(void)pv_recover(r->cx);
	}
	ret->printed = printed.s;
	ret->ns = pv_mono() - from;
}

/* ---- one test ---- */

static int
run_cases(runner *r, const pv_val *test, const gator_filter *filter, gator_result *ret)
{
	const pv_val *cases = pv_get(test, "cases");
	int e = load_expansion(r, test);

	for (size_t i = 0; e == 0 && i < pv_count(cases); i++) {
		const pv_val *item = pv_item(cases, i);
		gator_case *c = pv_vec_add(&ret->cases);

		c->name = pv_text_at(item, "name", "");
		c->skipped = pv_truth_at(item, "skip", false) || !runs_case(filter, ret->name, c->name);
		if (!c->skipped)
			run_case(r, item, c);
	}
	return e;
}

/* A constraint that is meant to be invalid must be so by its schema. */
static int
expect_invalid(runner *r, int e, bool schema)
{
	const char *found;

	if (e < 0 && schema) {
		(void)pv_recover(r->cx);
		return 0;
	}
	found = e < 0 ? pv_strdup(r->cx->arena, pv_error_text(r->cx)) : "%!w(<nil>)";
	if (e < 0)
		(void)pv_recover(r->cx);
	return pv_fail(
		r->cx, PV_EINVALID,
		"constraint should have failed schema validation: got error %s but want schema validation "
		"failed",
		found);
}

static void
run_test(runner *r, const pv_val *test, const gator_filter *filter, gator_result *ret)
{
	int64_t from = pv_mono();
	bool schema = false;
	int e = load_template(r, test);

	if (e == 0)
		e = load_constraint(r, test, &schema);
	if (pv_truth_at(test, "invalid", false))
		e = expect_invalid(r, e, schema);
	else if (e == 0)
		e = run_cases(r, test, filter, ret);
	if (e < 0) {
		ret->error = pv_strdup(r->cx->arena, pv_error_text(r->cx));
		(void)pv_recover(r->cx);
	}
	r->template = gk_template_unref(r->template);
	ret->ns = pv_mono() - from;
}

static const char *
folder_of(pv_ctx *cx, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? pv_strndup(cx->arena, path, (size_t)(slash + 1 - path)) : "";
}

void
gator_run_suite(pv_ctx *cx, const pv_val *suite, const gator_filter *filter, const gk_engines *engines,
		gator_suite *ret)
{
	const pv_val *tests = pv_get(suite, "tests");
	int64_t from = pv_mono();

	pv_vec_init(&ret->tests, cx->arena, sizeof(gator_result));
	ret->skipped = pv_truth_at(suite, "skip", false);
	for (size_t i = 0; !ret->skipped && i < pv_count(tests); i++) {
		runner r = {.cx = cx, .engines = engines, .folder = folder_of(cx, ret->path)};
		const pv_val *test = pv_item(tests, i);
		gator_result *t = pv_vec_add(&ret->tests);

		t->name = pv_text_at(test, "name", "");
		pv_vec_init(&t->cases, cx->arena, sizeof(gator_case));
		t->skipped = pv_truth_at(test, "skip", false) || !runs_test(filter, test);
		if (!t->skipped)
			run_test(&r, test, filter, t);
	}
	ret->ns = pv_mono() - from;
}
