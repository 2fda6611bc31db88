/* git_place: a world, its facts and a Git repository in a temporary folder, for the tests of core/git.
 * One thread, but for what the facts' own threads tell.  The place is freed by git_place_close. */
#pragma once
#include <pthread.h>

#include "core/fact/fact.h"
#include "unit/core/world.h"
#include "unit/folder.h"

typedef struct git_place {
	world *w;
	pv_facts *facts;
	char dir[FOLDER_SIZE];
	pthread_mutex_t lock;
	pthread_cond_t news;
	unsigned changes;
} git_place;

/* cmocka's set-up and tear-down. */
int git_place_open(void **state);
int git_place_close(void **state);
/* Runs a script in the folder, as Mara. */
void git_place_shell(git_place *p, const char *script);
/* The fact git-tree, or its error's text; `commit` differs from `was` in it. */
const pv_val *git_place_know(git_place *p, const char *repo, const char *revision, const char *path,
			     const char *was);
