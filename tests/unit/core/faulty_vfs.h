/* faulty_vfs: SQLite's file layer with a fault on demand: the n-th write or sync of
 * the process fails, or all from there on, as a full or broken disk has it.  The
 * program under test knows nothing of it. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

void faulty_install(void); /* becomes the default layer; once */
/* Counting starts at 1 now.  at 0: nothing fails.  code: SQLITE_FULL, SQLITE_IOERR_FSYNC ... */
void faulty_arm(int at, bool sticky, int code);
bool faulty_struck(void); /* did it come to the fault since faulty_arm()? */

/* Told of each write and sync before it is done; flags as in SQLite's xOpen, at -1 for
 * a sync.  Called on the thread that writes, which stands still meanwhile.  NULL: nobody. */
void faulty_watch(void (*seen)(int flags, int64_t at));
