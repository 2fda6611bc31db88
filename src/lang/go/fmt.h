/* fmt: Go's fmt.Printf: directives, and how each verb prints strings, numbers and
 * runes.  Who calls knows the operands: he prints the i-th one by the directive.
 * Pure; nothing is kept. */
#pragma once
#include "base/buf.h"
#include "base/str.h"
#include "base/vec.h"
#include "lang/value/value.h"

#define PV_FMT_SIZE_MAX 1000000 /* a wider field or precision is refused as Go does */

typedef struct pv_verb { /* one directive: %+08.3f */
	bool plus, minus, sharp, space, zero;
	bool plus_v, sharp_v; /* %+v, %#v: then plus and sharp are off */
	int width, precision; /* -1: none */
	uint32_t verb;        /* a rune */
} pv_verb;

typedef struct pv_operands {
	void *of;
	size_t n;
	/* Is the i-th one a whole number?  For `*`. */
	bool (*size)(void *of, size_t i, int64_t *ret);
	/* Prints the i-th one; negative ends the printing (a limit was met). */
	int (*put)(void *of, size_t i, const pv_verb *v, pv_buf *b);
	/* "int", "string", ..; NULL for nil. */
	const char *(*type)(void *of, size_t i);
} pv_operands;

/* 0, or what put() returned. */
PV_MUST_USE int pv_fmt(pv_buf *b, pv_str format, const pv_operands *ops);

/* Each returns false where the verb is not for such an operand: "%!d(string=a)" is
 * then the caller's to write (pv_verb_bad). */
bool pv_verb_string(pv_buf *b, const pv_verb *v, pv_str s);
bool pv_verb_bool(pv_buf *b, const pv_verb *v, bool value);
bool pv_verb_int(pv_buf *b, const pv_verb *v, int64_t value);
bool pv_verb_uint(pv_buf *b, const pv_verb *v, uint64_t value);
bool pv_verb_float(pv_buf *b, const pv_verb *v, double value);
/* A whole number of any length: its digits in the verb's base (pv_verb_base). */
void pv_verb_digits(pv_buf *b, const pv_verb *v, bool negative, pv_str digits);
int pv_verb_base(uint32_t verb); /* 10 for v and d, 16 for x and X, ..; 0: no such verb */
bool pv_verb_rune(pv_buf *b, const pv_verb *v, uint64_t rune); /* c, q, U */
/* "%!d(type=" or, without a type, "%!d(<nil>": the caller writes the value and ')'. */
void pv_verb_bad(pv_buf *b, const pv_verb *v, const char *type);
/* Text as it is, in the directive's width. */
void pv_verb_pad(pv_buf *b, const pv_verb *v, pv_str s);

/* strconv.FormatFloat(d, 'g', -1, 64): 1e+06, 0.5, +Inf. */
void pv_go_float(pv_buf *b, double d);
/* What encoding/json makes of a document, by %v, or by %#v (syntax), and by %T; depth is the value's. */
void pv_go_print(pv_buf *b, const pv_val *v, bool syntax);
const char *pv_go_type(const pv_val *v);
/* What an aggregate of errors (const char *) says: "a", or "[a, b]" with none of them twice. */
const char *pv_go_errors(pv_arena *arena, const pv_vec *texts);
/* strconv.Quote; ascii: QuoteToASCII. */
void pv_go_quote(pv_buf *b, pv_str s, bool ascii);
/* strconv.Unquote of "..", `..` or '.'; NULL if the syntax is wrong. */
char *pv_go_unquote(pv_arena *arena, pv_str quoted, size_t *ret_len);
bool pv_go_is_print(uint32_t rune); /* unicode.IsPrint, by blocks */
