/* jsonnet: https://jsonnet.org/ref/bindings.html */
#include "lang/jsonnet/jsonnet.h"

#include <libjsonnet.h>
#include <string.h>

#include "base/str.h"
#include "lang/json/json.h"

struct run {
	pv_ctx *cx;
	struct JsonnetVm *vm;
	const pv_jsonnet *conf;
};

/* libjsonnet frees it. */
static char *
given(struct JsonnetVm *vm, const char *text, size_t len)
{
	char *out = jsonnet_realloc(vm, NULL, len + 1);
	memcpy(out, text, len);
	out[len] = '\0';
	return out;
}

/* "a/b/../c" -> "a/c"; ".." at the root stays, and names nothing. */
static const char *
joined(pv_arena *arena, const char *base, const char *rel)
{
	const char *whole = *rel == '/' ? rel + 1 : pv_printf(arena, "%s/%s", base, rel);
	pv_str rest = pv_str_of(whole), one;
	pv_buf b;
	pv_buf_init(&b, arena);
	while (pv_str_next(&rest, '/', &one)) {
		size_t cut = b.len;
		if (one.len == 0 || pv_str_is(one, "."))
			continue;
		while (cut > 0 && b.s[cut - 1] != '/')
			cut--;
		if (pv_str_is(one, "..") && b.len > 0 && !pv_str_is((pv_str){b.s + cut, b.len - cut}, "..")) {
			b.len = cut > 0 ? cut - 1 : 0;
			b.s[b.len] = '\0';
			continue;
		}
		pv_buf_printf(&b, "%s%.*s", b.len ? "/" : "", (int)one.len, one.s);
	}
	return b.len ? b.s : "";
}

/* The importing file's folder, then the libraries. */
static int
find(struct run *run, const char *base, const char *rel, const char **ret_path, pv_str *ret)
{
	pv_arena *arena = run->cx->arena;
	int r;
	*ret_path = joined(arena, base, rel);
	r = run->conf->load(run->cx, run->conf->of, *ret_path, ret);
	for (size_t i = 0; r == -PV_ENOTFOUND && run->conf->libraries && run->conf->libraries[i]; i++) {
		pv_recover(run->cx);
		*ret_path = joined(arena, run->conf->libraries[i], rel);
		r = run->conf->load(run->cx, run->conf->of, *ret_path, ret);
	}
	return r;
}

/* Debian's libjsonnet 0.18; its error ends the evaluation, and ours stays in the context. */
static char *
import(void *of, const char *base, const char *rel, char **found_here, int *success)
{
	struct run *run = of;
	const char *path, *why = "not found";
	pv_str text;
	if (run->cx->err) { /* after one that failed, nothing more is looked for */
		*success = 0;
		return given(run->vm, why, strlen(why));
	}
	*success = find(run, base, rel, &path, &text) == 0;
	if (!*success)
		return given(run->vm, why, strlen(why));
	*found_here = given(run->vm, path, strlen(path));
	return given(run->vm, text.s, text.len);
}

static void
bind(struct JsonnetVm *vm, const pv_val *vars, void (*text)(struct JsonnetVm *, const char *, const char *),
     void (*code)(struct JsonnetVm *, const char *, const char *))
{
	for (size_t i = 0; i < pv_count(vars); i++) {
		const pv_val *v = pv_item(vars, i);
		const char *name = pv_text_at(v, "name", ""), *value = pv_text_at(v, "value", "");
		if (pv_truth_at(v, "code", false))
			code(vm, name, value);
		else
			text(vm, name, value);
	}
}

/* Its first line, and of the trace below it the first place: "RUNTIME ERROR: ... (a.jsonnet:1:2-3)". */
static const char *
plainly(pv_arena *arena, const char *error)
{
	size_t n = strcspn(error, "\n");
	const char *place = error + n + strspn(error + n, "\n\t ");
	size_t len = strcspn(place, "\t\n");
	return pv_printf(arena, len ? "%.*s (%.*s)" : "%.*s", (int)n, error, (int)len, place);
}

int
pv_jsonnet_eval(pv_ctx *cx, const pv_jsonnet *conf, const char *file, pv_str text, const pv_val **ret)
{
	struct run run = {cx, jsonnet_make(), conf};
	const char *copy;
	char *out;
	int failed = 0;
	jsonnet_import_callback(run.vm, import, &run);
	bind(run.vm, conf->ext_vars, jsonnet_ext_var, jsonnet_ext_code);
	bind(run.vm, conf->tlas, jsonnet_tla_var, jsonnet_tla_code);
	out = jsonnet_evaluate_snippet(run.vm, file, pv_strndup(cx->arena, text.s, text.len), &failed);
	copy = pv_strdup(cx->arena, out);
	(void)jsonnet_realloc(run.vm, out, 0);
	jsonnet_destroy(run.vm);
	if (cx->err)
		return pv_wrap(cx, -(int)cx->err->code, "%s", file);
	if (failed)
		return pv_fail(cx, PV_EINVALID, "%s", plainly(cx->arena, copy));
	return pv_json_parse(cx, pv_str_of(copy), NULL, ret);
}
