/* bi_sprintf: Go's fmt.Sprintf (lang/go) over Rego's values: whole numbers are ints
 * (or big ints), other numbers float64, strings strings, all else its Rego text. */
#include <string.h>

#include "base/arena.h"
#include "lang/go/fmt.h"
#include "lang/rego/num.h"

typedef struct operands {
	rg_vm *vm;
	const pv_val *args;
} operands;

/* An int or a big int for Go: 3, 3.0; 1e21 is a float. */
static bool
is_whole(const pv_val *v)
{
	if (v->num == PV_DOUBLE)
		return pv_i64(v, INT64_MIN) != INT64_MIN;
	if (v->num == PV_INT)
		return true;
	return !memchr(v->s, '.', v->len) && !memchr(v->s, 'e', v->len);
}

static const char *
go_type(void *of, size_t i)
{
	const pv_val *v = &((operands *)of)->args[i];
	if (v->type != PV_NUMBER)
		return "string";
	return !is_whole(v) ? "float64" : v->num == PV_DECIMAL ? "*big.Int" : "int64";
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
	const pv_val *v = &((operands *)of)->args[i];
	*ret = pv_i64(v, 0);
	return v->type == PV_NUMBER && v->num == PV_INT;
}

static bool
put_whole(operands *o, pv_buf *b, const pv_verb *v, const pv_val *value)
{
	pv_verb as_decimal = *v;
	if (v->verb == 's' && value->num == PV_DECIMAL) /* *big.Int has a String method */
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
	bool ok;
	if (rg_vm_check(o->vm, value->type == PV_STRING ? value->len : 0) < 0)
		return -PV_EINVALID;
	if (v->verb == 'T') {
		pv_verb_pad(b, v, pv_str_of(go_type(of, i)));
		return 0;
	}
	if (value->type == PV_NUMBER) {
		ok = is_whole(value) ? put_whole(o, b, v, value)
				     : pv_verb_float(b, v, (double)rg_num_float(value));
	} else {
		pv_buf text;
		pv_buf_init(&text, o->vm->arena);
		plain(&text, value);
		pv_verb as_text = *v;
		as_text.sharp_v = false;
		ok = pv_verb_string(b, &as_text, (pv_str){text.len ? text.s : "", text.len});
	}
	if (!ok) {
		pv_verb_bad(b, v, go_type(of, i));
		plain(b, value);
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
