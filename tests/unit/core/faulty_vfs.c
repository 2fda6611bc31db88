#include "unit/core/faulty_vfs.h"

#include <sqlite3.h>
#include <stdatomic.h>
#include <stddef.h>

typedef struct faulty {
	sqlite3_file base;
	int flags;
	_Alignas(8) char real[]; /* the true layer's file */
} faulty;

static sqlite3_vfs *real_vfs;
static _Atomic int fail_at, fail_code, done;
static atomic_bool fail_sticky, struck;
static void (*watcher)(int flags, int64_t at);

void
faulty_watch(void (*seen)(int flags, int64_t at))
{
	watcher = seen;
}

static void
tell(sqlite3_file *f, int64_t at)
{
	if (watcher != NULL)
		watcher(((faulty *)f)->flags, at);
}

static sqlite3_file *
real(sqlite3_file *f)
{
	return (sqlite3_file *)((faulty *)f)->real;
}

/* Counts one operation; the code to fail with, or 0. */
static int
strike(void)
{
	int n = atomic_fetch_add(&done, 1) + 1, at = atomic_load(&fail_at);

	if (at == 0 || (atomic_load(&fail_sticky) ? n < at : n != at))
		return SQLITE_OK;
	atomic_store(&struck, true);
	return atomic_load(&fail_code);
}

#define PASS(name, args, call) \
	static int name args \
	{ \
		return real(f)->pMethods->call; \
	}
PASS(pass_close, (sqlite3_file * f), xClose(real(f)))
PASS(pass_read, (sqlite3_file * f, void *p, int n, sqlite3_int64 at), xRead(real(f), p, n, at))
PASS(pass_truncate, (sqlite3_file * f, sqlite3_int64 size), xTruncate(real(f), size))
PASS(pass_size, (sqlite3_file * f, sqlite3_int64 *size), xFileSize(real(f), size))
PASS(pass_lock, (sqlite3_file * f, int level), xLock(real(f), level))
PASS(pass_unlock, (sqlite3_file * f, int level), xUnlock(real(f), level))
PASS(pass_reserved, (sqlite3_file * f, int *ret), xCheckReservedLock(real(f), ret))
PASS(pass_control, (sqlite3_file * f, int op, void *arg), xFileControl(real(f), op, arg))
PASS(pass_sector, (sqlite3_file * f), xSectorSize(real(f)))
PASS(pass_traits, (sqlite3_file * f), xDeviceCharacteristics(real(f)))
PASS(pass_shm_map, (sqlite3_file * f, int i, int size, int extend, void volatile **ret),
     xShmMap(real(f), i, size, extend, ret))
PASS(pass_shm_lock, (sqlite3_file * f, int at, int n, int flags), xShmLock(real(f), at, n, flags))
PASS(pass_shm_unmap, (sqlite3_file * f, int del), xShmUnmap(real(f), del))
PASS(pass_fetch, (sqlite3_file * f, sqlite3_int64 at, int n, void **ret), xFetch(real(f), at, n, ret))
PASS(pass_unfetch, (sqlite3_file * f, sqlite3_int64 at, void *p), xUnfetch(real(f), at, p))

static void
pass_shm_barrier(sqlite3_file *f)
{
	real(f)->pMethods->xShmBarrier(real(f));
}

static int
fail_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	int rc = strike();

	tell(f, at);
	if (rc == SQLITE_OK)
		return real(f)->pMethods->xWrite(real(f), p, n, at);
	if (n > 1) /* half of it came through */
		real(f)->pMethods->xWrite(real(f), p, n / 2, at);
	return rc;
}

static int
fail_sync(sqlite3_file *f, int flags)
{
	int rc = strike();

	tell(f, -1);
	return rc != SQLITE_OK ? rc : real(f)->pMethods->xSync(real(f), flags);
}

static const sqlite3_io_methods methods = {
	3,
	pass_close,
	pass_read,
	fail_write,
	pass_truncate,
	fail_sync,
	pass_size,
	pass_lock,
	pass_unlock,
	pass_reserved,
	pass_control,
	pass_sector,
	pass_traits,
	pass_shm_map,
	pass_shm_lock,
	pass_shm_barrier,
	pass_shm_unmap,
	pass_fetch,
	pass_unfetch,
};

static int
open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *ret_flags)
{
	int rc = real_vfs->xOpen(real_vfs, name, real(f), flags, ret_flags);

	(void)vfs;
	((faulty *)f)->flags = flags;
	f->pMethods = real(f)->pMethods == NULL ? NULL : &methods;
	return rc;
}

void
faulty_install(void)
{
	static sqlite3_vfs vfs;

	if (real_vfs != NULL)
		return;
	real_vfs = sqlite3_vfs_find(NULL);
	vfs = *real_vfs;
	vfs.pNext = NULL;
	vfs.zName = "faulty";
	vfs.szOsFile = (int)offsetof(faulty, real) + real_vfs->szOsFile;
	vfs.xOpen = open_file;
	sqlite3_vfs_register(&vfs, 1);
}

void
faulty_arm(int at, bool sticky, int code)
{
	atomic_store(&fail_at, 0);
	atomic_store(&done, 0);
	atomic_store(&struck, false);
	atomic_store(&fail_sticky, sticky);
	atomic_store(&fail_code, code);
	atomic_store(&fail_at, at);
}

bool
faulty_struck(void)
{
	return atomic_load(&struck);
}
