/* fetch: the child's part: finds the version, brings the archive, and leaves it in the folder under
 * the digest that it has. */
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/str.h"
#include "core/git/git.h"
#include "delivery/charts/impl.h"

bool
charts_is_digest(const char *s)
{
	return strlen(s) == 64 && strspn(s, "0123456789abcdef") == 64;
}

static const char *
file_of(const struct fetch *f, const char *digest)
{
	return pv_printf(f->cx->arena, "%s/%s.tgz", pv_text_at(f->request, "folder", ""), digest);
}

bool
fetch_is_kept(const struct fetch *f)
{
	return charts_is_digest(f->digest) && access(file_of(f, f->digest), R_OK) == 0;
}

/* Under its digest: another content would be another name. */
static int
keep(struct fetch *f)
{
	const char *digest = pv_sha256_hex(f->cx->arena, f->bytes.s, f->bytes.len);
	if (*f->digest && !pv_streq(f->digest, digest))
		return pv_fail(
			f->cx, PV_EINVALID,
			"chart repository %s: the archive of %s %s is not what the repository says: expected SHA-256 "
			"%.64s, found %s",
			f->plain, f->name, f->version, f->digest, digest);
	if (!f->image && (f->bytes.len < 2 || memcmp(f->bytes.s, "\x1f\x8b", 2) != 0))
		return pv_fail(f->cx, PV_EINVALID,
			       "chart repository %s: %s is no packed chart: expected a gzip of a tar",
			       f->plain, *f->name ? f->name : "it");
	f->digest = digest;
	return pv_file_save(f->cx, file_of(f, digest), f->bytes, 0600);
}

static pv_val
answer_of(struct fetch *f)
{
	pv_objb b;
	pv_objb_init(&b, f->cx->arena);
	pv_objb_puts(&b, "name", f->name);
	pv_objb_puts(&b, "version", f->version);
	pv_objb_puts(&b, "digest", f->digest);
	pv_objb_puts(&b, "url", f->archive);
	pv_objb_puts(&b, "manifest", f->manifest);
	pv_objb_puts(&b, "media", f->media);
	return pv_objb_end(&b);
}

static const char *
without_slash(pv_arena *arena, const char *url)
{
	size_t n = strlen(url);
	while (n > 0 && url[n - 1] == '/')
		n--;
	return pv_strndup(arena, url, n);
}

int
charts_fetch_job(pv_ctx *cx, const pv_val *request, pv_val *ret)
{
	struct fetch f = {.cx = cx,
			  .request = request,
			  .url = without_slash(cx->arena, pv_text_at(request, "url", "")),
			  .chart = pv_text_at(request, "chart", ""),
			  .wish = pv_text_at(request, "version", ""),
			  .version = "",
			  .image = pv_truth_at(request, "image", false),
			  .digest = "",
			  .bytes = {"", 0}};
	int r;
	f.name = f.chart;
	f.plain = pv_git_plain_url(cx->arena, f.url);
	r = pv_starts_with(f.url, "oci://") ? registry_fetch(&f) : repository_fetch(&f);
	if (r < 0)
		return r;
	if (*f.digest && !charts_is_digest(f.digest))
		return pv_fail(
			cx, PV_EINVALID,
			"chart repository %s: the digest of %s %s is no SHA-256: expected 64 hexadecimal digits",
			f.plain, f.name, f.version);
	if (f.bytes.len > 0 || !fetch_is_kept(&f))
		r = keep(&f);
	if (r == 0)
		*ret = answer_of(&f);
	return r;
}
