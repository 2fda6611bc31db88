/* names: prefixes and suffixes, namespaces, and the hash behind the name of what was generated. */
#include <string.h>

#include "base/digest.h"
#include "delivery/kustomize/impl.h"
#include "lang/json/json.h"

/* ---- a text that a field becomes ---- */

typedef struct text_leaf {
	const char *before, *after; /* put around what is there */
	const char *value;          /* or this in its place */
	bool unset_only;
} text_leaf;

static int
put_text(kust_state *s, void *of, const pv_val *v, pv_val *ret)
{
	const text_leaf *t = of;
	const char *was = pv_scalar_text(s->cx->arena, v);
	if (v->type == PV_OBJECT || v->type == PV_LIST)
		return pv_fail(s->cx, PV_EINVALID, "wrong node kind: expected ScalarNode but got %s",
			       v->type == PV_LIST ? "SequenceNode" : "MappingNode");
	*ret = *v;
	if (t->value == NULL)
		*ret = pv_stringf(s->cx->arena, "%s%s%s", t->before, was, t->after);
	else if (!t->unset_only || !*was)
		*ret = pv_string(s->cx->arena, t->value);
	return 0;
}

/* ---- prefixes and suffixes ---- */

/* They keep their names. */
static bool
keeps_name(const kust_id *id)
{
	return pv_streq(id->kind, "CustomResourceDefinition") || pv_streq(id->kind, "Namespace") ||
	       (pv_streq(id->kind, "APIService") && pv_streq(id->group, "apiregistration.k8s.io"));
}

static int
affix(kust_work *w, const char *before, const char *after)
{
	kust_state *s = w->t->s;
	text_leaf leaf = {.before = before, .after = after};
	kust_change change = {.leaf = put_text, .of = &leaf, .made = KUST_MAKE_SCALAR};
	const char *text = *before ? before : after;
	pv_vec specs;
	int r = 0;
	kust_specs_of(s->cx->arena, pv_get(w->config, "fieldSpecs"), &specs);
	for (size_t i = 0; r == 0 && i < w->set->len; i++) {
		kust_res *one = KUST_RES(w->set, i);
		kust_id first = kust_id_at(one, 0);
		for (size_t k = 0; r == 0 && !keeps_name(&first) && k < specs.len; k++) {
			const kust_spec *spec = PV_AT(kust_spec, &specs, k);
			const pv_val *now;
			if (!kust_selected(&first, spec->group, spec->version, spec->kind))
				continue;
			if (pv_streq(spec->path, "metadata/name") && *text) {
				pv_vec_push(*before ? &one->prefixes : &one->suffixes, &text);
				kust_res_remember(one);
			}
			r = kust_spec_apply(s, spec, &change, one->v, &now);
			if (r == 0)
				kust_res_set(one, s->cx->arena, now);
		}
	}
	return r;
}

int
kust_prefix(kust_work *w)
{
	return affix(w, pv_text_at(w->config, "prefix", ""), "");
}

int
kust_suffix(kust_work *w)
{
	return affix(w, "", pv_text_at(w->config, "suffix", ""));
}

int
kust_affix(kust_work *w)
{
	int r = kust_prefix(w);
	return r < 0 ? r : kust_suffix(w);
}

/* ---- namespaces ---- */

static bool
is_subject(const pv_val *subject, const char *mode)
{
	if (pv_streq(mode, "allServiceAccounts"))
		return pv_streq(pv_text_at(subject, "kind", ""), "ServiceAccount");
	return pv_streq(mode, "defaultOnly") && pv_streq(pv_text_at(subject, "name", ""), "default");
}

/* Those subjects of a binding that the mode names. */
static int
bind(kust_state *s, kust_res *one, text_leaf *leaf, const char *mode)
{
	const pv_val *subjects = pv_get(one->v, "subjects");
	pv_listb b;
	int r = 0;
	if (!pv_is(subjects, PV_LIST) || pv_streq(mode, "none"))
		return 0;
	pv_listb_init(&b, s->cx->arena);
	for (size_t i = 0; r == 0 && i < subjects->len; i++) {
		pv_val v = subjects->items[i], null = pv_null(), now;
		const pv_val *was = pv_get(&v, "namespace");
		if (is_subject(&v, mode)) {
			r = put_text(s, leaf, was ? was : &null, &now);
			if (r == 0)
				v = pv_with(s->cx->arena, &v, "namespace", now);
		}
		pv_listb_add(&b, v);
	}
	if (r == 0)
		kust_res_set(
			one, s->cx->arena,
			pv_box(s->cx->arena, pv_with(s->cx->arena, one->v, "subjects", pv_listb_end(&b))));
	return r;
}

static int
move(kust_state *s, kust_res *one, const pv_vec *specs, text_leaf *leaf, const char *mode)
{
	static const kust_spec own = {
		.group = "", .version = "", .kind = "", .path = "metadata/namespace", .create = true};
	kust_change change = {.leaf = put_text, .of = leaf, .made = KUST_MAKE_SCALAR};
	bool binding = pv_streq(one->id.kind, "RoleBinding") || pv_streq(one->id.kind, "ClusterRoleBinding");
	const pv_val *now = one->v;
	kust_res_remember(one);
	int r = one->id.cluster ? 0 : kust_spec_apply(s, &own, &change, now, &now);
	if (r == 0)
		kust_res_set(one, s->cx->arena, now);
	if (r == 0 && binding)
		r = bind(s, one, leaf, mode);
	now = one->v;
	for (size_t i = 0; r == 0 && i < specs->len; i++) {
		const kust_spec *spec = PV_AT(kust_spec, specs, i);
		bool of_namespace = pv_streq(spec->path, "metadata/name") &&
				    !pv_streq(pv_text_at(now, "apiVersion", ""), "v1");
		if (pv_streq(spec->path, "metadata/namespace") || of_namespace ||
		    (binding && pv_streq(spec->path, "subjects/namespace") && *spec->kind))
			continue;
		r = kust_spec_apply(s, spec, &change, now, &now);
	}
	if (r < 0)
		return pv_wrap(s->cx, r, "namespace transformation failed");
	kust_res_set(one, s->cx->arena, now);
	return 0;
}

static int
alone(kust_state *s, const pv_vec *set, const kust_res *one)
{
	for (size_t i = 0; i < set->len; i++)
		if (KUST_RES(set, i) != one && kust_id_equal(&KUST_RES(set, i)->id, &one->id))
			return pv_fail(s->cx, PV_EINVALID,
				       "namespace transformation produces ID conflict: %s",
				       kust_id_text(s->cx->arena, &one->id));
	return 0;
}

int
kust_namespace(kust_work *w)
{
	kust_state *s = w->t->s;
	const char *mode = pv_text_at(w->config, "setRoleBindingSubjects", "");
	text_leaf leaf = {.value = pv_text_at(w->config, "metadata.namespace", ""),
			  .unset_only = pv_truth_at(w->config, "unsetOnly", false)};
	pv_vec specs;
	int r = 0;
	mode = *mode ? mode : "defaultOnly";
	if (!pv_streq(mode, "defaultOnly") && !pv_streq(mode, "none") &&
	    !pv_streq(mode, "allServiceAccounts"))
		return pv_fail(
			s->cx, PV_EINVALID,
			"invalid value \"%s\" for setRoleBindingSubjects: must be one of \"defaultOnly\", \"none\" or "
			"\"allServiceAccounts\"",
			mode);
	kust_specs_of(s->cx->arena, pv_get(w->config, "fieldSpecs"), &specs);
	for (size_t i = 0; r == 0 && *leaf.value && i < w->set->len; i++) {
		kust_res *one = KUST_RES(w->set, i);
		r = move(s, one, &specs, &leaf, mode);
		if (r == 0)
			r = alone(s, w->set, one);
	}
	return r;
}

/* ---- hashes ---- */

/* As Go's encoding/json writes it: what HTML has a use for is escaped. */
static void
put_json(pv_buf *b, const pv_val *v)
{
	pv_buf text;
	pv_buf_init(&text, b->arena);
	pv_json_write_sorted(&text, v);
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.s[i];
		bool separator = c == 0xe2 && i + 2 < text.len && (unsigned char)text.s[i + 1] == 0x80 &&
				 ((unsigned char)text.s[i + 2] & 0xfe) == 0xa8;
		if (c == '<' || c == '>' || c == '&') {
			pv_buf_printf(b, "\\u%04x", c);
		} else if (separator) {
			pv_buf_printf(b, "\\u20%02x", (unsigned)(0x28 + ((unsigned char)text.s[i + 2] & 1)));
			i += 2;
		} else {
			pv_buf_addc(b, (char)c);
		}
	}
}

/* Ten hexadecimal digits in letters that spell nothing.  The name is no part of it, though there is room for one. */
static const char *
hash_of(pv_arena *arena, const kust_res *one)
{
	static const char from[] = "013ae", to[] = "ghkmt";
	static const char *const parts[] = {"data", "binaryData", "stringData"};
	bool secret = pv_streq(one->id.kind, "Secret");
	pv_objb b;
	pv_buf json;
	pv_objb_init(&b, arena);
	pv_objb_puts(&b, "kind", one->id.kind);
	pv_objb_puts(&b, "name", "");
	if (secret)
		pv_objb_put(&b, "type", pv_string(arena, pv_text_at(one->v, "type", "")));
	pv_objb_put(&b, "data", pv_string_ref(""));
	for (size_t i = 0; i < PV_LEN(parts); i++) {
		const pv_val *v = pv_get(one->v, parts[i]);
		if (pv_is(v, PV_OBJECT) && (i == 0 || secret == (i == 2)))
			pv_objb_put(&b, parts[i], *v);
	}
	pv_val v = pv_objb_end(&b);
	pv_buf_init(&json, arena);
	put_json(&json, &v);
	char *hex = pv_sha256_hex(arena, json.s, json.len);
	hex[10] = '\0';
	for (char *p = hex; *p; p++) {
		const char *at = strchr(from, *p);
		*p = at ? to[at - from] : *p;
	}
	return hex;
}

int
kust_hash(kust_work *w)
{
	pv_arena *arena = w->t->s->cx->arena;
	for (size_t i = 0; i < w->set->len; i++) {
		kust_res *one = KUST_RES(w->set, i);
		if (!one->hashed)
			continue;
		const char *hash = hash_of(arena, one);
		kust_res_remember(one);
		kust_res_rename(one, arena, pv_printf(arena, "%s-%s", one->id.name, hash));
	}
	return 0;
}
