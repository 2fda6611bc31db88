/* The command `pave kustomize`: kustomizations built without a cluster, as kustomize's own does. */
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "core/args/args.h"
#include "core/module.h"
#include "delivery/kustomize/bring.h"
#include "delivery/kustomize/impl.h"

/* clang-format off */
static const pv_option build_options[] = {
	{"output", 'o', "FILE", "write there and not to standard output"},
	{"load-restrictor", 0, "RULE", "LoadRestrictionsRootOnly (default): files lie below their kustomization; or LoadRestrictionsNone"},
	{"reorder", 0, "ORDER", "legacy (default): by kinds; none: as they came"},
	{"enable-managedby-label", 0, NULL, "the label app.kubernetes.io/managed-by"},
	{"enable-helm", 0, NULL, "permits helmCharts, which are brought and rendered here"},
	{"enable-alpha-plugins", 0, NULL, "refused: kustomizations run no programs here"},
	{"enable-exec", 0, NULL, "refused, too"},
	{0},
};
/* clang-format on */

static int
refused(pv_ctx *cx, const pv_args *args)
{
	static const char *const options[][2] = {
		{"enable-alpha-plugins",
		 "plugins that are programs are not supported: kustomizations run none here"},
		{"enable-exec", "plugins that are programs are not supported: kustomizations run none here"}};
	for (size_t i = 0; i < PV_LEN(options); i++)
		if (pv_args_has(args, options[i][0]))
			return pv_fail(cx, PV_EUNSUPPORTED, "--%s: %s", options[i][0], options[i][1]);
	return 0;
}

static int
options_of(pv_ctx *cx, const pv_args *args, kust_options *ret)
{
	const char *rule = pv_args_text(args, "load-restrictor", "LoadRestrictionsRootOnly"),
		   *order = pv_args_text(args, "reorder", "");
	int r = refused(cx, args);
	if (r < 0)
		return r;
	if (!pv_streq(rule, "LoadRestrictionsRootOnly") && !pv_streq(rule, "LoadRestrictionsNone"))
		return pv_fail(
			cx, PV_EUSAGE,
			"illegal flag value --load-restrictor %s; legal values: [LoadRestrictionsRootOnly LoadRestrictionsNone]",
			rule);
	if (*order && !pv_streq(order, "legacy") && !pv_streq(order, "none"))
		return pv_fail(cx, PV_EUSAGE, "illegal flag value --reorder %s; legal values: [legacy none]",
			       order);
	ret->anywhere = pv_streq(rule, "LoadRestrictionsNone");
	ret->helm = pv_args_has(args, "enable-helm");
	ret->managed_by = pv_args_has(args, "enable-managedby-label");
	ret->order = pv_streq(order, "none") ? KUST_ORDER_NONE : KUST_ORDER_LEGACY;
	return 0;
}

static const char *
absolute(pv_ctx *cx, const char *path)
{
	char here[PATH_MAX];
	if (*path == '/' || getcwd(here, sizeof here) == NULL)
		return path;
	return pv_printf(cx->arena, "%s/%s", here, path);
}

static int
write_out(pv_ctx *cx, const char *path, const pv_buf *b)
{
	if (path)
		return pv_file_save(cx, path, (pv_str){b->s, b->len}, 0644);
	(void)fwrite(b->s, 1, b->len, stdout);
	return 0;
}

static int
run_build(pv_ctx *cx, const pv_args *args)
{
	kust_options options = {0};
	bringing others;
	pv_vec objects, warnings;
	pv_buf b;
	pv_vec_init(&warnings, cx->arena, sizeof(const char *));
	options.warnings = &warnings;
	if (pv_args_count(args) > 1)
		return pv_fail(cx, PV_EUSAGE,
			       "expected one FOLDER: pave kustomize build ./overlays/production");
	int r = options_of(cx, args, &options);
	bringing_init(cx, &others, &options);
	if (r == 0)
		r = kust_build(cx, &kust_disk, absolute(cx, pv_args_count(args) ? pv_args_at(args, 0) : "."),
			       &options, &objects);
	bringing_done(&others);
	for (size_t i = 0; i < warnings.len; i++)
		fprintf(stderr, "%s\n", *PV_AT(const char *, &warnings, i));
	if (r < 0)
		return r;
	pv_buf_init(&b, cx->arena);
	kust_print(&b, &objects);
	return write_out(cx, pv_args_text(args, "output", NULL), &b);
}

static const pv_verb verbs[] = {
	{.name = "kustomize build",
	 .usage = "[FOLDER]",
	 .summary = "build a kustomization, as kustomize build does",
	 .help = "FOLDER (.) has a kustomization.yaml.  Prints what kustomize " KUST_VERSION
		 " prints, without a\n"
		 "cluster.  Bases of other repositories and, with --enable-helm, charts are brought with nobody's\n"
		 "credentials; plugins that are programs are refused by name.\n"
		 "Example: pave kustomize build ./overlays/production",
	 .options = build_options,
	 .run = run_build},
	{0},
};

extern const pv_module delivery_kustomize_module;
const pv_module delivery_kustomize_module = {
	.name = "delivery/kustomize",
	.summary = "kustomizations built in process, as kustomize 5 does",
	.verbs = verbs,
};
