#include "unit/core/store_case.h"

#include <sqlite3.h>
#include <string.h>

#include "base/buf.h"
#include "core/store/backup.h"
#include "lang/json/json.h"

void
case_begin(store_case *c)
{
	*c = (store_case){.conf.url = "memory:"};
	pv_ctx_init(&c->cx, "test");
}

void
case_end(store_case *c)
{
	c->store = pv_store_close(c->store);
	pv_ctx_done(&c->cx);
	if (c->dir[0] != '\0')
		folder_remove(c->dir);
}

void
case_dir(store_case *c)
{
	folder_make(c->dir);
	c->conf.url = pv_printf(c->cx.arena, "sqlite:%s/pave.db", c->dir);
}

void
case_open(store_case *c)
{
	if (pv_store_open(&c->cx, &c->conf, &c->store) < 0)
		fail_msg("%s", pv_error_text(&c->cx));
}

void
case_reopen(store_case *c)
{
	c->store = pv_store_close(c->store);
	case_open(c);
}

int
case_bare(void **state)
{
	case_begin(*state);
	return 0;
}

int
case_folder(void **state)
{
	case_begin(*state);
	case_dir(*state);
	return 0;
}

int
case_opened(void **state)
{
	case_begin(*state);
	case_open(*state);
	return 0;
}

int
case_opened_in_folder(void **state)
{
	case_folder(state);
	case_open(*state);
	return 0;
}

int
case_ended(void **state)
{
	case_end(*state);
	return 0;
}

void
case_open_fails(store_case *c, int code, const char *text)
{
	pv_store *store;
	int r = pv_store_open(&c->cx, &c->conf, &store);

	assert_int_equal(r, -code);
	if (strstr(pv_error_text(&c->cx), text) == NULL)
		fail_msg("expected \"%s\" in: %s", text, pv_error_text(&c->cx));
	pv_recover(&c->cx);
}

const char *
case_path(store_case *c, const char *name)
{
	return pv_printf(c->cx.arena, "%s/%s", c->dir, name);
}

void
case_sql(store_case *c, const char *text)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(case_path(c, "pave.db"), &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 60000); /* the store may be writing */
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(db));
	sqlite3_close(db);
}

pv_str
case_backup(store_case *c, size_t piece)
{
	char *out = pv_alloc(c->cx.arena, piece);
	pv_backup *b;
	pv_buf text;
	size_t n;

	pv_buf_init(&text, c->cx.arena);
	if (pv_backup_open(&c->cx, c->store, &b) < 0)
		fail_msg("%s", pv_error_text(&c->cx));
	do {
		assert_int_equal(pv_backup_read(&c->cx, b, out, piece, &n), 0);
		pv_buf_add(&text, out, n);
	} while (n > 0);
	pv_backup_close(b);
	return (pv_str){text.s, text.len};
}

static int
next_line(pv_ctx *cx, void *arg, pv_str *ret)
{
	pv_str *rest = arg;

	(void)cx;
	return rest->len > 0 && pv_str_next(rest, '\n', ret) ? 1 : 0;
}

int
case_restore(pv_ctx *cx, pv_str text, const char *dir, bool replace, int64_t *ret_rev)
{
	pv_restore_conf conf = {.dir = dir, .replace = replace, .line = next_line, .arg = &text};
	pv_backup_info info;

	return pv_restore(cx, &conf, &info, ret_rev);
}

const pv_val *
doc_of(pv_ctx *cx, const char *name, int64_t n)
{
	pv_objb meta, doc;

	pv_objb_init(&meta, cx->arena);
	pv_objb_puts(&meta, "name", name);
	pv_objb_init(&doc, cx->arena);
	pv_objb_puts(&doc, "kind", "T");
	pv_objb_put(&doc, "metadata", pv_objb_end(&meta));
	pv_objb_put(&doc, "n", pv_int(n));
	return pv_box(cx->arena, pv_objb_end(&doc));
}

const pv_val *
doc_sized(pv_ctx *cx, const char *name, size_t bytes)
{
	char *text = pv_alloc(cx->arena, bytes);
	pv_val doc = *doc_of(cx, name, 0);

	memset(text, 'x', bytes);
	doc = pv_with(cx->arena, &doc, "data", pv_stringn(cx->arena, text, bytes));
	return pv_box(cx->arena, doc);
}

int64_t
doc_n(const pv_rec *rec)
{
	return pv_i64_at(pv_rec_val(rec), "n", -1);
}

static int64_t
write_one(store_case *c, pv_write w)
{
	int r = pv_store_write(&c->cx, c->store, &w, 1);

	assert_true((r < 0) == (c->cx.err != NULL));
	if (r < 0) {
		assert_null(w.ret);
		return -pv_recover(&c->cx);
	}
	return pv_rec_rev(w.ret);
}

int64_t
put(store_case *c, pv_key key, int64_t n, int64_t expect)
{
	return write_one(c, (pv_write){.key = key, .doc = doc_of(&c->cx, key.name, n), .expect = expect});
}

int64_t
del(store_case *c, pv_key key, int64_t expect)
{
	return write_one(c, (pv_write){.key = key, .expect = expect});
}

const char *
listed(store_case *c, const pv_list_query *query)
{
	pv_listing list;
	pv_buf b;

	pv_buf_init(&b, c->cx.arena);
	if (pv_store_list(&c->cx, c->store, query, &list) < 0)
		return pv_code_reason(pv_recover(&c->cx));
	for (size_t i = 0; i < list.len; i++) {
		const pv_key *key = pv_rec_key(list.recs[i]);

		pv_buf_printf(&b, "%s%s/%s=%lld", i == 0 ? "" : " ", key->ns, key->name,
			      (long long)doc_n(list.recs[i]));
	}
	if (list.more)
		pv_buf_printf(&b, " +%zu", list.remaining);
	return b.s;
}

const char *
watched(store_case *c, pv_watch *watch)
{
	pv_event event;
	pv_buf b;
	int r;

	pv_buf_init(&b, c->cx.arena);
	while ((r = pv_watch_next(&c->cx, watch, &event)) > 0) {
		const char *name = pv_rec_key(event.rec)->name;

		assert_int_equal(event.rev, pv_rec_rev(event.rec));
		assert_int_equal(event.prev == NULL, event.type == PV_ADDED);
		pv_buf_printf(&b, "%s%c%s=%lld", b.len == 0 ? "" : " ", "+*-"[event.type], name,
			      (long long)doc_n(event.rec));
		if (event.prev != NULL)
			pv_buf_printf(&b, "<%lld", (long long)doc_n(event.prev));
	}
	if (r < 0)
		return pv_code_reason(pv_recover(&c->cx));
	return b.s;
}

void
no_wake(void *arg)
{
	(void)arg;
}
