/* view: the library's transport for paths fails at the first ref that is not as it should be:
 * a copy of a file in refs/heads, one that a crash left empty.  So such a repository is
 * fetched from a bare one beside it, which borrows its objects. */
#include "core/git/view.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/str.h"

static bool
is_whole(git_odb *odb, const git_reference *ref)
{
	const git_oid *target = git_reference_target(ref);
	int valid = 0;
	return git_reference_name_is_valid(&valid, git_reference_name(ref)) == 0 && valid && target &&
	       git_odb_exists(odb, target);
}

/* Those that may be fetched, as lines of packed-refs. */
static int
list_refs(git_repository *from, pv_buf *out)
{
	git_reference_iterator *it = NULL;
	git_reference *ref;
	git_odb *odb = NULL;
	int code = git_repository_odb(&odb, from);
	if (code == 0)
		code = git_reference_iterator_new(&it, from);
	while (code == 0 && git_reference_next(&ref, it) == 0) {
		if (is_whole(odb, ref))
			pv_buf_printf(out, "%s %s\n", git_oid_tostr_s(git_reference_target(ref)),
				      git_reference_name(ref));
		git_reference_free(ref);
	}
	git_reference_iterator_free(it);
	git_odb_free(odb);
	return code;
}

static int
save(pv_ctx *cx, const char *view, const char *name, const char *text)
{
	return pv_file_save(cx, pv_printf(cx->arena, "%s/%s", view, name), pv_str_of(text), 0600);
}

static int
fill(pv_ctx *cx, git_repository *from, const char *view, const char *plain)
{
	git_reference *head = NULL;
	pv_buf refs;
	int code, r;
	pv_buf_init(&refs, cx->arena);
	pv_buf_adds(&refs, "");
	code = list_refs(from, &refs);
	r = code < 0 ? git_fail(cx, plain, code) : save(cx, view, "packed-refs", refs.s);
	if (r == 0)
		r = save(cx, view, "objects/info/alternates",
			 pv_printf(cx->arena, "%sobjects\n", git_repository_commondir(from)));
	if (r == 0 && git_reference_lookup(&head, from, "HEAD") == 0 && git_reference_symbolic_target(head))
		r = save(cx, view, "HEAD",
			 pv_printf(cx->arena, "ref: %s\n", git_reference_symbolic_target(head)));
	git_reference_free(head);
	return r;
}

int
git_view_make(pv_ctx *cx, const char *mirror, const char *local, const char *plain, const char **ret_path)
{
	const char *view = pv_printf(cx->arena, "%s/view", mirror);
	git_repository *from = NULL, *made = NULL;
	int r, code = git_repository_open(&from, local);
	if (code == 0)
		code = git_repository_init(&made, view, 1);
	git_repository_free(made);
	r = code < 0 ? git_fail(cx, plain, code) : fill(cx, from, view, plain);
	git_repository_free(from);
	*ret_path = view;
	return r;
}
