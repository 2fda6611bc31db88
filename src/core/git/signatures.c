/* signatures: whether those of a revision are good, by the public keys of ConfigMap argocd-gpg-keys-cm.
 * A child reads what was signed (signed.c), gpg judges it (base/gpg).
 * https://argo-cd.readthedocs.io/en/latest/user-guide/source-integrity-git-gpg/ */
#include <string.h>

#include "base/digest.h"
#include "base/gpg.h"
#include "base/map.h"
#include "base/str.h"
#include "core/git/access.h"
#include "core/git/git.h"
#include "core/git/repo.h"
#include "lang/json/json.h"

#define UNSIGNED "unsigned"
#define OTHERWISE "signed, but not with GnuPG"
#define UNSIGNED_TOLD 10
#define ARMOR "-----BEGIN PGP SIGNATURE-----"

struct judging {
	pv_ctx *cx;
	const char *folder; /* where the ring may be */
	const pv_vec *keys;
	pv_gpg_ring ring; /* made for the first signature */
	pv_map *reached;  /* commits that are not behind a seal */
	size_t awaited;   /* those of them that were not looked at yet */
	pv_map *told;     /* "result key" */
	pv_listb rows;
	size_t unsigned_rows;
};

/* ---- one signature ---- */

static int
verdict_of(struct judging *j, const pv_val *row, pv_gpg_verdict *ret)
{
	pv_str signature = {"", 0}, data = {"", 0};
	int r = 0;
	signature.s = (const char *)pv_unbase64(j->cx->arena, pv_strv(pv_get(row, "signature")), false,
						&signature.len);
	data.s = (const char *)pv_unbase64(j->cx->arena, pv_strv(pv_get(row, "data")), false, &data.len);
	*ret = (pv_gpg_verdict){UNSIGNED, "", ""};
	if (!pv_get(row, "signature"))
		return 0;
	if (!signature.s || !data.s || !pv_starts_with(signature.s, ARMOR)) {
		ret->result = OTHERWISE;
		return 0;
	}
	if (!j->ring.home)
		r = pv_gpg_open(j->cx, j->folder, j->keys, &j->ring);
	return r < 0 ? r : pv_gpg_verify(j->cx, &j->ring, signature, data, ret);
}

static bool
is_told(struct judging *j, const pv_val *row, const pv_gpg_verdict *v)
{
	const char *key = pv_printf(j->cx->arena, "%s %s", v->result, v->key);
	if (pv_truth_at(row, "tag", false))
		return false;
	if (!*v->key)
		return j->unsigned_rows++ >= UNSIGNED_TOLD;
	if (pv_map_finds(j->told, key))
		return true;
	pv_map_puts(j->told, key, j);
	return false;
}

static void
tell(struct judging *j, const pv_val *row, const pv_gpg_verdict *v)
{
	pv_objb b;
	if (is_told(j, row, v))
		return;
	pv_objb_init(&b, j->cx->arena);
	pv_objb_puts(&b, "revision", pv_text_at(row, "revision", ""));
	pv_objb_puts(&b, "author", pv_text_at(row, "author", ""));
	pv_objb_puts(&b, "result", v->result);
	pv_objb_puts(&b, "key", v->key);
	pv_objb_puts(&b, "primary", v->primary);
	if (pv_truth_at(row, "tag", false))
		pv_objb_put(&b, "tag", pv_bool(true));
	pv_listb_add(&j->rows, pv_objb_end(&b));
}

/* ---- all of them ---- */

static void
reach(struct judging *j, const pv_val *row)
{
	const pv_val *parents = pv_get(row, "parents");
	for (size_t i = 0; i < pv_count(parents); i++) {
		const char *id = pv_text(pv_item(parents, i), "");
		j->awaited += !pv_map_finds(j->reached, id);
		pv_map_puts(j->reached, id, j);
	}
}

/* Rows are newest first, so who reaches a commit was looked at before it. */
static int
judge(struct judging *j, const pv_val *rows)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < pv_count(rows); i++) {
		const pv_val *row = pv_item(rows, i);
		const char *id = pv_text_at(row, "revision", "");
		bool tag = pv_truth_at(row, "tag", false),
		     first = i == 0 || (i == 1 && pv_truth_at(pv_item(rows, 0), "tag", false));
		pv_gpg_verdict v;
		if (!tag && !first && !pv_map_finds(j->reached, id))
			continue;
		j->awaited -= !tag && !first;
		r = verdict_of(j, row, &v);
		if (r < 0)
			break;
		tell(j, row, &v);
		if (!pv_truth_at(row, "seal", false) || !pv_streq(v.result, PV_GPG_GOOD))
			reach(j, row);
	}
	return r;
}

static bool
has_seal(const pv_val *rows)
{
	for (size_t i = 0; i < pv_count(rows); i++)
		if (pv_truth_at(pv_item(rows, i), "seal", false))
			return true;
	return false;
}

/* Of too many commits the newest are there: enough, unless older ones are wanted, too. */
static int
check_cut(struct judging *j, const pv_val *args, const pv_val *answer, bool older)
{
	if (!pv_truth_at(answer, "cut", false) || !older)
		return 0;
	return pv_fail(
		j->cx, PV_ETOOLARGE,
		"repository %s: more than %zu commits would have to be verified: expected mode head, or a "
		"commit that seals what is before it (git commit --gpg-sign --trailer=\"" GIT_SEAL " WHY\")",
		pv_git_plain_url(j->cx->arena, pv_text_at(args, "repo", "")),
		pv_count(pv_get(answer, "rows")));
}

/* What was found out of the commits before, if they are a part of these; their tag is another's now. */
static void
add_known(struct judging *j, const pv_val *previous)
{
	const pv_val *rows = pv_get(previous, "signatures");
	for (size_t i = 0; i < pv_count(rows); i++) {
		const pv_val *row = pv_item(rows, i);
		pv_gpg_verdict v = {pv_text_at(row, "result", ""), pv_text_at(row, "key", ""),
				    pv_text_at(row, "primary", "")};
		if (!pv_truth_at(row, "tag", false))
			tell(j, row, &v);
	}
}

/* ---- the fact ---- */

static const char *
digest_of_value(pv_arena *arena, const pv_val *v)
{
	uint8_t digest[32];
	pv_buf text;
	pv_buf_init(&text, arena);
	pv_json_write(&text, v);
	pv_sha256(text.s, text.len, digest);
	return pv_hex(arena, digest, 32);
}

static const char *
digest_of(pv_arena *arena, const pv_vec *keys)
{
	uint8_t digest[32];
	pv_buf all;
	pv_buf_init(&all, arena);
	for (size_t i = 0; i < keys->len; i++) {
		const pv_str *key = PV_AT(pv_str, keys, i);
		pv_buf_add_int(&all, (int64_t)key->len);
		pv_buf_add(&all, " ", 1);
		pv_buf_add(&all, key->s, key->len);
	}
	pv_sha256(all.s ? all.s : "", all.len, digest);
	return pv_hex(arena, digest, 32);
}

static int
read_signed(pv_ctx *cx, pv_facts *facts, const pv_val *args, const char *known, pv_val *ret)
{
	pv_objb b;
	pv_val request;
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "repo", pv_text_at(args, "repo", ""));
	pv_objb_puts(&b, "revision", pv_text_at(args, "revision", ""));
	pv_objb_put(&b, "all", pv_bool(pv_truth_at(args, "all", false)));
	if (*known)
		pv_objb_puts(&b, "known", known);
	request = pv_objb_end(&b);
	return git_ask(cx, facts, "git-signed", &request, ret);
}

/* Does what is told go on from that commit? */
static bool
follows(const pv_val *answer, const char *known)
{
	const pv_val *rows = pv_get(answer, "rows");
	for (size_t i = 0; i < pv_count(rows); i++) {
		const pv_val *parents = pv_get(pv_item(rows, i), "parents");
		for (size_t k = 0; k < pv_count(parents); k++)
			if (pv_streq(pv_text(pv_item(parents, k), ""), known))
				return true;
	}
	return pv_streq(pv_text_at(answer, "commit", ""), known);
}

/* Only what is new is told, as long as it goes on from there with the same keys and seals nothing. */
static int
read_new(pv_ctx *cx, pv_facts *facts, const pv_val *args, const char **known, pv_val *ret)
{
	int r = read_signed(cx, facts, args, *known, ret);
	if (r == 0 && **known && (has_seal(pv_get(ret, "rows")) || !follows(ret, *known))) {
		*known = "";
		r = read_signed(cx, facts, args, *known, ret);
	}
	return r;
}

static pv_val
value_of(struct judging *j, const pv_val *answer, const char *keys, const char *of)
{
	pv_objb b;
	pv_objb_init(&b, j->cx->arena);
	pv_objb_puts(&b, "commit", pv_text_at(answer, "commit", ""));
	pv_objb_put(&b, "signatures", pv_listb_end(&j->rows));
	pv_objb_puts(&b, "keys", keys);
	pv_objb_puts(&b, "of", of);
	return pv_objb_end(&b);
}

static int
find_signatures(pv_ctx *cx, pv_facts *facts, const pv_val *args, const pv_val *previous, pv_val *ret)
{
	struct judging j = {.cx = cx, .folder = pv_facts_dir(facts)};
	const char *keys, *known, *of;
	bool same;
	pv_vec signers;
	pv_val answer;
	int r;
	git_signers(cx, facts, &signers);
	keys = digest_of(cx->arena, &signers);
	same = pv_streq(keys, pv_text_at(previous, "keys", ""));
	known = same && pv_truth_at(args, "all", false) ? pv_text_at(previous, "commit", "") : "";
	r = read_new(cx, facts, args, &known, &answer);
	if (r < 0)
		return r;
	of = digest_of_value(cx->arena, &answer);
	if (same && pv_streq(of, pv_text_at(previous, "of", ""))) {
		*ret = *previous;
		return 0;
	}
	j.keys = &signers;
	j.reached = pv_map_new(cx->arena);
	j.told = pv_map_new(cx->arena);
	pv_listb_init(&j.rows, cx->arena);
	r = check_cut(&j, args, &answer, !has_seal(pv_get(&answer, "rows")));
	if (r == 0)
		r = judge(&j, pv_get(&answer, "rows"));
	pv_gpg_close(&j.ring);
	if (r == 0)
		r = check_cut(&j, args, &answer, j.awaited > 0);
	if (r == 0 && *known)
		add_known(&j, previous);
	if (r == 0)
		*ret = value_of(&j, &answer, keys, of);
	return r;
}

const pv_fact_kind git_signatures_fact = {.name = "git-signatures",
					  .find = find_signatures,
					  .base = git_mirror_base,
					  .reads = git_signers_types,
					  .heeds = git_signers_heed};
