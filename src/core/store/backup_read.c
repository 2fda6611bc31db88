/* Reading a backup: every line is what was written, none is missing, none came twice. */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/map.h"
#include "base/str.h"
#include "core/store/backup.h"
#include "core/store/backup_priv.h"
#include "core/store/seal.h"
#include "lang/json/json.h"

struct pv_backup_reader {
	pv_ctx turn; /* of one line */
	pv_hasher *hasher;
	pv_map *seen; /* keys of objects and facts */
	pv_backup_info info;
	char time[64];
	int64_t line;
	bool ended;
};

pv_backup_reader *
pv_backup_reader_new(void)
{
	pv_backup_reader *r = calloc(1, sizeof *r);

	PV_ASSERT(r != NULL);
	pv_ctx_init(&r->turn, "store-backup-reader");
	r->hasher = pv_hasher_new();
	r->seen = pv_map_new(NULL);
	r->info.time = r->time;
	return r;
}

pv_backup_reader *
pv_backup_reader_free(pv_backup_reader *r)
{
	if (r == NULL)
		return NULL;
	pv_hasher_free(r->hasher);
	pv_map_free(r->seen);
	pv_ctx_done(&r->turn);
	free(r);
	return NULL;
}

/* ---- lines ---- */

static int
bad(pv_ctx *cx, const pv_backup_reader *r, const char *what)
{
	return pv_fail(cx, PV_EINVALID, "backup: line %lld: %s: take another backup", (long long)r->line,
		       what);
}

static int
take_header(pv_ctx *cx, pv_backup_reader *r, const pv_val *of)
{
	int64_t format = pv_i64_at(of, "format", 0);

	if (of == NULL || format <= 0)
		return bad(cx, r, "expected the header of a backup of Pave's, found something else");
	if (format > BACKUP_FORMAT)
		return pv_fail(
			cx, PV_EUNSUPPORTED,
			"backup: it was made by Pave %s, in format %lld, and this one knows up to %d: install "
			"the newer program",
			pv_text_at(of, "pave", "?"), (long long)format, BACKUP_FORMAT);
	r->info.rev = pv_i64_at(of, "revision", 0);
	snprintf(r->time, sizeof r->time, "%s", pv_text_at(of, "time", ""));
	return r->info.rev > 0 && r->info.rev <= REVISION_MOST
		       ? 0
		       : bad(cx, r, "the header has no revision that Pave gives");
}

/* Is this the first time? */
static bool
is_new(pv_backup_reader *r, const pv_key *key)
{
	char *name = pv_printf(r->turn.arena, "%s/%s/%s", key->type, key->ns, key->name);

	return pv_map_puts(r->seen, name, r) == NULL;
}

/* What can stand in a path. */
static bool
is_part(const pv_val *v)
{
	return pv_is(v, PV_STRING) && strlen(v->s) == v->len && !strpbrk(v->s, "/%") &&
	       !pv_streq(v->s, ".") && !pv_streq(v->s, "..");
}

static bool
is_type(const pv_val *v)
{
	return pv_is(v, PV_STRING) && strlen(v->s) == v->len && strchr(v->s, '/');
}

static int
take_object(pv_ctx *cx, pv_backup_reader *r, const pv_val *of, rec_row *row)
{
	const pv_val *json = pv_get(of, "json");
	rec_pool *pool;
	pv_rec *rec;

	*row = (rec_row){.id = (int64_t)r->info.objects + 1,
			 .rev = pv_i64_at(of, "revision", 0),
			 .stamp = pv_i64_at(of, "stamp", 0),
			 .key = {pv_text_at(of, "type", ""), pv_text_at(of, "namespace", ""),
				 pv_text_at(of, "name", "")},
			 .json = {pv_text(json, ""), pv_is(json, PV_STRING) ? json->len : 0}};
	if (*row->key.name == '\0' || row->rev <= 0 || row->rev > r->info.rev || row->json.len == 0)
		return bad(cx, r, "an object is not whole");
	if (!is_type(pv_get(of, "type")) || !is_part(pv_get(of, "namespace")) || !is_part(pv_get(of, "name")))
		return bad(cx, r, "expected the type, namespace and name of an object, found something else");
	if (!is_new(r, &row->key))
		return bad(cx, r, "an object is there twice");
	r->info.objects++;
	if (seal_is(row->json))
		return 0;
	pool = rec_pool_new();
	rec = rec_decode(pool, row);
	pv_rec_unref(rec);
	rec_pool_unref(pool);
	return rec != NULL ? 0 : bad(cx, r, "an object contradicts itself");
}

static int
take_fact(pv_ctx *cx, pv_backup_reader *r, const pv_val *of, pv_meta *fact)
{
	size_t len = 0;
	const pv_val *text = pv_get(of, "base64");
	uint8_t *bytes = pv_is(text, PV_STRING)
				 ? pv_unbase64(r->turn.arena, pv_str_of(pv_text(text, "")), false, &len)
				 : NULL;

	*fact = (pv_meta){pv_text_at(of, "name", ""), {(const char *)bytes, len}};
	if (*fact->name == '\0' || bytes == NULL)
		return bad(cx, r, "a fact is not whole");
	if (!is_new(r, &META_KEY(fact->name)))
		return bad(cx, r, "a fact is there twice");
	r->info.facts++;
	return 0;
}

static int
take_end(pv_ctx *cx, pv_backup_reader *r, const pv_val *of)
{
	if (pv_i64_at(of, "objects", -1) != (int64_t)r->info.objects ||
	    pv_i64_at(of, "facts", -1) != (int64_t)r->info.facts)
		return bad(cx, r, "there are not as many objects and facts as the last line says");
	if (!pv_streq(pv_text_at(of, "sha256", ""), pv_hasher_hex(r->hasher, r->turn.arena)))
		return bad(cx, r, "the SHA-256 of what came before is another: it was changed on its way");
	r->ended = true;
	return 0;
}

static int
take_line(pv_ctx *cx, pv_backup_reader *r, const pv_val *line, backup_item *ret)
{
	const char *what = pv_is(line, PV_OBJECT) && line->len == 1 ? pv_text(&line->members[0].key, "") : "";
	const pv_val *of = *what == '\0' ? NULL : &line->members[0].val;

	if (r->line == 1)
		return take_header(cx, r, pv_streq(what, "backup") ? of : NULL);
	ret->is_object = pv_streq(what, "object");
	ret->is_fact = pv_streq(what, "fact");
	if (ret->is_object)
		return take_object(cx, r, of, &ret->row);
	if (ret->is_fact)
		return take_fact(cx, r, of, &ret->fact);
	return pv_streq(what, "end") ? take_end(cx, r, of)
				     : bad(cx, r, "expected an object, a fact or the end");
}

int
backup_parse(pv_ctx *cx, pv_backup_reader *r, pv_str line, backup_item *ret)
{
	const pv_val *val;
	int e;

	*ret = (backup_item){0};
	pv_ctx_reset(&r->turn);
	r->line++;
	if (r->ended)
		return bad(cx, r, "something comes behind the end");
	if (line.len > BACKUP_LINE)
		return bad(cx, r, "it is longer than any that Pave writes");
	if (pv_json_parse(&r->turn, line, NULL, &val) < 0) {
		pv_recover(&r->turn);
		return bad(cx, r,
			   r->line == 1 ? "expected the header of a backup of Pave's, found no JSON"
					: "it is no JSON");
	}
	e = take_line(cx, r, val, ret);
	pv_hasher_add(r->hasher, line.s, line.len);
	pv_hasher_add(r->hasher, "\n", 1);
	return e;
}

int
pv_backup_take(pv_ctx *cx, pv_backup_reader *r, pv_str line)
{
	backup_item item;

	return backup_parse(cx, r, line, &item);
}

int
pv_backup_end(pv_ctx *cx, const pv_backup_reader *r, pv_backup_info *ret)
{
	if (r->line == 0)
		return pv_fail(cx, PV_EINVALID, "backup: there is nothing in it");
	if (!r->ended)
		return pv_fail(
			cx, PV_EINVALID,
			"backup: it breaks off behind line %lld, and its end is missing: take another backup",
			(long long)r->line);
	*ret = r->info;
	ret->time = pv_strdup(cx->arena, r->time);
	return 0;
}
