/* run: sets of templates, executions, their limits and their errors. */
#include <string.h>

#include "base/arena.h"
#include "base/turn.h"
#include "lang/gotmpl/impl.h"

#define STEPS UINT64_C(200000000)
#define OUTPUT ((size_t)256 << 20)
#define STACK ((size_t)2 << 20)
#define LOOK 100000 /* steps */
#define LIMIT(what) "the limit of " what " is met: expected a template that needs less"

/* ---- sets ---- */

static void
add_funcs(pv_tmpl *t, const pv_tfunc *rows)
{
	for (; rows->name != NULL; rows++)
		pv_map_puts(t->funcs, rows->name, (void *)(uintptr_t)rows);
}

pv_tmpl *
pv_tmpl_new(pv_arena *arena, const pv_tmpl_opts *opts)
{
	pv_tmpl *t = pv_new(arena, pv_tmpl);
	t->arena = arena;
	t->funcs = pv_map_new(arena);
	t->trees = pv_map_new(arena);
	t->left = opts->left;
	t->right = opts->right;
	add_funcs(t, builtin_funcs);
	pv_map_puts(t->funcs, "and", (void *)(uintptr_t)&func_and);
	pv_map_puts(t->funcs, "or", (void *)(uintptr_t)&func_or);
	pv_map_puts(t->funcs, "call", (void *)(uintptr_t)&func_call);
	for (size_t i = 0; opts->funcs != NULL && opts->funcs[i] != NULL; i++)
		add_funcs(t, opts->funcs[i]);
	return t;
}

const pv_tfunc *
set_func(const pv_tmpl *set, pv_str name)
{
	return pv_map_find(set->funcs, name.s, name.len);
}

/* An empty one does not replace what is there. */
static void
install(pv_map *trees, tree *t)
{
	if (!node_is_empty(t->root) || pv_map_find(trees, t->name.s, t->name.len) == NULL)
		pv_map_put(trees, t->name.s, t->name.len, t);
}

int
pv_tmpl_parse(pv_ctx *cx, pv_tmpl *t, pv_str name, pv_str text)
{
	pv_vec trees;
	pv_vec_init(&trees, t->arena, sizeof(tree *));
	int r = parse_text(cx, t, name, text, &trees);
	for (size_t i = 0; r == 0 && i < trees.len; i++)
		install(t->trees, *PV_AT(tree *, &trees, i));
	return r;
}

const tree *
run_find(const pv_trun *r, pv_str name)
{
	for (const scope *s = r->scope; s != NULL; s = s->up) {
		const tree *t = pv_map_find(s->trees, name.s, name.len);
		if (t != NULL)
			return t;
	}
	return pv_map_find(r->set->trees, name.s, name.len);
}

/* ---- errors ---- */

static void
tail(pv_trun *r)
{
	size_t n = strlen(r->error);
	pv_vec_push(&r->tails, &n);
}

static const char *
place(pv_trun *r)
{
	const char *s = r->tree->text.s;
	uint32_t line = 1, start = 0;
	pv_buf b;
	for (uint32_t i = 0; i < r->node->pos; i++)
		if (s[i] == '\n') {
			line++;
			start = i + 1;
		}
	pv_buf_init(&b, r->arena);
	pv_buf_printf(&b, "template: %.*s:%u:%u: executing \"%.*s\" at <", (int)r->tree->file.len,
		      r->tree->file.s, line, r->node->pos - start, (int)r->tree->name.len, r->tree->name.s);
	node_print(&b, r->node);
	pv_buf_adds(&b, ">: ");
	return b.s;
}

int
run_fail(pv_trun *r, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	const char *what = pv_vprintf(r->arena, fmt, ap);
	va_end(ap);
	r->error = pv_printf(r->arena, "%s%s", place(r), what);
	tail(r);
	return -PV_EINVALID;
}

int
run_fail_call(pv_trun *r, const node *at, pv_str name)
{
	r->node = at;
	r->error = pv_printf(r->arena, "%serror calling %.*s: %s", place(r), (int)name.len, name.s, r->error);
	tail(r);
	return -PV_EINVALID;
}

int
run_too_large(pv_trun *r, const char *what)
{
	r->code = PV_ETOOLARGE;
	return run_fail(r, LIMIT("%s"), what);
}

int
pv_trun_fail(pv_trun *r, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	r->error = pv_vprintf(r->arena, fmt, ap);
	va_end(ap);
	tail(r);
	return -PV_EINVALID;
}

int
pv_trun_fail_ctx(pv_trun *r)
{
	pv_error *err = pv_take_error(r->cx);
	return pv_trun_fail(r, "%s", err ? err->message : "no reason was given");
}

int
pv_trun_wrap(pv_trun *r, int code, const char *fmt, ...)
{
	va_list ap;
	if (code == 0)
		return 0;
	va_start(ap, fmt);
	r->error = pv_printf(r->arena, "%s%s", pv_vprintf(r->arena, fmt, ap), r->error);
	va_end(ap);
	tail(r);
	return code;
}

/* ---- limits ---- */

/* NULL: the steps are taken.  Now and then it is asked whether the turn may go on. */
static const char *
refusal(pv_trun *r, uint64_t steps)
{
	bool fits = pv_tv_fits(r->arena);
	if (!fits || steps > r->steps) {
		r->steps = 0;
		r->code = PV_ETOOLARGE;
		return fits ? LIMIT("steps") : LIMIT("memory");
	}
	r->steps -= steps;
	if (r->seen - r->steps < LOOK)
		return NULL;
	r->seen = r->steps;
	r->code = -pv_ctx_check(r->cx);
	return r->code ? pv_take_error(r->cx)->message : NULL;
}

int
pv_trun_spend(pv_trun *r, uint64_t steps)
{
	const char *why = refusal(r, steps);
	return why ? pv_trun_fail(r, "%s", why) : 0;
}

int
run_step(pv_trun *r)
{
	const char *why = refusal(r, 1);
	return why ? run_fail(r, "%s", why) : 0;
}

int
run_write(pv_trun *r, const char *s, size_t n)
{
	if (n > r->room)
		return run_too_large(r, "output");
	r->room -= n;
	pv_buf_add(r->out, s, n);
	return 0;
}

int
pv_trun_print(pv_trun *r, const pv_tv *v, pv_tv *ret)
{
	pv_str text;
	int code = text_of(r, v, &text);
	*ret = pv_tv_str(text);
	return code;
}

pv_arena *
pv_trun_arena(pv_trun *r)
{
	return r->arena;
}

/* ---- executing ---- */

static int
give_error(pv_trun *r)
{
	size_t len = strlen(r->error), last = SIZE_MAX;
	for (size_t i = r->tails.len; r->how->errors != NULL && i > 0; i--) {
		size_t n = *PV_AT(size_t, &r->tails, i - 1);
		const char *text = r->error + (len - n);
		if (n != last)
			pv_vec_push(r->how->errors, &text);
		last = n;
	}
	return pv_fail(r->cx, r->code ? r->code : PV_EINVALID, "%s", r->error);
}

static void
begin(pv_ctx *cx, const pv_tmpl_run *how, pv_trun *r)
{
	static const pv_tmpl_run usual;
	*r = (pv_trun){.cx = cx, .arena = cx->arena, .how = how ? how : &usual};
	r->steps = r->how->steps ? r->how->steps : STEPS;
	r->seen = r->steps;
	r->room = r->how->output ? r->how->output : OUTPUT;
	pv_vec_init(&r->tails, cx->arena, sizeof(size_t));
}

int
pv_tmpl_execute(pv_ctx *cx, const pv_tmpl *t, const pv_tmpl_run *how, pv_str name, pv_tv dot, pv_buf *out)
{
	pv_trun r;
	const tree *main = pv_map_find(t->trees, name.s, name.len);
	if (main == NULL)
		return pv_fail(cx, PV_EINVALID, "template: no template \"%.*s\" in this set", (int)name.len,
			       name.s);
	begin(cx, how, &r);
	r.set = t;
	r.floor = (const char *)__builtin_frame_address(0) - (r.how->stack ? r.how->stack : STACK);
	r.scratch = pv_arena_new("gotmpl");
	r.includes = pv_map_new(cx->arena);
	r.parsed = pv_map_new(cx->arena);
	r.tree = main;
	r.node = main->root;
	int code = run_tree(&r, main, &dot, out);
	r.scratch = pv_arena_free(r.scratch);
	return code < 0 ? give_error(&r) : 0;
}

int
pv_trun_with(pv_ctx *cx, const pv_tmpl_run *how, int (*body)(pv_trun *r, void *arg), void *arg)
{
	pv_trun r;
	begin(cx, how, &r);
	return body(&r, arg) < 0 ? give_error(&r) : 0;
}
