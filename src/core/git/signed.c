/* signed: what was signed of a revision, and by which signature: of its annotated tag and of its commit, or
 * of all commits that it is made of.  Runs in a child that may read the mirror and nothing else; whether the
 * signatures are good is found out elsewhere (signatures.c). */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "core/git/inside.h"
#include "core/git/repo.h"

#define COMMITS_MOST 5000
#define SIGNED_MOST (64u << 20) /* bytes of what was signed */
#define TAG_MARK "-----BEGIN "  /* of a signature, of whatever kind */

struct reading {
	pv_ctx *cx;
	git_repository *repo;
	const char *url;
	pv_listb rows;
	size_t bytes;
	bool cut; /* there are more commits */
};

static int
fault(struct reading *r)
{
	return git_fail(r->cx, r->url, GIT_ERROR);
}

static void
put_person(pv_objb *b, pv_arena *arena, const git_signature *who)
{
	pv_objb_put(b, "author",
		    who ? pv_stringf(arena, "%s <%s>", who->name, who->email) : pv_string_ref(""));
}

/* As base64, for what was signed may be any bytes. */
static int
put_signed(struct reading *r, pv_objb *b, pv_str signature, pv_str data)
{
	r->bytes += signature.len + data.len;
	if (r->bytes > SIGNED_MOST)
		return pv_fail(r->cx, PV_ETOOLARGE,
			       "repository %s: what was signed comes to more than 64 MiB", r->url);
	pv_objb_puts(b, "signature", pv_base64(r->cx->arena, signature.s, signature.len, false));
	pv_objb_puts(b, "data", pv_base64(r->cx->arena, data.s, data.len, false));
	return 0;
}

/* ---- commits ---- */

/* A line of its message that begins with the word: what lies before it was looked at by a person. */
static bool
is_seal(const char *message)
{
	for (const char *line = message; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncasecmp(line, GIT_SEAL, sizeof(GIT_SEAL) - 1) == 0)
			return true;
	}
	return false;
}

static pv_val
parents(struct reading *r, git_commit *commit)
{
	pv_listb list;
	pv_listb_init(&list, r->cx->arena);
	for (unsigned i = 0; i < git_commit_parentcount(commit); i++)
		pv_listb_add(&list,
			     pv_string(r->cx->arena, git_oid_tostr_s(git_commit_parent_id(commit, i))));
	return pv_listb_end(&list);
}

static int
add_commit(struct reading *r, git_commit *commit)
{
	git_buf signature = GIT_BUF_INIT, data = GIT_BUF_INIT;
	git_oid id = *git_commit_id(commit);
	int ret = 0, code = git_commit_extract_signature(&signature, &data, r->repo, &id, NULL);
	pv_objb b;
	pv_objb_init(&b, r->cx->arena);
	pv_objb_put(&b, "revision", pv_string(r->cx->arena, git_oid_tostr_s(&id)));
	put_person(&b, r->cx->arena, git_commit_author(commit));
	pv_objb_put(&b, "parents", parents(r, commit));
	if (is_seal(git_commit_message(commit)))
		pv_objb_put(&b, "seal", pv_bool(true));
	if (code == 0)
		ret = put_signed(r, &b, (pv_str){signature.ptr, signature.size},
				 (pv_str){data.ptr, data.size});
	else if (code != GIT_ENOTFOUND)
		ret = fault(r);
	git_buf_dispose(&signature);
	git_buf_dispose(&data);
	if (ret == 0)
		pv_listb_add(&r->rows, pv_objb_end(&b));
	return ret;
}

/* Children before their parents, without what `known` is made of; the newest of too many, for older ones may be
 * behind a seal. */
static int
add_history(struct reading *r, const git_oid *head, const char *known)
{
	git_revwalk *walk = NULL;
	git_commit *commit;
	git_oid id;
	int code = 0, ret = 0;
	if (git_revwalk_new(&walk, r->repo) < 0)
		return fault(r);
	git_revwalk_sorting(walk, GIT_SORT_TOPOLOGICAL);
	if (git_revwalk_push(walk, head) < 0)
		ret = fault(r);
	if (*known && git_oid_fromstr(&id, known) == 0)
		(void)git_revwalk_hide(walk, &id); /* it is not there any more: then all is read */
	while (ret == 0 && (code = git_revwalk_next(&id, walk)) == 0) {
		if (r->rows.len >= COMMITS_MOST) {
			r->cut = true;
			break;
		}
		if (git_commit_lookup(&commit, r->repo, &id) < 0)
			ret = fault(r);
		else {
			ret = add_commit(r, commit);
			git_commit_free(commit);
		}
	}
	if (ret == 0 && !r->cut && code != GIT_ITEROVER) /* a commit that is not there was not looked at */
		ret = fault(r);
	git_revwalk_free(walk);
	return ret;
}

/* ---- tags ---- */

/* The signature is the end of the tag's text, from the last line that begins one. */
static size_t
where_signed(pv_str text)
{
	size_t at = text.len;
	for (size_t i = 0; i + sizeof(TAG_MARK) <= text.len; i++)
		if ((i == 0 || text.s[i - 1] == '\n') &&
		    memcmp(text.s + i, TAG_MARK, sizeof(TAG_MARK) - 1) == 0)
			at = i;
	return at;
}

static int
add_tag(struct reading *r, const char *name, git_object *object)
{
	git_odb *odb = NULL;
	git_odb_object *raw = NULL;
	pv_str text;
	size_t at;
	pv_objb b;
	int ret = 0;
	if (git_repository_odb(&odb, r->repo) < 0 || git_odb_read(&raw, odb, git_object_id(object)) < 0)
		ret = fault(r);
	git_odb_free(odb);
	if (ret < 0)
		return ret;
	text = (pv_str){git_odb_object_data(raw), git_odb_object_size(raw)};
	at = where_signed(text);
	pv_objb_init(&b, r->cx->arena);
	pv_objb_puts(&b, "revision", name);
	pv_objb_put(&b, "tag", pv_bool(true));
	put_person(&b, r->cx->arena, git_tag_tagger((git_tag *)object));
	if (at < text.len)
		ret = put_signed(r, &b, (pv_str){text.s + at, text.len - at}, (pv_str){text.s, at});
	git_odb_object_free(raw);
	if (ret == 0)
		pv_listb_add(&r->rows, pv_objb_end(&b));
	return ret;
}

/* ---- a revision ---- */

/* An annotated tag speaks for its commit; whoever wants all has both. */
static int
read_rows(struct reading *r, const pv_val *request, const char *name, git_object *object, git_commit *commit)
{
	bool all = pv_truth_at(request, "all", false), tag = git_object_type(object) == GIT_OBJECT_TAG;
	int ret = tag ? add_tag(r, name, object) : 0;
	if (ret == 0 && all)
		ret = add_history(r, git_commit_id(commit), pv_text_at(request, "known", ""));
	else if (ret == 0 && !tag)
		ret = add_commit(r, commit);
	return ret;
}

int
repo_signed(pv_ctx *cx, const pv_val *request, pv_val *ret)
{
	struct reading r = {.cx = cx, .url = pv_text_at(request, "name", "")};
	const char *name = pv_text_at(request, "revision", "");
	git_object *object = NULL;
	git_commit *commit = NULL;
	pv_objb b;
	int code;
	git_start();
	pv_listb_init(&r.rows, cx->arena);
	code = git_open(cx, pv_text_at(request, "mirror", ""), r.url, &r.repo);
	if (code == 0)
		code = git_resolve_object(cx, r.repo, r.url, &name, &object);
	if (code == 0)
		code = git_commit_of(cx, r.url, name, object, &commit);
	if (code == 0)
		code = read_rows(&r, request, name, object, commit);
	if (code == 0) {
		pv_objb_init(&b, cx->arena);
		pv_objb_put(&b, "commit", pv_string(cx->arena, git_oid_tostr_s(git_commit_id(commit))));
		pv_objb_put(&b, "rows", pv_listb_end(&r.rows));
		pv_objb_put(&b, "cut", pv_bool(r.cut));
		*ret = pv_objb_end(&b);
	}
	git_commit_free(commit);
	git_object_free(object);
	git_repository_free(r.repo);
	return code;
}
