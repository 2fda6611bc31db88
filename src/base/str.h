/* str: slices of text, and the few string routines used everywhere.
 * Pure functions; nothing allocates unless it takes an arena. */
#pragma once
#include "base/base.h"

#define PV_STR(lit) ((pv_str){(lit), sizeof(lit) - 1})
pv_str pv_str_of(const char *s); /* NULL gives the empty slice */
bool pv_str_eq(pv_str a, pv_str b);
bool pv_str_is(pv_str a, const char *s);
int pv_str_cmp(pv_str a, pv_str b); /* bytewise, shorter first */
bool pv_starts_with(const char *s, const char *prefix);
bool pv_ends_with(const char *s, const char *suffix);
bool pv_streq(const char *a, const char *b); /* NULL equals NULL only */

/* Cuts *rest at the first `sep`; false when nothing is left. */
bool pv_str_next(pv_str *rest, char sep, pv_str *ret_piece);
pv_str pv_str_trim(pv_str s);
/* At most max bytes, cut between characters: for errors that quote what users send. */
pv_str pv_str_clip(const char *s, size_t max);
#define PV_CLIP(s) (int)pv_str_clip((s), 200).len, (s) /* for "%.*s" */
char *pv_str_lower(pv_arena *arena, const char *s);
/* "1 entity", "2 entities", "0 faults": `one` is a regular noun, lower case. */
char *pv_counted(pv_arena *arena, size_t n, const char *one);

/* UTF-8: length of the valid sequence at s (1..4), 0 if it is broken. */
int pv_utf8_step(const char *s, size_t len, uint32_t *ret_rune);
bool pv_utf8_valid(const char *s, size_t len, size_t *ret_bad);
int pv_utf8_put(char out[4], uint32_t rune); /* bytes written */

/* Whole-string numbers: false on junk, overflow or empty input. */
bool pv_parse_int(pv_str s, int64_t *ret);
bool pv_parse_double(pv_str s, double *ret);

uint64_t pv_hash(const void *bytes, size_t len); /* seeded per process: never a name */
/* base64 (RFC 4648); url = alphabet of section 5 without padding. */
char *pv_base64(pv_arena *arena, const void *bytes, size_t len, bool url);
/* What %XX stand for (RFC 3986, section 2.1); NULL: broken escapes, or a NUL. */
char *pv_percent_decode(pv_arena *arena, const char *text);
/* As Go reads it: line breaks are passed over, bits behind the end too.  NULL: *ret_wrong (may be
 * NULL) is the byte where it is none, as Go counts. */
uint8_t *pv_base64_read(pv_arena *arena, pv_str text, size_t *ret_len, size_t *ret_wrong);
/* NULL if the text is not base64 of that kind. */
uint8_t *pv_unbase64(pv_arena *arena, pv_str text, bool url, size_t *ret_len);
int pv_hex_digit(char c); /* 0 to 15, -1 if it is none */
char *pv_hex(pv_arena *arena, const void *bytes, size_t len);
/* Cryptographic randomness (getrandom); aborts if the kernel has none. */
void pv_random(void *bytes, size_t len);
char *pv_uuid(pv_arena *arena); /* version 4, RFC 9562 */
