#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/file.h"
#include "base/str.h"
#include "lang/json/json.h"
#include "unit/core/rows.h"

#define FILE_LIMIT (1 << 24)

void
rows_read(const char *file, rows_each *each, void *arg)
{
	pv_str text, line;
	pv_ctx cx;

	pv_ctx_init(&cx, "rows");
	assert_int_equal(pv_file_load(&cx,
				      pv_printf(cx.arena, "%s/tests/unit/core/%s", PAVE_SOURCE_DIR, file),
				      FILE_LIMIT, &text),
			 0);
	while (pv_str_next(&text, '\n', &line)) {
		const pv_val *row;
		pv_ctx one;

		if (!line.len)
			continue;
		pv_ctx_init(&one, "row");
		assert_int_equal(pv_json_parse(&one, line, NULL, &row), 0);
		each(&one, row, arg);
		pv_ctx_done(&one);
	}
	pv_ctx_done(&cx);
}
