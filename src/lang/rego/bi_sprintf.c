/* bi_sprintf: Go's fmt.Sprintf (lang/go) over Rego's values: whole numbers are ints
 * (or big ints), other numbers float64, strings strings, all else its Rego text. */
#include <string.h>

#include "base/arena.h"
#include "lang/go/fmt.h"
#include "lang/rego/num.h"
#include "lang/value/literal.h"

typedef struct operands {
	rg_vm *vm;
	const pv_val *args;
} operands;

enum kind { INT, BIG, FLOAT, TEXT };

/* What a number is to Go: 1.0 is an int64, what has an exponent the text that it is written as. */
static enum kind
kind_of(const pv_val *v, pv_val *ret)
{
	char room[PV_NUMBER_ROOM];
	*ret = *v;
	if (v->type != PV_NUMBER)
		return TEXT;
	if (v->num == PV_INT)
		return INT;
	pv_str text = pv_number_text(v, room);
	bool point = memchr(text.s, '.', text.len),
	     powers = memchr(text.s, 'e', text.len) || memchr(text.s, 'E', text.len);
	if (powers && !point)
		return TEXT;
	if (!pv_number_simple(v, ret))
		return point ? FLOAT : BIG;
	if (powers)
		return FLOAT;
	int64_t i = pv_i64(ret, INT64_MAX); /* which no double says */
	if (ret->num == PV_DOUBLE && i != INT64_MAX)
		*ret = pv_int(i);
	return ret->num == PV_INT ? INT : FLOAT;
}

static const char *
go_type(void *of, size_t i)
{
	static const char *const names[] = {"int64", "*big.Int", "float64", "string"};
	pv_val number;
	return names[kind_of(&((operands *)of)->args[i], &number)];
}

static void
plain(pv_buf *b, const pv_val *v)
{
	char room[PV_NUMBER_ROOM];
	if (v->type == PV_STRING) {
		pv_buf_add(b, v->s, v->len);
	} else if (v->type != PV_NUMBER) {
		rg_write_term(b, v);
	} else {
		pv_str s = pv_number_text(v, room);
		pv_buf_add(b, s.s, s.len);
	}
}

static bool
size(void *of, size_t i, int64_t *ret)
{
	pv_val number;
	bool whole = kind_of(&((operands *)of)->args[i], &number) == INT;
	*ret = pv_i64(&number, 0);
	return whole;
}

static bool
put_whole(operands *o, pv_buf *b, const pv_verb *v, const pv_val *value)
{
	pv_verb as_decimal = *v;
	if (v->verb == 's' && value->num != PV_INT) /* *big.Int has a String method */
		as_decimal.verb = 'd';
	int base = pv_verb_base(as_decimal.verb);
	mpz_t z;
	rg_num_get(value, z);
	bool ok = base > 0;
	if (base > 0) {
		char *text = pv_alloc(o->vm->arena, mpz_sizeinbase(z, 2) + 3);
		mpz_get_str(text, v->verb == 'X' ? -base : base, z);
		bool negative = *text == '-';
		pv_verb_digits(b, &as_decimal, negative, pv_str_of(text + negative));
	} else {
		ok = pv_verb_rune(b, v, mpz_fits_uint_p(z) ? mpz_get_ui(z) : UINT64_MAX);
	}
	mpz_clear(z);
	return ok;
}

static int
put(void *of, size_t i, const pv_verb *v, pv_buf *b)
{
	operands *o = of;
	const pv_val *value = &o->args[i];
	pv_val number;
	bool ok;
	if (rg_vm_check(o->vm, value->type == PV_STRING ? value->len : 0) < 0)
		return -PV_EINVALID;
	if (v->verb == 'T') {
		pv_verb_pad(b, v, pv_str_of(go_type(of, i)));
		return 0;
	}
	enum kind kind = kind_of(value, &number);
	if (kind == INT || kind == BIG) {
		ok = put_whole(o, b, v, &number);
	} else if (kind == FLOAT) {
		ok = pv_verb_float(b, v, (double)rg_num_float(&number));
	} else {
		pv_buf text;
		pv_buf_init(&text, o->vm->arena);
		plain(&text, value);
		pv_verb as_text = *v;
		as_text.sharp_v = false;
		ok = pv_verb_string(b, &as_text, (pv_str){text.len ? text.s : "", text.len});
	}
	if (!ok) {
		const char *type = go_type(of, i);
		pv_verb_bad(b, v, type + (*type == '*')); /* which formats itself, as a value */
		if (kind == FLOAT)
			pv_go_float(b, pv_f64(&number, 0));
		else
			plain(b, &number);
		pv_buf_addc(b, ')');
	}
	return 0;
}

static int
bi_sprintf(rg_vm *vm, const pv_val *const *a, const pv_val **ret)
{
	operands o = {vm, a[1]->items};
	pv_buf b;
	pv_buf_init(&b, vm->arena);
	pv_buf_grow(&b, a[0]->len + 32);
	int r = pv_fmt(&b, (pv_str){a[0]->s, a[0]->len},
		       &(pv_operands){.of = &o, .n = a[1]->len, .size = size, .put = put, .type = go_type});
	return r < 0 ? r : rg_ret_buf(vm, &b, ret);
}

static const rg_builtin rows[] = {
	{"sprintf", "s a", bi_sprintf, 2, 0},
};
RG_FAMILY(sprintf);
