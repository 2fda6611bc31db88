#include "base/buf.h"
#include "base/str.h"
#include "base/vec.h"
#include "core/schema/node.h"
#include "lang/json/json.h"
#include <stdio.h>

#define SHOWN 1000 /* bytes of a value in a message */

const char *
pv_fault_text(pv_arena *arena, const pv_val *v)
{
	static const pv_val null = {.type = PV_NULL};
	pv_buf b;

	pv_buf_init(&b, arena);
	pv_json_write_sorted(&b, v ? v : &null);
	if (b.len <= SHOWN)
		return b.s;
	return pv_printf(arena, "%.*s...", SHOWN, b.s);
}

void
pv_fault(pv_faults *f, const char *reason, const char *path, const char *fmt, ...)
{
	pv_cause *cause;
	va_list ap;

	f->n++;
	if (f->quiet)
		return;
	cause = pv_vec_add(f->causes);
	cause->reason = reason;
	cause->field = path;
	va_start(ap, fmt);
	cause->message = pv_vprintf(f->cx->arena, fmt, ap);
	va_end(ap);
}

void
pv_fault_value(pv_faults *f, const char *path, const pv_val *v, const char *why)
{
	if (f->quiet)
		f->n++;
	else
		pv_fault(f, "FieldValueInvalid", path, "Invalid value: %s: %s",
			 pv_fault_text(f->cx->arena, v), why);
}

const char *
pv_path_field(pv_arena *arena, const char *path, const char *name)
{
	return path && *path ? pv_printf(arena, "%s.%s", path, name) : name;
}

const char *
pv_path_key(pv_arena *arena, const char *path, const char *name)
{
	return pv_printf(arena, "%s[%s]", path, name);
}

const char *
pv_path_index(pv_arena *arena, const char *path, size_t i)
{
	return pv_printf(arena, "%s[%zu]", path, i);
}
