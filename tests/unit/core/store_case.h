/* What the store's tests share: a folder of their own, documents, short verbs. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/ctx.h"
#include "base/str.h"
#include "core/store/store.h"
#include "unit/folder.h"

typedef struct store_case {
	pv_ctx cx;
	pv_store *store;
	char dir[FOLDER_SIZE]; /* "" until case_dir() */
	pv_store_conf conf;
} store_case;

void case_begin(store_case *c);
void case_end(store_case *c);    /* closes the store, removes the folder */
void case_dir(store_case *c);    /* makes the folder; conf.url names a database in it */
void case_open(store_case *c);   /* must succeed */
void case_reopen(store_case *c); /* closes and opens again */
/* Around each test of a file whose case is `c`: begun so, and ended after it. */
#define CASE_WITH(fn, begun) cmocka_unit_test_prestate_setup_teardown(fn, begun, case_ended, &c)
int case_bare(void **state);
int case_folder(void **state); /* it has one; not yet opened */
int case_opened(void **state); /* in memory */
int case_opened_in_folder(void **state);
int case_ended(void **state);
/* Must fail, with this code and this text in the message. */
void case_open_fails(store_case *c, int code, const char *text);
const char *case_path(store_case *c, const char *name); /* of a file in the folder */
void case_sql(store_case *c, const char *text);         /* done to the database in it by somebody else */

/* The whole of a backup of this moment, read in pieces of so many bytes. */
pv_str case_backup(store_case *c, size_t piece);
int case_restore(pv_ctx *cx, pv_str text, const char *dir, bool replace, int64_t *ret_rev);

/* {"kind":"T","metadata":{"name":NAME},"n":N} */
const pv_val *doc_of(pv_ctx *cx, const char *name, int64_t n);
/* A document of about this many bytes. */
const pv_val *doc_sized(pv_ctx *cx, const char *name, size_t bytes);
int64_t doc_n(const pv_rec *rec);
#define KEY(type, ns, name) ((pv_key){(type), (ns), (name)})
/* One write each; the result or -PV_E*, with the error recovered. */
int64_t put(store_case *c, pv_key key, int64_t n, int64_t expect); /* the new revision */
int64_t del(store_case *c, pv_key key, int64_t expect);
/* "ns/name=n ..." of a listing. */
const char *listed(store_case *c, const pv_list_query *query);
/* "+a=1 *a=2 -a" of what a watch has now; events in order. */
const char *watched(store_case *c, pv_watch *watch);
void no_wake(void *arg);
