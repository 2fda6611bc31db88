/* target: kinds by comma or category, then names; or KIND/NAME words. */
#include "cmd/target.h"

#include <string.h>

#include "base/str.h"
#include "cmd/place.h"

static void
add(pv_vec *ret, const pv_client_kind *kind, const char *name)
{
	target *t = pv_vec_add(ret);
	*t = (target){kind, NULL, name};
}

static bool
is_in(const pv_client_kind *kind, const char *category)
{
	for (size_t i = 0; kind->categories && kind->categories[i]; i++)
		if (pv_streq(kind->categories[i], category))
			return true;
	return false;
}

/* Elements: const pv_client_kind *. */
static int
kinds_of(pv_ctx *cx, pv_client *client, const char *words, pv_vec *ret)
{
	pv_str rest = pv_str_of(words), piece;
	pv_vec_init(ret, cx->arena, sizeof(const pv_client_kind *));
	while (pv_str_next(&rest, ',', &piece)) {
		const char *word = pv_strndup(cx->arena, piece.s, piece.len);
		const pv_client_kind *kind;
		size_t pos = 0, before = ret->len;
		int r;
		while (pv_client_kind_each(cx, client, &pos, &kind))
			if (is_in(kind, word))
				pv_vec_push(ret, &kind);
		if (ret->len > before)
			continue;
		r = pv_client_find(cx, client, word, &kind);
		if (r < 0)
			return r;
		pv_vec_push(ret, &kind);
	}
	return 0;
}

static int
add_labelled(pv_ctx *cx, pv_client *client, const pv_args *args, pv_vec *ret)
{
	for (size_t i = 0; i < pv_args_count(args); i++) {
		const char *word = pv_args_at(args, i), *slash = strchr(word, '/');
		const pv_client_kind *kind;
		int r;
		if (!slash || !slash[1])
			return pv_fail(cx, PV_EUSAGE,
				       "expected KIND/NAME like the words beside it, found \"%s\"", word);
		r = pv_client_find(cx, client, pv_strndup(cx->arena, word, (size_t)(slash - word)), &kind);
		if (r < 0)
			return r;
		add(ret, kind, slash + 1);
	}
	return 0;
}

static int
add_documents(pv_ctx *cx, pv_client *client, const pv_args *args, pv_vec *ret)
{
	pv_vec docs;
	int r = ask_filenames(cx, args, &docs);
	for (size_t i = 0; r == 0 && i < docs.len; i++) {
		const ask_doc *doc = PV_AT(ask_doc, &docs, i);
		target *t = pv_vec_add(ret);
		r = place_check(cx, doc, true);
		if (r < 0)
			return r;
		t->ns = pv_text_at(doc->object, "metadata.namespace", NULL);
		t->name = pv_text_at(doc->object, "metadata.name", NULL);
		r = pv_client_find_kind(cx, client, pv_text_at(doc->object, "apiVersion", ""),
					pv_text_at(doc->object, "kind", ""), &t->kind);
		if (r < 0)
			return place_fault(
				cx, r, doc,
				pv_printf(cx->arena, "%s/%s", pv_text_at(doc->object, "kind", ""), t->name));
	}
	if (r == 0 && docs.len == 0)
		r = pv_fail(cx, PV_EUSAGE, "--filename: expected objects, found none");
	return r;
}

int
target_parse(pv_ctx *cx, pv_client *client, const pv_args *args, pv_vec *ret)
{
	const char *first = pv_args_at(args, 0);
	size_t n = pv_args_count(args);
	pv_vec kinds;
	int r;
	pv_vec_init(ret, cx->arena, sizeof(target));
	if (first && pv_args_has(args, "filename"))
		return pv_fail(cx, PV_EUSAGE, "expected a kind or --filename, not both: found \"%s\"", first);
	if (pv_args_has(args, "filename"))
		return add_documents(cx, client, args, ret);
	if (!first)
		return pv_fail(cx, PV_EUSAGE, "expected a kind, such as deployments or deployment/web");
	if (strchr(first, '/'))
		return add_labelled(cx, client, args, ret);
	r = kinds_of(cx, client, first, &kinds);
	for (size_t k = 0; r == 0 && k < kinds.len; k++) {
		const pv_client_kind *kind = *PV_AT(const pv_client_kind *, &kinds, k);
		if (n == 1)
			add(ret, kind, NULL);
		for (size_t i = 1; i < n; i++) {
			if (!*pv_args_at(args, i))
				return pv_fail(cx, PV_EUSAGE,
					       "expected the name of a %s, found an empty word",
					       kind->singular);
			if (strchr(pv_args_at(args, i), '/'))
				return pv_fail(
					cx, PV_EUSAGE,
					"expected the name of a %s, found \"%s\": no kind goes in front of KIND/NAME",
					kind->singular, pv_args_at(args, i));
			add(ret, kind, pv_args_at(args, i));
		}
	}
	return r;
}

int
target_one(pv_ctx *cx, pv_client *client, const pv_args *args, target *ret)
{
	pv_vec all;
	int r = target_parse(cx, client, args, &all);
	if (r < 0)
		return r;
	*ret = *PV_AT(target, &all, 0);
	if (all.len > 1 || !ret->name)
		return pv_fail(cx, PV_EUSAGE, "expected one KIND/NAME, such as application/guestbook");
	return 0;
}
