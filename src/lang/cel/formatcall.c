/* 'text'.format([...]) whose text and list are written out: each clause has an argument of its type
 * (cel-go's ext/formatting.go). */
#include "lang/cel/check.h"

#define BEGINNING "could not parse formatting clause: "

typedef struct formatting {
	issues *is;
	const node *call, *args;
	size_t arg;
} formatting;

#define WHOLE (TYPE_BIT(T_INT) | TYPE_BIT(T_UINT))
#define BARE (TYPE_BIT(T_OBJECT) | TYPE_BIT(T_OPAQUE) | TYPE_BIT(T_STRUCT)) /* no text stands for one */

static bool
takes(char clause, enum type_kind kind)
{
	unsigned unknown = TYPE_BIT(T_DYN) | TYPE_BIT(T_ERROR) | TYPE_BIT(T_VAR), known;
	switch (clause) {
	case 's': known = ~BARE; break;
	case 'd':
	case 'o': known = WHOLE; break;
	case 'b': known = WHOLE | TYPE_BIT(T_BOOL); break;
	case 'x':
	case 'X': known = WHOLE | TYPE_BIT(T_STRING) | TYPE_BIT(T_BYTES); break;
	default: known = TYPE_BIT(T_DOUBLE) | TYPE_BIT(T_STRING); break;
	}
	return (known | unknown) & TYPE_BIT(kind);
}

/* One clause, behind its %; false: something is wrong, and told. */
static bool
clause(formatting *f, pv_str text, size_t *i)
{
	int precision;
	const char *bad = cel_clause_read(text, i, &precision);
	if (bad) {
		issue(f->is, f->call->pos, "%s", bad);
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
	issue(f->is, arg->pos, "error during formatting: %s, was given %s", words,
	      arg->type->kind == T_NULL ? "null_type" : arg->type->name);
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
