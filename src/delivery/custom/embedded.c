/* embedded: the program's own rules by kind. */
#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"
#include "core/embed.h"
#include "delivery/custom/custom.h"

const pv_rule_set *
custom_embedded(const char *folder, const pv_rule_form *form)
{
	pv_rule_set *set = pv_rule_set_new(pv_arena_new(folder), form);
	pv_ctx cx;
	pv_ctx_init(&cx, folder);
	for (const pv_embed *e = pv_embedded; e->path; e++)
		if (pv_starts_with(e->path, folder) &&
		    pv_rule_set_read(&cx, set, e->path, (pv_str){(const char *)e->bytes, e->len}) < 0) {
			fprintf(stderr, "pave: %s\n", pv_error_text(&cx));
			abort(); /* the tests read the same files */
		}
	pv_ctx_done(&cx);
	return set;
}
