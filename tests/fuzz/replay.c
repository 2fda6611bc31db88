/* replay: what a fuzz target is without a fuzzer: it takes each input of its corpus
 * once and speaks TAP.  So the targets are compiled with all else, and what once
 * broke a parser is tried for ever.  Other files and folders may be named. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int counted;

static void
take(const char *path)
{
	pv_ctx cx;
	pv_str bytes;
	pv_ctx_init(&cx, "replay");
	if (pv_file_load(&cx, path, 16u << 20, &bytes) == 0) {
		/* In a block of just its size, so that a look behind its end is seen. */
		uint8_t *copy = malloc(bytes.len ? bytes.len : 1);
		memcpy(copy, bytes.s, bytes.len);
		(void)LLVMFuzzerTestOneInput(copy, bytes.len);
		free(copy);
		printf("ok %d - %s\n", ++counted, path);
	} else {
		printf("not ok %d - %s\n", ++counted, pv_error_text(&cx));
		pv_recover(&cx);
	}
	fflush(stdout); /* the next input may end the program */
	pv_ctx_done(&cx);
}

static void
take_folder(const char *path)
{
	struct dirent **names;
	char file[4096];
	int n = scandir(path, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		snprintf(file, sizeof file, "%s/%s", path, names[i]->d_name);
		if (names[i]->d_name[0] != '.')
			take(file);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

int
main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/'), *name = slash ? slash + 1 : argv[0];
	char corpus[4096];
	struct stat st;
	snprintf(corpus, sizeof corpus, "%s/tests/fuzz/corpus/%.*s", PAVE_SOURCE_DIR,
		 (int)(strlen(name) - strlen("_fuzz")), name);
	if (argc == 1)
		take_folder(corpus);
	for (int i = 1; i < argc; i++)
		if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
			take_folder(argv[i]);
		else
			take(argv[i]);
	printf("1..%d\n", counted);
	return counted == 0;
}
