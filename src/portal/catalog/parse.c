/* parse: one file, many documents; every fault with its line. */
#include "portal/catalog/parse.h"

#include <string.h>

#include "base/digest.h"
#include "base/near.h"
#include "base/str.h"
#include "lang/glob/glob.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"
#include "portal/catalog/relations.h"
#include "portal/catalog/shape.h"

#define DEPTH 64

struct parse {
	pv_ctx *cx;
	const char *file;
	pv_str text;
	int line;        /* of the document */
	const char *ref; /* of its entity, NULL until known */
	const pv_val *texts;
	parse_out *out;
	pv_vec unread;           /* paths of placeholders that failed: what is there has no other fault */
	const pv_val *undecided; /* what is sure of an entity whose ref is not; NULL if it is */
	bool failed, optional;
};

static void
error_at(struct parse *p, int line, const char *field, const char *message)
{
	pv_objb b;
	pv_objb_init(&b, p->cx->arena);
	pv_objb_puts(&b, "file", p->file);
	pv_objb_put(&b, "line", pv_int(line));
	pv_objb_puts(&b, "ref", p->ref);
	pv_objb_puts(&b, "field", field && *field ? field : NULL);
	pv_objb_puts(&b, "message", message);
	if (p->undecided)
		pv_objb_put(&b, "undecided", *p->undecided);
	pv_listb_add(&p->out->errors, pv_objb_end(&b));
	p->failed = true;
}

char *
parse_twice(pv_arena *arena, const pv_val *first)
{
	return pv_printf(arena, "%s is defined twice in this repository; the first, at %s:%lld, stands",
			 pv_text_at(first, "ref", ""), pv_text_at(first, "file", ""),
			 (long long)pv_i64_at(first, "line", 0));
}

char *
parse_beside(pv_arena *arena, const char *file, const char *target)
{
	const char *slash = strrchr(file, '/');
	char *joined = *target == '/' ? pv_strdup(arena, target + 1)
				      : pv_printf(arena, "%.*s%s", slash ? (int)(slash + 1 - file) : 0, file,
						  target);
	char *out = pv_strdup(arena, joined), *end = out;
	pv_str rest = pv_str_of(joined), piece;
	if (strstr(target, "://"))
		return NULL;
	while (pv_str_next(&rest, '/', &piece)) {
		if (!piece.len || pv_str_is(piece, "."))
			continue;
		if (pv_str_is(piece, "..")) {
			if (end == out)
				return NULL;
			*end = '\0';
			end = strrchr(out, '/') ? strrchr(out, '/') : out;
			continue;
		}
		if (end > out)
			*end++ = '/';
		memmove(end, piece.s, piece.len);
		end += piece.len;
	}
	*end = '\0';
	return end == out ? NULL : out;
}

/* ---- $text, $json, $yaml ---- */

static const char *
text_of(struct parse *p, const char *path)
{
	for (size_t i = 0; i < pv_count(p->texts); i++)
		if (pv_streq(pv_text_at(pv_item(p->texts, i), "path", ""), path))
			return pv_text_at(pv_item(p->texts, i), "text", NULL);
	return NULL;
}

static int
replaced(struct parse *p, const char *how, const char *target, pv_val *ret)
{
	char *path = parse_beside(p->cx->arena, p->file, target);
	const char *text = path ? text_of(p, path) : NULL;
	const pv_val *v;
	int r;
	if (!path)
		return pv_fail(p->cx, PV_EUNSUPPORTED,
			       "Placeholder %s could not read location %s: only files of the same "
			       "repository are read",
			       how, target);
	pv_objb_put(&p->out->reads, path, pv_bool(true));
	if (!text)
		return pv_fail(p->cx, PV_ENOTFOUND,
			       "Placeholder %s could not read location %s: no such file in the repository",
			       how, target);
	if (pv_streq(how, "$text")) {
		*ret = pv_string(p->cx->arena, text);
		return 0;
	}
	r = pv_yaml_parse(p->cx, pv_str_of(text), &(pv_yaml_opts){.file = path, .core = true}, &v);
	if (r == 0)
		*ret = *v;
	return r;
}

static bool
is_placeholder(const pv_val *v, const char **ret_how)
{
	static const char *const words[] = {"$text", "$json", "$yaml"};
	for (size_t i = 0; pv_is(v, PV_OBJECT) && pv_count(v) == 1 && i < PV_LEN(words); i++)
		if (pv_get(v, words[i])) {
			*ret_how = words[i];
			return true;
		}
	return false;
}

/* What cannot be read is an error of its own line; the document is looked at further. */
static void
unread(struct parse *p, const char *path)
{
	int line = p->line, column;
	(void)pv_yaml_locate(p->cx, p->text, p->line, path, &line, &column);
	error_at(p, line, path, pv_error_text(p->cx));
	pv_recover(p->cx);
	pv_vec_push(&p->unread, &path);
}

static void
replace(struct parse *p, const pv_val *v, const char *how, const char *path, pv_val *ret)
{
	const char *target = pv_text(pv_get(v, how), NULL);
	int r;
	if (entity_elsewhere(v) && pv_starts_with(path, "spec."))
		return;
	if (target)
		r = replaced(p, how, target, ret);
	else
		r = pv_fail(p->cx, PV_EINVALID, "Placeholder %s expected a string parameter, found %s", how,
			    pv_type_name(pv_get(v, how)));
	if (r < 0)
		unread(p, path);
}

static const char *
below(struct parse *p, const char *path, const char *key)
{
	if (!*path)
		return key;
	return pv_printf(p->cx->arena, strpbrk(key, ".[]/") ? "%s[%s]" : "%s.%s", path, key);
}

/* v with the placeholders in it replaced. */
static pv_val
resolve(struct parse *p, const pv_val *v, const char *path, int depth)
{
	const char *how;
	pv_val out = *v;
	if (depth > DEPTH) {
		(void)pv_fail(p->cx, PV_EINVALID, "nested deeper than %d levels", DEPTH);
		unread(p, path);
	} else if (is_placeholder(v, &how)) {
		replace(p, v, how, path, &out);
	} else if (pv_is(v, PV_OBJECT)) {
		pv_objb b;
		pv_objb_init(&b, p->cx->arena);
		for (size_t i = 0; i < pv_member_count(v); i++)
			pv_objb_add(&b, v->members[i].key,
				    resolve(p, &v->members[i].val,
					    below(p, path, pv_text(&v->members[i].key, "")), depth + 1));
		out = pv_objb_end(&b);
	} else if (pv_is(v, PV_LIST)) {
		pv_listb b;
		pv_listb_init(&b, p->cx->arena);
		for (size_t i = 0; i < pv_count(v); i++)
			pv_listb_add(&b, resolve(p, pv_item(v, i),
						 pv_printf(p->cx->arena, "%s[%zu]", path, i), depth + 1));
		out = pv_listb_end(&b);
	}
	return out;
}

/* ---- documents ---- */

/* A target is looked for once all files are there: parse_targets(). */
static void
follow(struct parse *p, const char *target, const char *where)
{
	const char *path = parse_beside(p->cx->arena, p->file, target);
	int line = p->line, column;
	pv_objb b;
	(void)pv_yaml_locate(p->cx, p->text, p->line, where, &line, &column);
	if (!path) {
		error_at(p, line, where,
			 pv_printf(p->cx->arena,
				   "Location target %s: only files of the same repository are read", target));
		return;
	}
	pv_objb_put(&p->out->locations, path, pv_bool(true));
	pv_objb_init(&b, p->cx->arena);
	pv_objb_puts(&b, "file", p->file);
	pv_objb_put(&b, "line", pv_int(line));
	pv_objb_puts(&b, "ref", p->ref);
	pv_objb_puts(&b, "field", where);
	pv_objb_puts(&b, "path", path);
	pv_objb_puts(&b, "message",
		     pv_printf(p->cx->arena, "Location target %s: no such file in the repository", target));
	if (!p->optional)
		pv_listb_add(&p->out->targets, pv_objb_end(&b));
}

/* What a Location of this repository names; addresses elsewhere are not read, and say so. */
static void
follow_location(struct parse *p, const pv_val *entity)
{
	const pv_val *spec = pv_get(entity, "spec"), *targets = pv_get(spec, "targets");
	const char *one = pv_text_at(spec, "target", NULL);
	if (!pv_streq(pv_text_at(entity, "kind", ""), "Location"))
		return;
	p->optional = pv_streq(pv_text_at(spec, "presence", ""), "optional");
	if (one)
		follow(p, one, "spec.target");
	for (size_t i = 0; i < pv_count(targets); i++)
		follow(p, pv_text(pv_item(targets, i), ""), pv_printf(p->cx->arena, "spec.targets[%zu]", i));
}

static const char *
digest(pv_ctx *cx, const pv_val *entity)
{
	const char *text = pv_json_text(cx->arena, entity);
	return pv_printf(cx->arena, "%.16s", pv_sha256_hex(cx->arena, text, strlen(text)));
}

/* Which entity is a document of, if its kind or name is not valid?  Says what is sure of it. */
static const pv_val *
undecided(struct parse *p, const pv_val *doc)
{
	const pv_val *name = pv_at(doc, "metadata.name"), *ns = pv_at(doc, "metadata.namespace");
	bool named = pv_is(name, PV_STRING) && shape_name(pv_strv(name)), known = entity_is_known(doc);
	pv_objb b;
	if (!pv_is(doc, PV_OBJECT) ||
	    (named && known && (!ns || (pv_is(ns, PV_STRING) && shape_namespace(pv_strv(ns))))))
		return NULL;
	pv_objb_init(&b, p->cx->arena);
	if (named)
		pv_objb_puts(&b, "name", pv_str_lower(p->cx->arena, pv_text(name, "")));
	if (known)
		pv_objb_puts(&b, "kind", pv_text_at(doc, "kind", ""));
	return pv_box(p->cx->arena, pv_objb_end(&b));
}

/* A field that is not there although one of nearly its name is. */
static const char *
with_typo(struct parse *p, const pv_val *entity, const char *path, const char *message)
{
	const char *dot = strrchr(path, '.'),
		   *parent = dot ? pv_strndup(p->cx->arena, path, (size_t)(dot - path)) : "";
	const pv_val *siblings = *parent ? pv_at(entity, parent) : entity;
	pv_near near = {.word = dot ? dot + 1 : path};
	int line = p->line, column;
	for (size_t i = 0; pv_is(siblings, PV_OBJECT) && i < siblings->len; i++)
		pv_near_try(&near, pv_text(&siblings->members[i].key, ""));
	if (!near.best)
		return message;
	(void)pv_yaml_locate(p->cx, p->text, p->line,
			     pv_printf(p->cx->arena, "%s%s%s", parent, dot ? "." : "", near.best), &line,
			     &column);
	return pv_printf(p->cx->arena, "%s; found %s on line %d", message, near.best, line);
}

static bool
is_unread(const struct parse *p, const char *path)
{
	for (size_t i = 0; i < p->unread.len; i++) {
		const char *at = *PV_AT(const char *, &p->unread, i);
		if (pv_starts_with(path, at) && strchr(".[", path[strlen(at)]))
			return true;
	}
	return false;
}

static void
report_faults(struct parse *p, const pv_val *entity)
{
	pv_vec faults;
	pv_vec_init(&faults, p->cx->arena, sizeof(entity_fault));
	entity_validate(p->cx, entity, &faults);
	for (size_t i = 0; i < faults.len; i++) {
		const entity_fault *f = PV_AT(entity_fault, &faults, i);
		int line = p->line, column;
		bool there = pv_yaml_locate(p->cx, p->text, p->line, f->path, &line, &column);
		if (!is_unread(p, f->path))
			error_at(p, line, f->path,
				 there ? f->message : with_typo(p, entity, f->path, f->message));
	}
}

static void
add_entity(struct parse *p, const pv_val *doc)
{
	pv_val entity = resolve(p, doc, "", 0);
	pv_objb b;
	int line, column;
	report_faults(p, &entity);
	if (p->failed)
		return;
	line = p->line;
	(void)pv_yaml_locate(p->cx, p->text, p->line, "metadata.name", &line, &column);
	pv_objb_init(&b, p->cx->arena);
	pv_objb_puts(&b, "file", p->file);
	pv_objb_put(&b, "line", pv_int(line));
	pv_objb_puts(&b, "ref", p->ref);
	pv_objb_puts(&b, "digest", digest(p->cx, &entity));
	pv_objb_put(&b, "entity", entity);
	pv_listb_add(&p->out->entities, pv_objb_end(&b));
	follow_location(p, &entity);
}

void
parse_out_init(parse_out *out, pv_arena *arena)
{
	pv_listb_init(&out->entities, arena);
	pv_listb_init(&out->errors, arena);
	pv_listb_init(&out->targets, arena);
	pv_objb_init(&out->locations, arena);
	pv_objb_init(&out->reads, arena);
}

void
parse_file(pv_ctx *cx, const char *file, pv_str text, const pv_val *texts, parse_out *out)
{
	struct parse p = {.cx = cx, .file = file, .text = text, .texts = texts, .out = out};
	pv_yaml_opts opts = {.file = file, .core = true}; /* as Backstage reads it */
	pv_vec docs, faults;
	pv_yaml_parse_each(cx, text, &opts, &docs, &faults);
	for (size_t i = 0; i < faults.len; i++) {
		const pv_yaml_fault *f = PV_AT(pv_yaml_fault, &faults, i);
		error_at(&p, f->line, NULL, f->message);
	}
	for (size_t i = 0; i < docs.len; i++) {
		const pv_yaml_doc *doc = PV_AT(pv_yaml_doc, &docs, i);
		if (pv_is(doc->val, PV_NULL))
			continue;
		p.failed = false;
		pv_vec_init(&p.unread, cx->arena, sizeof(char *));
		p.line = doc->line;
		p.ref = pv_is(doc->val, PV_OBJECT) ? entity_self(cx->arena, doc->val) : NULL;
		p.undecided = undecided(&p, doc->val);
		add_entity(&p, doc->val);
	}
}

static bool
is_there(const char *path, const pv_val *texts)
{
	for (size_t i = 0; i < pv_count(texts); i++)
		if (pv_glob_match(path, pv_text_at(pv_item(texts, i), "path", "")))
			return true;
	return false;
}

void
parse_targets(const pv_val *texts, parse_out *out)
{
	for (size_t i = 0; i < out->targets.len; i++)
		if (!is_there(pv_text_at(&out->targets.items[i], "path", ""), texts))
			pv_listb_add(&out->errors, out->targets.items[i]);
}
