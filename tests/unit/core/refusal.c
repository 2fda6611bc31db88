#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/str.h"
#include "base/vec.h"
#include "lang/yaml/yaml.h"
#include "unit/core/refusal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const pv_val *
refusal_yaml(registry_world *w, const char *text)
{
	const pv_val *v;

	if (pv_yaml_parse(&w->cx, pv_str_of(text), NULL, &v) < 0)
		fail_msg("%s", pv_error_text(&w->cx));
	return v;
}

const pv_resource *
refusal_resource_of(registry_world *w, const pv_val *object)
{
	const pv_resource *res =
		pv_resource_of_kind(&w->cx, w->registry, pv_text(pv_get(object, "apiVersion"), ""),
				    pv_text(pv_get(object, "kind"), ""));

	assert_non_null(res);
	return res;
}

const pv_val *
refusal_completed(registry_world *w, const char *text)
{
	const pv_val *object = refusal_yaml(w, text);
	const pv_resource *res = refusal_resource_of(w, object);

	return pv_resource_default(&w->cx, res, object);
}

/* "field: message" of each fault, one a line. */
const char *
refusal_faults(registry_world *w, const char *text, const char *old_text)
{
	const pv_val *object = refusal_completed(w, text),
		     *old = old_text ? refusal_completed(w, old_text) : NULL;
	const pv_resource *res = refusal_resource_of(w, object);
	pv_vec causes;
	pv_buf b;

	pv_vec_init(&causes, w->cx.arena, sizeof(pv_cause));
	pv_buf_init(&b, w->cx.arena);
	old = old ? pv_resource_give(&w->cx, res, old, NULL, old) : NULL;
	object = pv_resource_give(&w->cx, res, object, NULL, object);
	pv_resource_validate(&w->cx, res, object, old, "", &causes, NULL);
	for (size_t i = 0; i < causes.len; i++)
		pv_buf_printf(&b, "%s%s: %s", i ? "\n" : "", PV_AT(pv_cause, &causes, i)->field,
			      PV_AT(pv_cause, &causes, i)->message);
	return b.len ? b.s : "";
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The lines in an order of their own: the order of causes says nothing. */
const char *
refusal_sorted(registry_world *w, const char *text)
{
	pv_str rest = pv_str_of(text), line;
	const char *lines[64];
	size_t n = 0;
	pv_buf b;

	while (n < PV_LEN(lines) && pv_str_next(&rest, '\n', &line))
		lines[n++] = pv_strndup(w->cx.arena, line.s, line.len);
	qsort(lines, n, sizeof lines[0], by_text);
	pv_buf_init(&b, w->cx.arena);
	for (size_t i = 0; i < n; i++)
		pv_buf_printf(&b, "%s\n", lines[i]);
	return b.len ? b.s : "";
}

static size_t
differ(registry_world *w, const char *sign, const char *in, const char *other)
{
	pv_str rest = pv_str_of(in), line;
	size_t n = 0;

	while (pv_str_next(&rest, '\n', &line)) {
		if (!line.len || strstr(other, pv_strndup(w->cx.arena, line.s, line.len)))
			continue;
		printf("# %s %.*s\n", sign, (int)line.len, line.s);
		n++;
	}
	return n;
}

bool
refusal_is(registry_world *w, const char *object, const char *old, const char *faults)
{
	const char *have = refusal_faults(w, object, old);
	size_t n = differ(w, "not wanted:", have, faults) + differ(w, "missing:", faults, have);

	if (!n && strcmp(refusal_sorted(w, have), refusal_sorted(w, faults)) == 0)
		return true;
	printf("# of %s#\n", object);
	return false;
}
