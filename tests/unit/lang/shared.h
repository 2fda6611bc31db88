/* shared: the field's own test data, which lies beside the project and is not part
 * of it.  Without it the tests that want it are skipped, saying so. */
#pragma once
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/arena.h"

/* The path of a file or folder in the data, NULL if there is none. */
static inline const char *
shared_path(pv_arena *arena, const char *name)
{
	static const char *const places[] = {PAVE_SOURCE_DIR "/../shared/conformance",
					     PAVE_SOURCE_DIR "/../../shared/conformance"};
	struct stat st;

	for (size_t i = 0; i < PV_LEN(places); i++) {
		const char *path = pv_printf(arena, "%s/%s", places[i], name);

		if (stat(path, &st) == 0)
			return path;
	}
	printf("# skipped: no test data at %s/%s\n", places[0], name);
	return NULL;
}

static inline pv_str
shared_read(pv_arena *arena, const char *path)
{
	FILE *file = fopen(path, "rb");
	size_t cap = 16 << 20, len = 0;
	char *text;

	if (file == NULL)
		return (pv_str){NULL, 0};
	if (fseek(file, 0, SEEK_END) == 0)
		cap = (size_t)ftell(file);
	rewind(file);
	text = pv_alloc(arena, cap + 1);
	len = fread(text, 1, cap, file);
	text[len] = '\0';
	fclose(file);
	return (pv_str){text, len};
}
