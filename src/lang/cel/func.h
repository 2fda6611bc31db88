/* func: functions and operators as rows; private to lang/cel.
 * A signature is receiver, dot, arguments, colon, result; several are apart by
 * blanks.  b bool, i int, u uint, d double, s string, y bytes, D duration,
 * T timestamp, n null, t type, * dyn, A B parameters, [x] list, {kv} map, ?x
 * optional, Q quantity, U URL, I IP, C CIDR, S semver, F format,
 * Z authorizer, P path check, G group check, R resource check, E decision. */
#pragma once
#include "lang/cel/val.h"

typedef struct cel_fn {
	const char *name;
	const char *sigs;
	val (*run)(run *r, const val *a, size_t n); /* arguments are of one of the signatures */
	uint8_t cost;                               /* enum cel_cost */
} cel_fn;

enum cel_cost {
	COST_ONE,    /* one step */
	COST_FIRST,  /* goes through its first argument: 0.1 a byte */
	COST_BOTH,   /* the first for each of the second (contains) */
	COST_REGEX,  /* text by pattern (0.1 x 0.25) */
	COST_COPY,   /* both arguments are copied: string concatenation, 0.1 a byte */
	COST_ITEMS,  /* each element once */
	COST_PAIRS,  /* each element with each of the other list */
	COST_SMALL,  /* goes through the smaller of both: == */
	COST_LOOKUP, /* of an element in a list */
	COST_SECOND, /* goes through its second argument */
	COST_JOIN,   /* all items, and the second between them */
	COST_CHECK,  /* of a right: two fit into an expression */
};

extern const cel_fn cel_std[], cel_convert[], cel_time[], cel_strings[], cel_strings3[], cel_math[],
	cel_lists[], cel_optionals[], cel_net[], cel_url[], cel_quantity[], cel_semver[], cel_format[],
	cel_base64[], cel_jsonpatch[], cel_regex[], cel_arith[], cel_authz[];

/* Is the text of the named format ("dns1123Label")?  lib_format.c */
bool cel_is_format(run *r, const char *name, pv_str text);
#define CEL_CHECK_COST 350000

/* What a clause of format() is for, or NULL: it is none. */
const char *cel_clause_words(char clause);
/* Reads a clause of format() behind its %; *i is its letter then.  NULL, or what is wrong. */
const char *cel_clause_read(pv_str format, size_t *i, int *ret_precision);
val cel_format_string(run *r, const val *a, size_t n); /* lib_sprintf.c */
val cel_list_index(run *r, const val *list, const val *what,
		   bool last); /* lib_list.c: -1 if it is not there */

/* Among those of the environment; NULL: among all. */
const cel_fn *cel_fn_find(pv_str name, const pv_cel_env *env);
/* Do the arguments fit one of the signatures? */
bool cel_fn_accepts(const cel_fn *fn, const val *a, size_t n, bool member);
