/* verb: `pave appset generate FILE...`: the Applications that ApplicationSets would make, as `argocd appset generate`
 * prints them.  Lists, Git, matrix and merge need no server; what a server knows (clusters, ConfigMaps, Secrets) may
 * stand in the files, too. */
#include <stdio.h>

#include "base/file.h"
#include "base/str.h"
#include "base/time.h"
#include "core/args/args.h"
#include "delivery/applicationset/appset.h"
#include "delivery/applicationset/scene.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"

#define FILE_MOST ((size_t)16 << 20)

static int
read_files(pv_ctx *cx, const pv_args *args, pv_vec *objects)
{
	int r = 0;
	pv_vec_init(objects, cx->arena, sizeof(const pv_val *));
	for (size_t i = 0; r == 0 && i < pv_args_count(args); i++) {
		const pv_yaml_opts opts = {.file = pv_args_at(args, i)};
		pv_str text;
		pv_vec docs;
		r = pv_file_load(cx, opts.file, FILE_MOST, &text);
		if (r == 0)
			r = pv_yaml_parse_all(cx, text, &opts, &docs);
		for (size_t k = 0; r == 0 && k < docs.len; k++)
			if (pv_is(PV_AT(pv_yaml_doc, &docs, k)->val, PV_OBJECT))
				pv_vec_push(objects, &PV_AT(pv_yaml_doc, &docs, k)->val);
	}
	return r;
}

static bool
is_set(const pv_val *object)
{
	return pv_streq(pv_text_at(object, "kind", ""), "ApplicationSet") &&
	       pv_starts_with(pv_text_at(object, "apiVersion", ""), "argoproj.io/");
}

static int
generate(pv_ctx *cx, scene *world, const pv_val *object, pv_vec *ret)
{
	struct world w = scene_world(world);
	pv_plan plan;
	appset s;
	int r;
	if (!*pv_text_at(object, "metadata.namespace", ""))
		object = pv_box(cx->arena, pv_with_at(cx->arena, object, "metadata.namespace",
						      pv_string_ref(APPSET_HOME)));
	plan_init(cx, &plan, &applicationset_controller, object, &w, pv_now());
	appset_init(cx, &plan, object, &s);
	s.alone = true;
	r = appset_check_options(&s);
	r = r < 0 ? r : appset_make(&s);
	if (world->why) {
		if (r < 0)
			pv_recover(cx);
		return pv_fail(
			cx, PV_EUNAVAILABLE,
			"ApplicationSet %s: what its generators ask, a server knows or the files say: %s",
			s.name, world->why);
	}
	for (size_t i = 0; r == 0 && i < s.made.len; i++)
		pv_vec_push(ret, &PV_AT(made, &s.made, i)->app);
	return r < 0 ? pv_wrap(cx, r, "ApplicationSet %s", s.name) : 0;
}

static int
print(pv_ctx *cx, const pv_args *args, const pv_vec *apps)
{
	const char *as = pv_args_text(args, "output", "yaml");
	pv_listb list;
	pv_val v;
	pv_buf b;
	if (!pv_streq(as, "yaml") && !pv_streq(as, "json") && !pv_streq(as, "name"))
		return pv_fail(cx, PV_EUSAGE, "--output: expected yaml, json or name, found \"%s\"", as);
	pv_buf_init(&b, cx->arena);
	pv_listb_init(&list, cx->arena);
	for (size_t i = 0; i < apps->len; i++) {
		const pv_val *app = *PV_AT(const pv_val *, apps, i);
		pv_listb_add(&list, *app);
		if (pv_streq(as, "name"))
			pv_buf_printf(&b, "application.argoproj.io/%s\n",
				      pv_text_at(app, "metadata.name", ""));
		if (pv_streq(as, "yaml")) {
			pv_buf_adds(&b, i ? "---\n" : "");
			pv_yaml_write(&b, app);
		}
	}
	v = pv_listb_end(&list);
	if (pv_streq(as, "json")) {
		pv_json_write(&b, &v);
		pv_buf_addc(&b, '\n');
	}
	(void)fwrite(b.len ? b.s : "", 1, b.len, stdout);
	return 0;
}

static int
run(pv_ctx *cx, const pv_args *args)
{
	scene world = {.conf = {.kubeconfig = pv_args_text(args, "kubeconfig", NULL),
				.context = pv_args_text(args, "context", NULL)}};
	pv_vec objects, apps;
	size_t sets = 0;
	int r;
	if (pv_args_count(args) == 0)
		return pv_fail(cx, PV_EUSAGE, "expected files: pave appset generate applicationset.yaml");
	r = read_files(cx, args, &objects);
	world.objects = &objects;
	pv_vec_init(&apps, cx->arena, sizeof(const pv_val *));
	for (size_t i = 0; r == 0 && i < objects.len; i++)
		if (is_set(*PV_AT(const pv_val *, &objects, i))) {
			sets++;
			r = generate(cx, &world, *PV_AT(const pv_val *, &objects, i), &apps);
		}
	if (r == 0 && sets == 0)
		r = pv_fail(cx, PV_EINVALID, "of %s none is an ApplicationSet of argoproj.io",
			    pv_counted(cx->arena, objects.len, "object"));
	if (r == 0)
		r = print(cx, args, &apps);
	scene_close(&world);
	return r;
}

static const pv_option options[] = {
	{"output", 'o', "yaml|json|name", "how to print the Applications (default: yaml)"},
	{"kubeconfig", 0, "FILE",
	 "of the server that knows clusters, ConfigMaps and Secrets (default: $KUBECONFIG)"},
	{"context", 0, "NAME", "of the kubeconfig"},
	{0},
};

const pv_verb applicationset_verbs[] = {
	{
		.name = "appset generate",
		.usage = "FILE...",
		.summary = "the Applications that ApplicationSets would make",
		.help = "Asks the generators of each ApplicationSet of the files and prints the Applications; nothing is made.\n"
			"Lists, Git, matrix and merge need no server.  Clusters, ConfigMaps and Secrets are taken\nfrom the "
			"files, and what is not there from the server.\n\n"
			"  pave appset generate applicationset.yaml",
		.options = options,
		.run = run,
	},
	{0},
};
