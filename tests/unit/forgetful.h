/* forgetful: a disk that forgets, in front of the C library's calls, so that nothing that writes goes past it.
 * Of the files in one folder it knows what a loss of power would leave: what was synced.  As on Linux, a sync
 * that fails says so once to each descriptor, and the pages that it was to write count as clean from then on.
 * Names that are made, moved or removed are on the disk when their folder was synced; a sync of it that fails
 * writes none, and the next one does.  The program under test knows nothing of it.  Thread-safe. */
#pragma once
#include <stdbool.h>

void forgetful_begin(const char *folder);
void forgetful_end(void);
/* Counting starts at 1 now: the n-th write or sync fails with EIO; of a write, half came through.  0: none. */
void forgetful_arm(int n);
void forgetful_arm_sync(const char *file, int n); /* the n-th sync of this file, by its name */
/* At the n-th, before it is done, forgetful_power_off(to, dice). */
void forgetful_arm_off(int n, const char *to, unsigned dice);
void forgetful_rest(bool resting); /* what others do is not counted */
bool forgetful_struck(void);       /* did it come to that since it was armed? */
/* What the disk has now, in another folder: what was not synced is lost; or with dice, not 0, some sectors only,
 * and no name or all. */
void forgetful_power_off(const char *to, unsigned dice);
