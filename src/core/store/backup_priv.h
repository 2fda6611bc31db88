/* What the two ends of a backup agree on. */
#pragma once
#include "core/store/rec.h"

#define BACKUP_FORMAT 1
#define BACKUP_LINE ((size_t)64 << 20) /* bytes of one, at most */

/* Facts of the store about its own files, which no other file has. */
#define FACT_SEALING "sealing"           /* with which keys all was sealed last */
#define REVISION_FAR INT64_C(1000000000) /* behind every revision that may have been given unseen */
#define REVISION_MOST (INT64_MAX / 2)    /* no life comes near it */
#define FACT_REVISION "revision"         /* all up to it were given by an earlier life */
#define FACT_MARKED "marked"             /* there has been a mark beside it (sqlite_mark.c) */
static inline bool
is_own_fact(const char *name)
{
	return strcmp(name, FACT_SEALING) == 0 || strcmp(name, FACT_REVISION) == 0 ||
	       strcmp(name, FACT_MARKED) == 0 || strcmp(name, "probe") == 0;
}

typedef struct backup_item { /* of one line; borrowed until the next */
	bool is_object, is_fact;
	rec_row row; /* without id */
	pv_meta fact;
} backup_item;
struct pv_backup_reader;
/* As pv_backup_take(), and what was in it. */
PV_MUST_USE int backup_parse(pv_ctx *cx, struct pv_backup_reader *r, pv_str line, backup_item *ret);
