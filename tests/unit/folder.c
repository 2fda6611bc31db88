#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/folder.h"

#define OPEN_AT_ONCE 16

void
folder_make(char ret_path[FOLDER_SIZE])
{
	const char *where = getenv("TMPDIR");
	int n = snprintf(ret_path, FOLDER_SIZE, "%s/pave-unit-XXXXXX", where != NULL ? where : "/tmp");

	if (n >= FOLDER_SIZE || mkdtemp(ret_path) == NULL)
		fail_msg("no folder %s: %s", ret_path, strerror(errno));
}

static int
drop(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

void
folder_remove(const char *path)
{
	if (nftw(path, drop, OPEN_AT_ONCE, FTW_DEPTH | FTW_PHYS) != 0)
		print_message("# %s stays: %s\n", path, strerror(errno));
}
