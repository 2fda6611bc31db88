/* Errors in the words that Kubernetes' users know and match on
 * (apimachinery api/errors, util/validation/field). */
#include <string.h>

#include "base/map.h"
#include "core/api/impl.h"

char *
api_qualified(pv_arena *arena, const pv_resource *res)
{
	return pv_printf(arena, "%s%s%s", res->plural, res->group[0] ? "." : "", res->group);
}

static int
about(pv_ctx *cx, int r, const pv_resource *res, const char *kind, const char *name)
{
	cx->err->group = pv_strdup(cx->arena, res->group);
	cx->err->kind = pv_strdup(cx->arena, kind);
	cx->err->name = name && name[0] ? pv_strdup(cx->arena, name) : NULL;
	return r;
}

int
api_not_found(pv_ctx *cx, const pv_resource *res, const char *name)
{
	return about(cx,
		     pv_fail(cx, PV_ENOTFOUND, "%s \"%s\" not found", api_qualified(cx->arena, res), name),
		     res, res->plural, name);
}

int
api_exists(pv_ctx *cx, const pv_resource *res, const char *name, bool ends)
{
	return about(cx,
		     pv_fail(cx, PV_EEXISTS, "%s%s \"%s\" already exists",
			     ends ? "object is being deleted: " : "", api_qualified(cx->arena, res), name),
		     res, res->plural, name);
}

int
api_conflict(pv_ctx *cx, const pv_resource *res, const char *name, const char *why)
{
	return about(cx,
		     pv_fail(cx, PV_ECONFLICT, "Operation cannot be fulfilled on %s \"%s\": %s",
			     api_qualified(cx->arena, res), name, why),
		     res, res->plural, name);
}

int
api_precondition(pv_ctx *cx, const pv_resource *res, const char *name, const char *why)
{
	return about(cx,
		     pv_fail(cx, PV_ECONFLICT, "Operation cannot be fulfilled on %s%s%s \"%s\": %s",
			     res->kind, res->group[0] ? "." : "", res->group, name, why),
		     res, res->kind, name);
}

int
api_other_uid(pv_ctx *cx, const write_op *w, const char *wanted, const char *found)
{
	const pv_resource *res = w->res;
	bool named =
		res->crd || pv_streq(res->group, "apiextensions.k8s.io"); /* whose keys have their group */

	return api_conflict(
		cx, res, w->name,
		pv_printf(
			cx->arena,
			"StorageError: invalid object, Code: 4, Key: /registry/%s%s%s%s%s/%s, ResourceVersion: "
			"0, AdditionalErrorMsg: Precondition failed: UID in precondition: %s, UID in object "
			"meta: %s",
			named ? res->group : "", named ? "/" : "", res->plural, w->ns[0] ? "/" : "", w->ns,
			w->name, wanted, found));
}

int
api_stale(pv_ctx *cx, const pv_resource *res, const char *name)
{
	return api_conflict(cx, res, name,
			    "the object has been modified; please apply your changes to the latest version "
			    "and try again");
}

int
api_forbidden(pv_ctx *cx, const pv_resource *res, const char *name, const char *why)
{
	return about(cx,
		     pv_fail(cx, PV_EFORBIDDEN, "%s \"%s\" is forbidden: %s", api_qualified(cx->arena, res),
			     name, why),
		     res, res->plural, name);
}

void
api_cause(pv_ctx *cx, pv_vec *causes, const char *reason, const char *field, const char *fmt, ...)
{
	pv_cause *cause = pv_vec_add(causes);
	va_list ap;

	va_start(ap, fmt);
	cause->reason = reason;
	cause->field = pv_strdup(cx->arena, field);
	cause->message = pv_vprintf(cx->arena, fmt, ap);
	va_end(ap);
}

/* Causes that an answer tells. */
#define TOLD ((size_t)1000)

static void
add_causes(pv_ctx *cx, const pv_vec *causes)
{
	for (size_t i = 0; i < causes->len && i < TOLD; i++) {
		const pv_cause *one = PV_AT(pv_cause, causes, i);

		pv_add_cause(cx, one->reason, one->field, "%s", one->message);
	}
}

/* "a: b" or "[a: b, c: d]"; a text that repeats is told once. */
const char *
api_causes_text(pv_ctx *cx, const pv_vec *causes)
{
	pv_map *told = pv_map_new(cx->arena);
	pv_buf text;
	size_t i;

	pv_buf_init(&text, cx->arena);
	for (i = 0; i < causes->len && pv_map_len(told) < TOLD; i++) {
		const pv_cause *one = PV_AT(pv_cause, causes, i);
		const char *line = pv_printf(cx->arena, "%s: %s", one->field, one->message);

		if (!pv_map_puts(told, line, told))
			pv_buf_printf(&text, "%s%s", text.len ? ", " : "", line);
	}
	if (i < causes->len)
		pv_buf_printf(&text, ", and %zu more", causes->len - i);
	return pv_map_len(told) == 1 ? text.s : pv_printf(cx->arena, "[%s]", text.s);
}

static int
invalid(pv_ctx *cx, const pv_resource *res, const char *kind, const char *name, const pv_vec *causes)
{
	int r = pv_fail(cx, PV_EINVALID, "%s%s%s \"%s\" is invalid: %s", kind, res->group[0] ? "." : "",
			res->group, name, api_causes_text(cx, causes));

	add_causes(cx, causes);
	return about(cx, r, res, kind, name);
}

int
api_invalid(pv_ctx *cx, const pv_resource *res, const char *name, const pv_vec *causes)
{
	return invalid(cx, res, res->kind, name, causes);
}

int
api_unversioned(pv_ctx *cx, const pv_resource *res, const char *name)
{
	pv_vec causes;

	pv_vec_init(&causes, cx->arena, sizeof(pv_cause));
	api_cause(cx, &causes, "FieldValueInvalid", "metadata.resourceVersion",
		  "Invalid value: 0: must be specified for an update");
	return invalid(cx, res, res->plural, name, &causes);
}

int
api_bad_option(pv_ctx *cx, const char *kind, const char *field, const char *reason, const char *fmt, ...)
{
	va_list ap;
	const char *text;
	int r;

	va_start(ap, fmt);
	text = pv_vprintf(cx->arena, fmt, ap);
	va_end(ap);
	r = pv_fail(cx, PV_EINVALID, "%s.meta.k8s.io \"\" is invalid: %s: %s", kind, field, text);
	pv_add_cause(cx, reason, field, "%s", text);
	cx->err->group = "meta.k8s.io";
	cx->err->kind = kind;
	return r;
}

int
api_bad_options(pv_ctx *cx, const char *kind, const pv_vec *causes)
{
	pv_buf text;
	int r;

	pv_buf_init(&text, cx->arena);
	for (size_t i = 0; i < causes->len; i++) {
		const pv_cause *one = PV_AT(pv_cause, causes, i);

		pv_buf_printf(&text, "%s%s: %s", i ? ", " : "", one->field, one->message);
	}
	r = pv_fail(cx, PV_EINVALID,
		    causes->len > 1 ? "%s.meta.k8s.io \"\" is invalid: [%s]"
				    : "%s.meta.k8s.io \"\" is invalid: %s",
		    kind, text.s);
	for (size_t i = 0; i < causes->len; i++)
		pv_add_cause(cx, PV_AT(pv_cause, causes, i)->reason, PV_AT(pv_cause, causes, i)->field, "%s",
			     PV_AT(pv_cause, causes, i)->message);
	cx->err->group = "meta.k8s.io";
	cx->err->kind = kind;
	return r;
}

static void
put_filled(pv_arena *arena, pv_objb *b, const char *key, const char *s)
{
	if (s && s[0])
		pv_objb_put(b, key, pv_string(arena, s));
}

static pv_val
causes_list(pv_arena *arena, const pv_cause *causes)
{
	pv_listb list;

	pv_listb_init(&list, arena);
	for (; causes; causes = causes->next) {
		pv_objb one;

		pv_objb_init(&one, arena);
		put_filled(arena, &one, "reason", causes->reason);
		pv_objb_put(&one, "message",
			    causes->file ? pv_stringf(arena, "%s:%d: %s", causes->file, causes->line,
						      causes->message)
					 : pv_string(arena, causes->message));
		put_filled(arena, &one, "field", causes->field);
		pv_listb_add(&list, pv_objb_end(&one));
	}
	return pv_listb_end(&list);
}

pv_val
pv_api_status(pv_arena *arena, const pv_error *err)
{
	pv_objb status, details;
	pv_val made;

	pv_objb_init(&details, arena);
	put_filled(arena, &details, "name", err->name);
	put_filled(arena, &details, "group", err->group);
	put_filled(arena, &details, "kind", err->kind);
	put_filled(arena, &details, "uid", err->uid);
	if (err->causes)
		pv_objb_put(&details, "causes", causes_list(arena, err->causes));
	if (err->retry_after)
		pv_objb_put(&details, "retryAfterSeconds", pv_int(err->retry_after));
	made = pv_objb_end(&details);
	pv_objb_init(&status, arena);
	pv_objb_put(&status, "kind", pv_string_ref("Status"));
	pv_objb_put(&status, "apiVersion", pv_string_ref("v1"));
	pv_objb_put(&status, "metadata", pv_object_of(arena, NULL, 0, NULL, NULL));
	pv_objb_put(&status, "status", pv_string_ref("Failure"));
	pv_objb_put(&status, "message", pv_string(arena, err->message));
	put_filled(arena, &status, "reason", pv_error_reason(err));
	if (pv_count(&made) || err->code == PV_ENOTFOUND || err->code == PV_EMETHOD ||
	    err->code == PV_EFORBIDDEN || err->code == PV_EINVALID) /* kubectl debug looks into it unasked */
		pv_objb_put(&status, "details", made);
	pv_objb_put(&status, "code", pv_int(pv_error_status(err)));
	return pv_objb_end(&status);
}

void
api_warn(pv_ctx *cx, pv_vec *warnings, const char *fmt, ...)
{
	const char *text;
	va_list ap;

	if (!warnings || warnings->len >= API_WARNED_MOST)
		return;
	va_start(ap, fmt);
	text = pv_vprintf(cx->arena, fmt, ap);
	va_end(ap);
	pv_vec_push(warnings, &text);
}
