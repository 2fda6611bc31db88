/* gotmpl: Go's text/template.  Templates are parsed once into a set, which is then
 * immutable: any thread may execute it at any time, each in an arena of its own.
 * What a template can call is what its set was given; see README.md. */
#pragma once
#include "base/vec.h"
#include "lang/gotmpl/value.h"

/* One function.  `sig`: a letter for each parameter, '.' in front of the last one if it
 * may come any number of times: s string, i int, I int64, f float64, b bool, a anything,
 * v anything (of text/template's own: no type is asked), m map[string]interface {},
 * l []interface {}, S []string, t time.Time. */
typedef int (*pv_tfn)(pv_trun *r, const pv_tv *args, size_t n, pv_tv *ret);
typedef struct pv_tfunc {
	const char *name, *sig;
	pv_tfn fn;
} pv_tfunc;

/* Sets of functions, each ended by a NULL name.  Later ones hide earlier ones. */
extern const pv_tfunc pv_tmpl_strings[], pv_tmpl_widths[], pv_tmpl_encodings[], pv_tmpl_lists[],
	pv_tmpl_dicts[], pv_tmpl_numbers[], pv_tmpl_defaults[], pv_tmpl_dates[], pv_tmpl_paths[],
	pv_tmpl_regex[], pv_tmpl_versions[], pv_tmpl_digests[];
/* Sprig's functions that give the same for the same, but `now`, which reads pv_tmpl_run.now. */
#define PV_TMPL_SPRIG \
	pv_tmpl_strings, pv_tmpl_widths, pv_tmpl_encodings, pv_tmpl_lists, pv_tmpl_dicts, pv_tmpl_numbers, \
		pv_tmpl_defaults, pv_tmpl_dates, pv_tmpl_paths, pv_tmpl_regex, pv_tmpl_versions, \
		pv_tmpl_digests
extern const pv_tfunc pv_tmpl_random[];    /* sprig's random texts and numbers */
extern const pv_tfunc pv_tmpl_keys[];      /* its keys, certificates and password hashes */
extern const pv_tfunc pv_tmpl_documents[]; /* toYaml, fromYaml, toToml, toJson .. as Helm has them */
extern const pv_tfunc pv_tmpl_include[];   /* include, tpl, required, fail */
extern const pv_tfunc pv_tmpl_lookup[];    /* lookup, answered by pv_tmpl_run.lookup */

enum pv_tmissing { PV_T_MISSING_DEFAULT, PV_T_MISSING_ZERO, PV_T_MISSING_ERROR };

typedef struct pv_tmpl pv_tmpl;
typedef struct pv_tmpl_opts {
	const pv_tfunc *const *funcs; /* sets, ended by NULL; NULL: only the built-in ones */
	pv_str left, right;           /* delimiters; empty: {{ and }} */
} pv_tmpl_opts;

/* An empty set in the arena, which must outlive it. */
pv_tmpl *pv_tmpl_new(pv_arena *arena, const pv_tmpl_opts *opts);
/* Adds a template and those it defines.  The text is borrowed.  -PV_EINVALID with Go's
 * text: "template: NAME:LINE: unexpected ..".  Not while the set is executed. */
PV_MUST_USE int pv_tmpl_parse(pv_ctx *cx, pv_tmpl *t, pv_str name, pv_str text);

typedef struct pv_tmpl_run {
	enum pv_tmissing missing;
	bool lint;          /* required and fail do not fail */
	uint64_t steps;     /* 0: 200 million; nodes evaluated and bytes handled */
	size_t output;      /* 0: 256 MB; of all texts written */
	size_t stack;       /* 0: 2 MB; of the thread's stack, for templates within templates */
	int64_t now;        /* the clock: ns since 1970; 0: the functions of time have no clock */
	const char *absent; /* what no value prints as; NULL: <no value> */
	const char *root;   /* name of the templates that `tpl` parses; NULL: "gotpl" */
	/* apiVersion, kind, namespace, name -> the object, or an empty map.  NULL: none. */
	int (*lookup)(pv_trun *r, void *of, const pv_tv *args, pv_tv *ret);
	void *of;
	/* NULL, or of const char *: a template's error, cut where one wraps another: each text is
	 * the tail of the one before. */
	pv_vec *errors;
} pv_tmpl_run;

/* Writes what the template makes of `dot` to `out`; cx->arena holds what it computes.
 * -PV_EINVALID with Go's text; -PV_ETOOLARGE where a limit was met. */
PV_MUST_USE int pv_tmpl_execute(pv_ctx *cx, const pv_tmpl *t, const pv_tmpl_run *how, pv_str name, pv_tv dot,
				pv_buf *out);

/* ---- for functions ---- */
pv_arena *pv_trun_arena(pv_trun *r);
/* Always negative: `return pv_trun_fail(r, ..)`. */
int pv_trun_fail(pv_trun *r, const char *fmt, ...) PV_PRINTF(2, 3);
/* The error that is in the ctx becomes the function's. */
int pv_trun_fail_ctx(pv_trun *r);
/* Of a negative code: the text goes in front of the failure's.  Returns code. */
int pv_trun_wrap(pv_trun *r, int code, const char *fmt, ...) PV_PRINTF(3, 4);
/* What fmt's %v prints, as a text. */
PV_MUST_USE int pv_trun_print(pv_trun *r, const pv_tv *v, pv_tv *ret);
/* strings.SplitN, after: SplitAfterN; a negative limit: all pieces, pv_str, of s. */
PV_MUST_USE int pv_trun_split(pv_trun *r, pv_str s, pv_str sep, bool after, int64_t limit, pv_vec *ret);
/* Charges work; negative when the limit is met. */
int pv_trun_spend(pv_trun *r, uint64_t steps);
/* A function, or of an object (self) a method, with arguments that are checked. */
PV_MUST_USE int pv_trun_call(pv_trun *r, const pv_tfunc *fn, const pv_tv *self, const pv_tv *args, size_t n,
			     pv_tv *ret);
/* For who calls functions without a template: body(r, arg) within how's limits.  Its failure is cx's error. */
PV_MUST_USE int pv_trun_with(pv_ctx *cx, const pv_tmpl_run *how, int (*body)(pv_trun *r, void *arg),
			     void *arg);
