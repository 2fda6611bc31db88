/* plugin_docs: the ConfigManagementPlugins that the administrator put into the server's folder of data: nobody else
 * writes there, so nobody else has the server run a program. */
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "base/str.h"
#include "base/vec.h"
#include "delivery/application/plugin.h"
#include "lang/glob/glob.h"
#include "lang/yaml/yaml.h"

#define FILE_MOST (1u << 20)
#define NETWORK "pave.dev/network" /* annotation: "true" lets it open connections */

static int
wrong(pv_ctx *cx, const char *file, const char *name, const char *what)
{
	return pv_fail(cx, PV_EINVALID, "plugin %s (%s): %s", name, file, what);
}

/* What Argo CD would act on and Pave does not. */
static int
check(pv_ctx *cx, const char *file, const pv_val *doc)
{
	const char *name = pv_text_at(doc, "metadata.name", "");
	if (!pv_streq(pv_text_at(doc, "kind", ""), "ConfigManagementPlugin") || !*name)
		return wrong(cx, file, name, "expected a ConfigManagementPlugin with metadata.name");
	if (!pv_count(pv_at(doc, "spec.generate.command")))
		return wrong(cx, file, name,
			     "expected spec.generate.command, a list of a program and its arguments");
	if (pv_at(doc, "spec.discover.find.command"))
		return wrong(cx, file, name,
			     "spec.discover.find.command is not supported: expected fileName or find.glob");
	if (pv_truth_at(doc, "spec.provideGitCreds", false))
		return wrong(cx, file, name,
			     "spec.provideGitCreds is not supported: no program is given credentials");
	return 0;
}

static int
add_file(pv_ctx *cx, const char *path, pv_listb *ret)
{
	const pv_val *doc;
	pv_val plugin;
	pv_str text;
	int r = pv_file_load(cx, path, FILE_MOST, &text);
	if (r == 0)
		r = pv_yaml_parse(cx, text, &(pv_yaml_opts){.file = path}, &doc);
	if (r == 0)
		r = check(cx, path, doc);
	if (r < 0)
		return r;
	plugin = pv_with(cx->arena, pv_get(doc, "spec"), "name", *pv_at(doc, "metadata.name"));
	if (pv_streq(pv_text(pv_get(pv_at(doc, "metadata.annotations"), NETWORK), ""), "true"))
		plugin = pv_with(cx->arena, &plugin, "network", pv_bool(true));
	pv_listb_add(ret, plugin);
	return 0;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int
plugins_load(pv_ctx *cx, pv_facts *facts, pv_val *ret)
{
	const char *folder = pv_printf(cx->arena, "%s/../plugins", pv_facts_dir(facts));
	DIR *dir = opendir(folder);
	const struct dirent *e;
	pv_listb b;
	pv_vec files;
	int r = 0;
	pv_listb_init(&b, cx->arena);
	pv_vec_init(&files, cx->arena, sizeof(const char *));
	if (dir == NULL && errno != ENOENT)
		return pv_fail(cx, PV_EUNAVAILABLE, "%s: %s", folder, strerror(errno));
	while (dir && (e = readdir(dir)) != NULL) {
		const char *path = pv_printf(cx->arena, "%s/%s", folder, e->d_name);
		if (pv_ends_with(path, ".yaml"))
			pv_vec_push(&files, &path);
	}
	if (dir)
		closedir(dir);
	pv_vec_sort(&files, by_text);
	for (size_t i = 0; r == 0 && i < files.len; i++)
		r = add_file(cx, *PV_AT(const char *, &files, i), &b);
	*ret = pv_listb_end(&b);
	return r;
}

const char *
plugin_name(pv_arena *arena, const pv_val *plugin)
{
	const char *name = pv_text_at(plugin, "name", ""), *version = pv_text_at(plugin, "version", "");
	return *version ? pv_printf(arena, "%s-%s", name, version) : name;
}

static const char *
pattern_of(const pv_val *plugin)
{
	const char *file = pv_text_at(plugin, "discover.fileName", "");
	return *file ? file : pv_text_at(plugin, "discover.find.glob", "");
}

/* "./a" is "a" here. */
static const char *
plain(const char *pattern)
{
	return pv_starts_with(pattern, "./") ? pattern + 2 : pattern;
}

const char *
plugin_of(pv_arena *arena, const pv_val *plugins, const char *path)
{
	for (size_t i = 0; i < pv_count(plugins); i++) {
		const char *pattern = plain(pattern_of(pv_item(plugins, i)));
		if (*pattern && pv_glob_match(pattern, path))
			return plugin_name(arena, pv_item(plugins, i));
	}
	return NULL;
}

void
plugin_patterns(pv_arena *arena, const pv_val *plugins, const char *folder, pv_listb *ret)
{
	for (size_t i = 0; i < pv_count(plugins); i++) {
		const char *pattern = plain(pattern_of(pv_item(plugins, i)));
		if (*pattern)
			pv_listb_add(ret, pv_stringf(arena, "%s%s%s", folder, *folder ? "/" : "", pattern));
	}
}
