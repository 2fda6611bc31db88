/* hydrate_files: what a hydration commits: the manifests, what they are of, and how to make them again, in the
 * files that Argo CD's hydrator writes. */
#include <string.h>

#include "base/str.h"
#include "core/git/git.h"
#include "delivery/application/hydrate.h"
#include "delivery/application/settings.h"
#include "lang/gotmpl/gotmpl.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"

#define TEMPLATE_KEY "sourceHydrator.commitMessageTemplate"
#define STEPS_MOST 1000000
#define MESSAGE_MOST 65536
#define ATTRIBUTES "*/README.md linguist-generated=true\n*/hydrator.metadata linguist-generated=true\n"

static const char message_template[] =
	"{{.metadata.drySha | trunc 7}}: {{.metadata.subject}}\n"
	"{{- if .metadata.body }}\n\n{{ .metadata.body }}\n{{- end }}\n"
	"{{- if .metadata.author }}\n\nCo-authored-by: {{ .metadata.author }}\n{{- end }}\n";

static void
add_file(const hydration *h, pv_listb *files, const char *folder, const char *name, pv_val text)
{
	pv_objb b;
	pv_objb_init(&b, h->a->cx->arena);
	pv_objb_put(&b, "path", pv_stringf(h->a->cx->arena, "%s%s%s", folder, *folder ? "/" : "", name));
	pv_objb_put(&b, "text", text);
	pv_listb_add(files, pv_objb_end(&b));
}

static pv_val
text_of(const pv_buf *b)
{
	return pv_string_ref(b->len ? b->s : "");
}

static pv_val
manifests(const hydration *h)
{
	const pv_val *list = pv_get(h->rendered, "manifests");
	pv_buf b;
	pv_buf_init(&b, h->a->cx->arena);
	for (size_t i = 0; i < pv_count(list); i++) {
		pv_buf_adds(&b, i ? "---\n" : "");
		pv_yaml_write(&b, pv_get(pv_item(list, i), "object"));
	}
	return text_of(&b);
}

/* ---- what it is of ---- */

static const char *
command(const hydration *h)
{
	const pv_val *helm = pv_get(h->dry->spec, "helm");
	if (pv_streq(h->dry->type, "Kustomize"))
		return "kustomize build .";
	if (!pv_streq(h->dry->type, "Helm"))
		return NULL;
	return pv_printf(h->a->cx->arena, "helm template . --name-template %s --namespace %s --include-crds",
			 pv_text_at(helm, "releaseName", h->a->name),
			 pv_text_at(helm, "namespace", h->a->dest_ns));
}

static pv_val
commands(const hydration *h)
{
	const char *one = command(h);
	pv_listb b;
	pv_listb_init(&b, h->a->cx->arena);
	if (one)
		pv_listb_add(&b, pv_string_ref(one));
	return pv_listb_end(&b);
}

static void
put_origin(const hydration *h, pv_objb *b)
{
	pv_objb_put(b, "repoURL", pv_string_ref(pv_git_plain_url(h->a->cx->arena, h->dry->repo)));
	pv_objb_puts(b, "drySha", h->dry->revision);
}

/* Who wrote the dry commit, and of what it says the first line and the rest. */
static pv_val
metadata_of_commit(const hydration *h)
{
	const char *message = pv_text_at(h->dry->tree, "message", "");
	size_t n = strcspn(message, "\n");
	pv_str body = pv_str_trim(pv_str_of(message + n));
	pv_objb b;
	pv_objb_init(&b, h->a->cx->arena);
	put_origin(h, &b);
	pv_objb_puts(&b, "author", pv_text_at(h->dry->tree, "author", ""));
	pv_objb_puts(&b, "date", pv_text_at(h->dry->tree, "date", ""));
	pv_objb_put(&b, "subject", pv_stringn(h->a->cx->arena, message, n));
	if (body.len)
		pv_objb_put(&b, "body", pv_stringn(h->a->cx->arena, body.s, body.len));
	return pv_objb_end(&b);
}

static pv_val
metadata_of_path(const hydration *h)
{
	pv_objb b;
	pv_objb_init(&b, h->a->cx->arena);
	put_origin(h, &b);
	pv_objb_put(&b, "commands", commands(h));
	return pv_objb_end(&b);
}

static pv_val
pretty(const hydration *h, const pv_val *v)
{
	pv_buf b;
	pv_buf_init(&b, h->a->cx->arena);
	pv_json_write_pretty(&b, v, 2);
	pv_buf_addc(&b, '\n');
	return text_of(&b);
}

static pv_val
readme(const hydration *h)
{
	const char *how = command(h), *repo = pv_git_plain_url(h->a->cx->arena, h->dry->repo);
	pv_buf b;
	pv_buf_init(&b, h->a->cx->arena);
	pv_buf_printf(&b,
		      "# %s\n\nThe manifests here were rendered from `%s` of %s at commit %s.\n"
		      "What is changed here by hand goes with the next commit there.\n",
		      h->path, h->dry->path, repo, h->dry->revision);
	if (how)
		pv_buf_printf(&b, "\n```shell\ngit clone %s source\ncd source/%s\ngit checkout %s\n%s\n```\n",
			      repo, pv_git_path(h->a->cx->arena, h->dry->path), h->dry->revision, how);
	return text_of(&b);
}

/* ---- the commit ---- */

/* Templates see {metadata}, as Argo CD gives it to them. */
static int
message(const hydration *h, const pv_val *metadata, pv_val *ret)
{
	static const pv_tfunc *const functions[] = {PV_TMPL_SPRIG, NULL};
	const pv_tmpl_opts opts = {.funcs = functions};
	const pv_tmpl_run how = {.steps = STEPS_MOST, .output = MESSAGE_MOST, .now = pv_plan_now(h->a->plan)};
	pv_ctx *cx = h->a->cx;
	pv_tmpl *t = pv_tmpl_new(cx->arena, &opts);
	pv_tmap *dot = pv_tmap_new(cx->arena);
	pv_buf out;
	pv_buf_init(&out, cx->arena);
	pv_tmap_puts(dot, "metadata", pv_tv_from(cx->arena, metadata, false));
	int r = pv_tmpl_parse(cx, t, PV_STR("message"),
			      pv_str_of(setting(h->a, TEMPLATE_KEY, message_template)));
	if (r == 0)
		r = pv_tmpl_execute(cx, t, &how, PV_STR("message"), pv_tv_map(dot), &out);
	*ret = text_of(&out);
	return r < 0 ? pv_wrap(cx, r, "ConfigMap " CUSTOM_NS "/" CUSTOM_NAME ": " TEMPLATE_KEY) : 0;
}

static pv_val
author(const hydration *h)
{
	pv_objb b;
	pv_objb_init(&b, h->a->cx->arena);
	pv_objb_puts(&b, "name", setting(h->a, "commit.author.name", "Pave"));
	pv_objb_puts(&b, "email", setting(h->a, "commit.author.email", "pave@localhost"));
	return pv_objb_end(&b);
}

static pv_val
files(const hydration *h, const pv_val *metadata)
{
	pv_val own = metadata_of_path(h);
	pv_listb b;
	pv_listb_init(&b, h->a->cx->arena);
	add_file(h, &b, "", ".gitattributes", pv_string_ref(ATTRIBUTES));
	add_file(h, &b, "", "hydrator.metadata", pretty(h, metadata));
	add_file(h, &b, h->path, "manifest.yaml", manifests(h));
	add_file(h, &b, h->path, "hydrator.metadata", pretty(h, &own));
	add_file(h, &b, h->path, "README.md", readme(h));
	return pv_listb_end(&b);
}

int
hydrate_change(const hydration *h, pv_val *ret)
{
	pv_val metadata = metadata_of_commit(h), folder = pv_string_ref(h->path), text;
	pv_objb b;
	int r = message(h, &metadata, &text);
	if (r < 0)
		return r;
	pv_objb_init(&b, h->a->cx->arena);
	pv_objb_put(&b, "files", files(h, &metadata));
	pv_objb_put(&b, "drop", pv_list_of(h->a->cx->arena, &folder, 1));
	pv_objb_put(&b, "key", pv_stringf(h->a->cx->arena, "%s/manifest.yaml", h->path));
	pv_objb_put(&b, "message", text);
	pv_objb_put(&b, "author", author(h));
	*ret = pv_objb_end(&b);
	return 0;
}
