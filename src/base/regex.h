/* regex: Go's regular expressions in linear time, over RE2 (wrapped here only).
 * A compiled pattern never changes: any thread may use it at any time.  Texts are
 * UTF-8; where one is broken, Go would see U+FFFD and RE2 sees no character. */
#pragma once
#ifdef __cplusplus
extern "C" {
#endif
#include "base/ctx.h"
#include "base/str.h"
#include "base/vec.h"

typedef struct pv_re pv_re;
typedef struct pv_re_slot pv_re_slot;

typedef struct pv_span {      /* of a match or group in the text */
	ptrdiff_t begin, end; /* bytes; -1 if the group took no part */
} pv_span;

/* -PV_EINVALID with the text that Go prints: error parsing regexp: missing
 * closing ]: `[a`.  A pattern whose program passes 8 MB is refused.
 * Owner: caller, pv_re_free(). */
PV_MUST_USE int pv_re_compile(pv_ctx *cx, pv_str pattern, pv_re **ret);
pv_re *pv_re_free(pv_re *re); /* accepts NULL */
/* The same from a cache of the last 256 patterns, fewer if they are large.  Held as long as
 * cx's arena; with a slot (NULL at first) only until its next use, for who compiles many. */
PV_MUST_USE int pv_re_cached(pv_ctx *cx, pv_str pattern, pv_re_slot **slot, const pv_re **ret);
bool pv_re_large(const pv_re *re);  /* does its program pass what nearly all others need (256 kB)? */
size_t pv_re_size(const pv_re *re); /* instructions of its program */
/* Would pv_re_cached have to compile it?  For who charges for that. */
bool pv_re_is_new(pv_str pattern);
size_t pv_re_bytes(void); /* what all compiled patterns of the process may come to */

int pv_re_groups(const pv_re *re);                        /* capturing ones, without the whole match */
const char *pv_re_group_name(const pv_re *re, int group); /* NULL if it has none */

/* Is there a match anywhere / over the whole text? */
bool pv_re_match(const pv_re *re, pv_str text);
bool pv_re_match_whole(const pv_re *re, pv_str text);
/* The leftmost match at or behind `from`; spans[0] is the whole, spans[i] group i. */
bool pv_re_find(const pv_re *re, pv_str text, size_t from, pv_span *spans, int n);

/* What one search of so many bytes costs at most, in something like 25 ns.  Searching for all matches may go
 * over the rest of the text for each of them: `work` is what that may cost (NULL: as much as it takes). */
uint64_t pv_re_cost(const pv_re *re, size_t len);
/* All matches as Go finds them, at most `limit` (-1: all): ret holds
 * (1 + groups) pv_span for each.  False: *work, then 0, did not suffice. */
bool pv_re_find_all(const pv_re *re, pv_arena *arena, pv_str text, int limit, uint64_t *work, pv_vec *ret);
/* All matches replaced by the template, in which $1, ${1}, $name and ${name} stand
 * for groups and $$ for $ (Go's Regexp.Expand).  Only as far as *work sufficed: it is 0 then. */
pv_str pv_re_replace(const pv_re *re, pv_arena *arena, pv_str text, pv_str with, uint64_t *work);
pv_str pv_re_replace_literal(const pv_re *re, pv_arena *arena, pv_str text, pv_str with, uint64_t *work);
/* Go's Regexp.Split: ret holds pv_str, slices of text.  limit < 0: all; 0: none. */
bool pv_re_split(const pv_re *re, pv_arena *arena, pv_str text, int limit, uint64_t *work, pv_vec *ret);
char *pv_re_quote(pv_arena *arena, pv_str text); /* matches exactly text */
#ifdef __cplusplus
}
#endif
