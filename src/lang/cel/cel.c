/* Compiling and running: the module's face. */
#include "lang/cel/cel.h"
#include "lang/cel/ast.h"
#include "lang/cel/check.h"
#include "lang/cel/lex.h"
#include "lang/cel/type.h"
#include <string.h>

#define TEXT_LIMIT 100000 /* characters; cel-go's */

#define KEPT 100 /* issues of a text */

typedef struct found {
	uint32_t pos, nth;
	const char *text;
} found;

void
issues_init(issues *is, pv_ctx *cx, pv_arena *arena)
{
	*is = (issues){.cx = cx, .arena = arena};
	pv_vec_init(&is->list, cx->arena, sizeof(found));
}

void
issue(issues *is, uint32_t pos, const char *fmt, ...)
{
	found *one;
	va_list ap;
	if (is->n++ >= KEPT)
		return;
	one = pv_vec_add(&is->list);
	va_start(ap, fmt);
	*one = (found){pos, (uint32_t)is->n, pv_vprintf(is->cx->arena, fmt, ap)};
	va_end(ap);
}

/* How many bytes the character at s has. */
static size_t
width(const char *s, const char *end)
{
	int n = s < end ? pv_utf8_step(s, (size_t)(end - s), &(uint32_t){0}) : 1;

	return n > 0 ? (size_t)n : 1;
}

/* "ERROR: <input>:1:5: ..." with the line and a mark below, as cel-go shows it: what is not ASCII is
 * taken to be wide. */
static void
show(const issues *is, const found *one, pv_buf *out)
{
	static const char place[] = "ERROR: <input>:"; /* cel-go's name for the text */
	const char *text = is->text.s, *stop = text + is->text.len,
		   *at = text + (one->pos < is->text.len ? one->pos : is->text.len), *start = at, *end = at;
	size_t line = 1, column = 0;
	pv_buf marks;
	while (start > text && start[-1] != '\n')
		start--;
	while (end < stop && *end != '\n')
		end++;
	for (const char *c = text; c < start; c++)
		line += *c == '\n';
	pv_buf_init(&marks, is->cx->arena);
	for (const char *c = start; c < at; c += width(c, end), column++)
		pv_buf_adds(&marks, width(c, end) > 1 ? "\uff0e" : ".");
	pv_buf_adds(&marks, width(at, end) > 1 ? "\uff3e" : "^");
	pv_buf_printf(out, "%s%s%zu:%zu: %s\n | ", out->len ? "\n" : "", place, line, column + 1, one->text);
	for (const char *c = start; c < end; c++)
		pv_buf_addc(out, *c == '\t' ? ' ' : *c);
	pv_buf_printf(out, "\n | %s", marks.s);
}

static int
by_place(const void *a, const void *b)
{
	const found *x = a, *y = b;
	if (x->pos != y->pos)
		return x->pos < y->pos ? -1 : 1;
	return x->nth < y->nth ? -1 : 1;
}

const char *
issues_text(issues *is)
{
	pv_buf out;
	pv_buf_init(&out, is->cx->arena);
	pv_vec_sort(&is->list, by_place);
	for (size_t i = 0; i < is->list.len; i++)
		show(is, PV_AT(found, &is->list, i), &out);
	return out.len ? out.s : "";
}

int
pv_cel_compile(pv_ctx *cx, pv_arena *arena, const pv_cel_env *env, pv_str text, const pv_cel **ret)
{
	issues is;
	pv_cel *program = pv_new(arena, pv_cel);
	const char *why;
	size_t bad;
	issues_init(&is, cx, arena);
	is.kubernetes = env->kubernetes;
	is.binds = env->binds || !env->kubernetes;
	if (text.len > TEXT_LIMIT)
		return pv_fail(
			cx, PV_EINVALID,
			"ERROR: <input>:1:1: expression code point size exceeds limit: size: %zu, limit %d",
			text.len, TEXT_LIMIT);
	if (!pv_utf8_valid(text.s, text.len, &bad))
		return pv_fail(cx, PV_EINVALID, "ERROR: <input>:1:1: the text is not UTF-8 (byte %zu)", bad);
	/* names and literals point into the text: the program keeps its own */
	program->text = (pv_str){pv_strndup(arena, text.s, text.len), text.len};
	node *root = cel_parse(&is, program->text);
	program->shapes = env->shapes;
	program->kubernetes = env->kubernetes;
	program->vars = env->vars;
	program->n_vars = env->n_vars;
	program->root = root;
	program->used = pv_new_array(arena, uint64_t, env->n_vars / 64 + 1);
	if (root)
		cel_check(&is, env, root, program);
	if (root && !is.n && is.kubernetes)
		cel_check_literals(&is, root);
	if (is.n)
		return pv_fail(cx, PV_EINVALID, "%s", issues_text(&is));
	why = is.kubernetes ? cel_misconverted(&is, root) : NULL;
	if (why)
		return pv_fail(cx, PV_EINVALID, PV_CEL_NOT_MADE "%s", why);
	program->estimate = env->unchecked ? UINT64_MAX : cel_estimate(program, cx->arena);
	*ret = program;
	return 0;
}

const char *
pv_cel_type(pv_arena *arena, const pv_cel *program)
{
	pv_buf b;
	pv_buf_init(&b, arena);
	type_write(&b, program->type);
	return b.s;
}

const void *
pv_cel_node(const pv_cel *program)
{
	return program->node;
}

bool
pv_cel_is_name(pv_str name)
{
	static const char *const words[] = {"true", "false", "null", "in"};
	bool good = name.len > 0 && !(name.s[0] >= '0' && name.s[0] <= '9') && !cel_reserved(name);

	for (size_t i = 0; good && i < name.len; i++)
		good = name.s[i] == '_' || (name.s[i] >= '0' && name.s[i] <= '9') ||
		       (name.s[i] >= 'a' && name.s[i] <= 'z') || (name.s[i] >= 'A' && name.s[i] <= 'Z');
	for (size_t i = 0; i < PV_LEN(words); i++)
		good = good && !pv_str_is(name, words[i]);
	return good;
}

bool
pv_cel_uses(const pv_cel *program, const char *var)
{
	for (size_t i = 0; i < program->n_vars; i++)
		if (pv_streq(program->vars[i].name, var))
			return program->used[i / 64] >> i % 64 & 1;
	return false;
}

/* The tree is no deeper than the checker let it be. */
static bool
selects(const pv_cel *program, const node *n, const char *var, const char *field)
{
	bool named = n->kind == N_SELECT || n->kind == N_HAS || n->kind == N_OPT_SELECT;

	if (named && pv_str_is(n->plain, field) && n->args[0]->kind == N_VAR &&
	    pv_streq(program->vars[n->args[0]->slot].name, var))
		return true;
	for (uint32_t i = 0; i < n->n; i++)
		if (n->args[i] && selects(program, n->args[i], var, field))
			return true;
	return false;
}

bool
pv_cel_selects(const pv_cel *program, const char *var, const char *field)
{
	return selects(program, program->root, var, field);
}

/* The error as the compiler shows one. */
static int
fail_placed(pv_ctx *cx, const pv_cel *program, const val *v)
{
	issues is;
	issues_init(&is, cx, cx->arena);
	is.text = program->text;
	issue(&is, v->node ? ((const node *)v->node)->pos : 0, "%s", v->s);
	return pv_fail(cx, PV_EINVALID, "%s", issues_text(&is));
}

run
cel_run_of(pv_ctx *cx, const pv_cel *program, const pv_cel_run *with)
{
	return (run){.cx = cx,
		     .arena = cx->arena,
		     .shapes = program->shapes,
		     .vars = with->vars,
		     .slots = program->slots ? pv_new_array(cx->arena, val, program->slots) : NULL,
		     .limit = with->limit,
		     .kubernetes = program->kubernetes,
		     .placed = with->placed};
}

int
pv_cel_eval(pv_ctx *cx, const pv_cel *program, pv_cel_run *with, pv_cel_val *ret)
{
	run r = cel_run_of(cx, program, with);
	val v = cel_run_node(&r, program->root);
	with->cost = r.cost;
	if (r.ended) {
		cx->err = r.ended;
		return -r.ended->code;
	}
	if (r.over)
		return pv_fail(cx, PV_ETOOMANY, "%s", v_over().s);
	if (is_error(&v))
		return with->placed ? fail_placed(cx, program, &v) : pv_fail(cx, PV_EINVALID, "%s", v.s);
	*ret = v;
	return 0;
}
