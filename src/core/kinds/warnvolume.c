/* What is told of volumes: of kinds that are gone, and of files that lie in one another's place. */
#include "core/kinds/warn.h"
#include <string.h>

/* ---- kinds of volumes ---- */

void
warn_of_source(pv_warns *w, const pv_val *v, const char *path, bool persistent)
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

typedef struct file {
	pv_str path;
	const char *shown;
} file;

/* The one is the other, or a folder around it. */
static bool
collide(pv_str a, pv_str b)
{
	pv_str outer = a.len < b.len ? a : b, inner = a.len < b.len ? b : a;

	return outer.len && memcmp(outer.s, inner.s, outer.len) == 0 &&
	       (inner.len == outer.len || inner.s[outer.len] == '/');
}

/* volume: `volume "v" (ConfigMap "c")` */
static void
add_file(pv_warns *w, pv_vec *known, const char *volume, const char *path, const char *source)
{
	file now = {.path = pv_str_of(path)};

	while (now.path.len && path[now.path.len - 1] == '/')
		now.path.len--;
	now.shown = warn_quote(w, pv_strndup(w->cx->arena, path, now.path.len));
	if (source)
		now.shown = pv_printf(w->cx->arena, "%s (%s)", now.shown, source);
	for (size_t i = 0; i < known->len && warn_goes_on(w); i++) {
		const file *was = PV_AT(file, known, i);

		if (collide(now.path, was->path))
			warn(w, NULL, "volume %s: overlapping paths: %s with %s", volume, now.shown,
			     was->shown);
	}
	pv_vec_push(known, &now);
}

static void
add_items(pv_warns *w, pv_vec *known, const char *volume, const pv_val *items, const char *source)
{
	for (size_t i = 0; i < pv_count(items); i++)
		add_file(w, known, volume, pv_text(pv_get(pv_item(items, i), "path"), ""), source);
}

static const struct {
	const char *member, *name, *projected_name, *shown; /* name: the member with the name of what it is */
} sources[] = {
	{"configMap", "name", "name", "ConfigMap"},
	{"secret", "secretName", "name", "Secret"},
	{"downwardAPI", NULL, NULL, "DownwardAPI"},
};

static const char *
shown_source(pv_warns *w, const char *shown, const pv_val *source, const char *name)
{
	if (!name)
		return shown;
	return pv_printf(w->cx->arena, "%s %s", shown, warn_quote(w, pv_text(pv_get(source, name), "")));
}

/* Of a source of a projected volume that is a file or two and has no items. */
static void
add_single(pv_warns *w, pv_vec *known, const char *volume, const pv_val *source)
{
	static const struct {
		const char *member, *path, *shown;
	} files[] = {{"podCertificate", "certificateChainPath", "PodCertificate chain"},
		     {"podCertificate", "keyPath", "PodCertificate key"},
		     {"podCertificate", "credentialBundlePath", "PodCertificate credential bundle"}};
	const pv_val *token = pv_get(source, "serviceAccountToken"),
		     *bundle = pv_get(source, "clusterTrustBundle");

	if (token)
		add_file(w, known, volume, pv_text(pv_get(token, "path"), ""), "ServiceAccountToken");
	if (bundle)
		add_file(w, known, volume, pv_text(pv_get(bundle, "path"), ""),
			 shown_source(w, "ClusterTrustBundle", bundle,
				      pv_get(bundle, "name") ? "name" : "signerName"));
	for (size_t i = 0; i < PV_LEN(files); i++) {
		const char *path = pv_text(pv_get(pv_get(source, files[i].member), files[i].path), "");

		if (*path)
			add_file(w, known, volume, path, files[i].shown);
	}
}

static void
warn_of_projected(pv_warns *w, const pv_val *list, const char *name)
{
	const char *volume = pv_printf(w->cx->arena, "%s (Projected)", name);
	pv_vec known;

	pv_vec_init(&known, w->cx->arena, sizeof(file));
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *source = pv_item(list, i);

		if (!pv_count(source))
			warn(w, NULL, "volume %s has no sources provided", volume);
		for (size_t k = 0; k < PV_LEN(sources); k++) {
			const pv_val *inner = pv_get(source, sources[k].member);

			add_items(w, &known, volume, pv_get(inner, "items"),
				  shown_source(w, sources[k].shown, inner, sources[k].projected_name));
		}
		add_single(w, &known, volume, source);
	}
}

static void
warn_of_files(pv_warns *w, const pv_val *v)
{
	const char *name = warn_quote(w, pv_text(pv_get(v, "name"), ""));
	pv_vec known;

	for (size_t k = 0; k < PV_LEN(sources); k++) {
		const pv_val *source = pv_get(v, sources[k].member);

		pv_vec_init(&known, w->cx->arena, sizeof(file));
		add_items(w, &known,
			  pv_printf(w->cx->arena, "%s (%s)", name,
				    shown_source(w, sources[k].shown, source, sources[k].name)),
			  pv_get(source, "items"), NULL);
	}
	warn_of_projected(w, pv_at(v, "projected.sources"), name);
}

void
warn_of_volumes(pv_warns *w, const pv_val *volumes, const char *path)
{
	for (size_t i = 0; i < pv_count(volumes); i++) {
		const pv_val *v = pv_item(volumes, i);
		const char *at = warn_nth(w, path, i);

		warn_of_source(w, v, at, false);
		warn_of_claim_spec(w, pv_at(v, "ephemeral.volumeClaimTemplate.spec"),
				   warn_below(w, at, "ephemeral.volumeClaimTemplate.spec"));
	}
	for (size_t i = 0; i < pv_count(volumes); i++)
		warn_of_files(w, pv_item(volumes, i));
}
