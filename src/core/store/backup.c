/* Making a backup: a picture of the indexes, which share their leaves with readers, and a copy of
 * the small facts; written line by line as somebody reads. */
#include "core/store/backup.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/str.h"
#include "core/store/backup_priv.h"
#include "core/store/store_priv.h"
#include "lang/json/json.h"

struct pv_backup {
	const pv_store *store;
	pv_ctx cx;   /* holds the picture */
	pv_ctx turn; /* of one line */
	int64_t rev;
	index_range *ranges; /* of every type */
	size_t n_ranges;
	pv_vec facts; /* pv_meta, as they lie in the engine */

	/* Where it has come to. */
	size_t range, leaf, slot, fact, objects;
	bool begun, ended;
	pv_hasher *hasher;
	pv_buf line; /* what is not read yet begins at `read` */
	size_t read;
};

/* ---- the picture ---- */

static int
take_fact(pv_ctx *cx, void *arg, const pv_meta *meta, bool torn)
{
	pv_backup *b = arg;
	pv_meta copy = {pv_strdup(b->cx.arena, meta->name),
			{pv_strndup(b->cx.arena, meta->value.s, meta->value.len), meta->value.len}};

	if (torn)
		return pv_fail(cx, PV_EINTERNAL,
			       "store: the fact \"%s\" is not what was written: no backup was made of it",
			       meta->name);
	if (!is_own_fact(meta->name))
		pv_vec_push(&b->facts, &copy);
	return 0;
}

int
pv_backup_open(pv_ctx *cx, pv_store *store, pv_backup **ret)
{
	pv_backup *b = calloc(1, sizeof *b);
	int r;

	PV_ASSERT(b != NULL);
	b->store = store;
	pv_ctx_init(&b->cx, "store-backup");
	pv_ctx_init(&b->turn, "store-backup-line");
	pv_buf_init(&b->line, NULL);
	b->hasher = pv_hasher_new();
	pv_vec_init(&b->facts, b->cx.arena, sizeof(pv_meta));
	pthread_rwlock_rdlock(&store->lock);
	b->rev = atomic_load(&store->rev);
	b->n_ranges = store->n_shelves;
	b->ranges = pv_new_array(b->cx.arena, index_range, b->n_ranges);
	for (size_t i = 0; i < b->n_ranges; i++)
		index_snapshot(&b->cx, &store->shelves[i]->objects, NULL, NULL, NULL, &b->ranges[i]);
	pthread_rwlock_unlock(&store->lock);
	r = store->engine->ops->metas(cx, store->engine, take_fact, b);
	if (r < 0)
		pv_backup_close(b);
	else
		*ret = b;
	return r;
}

pv_backup *
pv_backup_close(pv_backup *b)
{
	if (b == NULL)
		return NULL;
	pv_buf_done(&b->line);
	pv_hasher_free(b->hasher);
	pv_ctx_done(&b->turn);
	pv_ctx_done(&b->cx);
	free(b);
	return NULL;
}

/* ---- lines ---- */

/* {"WHAT":{...}} */
static void
put_line(pv_backup *b, const char *what, pv_objb *of)
{
	pv_arena *arena = b->turn.arena;
	pv_objb whole;
	pv_val v;

	pv_objb_init(&whole, arena);
	pv_objb_put(&whole, what, pv_objb_end(of));
	v = pv_objb_end(&whole);
	b->line.len = b->read = 0;
	pv_json_write(&b->line, &v);
	pv_buf_addc(&b->line, '\n');
	pv_hasher_add(b->hasher, b->line.s, b->line.len);
}

static void
put_header(pv_backup *b)
{
	pv_objb of;

	pv_objb_init(&of, b->turn.arena);
	pv_objb_put(&of, "format", pv_int(BACKUP_FORMAT));
	pv_objb_put(&of, "revision", pv_int(b->rev));
	pv_objb_puts(&of, "time", pv_time_format(b->turn.arena, pv_now()));
	pv_objb_puts(&of, "pave", PAVE_VERSION);
	put_line(b, "backup", &of);
}

static int
put_object(pv_ctx *cx, pv_backup *b, const pv_rec *rec)
{
	pv_str kept;
	pv_objb of;
	int r = seal_close(&b->turn, b->store->sealer, &rec->key, pv_rec_json(rec), &kept);

	if (r < 0)
		return pv_fail(cx, -r, "%s", pv_error_text(&b->turn));
	pv_objb_init(&of, b->turn.arena);
	pv_objb_puts(&of, "type", rec->key.type);
	pv_objb_puts(&of, "namespace", rec->key.ns);
	pv_objb_puts(&of, "name", rec->key.name);
	pv_objb_put(&of, "revision", pv_int(rec->rev));
	pv_objb_put(&of, "stamp", pv_int(rec->stamp));
	pv_objb_put(&of, "json", pv_stringn(b->turn.arena, kept.s, kept.len));
	put_line(b, "object", &of);
	b->objects++;
	return 0;
}

static void
put_fact(pv_backup *b, const pv_meta *fact)
{
	pv_objb of;

	pv_objb_init(&of, b->turn.arena);
	pv_objb_puts(&of, "name", fact->name);
	pv_objb_puts(&of, "base64", pv_base64(b->turn.arena, fact->value.s, fact->value.len, false));
	put_line(b, "fact", &of);
}

static void
put_end(pv_backup *b)
{
	pv_objb of;

	pv_objb_init(&of, b->turn.arena);
	pv_objb_put(&of, "objects", pv_int((int64_t)b->objects));
	pv_objb_put(&of, "facts", pv_int((int64_t)b->facts.len));
	pv_objb_puts(&of, "sha256", pv_hasher_hex(b->hasher, b->turn.arena));
	put_line(b, "end", &of);
	b->ended = true;
}

/* The next record of the picture; NULL at its end. */
static const pv_rec *
next_record(pv_backup *b)
{
	for (; b->range < b->n_ranges; b->range++, b->leaf = b->slot = 0) {
		const index_range *range = &b->ranges[b->range];

		for (; b->leaf < range->len; b->leaf++, b->slot = 0)
			if (b->slot < range->leaves[b->leaf]->len)
				return range->leaves[b->leaf]->recs[b->slot++];
	}
	return NULL;
}

static int
put_next(pv_ctx *cx, pv_backup *b)
{
	const pv_rec *rec;
	int r = 0;

	if (!b->begun) {
		b->begun = true;
		put_header(b);
	} else if (b->fact < b->facts.len) {
		put_fact(b, PV_AT(pv_meta, &b->facts, b->fact++));
	} else if ((rec = next_record(b)) != NULL) {
		r = put_object(cx, b, rec);
	} else {
		put_end(b);
	}
	pv_ctx_reset(&b->turn);
	return r;
}

int
pv_backup_read(pv_ctx *cx, pv_backup *b, char *out, size_t cap, size_t *ret)
{
	size_t n = 0;

	while (n < cap) {
		size_t left = b->line.len - b->read, part = left < cap - n ? left : cap - n;
		int r = 0;

		if (left == 0) {
			if (b->ended)
				break;
			r = put_next(cx, b);
		} else {
			memcpy(out + n, b->line.s + b->read, part);
			b->read += part;
			n += part;
		}
		if (r < 0)
			return r;
	}
	*ret = n;
	return 0;
}
