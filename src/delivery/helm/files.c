/* files: a chart's folder on disk, without what .helmignore names. */
#include <dirent.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/str.h"
#include "delivery/helm/impl.h"

#define FILE_MAX ((size_t)5 << 20)
#define ALL_MAX ((size_t)100 << 20)
#define FILES_MAX 20000
#define FOLDERS_MAX 50 /* within one another */

typedef struct rule {
	const char *pattern;
	bool negate, folder, whole; /* whole: the path, not only the name */
} rule;

typedef struct walk {
	pv_ctx *cx;
	pv_vec *files;
	pv_vec rules; /* of rule */
	size_t bytes;
} walk;

static int
add_rule(pv_ctx *cx, pv_vec *rules, pv_str line)
{
	rule r = {0};
	line = pv_str_trim(line);
	if (line.len == 0 || *line.s == '#')
		return 0;
	char *s = pv_strndup(cx->arena, line.s, line.len);
	if (strstr(s, "**"))
		return pv_fail(cx, PV_EINVALID, "double-star (**) syntax is not supported");
	r.negate = *s == '!';
	s += r.negate;
	size_t n = strlen(s);
	r.folder = n > 0 && s[n - 1] == '/';
	if (r.folder)
		s[n - 1] = '\0';
	r.whole = strchr(s, '/') != NULL;
	r.pattern = *s == '/' ? s + 1 : s;
	pv_vec_push(rules, &r);
	return 0;
}

static bool
ignored(const walk *w, const char *path, bool folder)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	for (size_t i = 0; i < w->rules.len; i++) {
		const rule *r = PV_AT(rule, &w->rules, i);
		bool match = fnmatch(r->pattern, r->whole ? path : name, FNM_PATHNAME) == 0;
		if (r->negate) {
			if ((r->folder && !folder) || !match)
				return true;
		} else if (match && (!r->folder || folder)) {
			return true;
		}
	}
	return false;
}

static int
add_file(walk *w, const char *full, const char *path)
{
	helm_file f = {.name = path};
	int r = pv_file_load(w->cx, full, FILE_MAX, &f.data);
	if (r < 0)
		return r;
	w->bytes += f.data.len;
	if (w->files->len >= FILES_MAX || w->bytes > ALL_MAX)
		return pv_fail(w->cx, PV_ETOOLARGE, "%s: a chart has at most %d files and %zu bytes", full,
			       FILES_MAX, ALL_MAX);
	if (f.data.len >= 3 && memcmp(f.data.s, "\xef\xbb\xbf", 3) == 0)
		f.data = (pv_str){f.data.s + 3, f.data.len - 3};
	pv_vec_push(w->files, &f);
	return 0;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int
names_of(pv_ctx *cx, const char *folder, pv_vec *ret)
{
	DIR *dir = opendir(folder);
	pv_vec_init(ret, cx->arena, sizeof(const char *));
	if (dir == NULL)
		return pv_fail(cx, PV_ENOTFOUND, "%s: expected a folder that can be read", folder);
	for (struct dirent *e; (e = readdir(dir)) != NULL;) {
		const char *name = pv_strdup(cx->arena, e->d_name);
		if (!pv_streq(name, ".") && !pv_streq(name, ".."))
			pv_vec_push(ret, &name);
	}
	closedir(dir);
	pv_vec_sort(ret, by_name);
	return 0;
}

static int
walk_folder(walk *w, const char *folder, const char *below, unsigned depth)
{
	pv_vec names;
	int r = names_of(w->cx, folder, &names);
	if (r == 0 && depth > FOLDERS_MAX)
		return pv_fail(w->cx, PV_ETOOLARGE, "%s: folders lie more than %d deep in the chart", folder,
			       FOLDERS_MAX);
	for (size_t i = 0; r == 0 && i < names.len; i++) {
		const char *name = *PV_AT(const char *, &names, i);
		const char *full = pv_printf(w->cx->arena, "%s/%s", folder, name);
		const char *path = *below ? pv_printf(w->cx->arena, "%s/%s", below, name) : name;
		struct stat st;
		if (stat(full, &st) < 0)
			return pv_fail(w->cx, PV_ENOTFOUND, "error evaluating symlink %s", full);
		if (ignored(w, path, S_ISDIR(st.st_mode)))
			continue;
		if (S_ISDIR(st.st_mode))
			r = walk_folder(w, full, path, depth + 1);
		else if (S_ISREG(st.st_mode))
			r = add_file(w, full, path);
		else
			r = pv_fail(w->cx, PV_EINVALID,
				    "cannot load irregular file %s as it has file mode type bits set", full);
	}
	return r;
}

static int
read_rules(pv_ctx *cx, pv_str text, pv_vec *rules)
{
	pv_str line;
	int r = 0;
	pv_vec_init(rules, cx->arena, sizeof(rule));
	while (r == 0 && pv_str_next(&text, '\n', &line))
		r = add_rule(cx, rules, line);
	return r < 0 ? r : add_rule(cx, rules, PV_STR("templates/.?*"));
}

int
helm_files_kept(pv_ctx *cx, const pv_vec *files, pv_vec *ret)
{
	walk w = {.cx = cx};
	pv_str text = {"", 0};
	for (size_t i = 0; i < files->len; i++)
		if (pv_streq(PV_AT(helm_file, files, i)->name, ".helmignore"))
			text = PV_AT(helm_file, files, i)->data;
	int r = read_rules(cx, text, &w.rules);
	pv_vec_init(ret, cx->arena, sizeof(helm_file));
	for (size_t i = 0; r == 0 && i < files->len; i++) {
		const helm_file *f = PV_AT(helm_file, files, i);
		bool out = ignored(&w, f->name, false);
		for (const char *p = strchr(f->name, '/'); !out && p != NULL; p = strchr(p + 1, '/'))
			out = ignored(&w, pv_strndup(cx->arena, f->name, (size_t)(p - f->name)), true);
		if (!out)
			pv_vec_push(ret, f);
	}
	return r;
}

int
helm_files_load(pv_ctx *cx, const char *path, pv_vec *ret_files)
{
	walk w = {.cx = cx, .files = ret_files};
	const char *ignore = pv_printf(cx->arena, "%s/.helmignore", path);
	struct stat st;
	pv_str text = {"", 0};
	int r = 0;
	pv_vec_init(ret_files, cx->arena, sizeof(helm_file));
	if (stat(path, &st) < 0)
		return pv_fail(cx, PV_ENOTFOUND, "path \"%s\" not found", path);
	if (!S_ISDIR(st.st_mode)) {
		r = pv_file_load(cx, path, ALL_MAX, &text);
		return r < 0 ? r : helm_files_unpack(cx, text, ret_files);
	}
	if (stat(ignore, &st) == 0)
		r = pv_file_load(cx, ignore, FILE_MAX, &text);
	if (r == 0)
		r = read_rules(cx, text, &w.rules);
	return r < 0 ? r : walk_folder(&w, path, "", 0);
}
