/* What is told of volumes: of kinds that are gone, and of files that lie in one another's place. */
#include "core/kinds/warn.h"
#include "lang/go/fmt.h"
#include <string.h>

/* ---- kinds of volumes ---- */

void
warn_of_source(pv_warns *w, const pv_val *v, const pv_path *path, bool persistent)
{
	static const struct {
		const char *member, *shown, *text;
		bool of_pods, of_volumes;
	} old[] = {
		{"cephfs", "cephfs", "deprecated in v1.28, non-functional in v1.31+", false, true},
		{"photonPersistentDisk", "photonPersistentDisk",
		 "deprecated in v1.11, non-functional in v1.16+", true, true},
		{"gitRepo", "gitRepo", "deprecated in v1.11, and disabled by default in v1.33+", true, false},
		{"scaleIO", "scaleIO", "deprecated in v1.16, non-functional in v1.22+", true, true},
		{"flocker", "flocker", "deprecated in v1.22, non-functional in v1.25+", true, false},
		{"storageos", "storageOS", "deprecated in v1.22, non-functional in v1.25+", true, true},
		{"quobyte", "quobyte", "deprecated in v1.22, non-functional in v1.25+", true, false},
		{"glusterfs", "glusterfs", "deprecated in v1.25, non-functional in v1.26+", true, true},
		{"cephfs", "cephfs", "deprecated in v1.28, non-functional in v1.31+", true, false},
		{"rbd", "rbd", "deprecated in v1.28, non-functional in v1.31+", true, true},
	};

	for (size_t i = 0; i < PV_LEN(old); i++)
		if ((persistent ? old[i].of_volumes : old[i].of_pods) && pv_get(v, old[i].member))
			warn(w, warn_below(w, path, old[i].shown), "%s", old[i].text);
}

/* ---- files ---- */

/* What files come from, or a volume is: `ConfigMap "c"`. */
typedef struct source {
	const char *shown;
	const char *name; /* or NULL */
} source;

typedef struct volume {
	const char *name;
	source is;
	pv_vec files; /* of file */
} volume;

typedef struct file {
	pv_str path;
	source from; /* of a projected volume */
} file;

static void
add_source(pv_warns *w, pv_buf *b, const source *s)
{
	if (!s->shown)
		return;
	pv_buf_printf(b, s->name ? " (%s %s)" : " (%s)", s->shown, s->name ? warn_quote(w, s->name) : "");
}

static const char *
volume_text(pv_warns *w, const volume *v)
{
	pv_buf b;

	pv_buf_init(&b, w->cx->arena);
	pv_buf_adds(&b, warn_quote(w, v->name));
	add_source(w, &b, &v->is);
	return b.s;
}

static const char *
file_text(pv_warns *w, const file *f)
{
	pv_buf b;

	pv_buf_init(&b, w->cx->arena);
	pv_go_quote(&b, f->path, false);
	add_source(w, &b, &f->from);
	return b.s;
}

/* The one is the other, or a folder around it. */
static bool
collide(pv_str a, pv_str b)
{
	pv_str outer = a.len < b.len ? a : b, inner = a.len < b.len ? b : a;

	return outer.len && memcmp(outer.s, inner.s, outer.len) == 0 &&
	       (inner.len == outer.len || inner.s[outer.len] == '/');
}

static void
add_file(pv_warns *w, volume *v, const char *path, source from)
{
	file now = {.path = pv_str_of(path), .from = from};

	while (now.path.len && path[now.path.len - 1] == '/')
		now.path.len--;
	for (size_t i = 0; i < v->files.len && warn_goes_on(w); i++) {
		const file *was = PV_AT(file, &v->files, i);

		if (collide(now.path, was->path))
			warn(w, NULL, "volume %s: overlapping paths: %s with %s", volume_text(w, v),
			     file_text(w, &now), file_text(w, was));
	}
	pv_vec_push(&v->files, &now);
}

static void
add_items(pv_warns *w, volume *v, const pv_val *items, source from)
{
	for (size_t i = 0; i < pv_count(items); i++)
		add_file(w, v, pv_text(pv_get(pv_item(items, i), "path"), ""), from);
}

static const struct {
	const char *member, *name, *projected_name, *shown; /* name: the member with the name of what it is */
} sources[] = {
	{"configMap", "name", "name", "ConfigMap"},
	{"secret", "secretName", "name", "Secret"},
	{"downwardAPI", NULL, NULL, "DownwardAPI"},
};

/* name: the member with the name of what it is, or NULL */
static source
source_of(const char *shown, const pv_val *v, const char *name)
{
	return (source){shown, name ? pv_text(pv_get(v, name), "") : NULL};
}

/* Of a source of a projected volume that is a file or two and has no items. */
static void
add_single(pv_warns *w, volume *v, const pv_val *from)
{
	static const struct {
		const char *member, *path, *shown;
	} files[] = {{"podCertificate", "certificateChainPath", "PodCertificate chain"},
		     {"podCertificate", "keyPath", "PodCertificate key"},
		     {"podCertificate", "credentialBundlePath", "PodCertificate credential bundle"}};
	const pv_val *token = pv_get(from, "serviceAccountToken"),
		     *bundle = pv_get(from, "clusterTrustBundle");

	if (token)
		add_file(w, v, pv_text(pv_get(token, "path"), ""), (source){"ServiceAccountToken", NULL});
	if (bundle)
		add_file(w, v, pv_text(pv_get(bundle, "path"), ""),
			 source_of("ClusterTrustBundle", bundle,
				   pv_get(bundle, "name") ? "name" : "signerName"));
	for (size_t i = 0; i < PV_LEN(files); i++) {
		const char *path = pv_text(pv_get(pv_get(from, files[i].member), files[i].path), "");

		if (*path)
			add_file(w, v, path, (source){files[i].shown, NULL});
	}
}

static void
warn_of_projected(pv_warns *w, const pv_val *list, const char *name)
{
	volume v = {.name = name, .is = {"Projected", NULL}};

	pv_vec_init(&v.files, w->cx->arena, sizeof(file));
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *from = pv_item(list, i);

		if (!pv_count(from))
			warn(w, NULL, "volume %s has no sources provided", volume_text(w, &v));
		for (size_t k = 0; k < PV_LEN(sources); k++) {
			const pv_val *inner = pv_get(from, sources[k].member);

			add_items(w, &v, pv_get(inner, "items"),
				  source_of(sources[k].shown, inner, sources[k].projected_name));
		}
		add_single(w, &v, from);
	}
}

static void
warn_of_files(pv_warns *w, const pv_val *given)
{
	const char *name = pv_text(pv_get(given, "name"), "");

	for (size_t k = 0; k < PV_LEN(sources); k++) {
		const pv_val *from = pv_get(given, sources[k].member);
		volume v = {.name = name, .is = source_of(sources[k].shown, from, sources[k].name)};

		pv_vec_init(&v.files, w->cx->arena, sizeof(file));
		add_items(w, &v, pv_get(from, "items"), (source){NULL, NULL});
	}
	warn_of_projected(w, pv_at(given, "projected.sources"), name);
}

void
warn_of_volumes(pv_warns *w, const pv_val *volumes, const pv_path *path)
{
	for (size_t i = 0; i < pv_count(volumes); i++) {
		const pv_val *v = pv_item(volumes, i);
		const pv_path *at = warn_nth(w, path, i);

		warn_of_source(w, v, at, false);
		warn_of_claim_spec(w, pv_at(v, "ephemeral.volumeClaimTemplate.spec"),
				   warn_below(w, at, "ephemeral.volumeClaimTemplate.spec"));
	}
	for (size_t i = 0; i < pv_count(volumes); i++)
		warn_of_files(w, pv_item(volumes, i));
}
