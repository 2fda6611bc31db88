/* plugin_run: a plugin's programs over the files of a commit, in a folder that goes with them: they may read what the
 * machine's packages installed, write that folder and nothing else, and have no network unless the administrator
 * says so.  What they print is read in a child of its own. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/time.h"
#include "base/vec.h"
#include "core/git/git.h"
#include "delivery/application/manifests.h"
#include "delivery/application/plugin.h"
#include "lang/json/json.h"

#define PATIENCE (90 * PV_SEC) /* Argo CD's, of a plugin's command */
#define CPU_SECONDS 90
#define MEMORY (INT64_C(4) << 30) /* of addresses: Go's programs reserve much that they do not use */
#define FILE_MOST (INT64_C(64) << 20)
#define OUTPUT_MOST ((size_t)64 << 20)
#define QUOTED 2000

static const char *const readable[] = {"/usr",
				       "/bin",
				       "/lib",
				       "/lib64",
				       "/etc/alternatives",
				       "/etc/ld.so.cache",
				       "/etc/ssl/certs", /* and not private */
				       "/etc/ssl/openssl.cnf",
				       "/etc/resolv.conf",
				       "/etc/hosts",
				       "/etc/nsswitch.conf"};

typedef struct running {
	pv_ctx *cx;
	const pv_val *args, *plugin;
	const char *name, *folder; /* folder: where the files are */
	pv_vec env, reads;         /* of const char *, ended by NULL */
} running;

/* command and args, one list. */
static const char *const *
argv_of(running *p, const pv_val *command)
{
	static const char *const parts[] = {"command", "args"};
	pv_vec all;
	const char *end = NULL;
	pv_vec_init(&all, p->cx->arena, sizeof(const char *));
	for (size_t k = 0; k < PV_LEN(parts); k++)
		for (size_t i = 0; i < pv_count(pv_get(command, parts[k])); i++) {
			const char *one = pv_text(pv_item(pv_get(command, parts[k]), i), "");
			pv_vec_push(&all, &one);
		}
	pv_vec_push(&all, &end);
	return all.data;
}

static void
surround(running *p)
{
	const pv_val *given = pv_get(p->args, "environment");
	const char *end = NULL, *home = pv_printf(p->cx->arena, "HOME=%s", p->folder),
		   *tmp = pv_printf(p->cx->arena, "TMPDIR=%s", p->folder),
		   *path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		   *lang = "LANG=C.UTF-8";
	pv_vec_init(&p->env, p->cx->arena, sizeof(const char *));
	for (size_t i = 0; i < pv_count(given); i++) {
		const char *one = pv_text(pv_item(given, i), "");
		pv_vec_push(&p->env, &one);
	}
	pv_vec_push(&p->env,
		    &home); /* of two with one name the first counts: the source's are all prefixed */
	pv_vec_push(&p->env, &tmp);
	pv_vec_push(&p->env, &path);
	pv_vec_push(&p->env, &lang);
	pv_vec_push(&p->env, &end);
	pv_vec_init(&p->reads, p->cx->arena, sizeof(const char *));
	for (size_t i = 0; i < PV_LEN(readable); i++)
		if (access(readable[i], R_OK) == 0)
			pv_vec_push(&p->reads, &readable[i]);
	pv_vec_push(&p->reads, &end);
}

static int
fault(running *p, const char *step, const pv_proc_conf *conf, const pv_proc_result *result)
{
	pv_str said = pv_str_clip(result->err.s ? result->err.s : "", QUOTED);
	const pv_error *e;
	if (pv_proc_check(p->cx, conf, result) == 0)
		return 0;
	e = pv_take_error(p->cx);
	return pv_fail(p->cx, e->code, "plugin %s: %s: %s%s%.*s", p->name, step, e->message,
		       said.len ? ": " : "", (int)said.len, said.s);
}

static int
command(running *p, const char *step, pv_str *ret)
{
	const char *writes[] = {p->folder, NULL},
		   *dir = pv_printf(p->cx->arena, "%s/%s", p->folder,
				    pv_git_path(p->cx->arena, pv_text_at(p->args, "path", "")));
	const pv_sandbox_conf sandbox = {.read = p->reads.data,
					 .write = writes,
					 .network = pv_truth_at(p->plugin, "network", false),
					 .exec = true,
					 .cpu_seconds = CPU_SECONDS,
					 .memory_bytes = MEMORY,
					 .file_bytes = FILE_MOST,
					 .files = 256};
	const pv_proc_conf conf = {.argv = argv_of(p, pv_get(p->plugin, step)),
				   .env = p->env.data,
				   .dir = dir,
				   .out_limit = OUTPUT_MOST,
				   .timeout_ns = PATIENCE,
				   .sandbox = &sandbox};
	pv_proc_result result;
	int r = conf.argv[0] ? pv_proc_run(p->cx, &conf, &result) : 0;
	*ret = (pv_str){"", 0};
	if (r < 0)
		return pv_wrap(p->cx, r, "plugin %s: %s", p->name, step);
	if (conf.argv[0] == NULL) /* there need be no init */
		return 0;
	*ret = result.out;
	return fault(p, step, &conf, &result);
}

static int
run_all(running *p, pv_facts *facts, pv_val *ret)
{
	const char *repo = pv_text_at(p->args, "repo", "");
	pv_val request;
	pv_str out;
	int r = pv_git_export(p->cx, facts, repo, pv_text_at(p->args, "tree", ""), p->folder,
			      pv_truth_at(p->plugin, "preserveFileMode", false));
	surround(p);
	if (r == 0)
		r = command(p, "init", &out);
	if (r == 0)
		r = command(p, "generate", &out);
	if (r < 0)
		return r;
	request = pv_with(p->cx->arena, NULL, "text", pv_stringn(p->cx->arena, out.s, out.len));
	request = pv_with(p->cx->arena, &request, "file",
			  pv_stringf(p->cx->arena, "output of plugin %s", p->name));
	return pv_job_run(p->cx, "read-output", &request, NULL, NULL, ret);
}

static int
with_folder(running *p, pv_facts *facts, pv_val *ret)
{
	char *folder = pv_printf(p->cx->arena, "%s/plugin-XXXXXX", pv_facts_dir(facts));
	pv_sandbox_report can = pv_sandbox_probe();
	int r;
	if (can.partial)
		return pv_fail(p->cx, PV_EUNSUPPORTED, "plugin %s is not run: %s", p->name, can.reason);
	pv_dir_sweep(p->cx->arena, pv_facts_dir(facts), "plugin-");
	if (!mkdtemp(folder))
		return pv_fail(p->cx, PV_EUNAVAILABLE, "cannot make %s: %s", folder, strerror(errno));
	p->folder = folder;
	r = run_all(p, facts, ret);
	pv_dir_drop(folder);
	return r;
}

/* ---- the fact ---- */

static int
choose(pv_ctx *cx, const pv_val *all, const char *name, const pv_val **ret)
{
	const char *there = "";
	for (size_t i = 0; i < pv_count(all); i++) {
		const char *own = plugin_name(cx->arena, pv_item(all, i));
		if (pv_streq(own, name)) {
			*ret = pv_item(all, i);
			return 0;
		}
		there = pv_printf(cx->arena, "%s%s%s", there, *there ? ", " : "", own);
	}
	return pv_fail(
		cx, PV_ENOTFOUND, "no plugin is called \"%s\": expected %s%s", name, *there ? "one of " : "",
		*there ? there : "a ConfigManagementPlugin in the folder plugins of the server's data");
}

/* Run anew only if the plugin is another one now. */
static int
find(pv_ctx *cx, pv_facts *facts, const pv_val *args, const pv_val *previous, pv_val *ret)
{
	running p = {.cx = cx, .args = args, .name = pv_text_at(args, "plugin", "")};
	const char *text, *digest;
	pv_val all;
	int r = plugins_load(cx, facts, &all);
	if (r == 0)
		r = choose(cx, &all, p.name, &p.plugin);
	if (r < 0)
		return r;
	text = pv_json_text(cx->arena, p.plugin);
	digest = pv_sha256_hex(cx->arena, text, strlen(text));
	if (previous && pv_streq(pv_text_at(previous, "of", ""), digest)) {
		*ret = *previous;
		return 0;
	}
	r = with_folder(&p, facts, ret);
	if (r == 0)
		*ret = pv_with(cx->arena, ret, "of", pv_string_ref(digest));
	return r;
}

const pv_fact_kind plugin_manifests_fact = {.name = "plugin-manifests", .find = find};

/* ---- in the child ---- */

static int
read_output(pv_ctx *cx, const pv_val *request, pv_val *ret)
{
	manifest_list all;
	manifests_init(&all, cx);
	int r = manifests_add(&all, pv_strdup(cx->arena, pv_text_at(request, "file", "")),
			      pv_strv(pv_get(request, "text")));
	*ret = pv_with(cx->arena, NULL, "manifests", pv_listb_end(&all.out));
	return r;
}

const pv_job_kind plugin_job = {.name = "read-output", .run = read_output};
