#include "base/memory.h"

#include <link.h>
#include <malloc.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#define TRIM_AT ((size_t)1 << 20)

void
pv_memory_trim(void)
{
	static size_t left; /* free, but with the system already */
	size_t now = mallinfo2().fordblks;

	if (now < left)
		left = now;
	if (now - left < TRIM_AT)
		return;
	malloc_trim(0);
	left = mallinfo2().fordblks;
}

/* Of one library.  Only what is never written lies in the file as it is in memory. */
static int
drop(struct dl_phdr_info *library, size_t size, void *arg)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	(void)size;
	(void)arg;
	for (size_t i = 0; i < library->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &library->dlpi_phdr[i];
		uintptr_t from = (library->dlpi_addr + part->p_vaddr) / page * page;

		if (part->p_type == PT_LOAD && !(part->p_flags & PF_W))
			(void)madvise((void *)from,
				      part->p_memsz + (library->dlpi_addr + part->p_vaddr - from),
				      MADV_DONTNEED); /* refused: it stays */
	}
	return 0;
}

void
pv_memory_drop_code(void)
{
	dl_iterate_phdr(drop, NULL);
}
