/* render: what each template of a chart and its subcharts gives. */
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "delivery/helm/impl.h"

typedef struct source { /* one template and what it sees */
	const char *path;
	pv_str text;
	pv_tmap *dot;
	const char *base;
	unsigned depth; /* slashes in the path */
} source;

struct collect {
	pv_ctx *cx;
	pv_tv release, capabilities;
	pv_vec sources;
};

static bool
is_library(const helm_chart *chart)
{
	return pv_streq(pv_text_at(chart->meta, "type", ""), "library");
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static void
add_templates(struct collect *c, const helm_chart *chart, pv_tmap *dot)
{
	const char *path = helm_chart_path(c->cx->arena, chart);
	for (size_t i = 0; i < chart->templates.len; i++) {
		const helm_file *f = PV_AT(helm_file, &chart->templates, i);
		if (is_library(chart) && *base_name(f->name) != '_')
			continue;
		source *s = pv_vec_add(&c->sources);
		s->path = pv_printf(c->cx->arena, "%s/%s", path, f->name);
		s->base = pv_printf(c->cx->arena, "%s/templates", path);
		s->text = f->data;
		s->dot = dot;
		for (const char *p = s->path; *p; p++)
			s->depth += *p == '/';
	}
}

/* What the chart's templates see; the values of a subchart are a table of its parent's. */
static pv_tmap *
collect(struct collect *c, const helm_chart *chart, pv_tmap *values)
{
	pv_arena *arena = c->cx->arena;
	pv_tmap *dot = pv_tmap_new(arena), *subcharts = pv_tmap_new(arena);
	pv_tv own = pv_tv_map(values);
	own.type = PV_TY_VALUES;
	pv_tmap_puts(dot, "Chart", helm_chart_value(arena, chart));
	pv_tmap_puts(dot, "Files", helm_files_value(arena, &chart->files));
	pv_tmap_puts(dot, "Release", c->release);
	pv_tmap_puts(dot, "Capabilities", c->capabilities);
	pv_tmap_puts(dot, "Values", own);
	pv_tmap_puts(dot, "Subcharts", pv_tv_map(subcharts));
	for (size_t i = 0; i < chart->charts.len; i++) {
		const helm_chart *sub = *PV_AT(helm_chart *, &chart->charts, i);
		const pv_tv *table = pv_tmap_find(values, pv_str_of(sub->name));
		pv_tmap_puts(
			subcharts, sub->name,
			pv_tv_map(collect(
				c, sub, table && table->kind == PV_T_MAP ? table->map : pv_tmap_new(arena))));
	}
	add_templates(c, chart, dot);
	return dot;
}

/* The deepest first, so that a chart's definitions win over its subcharts'. */
static int
by_depth(const void *a, const void *b)
{
	const source *x = a, *y = b;
	return x->depth != y->depth ? (x->depth < y->depth ? 1 : -1) : strcmp(y->path, x->path);
}

static int
by_path(const void *a, const void *b)
{
	return strcmp(((const helm_text *)a)->path, ((const helm_text *)b)->path);
}

static pv_tv
release_value(pv_arena *arena, const helm_release *release)
{
	pv_tmap *m = pv_tmap_new(arena);
	pv_tmap_puts(m, "Name", pv_tv_text(release->name));
	pv_tmap_puts(m, "Namespace", pv_tv_text(release->namespace));
	pv_tmap_puts(m, "IsUpgrade", pv_tv_bool(release->upgrade));
	pv_tmap_puts(m, "IsInstall", pv_tv_bool(!release->upgrade));
	pv_tmap_puts(m, "Revision", pv_tv_int(1));
	pv_tmap_puts(m, "Service", pv_tv_text("Helm"));
	return pv_tv_map(m);
}

/* ---- errors ---- */

/* "template: PLACE: WHAT: why" -> Helm's "parse error at (PLACE): why". */
static int
parse_failed(pv_ctx *cx)
{
	const char *text = pv_take_error(cx)->message, *place = strstr(text, ": "), *why = text;
	for (const char *p = text; (p = strstr(p, ": ")) != NULL;)
		why = p += 2;
	if (place == NULL)
		return pv_fail(cx, PV_EINVALID, "parse error: %s", text);
	place += 2;
	const char *end = strstr(place, ": ");
	return pv_fail(cx, PV_EINVALID, "parse error at (%.*s): %s", (int)(end ? end - place : 0), place,
		       why);
}

/* One text of a chain: where, in what, and what; false if it is not of that form. */
static bool
explain(pv_buf *b, const char *text)
{
	if (!pv_starts_with(text, "template: "))
		return false;
	const char *place = text + strlen("template: "), *executing = strstr(place, ": executing \"");
	if (pv_starts_with(place, "no template ")) {
		pv_buf_printf(b, "%s\n", text);
		return true;
	}
	if (executing == NULL)
		return false;
	const char *name = executing + strlen(": executing \""), *at = strstr(name, "\" at <");
	const char *end = at ? strstr(at, ">: ") : NULL;
	if (end == NULL)
		return false;
	const char *what = end + 3, *nested = strstr(what, " template:");
	int len = nested ? (int)(nested - what) : (int)strlen(what);
	pv_buf_printf(b, "%.*s\n  executing \"%.*s\" at <%.*s>:\n    %.*s\n", (int)(executing - place), place,
		      (int)(at - name), name, (int)(end - at - 6), at + 6, len, what);
	return true;
}

/* required and fail speak for themselves; else every level of the chain is told. */
static int
run_failed(pv_ctx *cx, const pv_vec *errors, bool plain)
{
	const pv_error *err = pv_take_error(cx);
	const char *text = err->message, *place = text + strlen("template: ");
	const char *mark = strstr(text, "HELM_ERR_START"), *end = NULL;
	pv_buf b;
	for (const char *p = mark; p != NULL && (p = strstr(p, "HELM_ERR_END")) != NULL; p++)
		end = p;
	if (end != NULL && pv_starts_with(text, "template: ")) {
		mark += strlen("HELM_ERR_START");
		return pv_fail(cx, err->code, "execution error at (%.*s): %.*s", (int)strcspn(place, " ") - 1,
			       place, (int)(end - mark), mark);
	}
	pv_buf_init(&b, cx->arena);
	if (plain)
		return pv_fail(cx, err->code, "%s", text);
	for (size_t i = 0; i < errors->len; i++)
		if (!explain(&b, *PV_AT(const char *, errors, i)))
			return pv_fail(cx, err->code, "%s", text);
	while (b.len > 0 && b.s[b.len - 1] == '\n')
		b.len--;
	return b.len ? pv_fail(cx, err->code, "%.*s", (int)b.len, b.s) : pv_fail(cx, err->code, "%s", text);
}

/* ---- executing ---- */

/* "<no value>" is nothing in Helm. */
static pv_str
without_no_value(pv_arena *arena, const pv_buf *b)
{
	static const char none[] = "<no value>";
	size_t n = sizeof none - 1;
	pv_buf out;
	if (b->len == 0 || memmem(b->s, b->len, none, n) == NULL)
		return (pv_str){b->len ? b->s : "", b->len};
	pv_buf_init(&out, arena);
	for (const char *p = b->s, *end = b->s + b->len; p < end;) {
		const char *at = memmem(p, (size_t)(end - p), none, n);
		pv_buf_add(&out, p, (size_t)((at ? at : end) - p));
		p = at ? at + n : end;
	}
	return (pv_str){out.len ? out.s : "", out.len};
}

static int
execute(pv_ctx *cx, const pv_tmpl *set, const source *s, const helm_release *release, pv_vec *ret)
{
	pv_tmap *t = pv_tmap_new(cx->arena);
	pv_tmpl_run how = release->limits;
	pv_vec errors;
	pv_buf b;
	pv_vec_init(&errors, cx->arena, sizeof(const char *));
	pv_buf_init(&b, cx->arena);
	how.missing = PV_T_MISSING_ZERO;
	how.lint = release->lint;
	how.now = release->now;
	how.errors = &errors;
	pv_tmap_puts(t, "Name", pv_tv_text(s->path));
	pv_tmap_puts(t, "BasePath", pv_tv_text(s->base));
	pv_tv of = pv_tv_map(t);
	of.type = PV_TY_VALUES;
	pv_tmap_puts(s->dot, "Template", of);
	pv_tv dot = pv_tv_map(s->dot);
	dot.type = PV_TY_VALUES;
	if (pv_tmpl_execute(cx, set, &how, pv_str_of(s->path), dot, &b) < 0)
		return run_failed(cx, &errors, release->plain_errors);
	helm_text text = {.path = s->path, .text = without_no_value(cx->arena, &b)};
	pv_vec_push(ret, &text);
	return 0;
}

int
helm_execute(pv_ctx *cx, helm_chart *chart, pv_tmap *values, const helm_release *release, pv_vec *ret)
{
	static const pv_tfunc *const funcs[] = {
		PV_TMPL_SPRIG,   pv_tmpl_random, pv_tmpl_keys, pv_tmpl_documents,
		pv_tmpl_include, pv_tmpl_lookup, NULL};
	struct collect c = {.cx = cx, .release = release_value(cx->arena, release)};
	pv_tmpl *set = pv_tmpl_new(cx->arena, &(pv_tmpl_opts){.funcs = funcs});
	const char *normal, *range = helm_meta_text(cx->arena, chart->meta, "kubeVersion");
	int r = helm_capabilities(cx, release, &c.capabilities, &normal);
	if (r == 0 && *range && !helm_in_range(cx->arena, range, normal)) {
		const char *asked = release->kube_version ? release->kube_version : HELM_KUBE_VERSION;
		return pv_fail(cx, PV_EINVALID,
			       "chart requires kubeVersion: %s which is incompatible with Kubernetes %s%s",
			       range, *asked == 'v' ? "" : "v", asked);
	}
	pv_vec_init(&c.sources, cx->arena, sizeof(source));
	pv_vec_init(ret, cx->arena, sizeof(helm_text));
	if (r == 0)
		(void)collect(&c, chart, values);
	pv_vec_sort(&c.sources, by_depth);
	for (size_t i = 0; r == 0 && i < c.sources.len; i++) {
		const source *s = PV_AT(source, &c.sources, i);
		if (pv_tmpl_parse(cx, set, pv_str_of(s->path), s->text) < 0)
			r = parse_failed(cx);
	}
	for (size_t i = 0; r == 0 && i < c.sources.len; i++) {
		const source *s = PV_AT(source, &c.sources, i);
		if (*base_name(s->path) != '_')
			r = execute(cx, set, s, release, ret);
	}
	pv_vec_sort(ret, by_path);
	return r;
}
