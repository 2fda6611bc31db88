/* lazy: the first call of a function whose library was not linked.  The slots stay
 * writable, which `-z relro -z now` would forbid: the price of not loading forty
 * libraries to evaluate one policy. */
#include "base/lazy.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"

typedef struct row {
	const char *name, *library;
} row;

extern const row pv_lazy_rows[] __attribute__((weak));
extern void *pv_lazy_slots[] __attribute__((weak));

/* As if it had been linked: what the program exports goes before it (http_refuse.c). */
static void *
load(const char *library)
{
	return dlopen(library, RTLD_NOW | RTLD_GLOBAL);
}

void *
pv_lazy_find(size_t i)
{
	const row *r = &pv_lazy_rows[i];
	int saved = errno;
	void *library = load(r->library);
	void *fn = library ? dlsym(library, r->name) : NULL;

	if (fn == NULL) {
		fprintf(stderr, "pave: %s of %s: %s\n", r->name, r->library, dlerror());
		abort();
	}
	__atomic_store_n(&pv_lazy_slots[i], fn, __ATOMIC_RELEASE);
	errno = saved;
	return fn;
}

const char *
pv_lazy_folder(pv_ctx *cx)
{
	void *known = pv_lazy_rows != NULL ? dlsym(RTLD_DEFAULT, "gnu_get_libc_version") : NULL;
	const char *slash;
	Dl_info libc;

	if (known == NULL || dladdr(known, &libc) == 0 || libc.dli_fname[0] != '/')
		return NULL;
	slash = strrchr(libc.dli_fname, '/');
	return slash == libc.dli_fname /* all files lie below that */
		       ? NULL
		       : pv_strndup(cx->arena, libc.dli_fname, (size_t)(slash - libc.dli_fname));
}

static bool
lies_in(pv_ctx *cx, const char *folder, const char *library)
{
	return folder != NULL && access(pv_printf(cx->arena, "%s/%s", folder, library), R_OK) == 0;
}

int
pv_lazy_load(pv_ctx *cx, const char *later)
{
	const char *last = NULL;

	if (pv_lazy_rows == NULL)
		return 0;
	for (const row *r = pv_lazy_rows; r->name != NULL; last = r++->library)
		if (r->library != last && !lies_in(cx, later, r->library) && load(r->library) == NULL)
			return pv_fail(cx, PV_EINTERNAL,
				       "a library that Pave was built with is not there: %s", dlerror());
	return 0;
}
