#include "base/buf.h"
#include "base/turn.h"
#include "base/str.h"
#include "base/vec.h"
#include "core/schema/node.h"
#include "lang/json/json.h"
#include <string.h>

#define SHOWN 1000 /* bytes of a value in a message */

static const char *
write_value(pv_arena *arena, const pv_val *v, size_t *written)
{
	static const pv_val null = {.type = PV_NULL};
	pv_buf b;

	pv_buf_init(&b, arena);
	pv_json_write_sorted(&b, v ? v : &null);
	*written += b.len;
	if (b.len <= SHOWN)
		return b.s;
	return pv_printf(arena, "%.*s...", SHOWN, b.s);
}

const char *
pv_fault_text(pv_arena *arena, const pv_val *v)
{
	size_t written = 0;

	return write_value(arena, v, &written);
}

/* Faults that are kept, their bytes and those of the values written for them: more help nobody, an object may have
 * one for every other byte, and each may repeat a long list. */
#define KEPT 10000
#define ROOM ((size_t)1 << 20)
#define WRITTEN ((size_t)64 << 20)
#define LOOK 4096 /* faults and paths between two looks at the turn */

/* That not everything was looked at or told; no earlier object had this fault. */
static void
add_cut(pv_faults *f, const char *reason, const char *why)
{
	pv_cause *cause = pv_vec_add(f->causes);

	cause->reason = reason;
	cause->field = "<nil>";
	cause->message = pv_printf(f->cx->arena, "Invalid value: \"\": %s", why);
}

static pv_cause *
add(pv_faults *f, const char *reason)
{
	if (!f->cut && f->causes->len < KEPT && f->bytes < ROOM && f->written < WRITTEN)
		return pv_vec_add(f->causes);
	if (!f->cut) {
		add_cut(f, "FieldValueInvalid", "there are more errors than are told at a time");
		f->cut = f->causes->len;
	}
	if (pv_streq(reason, "FieldValueTypeInvalid"))
		PV_AT(pv_cause, f->causes, f->cut - 1)->reason = reason; /* readers of fields go by that */
	return NULL;
}

bool
pv_faults_end(pv_faults *f)
{
	if (f->ended || pv_ctx_check(f->cx) == 0)
		return f->ended;
	f->ended = true;
	f->n++;
	if (!f->quiet) {
		add_cut(f, "FieldValueTypeInvalid", f->cx->err->message) /* what was not looked at may be */;
		f->cut = f->causes->len;
	}
	(void)pv_recover(f->cx);
	return true;
}

bool
pv_faults_heard(pv_faults *f)
{
	if (++f->looks % LOOK == 0)
		(void)pv_faults_end(f);
	return !f->quiet && !f->cut;
}

void
pv_fault(pv_faults *f, const char *reason, const char *path, const char *fmt, ...)
{
	pv_cause *cause;
	va_list ap;

	f->n++;
	if (f->quiet || f->ended)
		return;
	cause = add(f, reason);
	if (!cause)
		return;
	cause->reason = reason;
	cause->field = path;
	va_start(ap, fmt);
	cause->message = pv_vprintf(f->cx->arena, fmt, ap);
	va_end(ap);
	f->bytes += strlen(cause->message);
}

/* The value as it is told; nothing is written for nobody. */
static const char *
told(pv_faults *f, const pv_val *v)
{
	return pv_faults_heard(f) ? write_value(f->cx->arena, v, &f->written) : "";
}

void
pv_fault_value(pv_faults *f, const char *path, const pv_val *v, const char *why)
{
	pv_fault(f, "FieldValueInvalid", path, "Invalid value: %s: %s", told(f, v), why);
}

void
pv_required(pv_faults *f, const char *path, const char *why)
{
	pv_fault(f, "FieldValueRequired", path, "Required value%s%s", why && *why ? ": " : "",
		 why ? why : "");
}

void
pv_forbidden(pv_faults *f, const char *path, const char *why)
{
	pv_fault(f, "FieldValueForbidden", path, "Forbidden: %s", why);
}

void
pv_unsupported(pv_faults *f, const char *path, const pv_val *v, const char *supported)
{
	pv_fault(f, "FieldValueNotSupported", path, "Unsupported value: %s: supported values: %s", told(f, v),
		 supported);
}

void
pv_not_found(pv_faults *f, const char *path, const pv_val *v)
{
	pv_fault(f, "FieldValueNotFound", path, "Not found: %s", told(f, v));
}

void
pv_duplicate(pv_faults *f, const char *path, const pv_val *v)
{
	pv_fault(f, "FieldValueDuplicate", path, "Duplicate value: %s", told(f, v));
}

void
pv_too_long(pv_faults *f, const char *path, size_t most)
{
	pv_fault(f, "FieldValueTooLong", path, "Too long: may not be more than %zu byte%s", most,
		 most == 1 ? "" : "s");
}

void
pv_too_many(pv_faults *f, const char *path, size_t n, size_t most)
{
	pv_fault(f, "FieldValueTooMany", path, "Too many: %zu: must have at most %zu item%s", n, most,
		 most == 1 ? "" : "s");
}

/* What of the field stands behind the path, "[*]" being any item; NULL: it is another field. */
static const char *
behind(const char *field, const char *path)
{
	for (; *path; path++)
		if (path[0] == '*' && path[1] == ']')
			field += strspn(field, "0123456789");
		else if (*field++ != *path)
			return NULL;
	return field;
}

/* Only marks them: whoever asked for the check takes them out (core/resource/object.c).  With none told any more
 * paths are no longer written (pv_below in core/kinds), and would be those of all. */
static void
drop(pv_faults *f, const char *path, bool itself)
{
	for (size_t i = 0; !f->quiet && !f->cut && i < f->causes->len; i++) {
		pv_cause *cause = PV_AT(pv_cause, f->causes, i);
		const char *rest = cause->field ? behind(cause->field, path) : NULL;

		if (!rest || (*rest != '.' && *rest != '[' && !(itself && !*rest)))
			continue;
		cause->field = NULL;
		f->n--;
	}
}

void
pv_faults_drop(pv_faults *f, const char *path)
{
	drop(f, path, false);
}

void
pv_faults_withdraw(pv_faults *f, const char *path)
{
	drop(f, path, true);
}

/* Joined by hand: a large schema has tens of thousands of paths, most of them never told. */
static const char *
join(pv_arena *arena, const char *path, const char *name, bool key)
{
	size_t a = strlen(path), b = strlen(name);
	char *text = pv_alloc(arena, a + b + 3);

	memcpy(text, path, a);
	text[a] = key ? '[' : '.';
	memcpy(text + a + 1, name, b);
	text[a + 1 + b] = ']';
	text[a + 1 + b + key] = '\0';
	return text;
}

const char *
pv_path_field(pv_arena *arena, const char *path, const char *name)
{
	return path && *path ? join(arena, path, name, false) : name;
}

const char *
pv_path_key(pv_arena *arena, const char *path, const char *name)
{
	return join(arena, path, name, true);
}

const char *
pv_path_index(pv_arena *arena, const char *path, size_t i)
{
	return pv_printf(arena, "%s[%zu]", path, i);
}
