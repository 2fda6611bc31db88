/* A file layer in front of SQLite's own: what it writes to its write-ahead log comes in
 * pieces, two for each page, and goes to the system in one write before the sync.
 * Every other file is opened by the layer below and never seen here again.
 *
 * Nothing is weaker for it: SQLite asks for a sync before it calls a group committed,
 * and shows readers no page of the log before; the connection that wrote reads through
 * this layer, which writes first. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/store/sqlite.h"

/* Bytes that wait, at most: unix files take the length of one write modulo 128 KB. */
#define GATHER ((size_t)0x1ffff)

typedef struct wal_file {
	sqlite3_file base;
	char *bytes; /* what waits, for the place `at` */
	size_t len;
	sqlite3_int64 at;
	bool lax; /* a sync is owed */
	_Alignas(8) char below[];
} wal_file;

static sqlite3_vfs *below_vfs;
static sqlite3_vfs vfs;

static sqlite3_file *
below(sqlite3_file *f)
{
	return (sqlite3_file *)((wal_file *)f)->below;
}

/* What cannot be written is forgotten: the group fails, and the next one writes there. */
static int
flush(sqlite3_file *f)
{
	wal_file *w = (wal_file *)f;
	size_t len = w->len;

	w->len = 0;
	return len == 0 ? SQLITE_OK : below(f)->pMethods->xWrite(below(f), w->bytes, (int)len, w->at);
}

static int
wal_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	wal_file *w = (wal_file *)f;
	int rc = SQLITE_OK;

	if (w->len > 0 && (at != w->at + (sqlite3_int64)w->len || w->len + (size_t)n > GATHER))
		rc = flush(f);
	if (rc != SQLITE_OK)
		return rc;
	if ((size_t)n > GATHER)
		return below(f)->pMethods->xWrite(below(f), p, n, at);
	if (w->len == 0)
		w->at = at;
	memcpy(w->bytes + w->len, p, (size_t)n);
	w->len += (size_t)n;
	return SQLITE_OK;
}

static int
wal_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
	int rc = flush(f);

	return rc != SQLITE_OK ? rc : below(f)->pMethods->xRead(below(f), p, n, at);
}

static int
wal_sync(sqlite3_file *f, int flags)
{
	int rc = flush(f);

	return rc != SQLITE_OK || ((wal_file *)f)->lax ? rc : below(f)->pMethods->xSync(below(f), flags);
}

/* Turned off, it is made up for. */
int
sqlite_wal_lax(sqlite3_file *f, bool lax)
{
	PV_ASSERT(f->pMethods->xSync == wal_sync);
	((wal_file *)f)->lax = lax;
	return lax ? SQLITE_OK : wal_sync(f, SQLITE_SYNC_NORMAL);
}

static int
wal_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	int rc = flush(f);

	return rc != SQLITE_OK ? rc : below(f)->pMethods->xTruncate(below(f), size);
}

static int
wal_size(sqlite3_file *f, sqlite3_int64 *ret)
{
	int rc = flush(f);

	return rc != SQLITE_OK ? rc : below(f)->pMethods->xFileSize(below(f), ret);
}

static int
wal_close(sqlite3_file *f)
{
	int rc = flush(f), closed = below(f)->pMethods->xClose(below(f));

	free(((wal_file *)f)->bytes);
	return rc != SQLITE_OK ? rc : closed;
}

static int
wal_lock(sqlite3_file *f, int level)
{
	return below(f)->pMethods->xLock(below(f), level);
}

static int
wal_unlock(sqlite3_file *f, int level)
{
	return below(f)->pMethods->xUnlock(below(f), level);
}

static int
wal_reserved(sqlite3_file *f, int *ret)
{
	return below(f)->pMethods->xCheckReservedLock(below(f), ret);
}

static int
wal_control(sqlite3_file *f, int op, void *arg)
{
	return below(f)->pMethods->xFileControl(below(f), op, arg);
}

static int
wal_sector(sqlite3_file *f)
{
	return below(f)->pMethods->xSectorSize(below(f));
}

static int
wal_traits(sqlite3_file *f)
{
	return below(f)->pMethods->xDeviceCharacteristics(below(f));
}

static const sqlite3_io_methods methods = {
	.iVersion = 1,
	.xClose = wal_close,
	.xRead = wal_read,
	.xWrite = wal_write,
	.xTruncate = wal_truncate,
	.xSync = wal_sync,
	.xFileSize = wal_size,
	.xLock = wal_lock,
	.xUnlock = wal_unlock,
	.xCheckReservedLock = wal_reserved,
	.xFileControl = wal_control,
	.xSectorSize = wal_sector,
	.xDeviceCharacteristics = wal_traits,
};

static int
open_file(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *ret_flags)
{
	wal_file *w = (wal_file *)f;
	int rc;

	(void)v;
	if ((flags & SQLITE_OPEN_WAL) == 0)
		return below_vfs->xOpen(below_vfs, name, f, flags, ret_flags);
	*w = (wal_file){.bytes = malloc(GATHER)};
	PV_ASSERT(w->bytes != NULL);
	rc = below_vfs->xOpen(below_vfs, name, below(f), flags, ret_flags);
	f->pMethods = below(f)->pMethods == NULL ? NULL : &methods;
	if (f->pMethods == NULL)
		free(w->bytes);
	return rc;
}

static void
install(void)
{
	below_vfs = sqlite3_vfs_find(NULL);
	PV_ASSERT(below_vfs != NULL);
	vfs = *below_vfs; /* all else is answered by it, with its own pAppData */
	vfs.szOsFile = (int)sizeof(wal_file) + below_vfs->szOsFile;
	vfs.zName = "pave";
	vfs.pNext = NULL;
	vfs.xOpen = open_file;
	sqlite3_vfs_register(&vfs, 0);
}

const char *
sqlite_vfs(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, install);
	return vfs.zName;
}
