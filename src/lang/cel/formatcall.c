/* 'text'.format([...]) whose text and list are written out: each clause has an argument of its type
 * (cel-go's ext/formatting.go). */
#include "lang/cel/check.h"

#define BEGINNING "could not parse formatting clause: "

typedef struct formatting {
	issues *is;
	const node *call, *args;
	size_t arg;
} formatting;

static bool
is_among(enum type_kind kind, const enum type_kind *kinds)
{
	for (; *kinds != T_VAR; kinds++)
		if (*kinds == kind)
			return true;
	return kind == T_DYN || kind == T_ERROR || kind == T_VAR;
}

static bool
takes(char clause, enum type_kind kind)
{
	static const enum type_kind any[] = {T_STRING,   T_BOOL,      T_BYTES, T_INT,  T_UINT,
					     T_DOUBLE,   T_MAP,       T_LIST,  T_TYPE, T_NULL,
					     T_DURATION, T_TIMESTAMP, T_VAR},
				    whole[] = {T_INT, T_UINT, T_VAR}, bits[] = {T_INT, T_UINT, T_BOOL, T_VAR},
				    hex[] = {T_INT, T_UINT, T_STRING, T_BYTES, T_VAR},
				    real[] = {T_DOUBLE, T_STRING, T_VAR};
	switch (clause) {
	case 's': return is_among(kind, any);
	case 'd':
	case 'o': return is_among(kind, whole);
	case 'b': return is_among(kind, bits);
	case 'x':
	case 'X': return is_among(kind, hex);
	default: return is_among(kind, real);
	}
}

/* One clause, behind its %; false: something is wrong, and told. */
static bool
clause(formatting *f, pv_str text, size_t *i)
{
	if (*i < text.len && text.s[*i] == '.') {
		for (++*i; *i < text.len && text.s[*i] >= '0' && text.s[*i] <= '9';)
			++*i;
		if (*i >= text.len) {
			issue(f->is, f->call->pos,
			      BEGINNING
			      "error while parsing precision: could not find end of precision specifier");
			return false;
		}
	}
	if (*i >= text.len) {
		issue(f->is, f->call->pos, "unexpected end of string");
		return false;
	}
	const char *words = cel_clause_words(text.s[*i]);
	if (f->arg >= f->args->n) {
		issue(f->is, f->call->pos, "index %zu out of range", f->arg);
		return false;
	}
	if (!words) {
		issue(f->is, f->call->pos, BEGINNING "unrecognized formatting clause \"%c\"", text.s[*i]);
		return false;
	}
	const node *arg = f->args->args[f->arg++];
	if (takes(text.s[*i], arg->type->kind))
		return true;
	pv_buf b;
	pv_buf_init(&b, f->is->cx->arena);
	type_show(&b, arg->type);
	issue(f->is, arg->pos, "error during formatting: %s, was given %s", words, b.s);
	return false;
}

void
cel_check_format(issues *is, const node *call)
{
	const node *of = call->n == 2 ? call->args[0] : NULL;
	formatting f = {.is = is, .call = call, .args = of ? call->args[1] : NULL};
	if (!of || of->kind != N_LITERAL || of->value.kind != PV_CEL_STRING || f.args->kind != N_LIST)
		return;
	pv_str text = v_strv(&of->value);
	for (size_t i = 0; i < text.len; i++) {
		if (text.s[i] != '%' || (++i < text.len && text.s[i] == '%'))
			continue;
		if (!clause(&f, text, &i))
			return;
	}
	if (f.arg < f.args->n)
		issue(is, call->pos, "too many arguments supplied to string.format (expected %zu, got %u)",
		      f.arg, f.args->n);
}
