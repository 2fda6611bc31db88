/* Volumes, their sources and where they are mounted (kubernetes pkg/apis/core/validation). */
#include "base/vec.h"
#include "core/kinds/names.h"
#include "core/kinds/podspec.h"
#include <string.h>

/* In the order in which upstream asks: the second one found is the one too many. */
static const char *const sources[] = {
	"emptyDir",
	"hostPath",
	"gitRepo",
	"gcePersistentDisk",
	"awsElasticBlockStore",
	"secret",
	"nfs",
	"iscsi",
	"glusterfs",
	"flocker",
	"persistentVolumeClaim",
	"rbd",
	"cinder",
	"cephfs",
	"quobyte",
	"downwardAPI",
	"fc",
	"flexVolume",
	"configMap",
	"azureFile",
	"vsphereVolume",
	"photonPersistentDisk",
	"portworxVolume",
	"azureDisk",
	"local",
	"storageos",
	"projected",
	"scaleIO",
	"csi",
	"ephemeral",
	"image",
	NULL,
};

/* ---- sources with more than fields of their own (rules.tsv has those) ---- */

static void
check_iscsi(pv_faults *f, const pv_val *v, const char *path)
{
	if ((pv_truth(pv_get(v, "chapAuthDiscovery"), false) ||
	     pv_truth(pv_get(v, "chapAuthSession"), false)) &&
	    !pv_get(v, "secretRef"))
		pv_required(f, pv_below(f, path, "secretRef"), NULL);
}

static void
check_fc(pv_faults *f, const pv_val *v, const char *path)
{
	const pv_val *names = pv_get(v, "targetWWNs"), *lun = pv_get(v, "lun");
	size_t n = pv_count(names), ids = pv_count(pv_get(v, "wwids"));

	if (!n && !ids)
		pv_required(f, pv_below(f, path, "targetWWNs"),
			    "must specify either targetWWNs or wwids, but not both");
	if (n && ids)
		pv_fault_value(f, pv_below(f, path, "targetWWNs"), names,
			       "targetWWNs and wwids can not be specified simultaneously");
	if (n && !lun)
		pv_required(f, pv_below(f, path, "lun"), "lun is required if targetWWNs is specified");
	else if (n && (pv_i64(lun, 0) < 0 || pv_i64(lun, 0) > 255))
		pv_fault_value(f, pv_below(f, path, "lun"), lun, "must be between 0 and 255, inclusive");
}

static void
check_flocker(pv_faults *f, const pv_val *v, const char *path)
{
	const char *name = pv_text(pv_get(v, "datasetName"), ""), *id = pv_text(pv_get(v, "datasetUUID"), "");
	pv_val shown = pv_string_ref("resource");

	if (!*name && !*id)
		pv_required(f, path, "one of datasetName and datasetUUID is required");
	if (*name && *id)
		pv_fault_value(f, path, &shown,
			       "datasetName and datasetUUID can not be specified simultaneously");
	if (strchr(name, '/'))
		pv_fault_value(f, pv_below(f, path, "datasetName"), pv_get(v, "datasetName"),
			       "must not contain '/'");
}

static void
check_downward(pv_faults *f, const pv_val *v, const char *path)
{
	const pv_val *files = pv_get(v, "items");
	const char *list = pv_below(f, path, "items");
	pv_val shown = pv_string_ref("resource");

	for (size_t i = 0; i < pv_count(files); i++) {
		const pv_val *field = pv_get(pv_item(files, i), "fieldRef"),
			     *resource = pv_get(pv_item(files, i), "resourceFieldRef");
		const char *at = pv_nth(f, list, i);

		if (field && resource)
			pv_fault_value(f, at, &shown,
				       "fieldRef and resourceFieldRef can not be specified simultaneously");
		else if (!field && !resource)
			pv_required(f, at, "one of fieldRef and resourceFieldRef is required");
		if (field)
			podspec_field_ref(f, field, pv_below(f, at, "fieldRef"), true);
		else if (resource)
			podspec_resource_ref(f, resource, pv_below(f, at, "resourceFieldRef"), true);
	}
}

/* Two sources of one volume do not write the same file. */
static void
check_files(pv_faults *f, pv_map *seen, const pv_val *source, const char *path)
{
	const pv_val *items = pv_get(source, "items");

	for (size_t i = 0; i < pv_count(items); i++) {
		const pv_val *file = pv_get(pv_item(items, i), "path");

		if (*pv_text(file, "") && pv_map_puts(seen, file->s, f))
			pv_fault_value(f, path, file, "conflicting duplicate paths");
	}
}

static void
check_projected(pv_faults *f, const pv_val *v, const char *path)
{
	static const char *const kinds[] = {
		"secret",        "configMap", "downwardAPI", "serviceAccountToken", "clusterTrustBundle",
		"podCertificate"};
	const pv_val *list = pv_get(v, "sources");
	pv_map *seen = pv_map_new(f->cx->arena);

	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *source = pv_item(list, i);
		const char *at = pv_nth(f, pv_below(f, path, "sources"), i);
		size_t n = 0;

		for (size_t k = 0; k < PV_LEN(kinds); k++) {
			n += pv_get(source, kinds[k]) != NULL;
			check_files(f, seen, pv_get(source, kinds[k]), path);
		}
		if (n > 1)
			pv_forbidden(f, at, "may not specify more than 1 volume type per source");
		if (pv_get(source, "downwardAPI"))
			check_downward(f, pv_get(source, "downwardAPI"), pv_below(f, at, "downwardAPI"));
	}
}

static void
check_ephemeral(pv_faults *f, const pv_val *v, const char *path)
{
	const pv_val *claim = pv_get(v, "volumeClaimTemplate");

	if (!claim)
		return;
	pv_embedded_meta_check(f, pv_get(claim, "metadata"),
			       pv_below(f, path, "volumeClaimTemplate.metadata"));
	pv_claim_spec_check(f, pv_get(claim, "spec"), pv_below(f, path, "volumeClaimTemplate.spec"));
}

static void
check_azure_disk(pv_faults *f, const pv_val *v, const char *path)
{
	const pv_val *uri = pv_get(v, "diskURI");
	bool managed = pv_streq(pv_text(pv_get(v, "kind"), ""), "Managed");

	if (!pv_starts_with(pv_text(uri, ""), managed ? "/subscriptions/" : "https://") && pv_get(v, "kind"))
		pv_unsupported(f, pv_below(f, path, "diskURI"), uri,
			       managed ? "\"/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/"
					 "microsoft.compute/disks/{disk-id}\""
				       : "\"https://{account-name}.blob.core.windows.net/{container-name}/"
					 "{disk-name}.vhd\"");
}

static void
check_empty_dir(pv_faults *f, const pv_val *v, const char *path)
{
	pv_quantity q;

	if (pv_quantity_of(pv_get(v, "sizeLimit"), &q) && q.nano < 0)
		pv_forbidden(f, pv_below(f, path, "sizeLimit"),
			     "SizeLimit field must be a valid resource quantity");
}

/* Of a Pod; a volume's secrets have a namespace, too. */
static void
check_csi(pv_faults *f, const pv_val *v, const char *path)
{
	const pv_val *ref = pv_get(v, "nodePublishSecretRef"), *name = pv_get(ref, "name");

	if (pv_get(v, "volumeHandle") || !ref)
		return;
	if (!*pv_text(name, ""))
		pv_required(f, pv_below(f, path, "nodePublishSecretRef.name"), NULL);
	else
		pv_check_name(f, name, pv_below(f, path, "name"), pv_name_subdomain);
}

static const struct {
	const char *name;
	void (*check)(pv_faults *f, const pv_val *v, const char *path);
} deeper[] = {
	{"iscsi", check_iscsi},
	{"fc", check_fc},
	{"flocker", check_flocker},
	{"downwardAPI", check_downward},
	{"projected", check_projected},
	{"ephemeral", check_ephemeral},
	{"azureDisk", check_azure_disk},
	{"emptyDir", check_empty_dir},
	{"csi", check_csi},
};

static bool
has_source(const pv_val *v)
{
	for (size_t i = 0; sources[i]; i++)
		if (pv_get(v, sources[i]))
			return true;
	return false;
}

void
pv_volume_source_check(pv_faults *f, const pv_val *v, const char *path, bool persistent)
{
	pv_val rest = *v;
	const char *first;

	if (persistent && pv_get(v, "flexVolume") && pv_count(v) > 1)
		rest = pv_without(f->cx->arena, v, "flexVolume"); /* upstream does not count it there */
	if (!has_source(&rest))
		rest = *v;
	first = pv_check_one(f, &rest, path, sources, "volume");
	for (size_t i = 0; i < PV_LEN(deeper); i++)
		if (pv_streq(first, deeper[i].name) && pv_is(pv_get(v, first), PV_OBJECT))
			deeper[i].check(f, pv_get(v, deeper[i].name), pv_below(f, path, deeper[i].name));
}

/* Puts the path of each item of the list at that path in which a fault, from that one on, was found. */
static void
put_faulty(const pv_faults *f, size_t from, const char *list, pv_map *faulty)
{
	size_t n = strlen(list);

	for (size_t i = from; i < f->causes->len; i++) {
		const char *field = PV_AT(pv_cause, f->causes, i)->field,
			   *end = field && !strncmp(field, list, n) && field[n] == '['
					  ? strchr(field + n, ']')
					  : NULL;

		if (end)
			pv_map_puts(faulty, pv_strndup(f->cx->arena, field, (size_t)(end + 1 - field)),
				    (void *)((uintptr_t)field));
	}
}

void
podspec_volumes(podspec *s)
{
	const pv_val *list = pv_get(s->v, "volumes");
	pv_map *names = pv_map_new(s->f->cx->arena), *faulty = pv_map_new(s->f->cx->arena);
	const char *path = pv_below(s->f, s->path, "volumes");

	put_faulty(s->f, 0, path, faulty);
	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *v = pv_item(list, i), *name = pv_get(v, "name"), *image = pv_get(v, "image");
		const char *at = pv_nth(s->f, path, i);
		size_t before = s->f->causes->len;

		pv_volume_source_check(s->f, v, at, false);
		if (s->is_pod && image && !*pv_text(pv_get(image, "reference"), ""))
			pv_required(s->f, pv_below(s->f, at, "image.reference"), NULL);
		if (*pv_text(name, "") && pv_map_puts(names, name->s, s))
			pv_duplicate(s->f, pv_below(s->f, at, "name"), name);
		put_faulty(s->f, before, path, faulty);
		if (!pv_map_finds(faulty, at)) /* else upstream does not know it */
			pv_map_puts(s->volumes, pv_text(name, ""), (void *)((uintptr_t)v));
	}
}

/* ---- mounts and devices ---- */

static void
check_mount_options(podspec *s, const pv_val *mount, const char *list, bool privileged)
{
	const char *spread = pv_text(pv_get(mount, "mountPropagation"), "None"),
		   *deep = pv_text(pv_get(mount, "recursiveReadOnly"), "Disabled"),
		   *at = pv_below(s->f, list, "recursiveReadOnly");

	if (pv_streq(spread, "Bidirectional") && !privileged)
		pv_forbidden(s->f, pv_below(s->f, list, "mountPropagation"),
			     "Bidirectional mount propagation is available only to privileged containers");
	if (pv_streq(deep, "Disabled"))
		return;
	if (!pv_truth(pv_get(mount, "readOnly"), false))
		pv_forbidden(s->f, at, "may only be specified when readOnly is true");
	if (!pv_streq(spread, "None"))
		pv_forbidden(s->f, at,
			     "may only be specified when mountPropagation is None or not specified");
}

static void
check_sub_path(podspec *s, const pv_val *mount, const pv_val *volume, const char *path)
{
	static const char *const fields[] = {"subPath", "subPathExpr"};

	for (size_t i = 0; pv_get(volume, "image") && i < PV_LEN(fields); i++)
		if (*pv_text(pv_get(mount, fields[i]), ""))
			pv_fault_value(s->f, pv_below(s->f, path, fields[i]), pv_get(mount, fields[i]),
				       "not allowed in image volume sources");
	if (*pv_text(pv_get(mount, "subPath"), "") && *pv_text(pv_get(mount, "subPathExpr"), ""))
		pv_fault_value(s->f, pv_below(s->f, path, "subPathExpr"), pv_get(mount, "subPathExpr"),
			       "subPathExpr and subPath are mutually exclusive");
}

/* What the other list of a container has.  As upstream, which keeps one place for each name, the last. */
typedef struct places {
	pv_map *names, *paths;
} places;

static places
places_of(podspec *s, const pv_val *list, const char *field)
{
	places p = {pv_map_new(s->f->cx->arena), pv_map_new(s->f->cx->arena)};
	size_t pos = 0;
	pv_str name;
	void *path;

	for (size_t i = 0; i < pv_count(list); i++)
		pv_map_puts(p.names, pv_text(pv_get(pv_item(list, i), "name"), ""),
			    (void *)((uintptr_t)pv_text(pv_get(pv_item(list, i), field), "")));
	while (pv_map_each(p.names, &pos, &name, &path))
		pv_map_puts(p.paths, path, path);
	return p;
}

/* Names and places that the other list has, too. */
static void
check_overlap(podspec *s, const pv_val *one, const char *where, const places *others, const char *others_name,
	      const char *path)
{
	const pv_val *name = pv_get(one, "name"), *place = pv_get(one, where);

	if (*pv_text(name, "") && pv_map_finds(others->names, name->s))
		pv_fault_value(s->f, pv_below(s->f, path, "name"), name,
			       pv_printf(s->f->cx->arena, "must not already exist in %s", others_name));
	if (*pv_text(place, "") && pv_map_finds(others->paths, place->s))
		pv_fault_value(
			s->f, pv_below(s->f, path, where), place,
			pv_printf(s->f->cx->arena, "must not already exist as a path in %s", others_name));
}

static void
check_devices(podspec *s, const pv_val *list, const pv_val *mounts, const char *path)
{
	pv_map *paths = pv_map_new(s->f->cx->arena), *names = pv_map_new(s->f->cx->arena);
	places mounted = places_of(s, mounts, "mountPath");
	pv_val none = pv_string_ref("");

	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *v = pv_item(list, i), *name = pv_get(v, "name"),
			     *where = pv_get(v, "devicePath");
		const pv_val *volume = pv_map_finds(s->volumes, pv_text(name, ""));
		const char *at = pv_nth(s->f, path, i);

		if (!volume)
			pv_not_found(s->f, pv_below(s->f, at, "name"), name ? name : &none);
		else if (volume && !pv_get(volume, "persistentVolumeClaim") && !pv_get(volume, "ephemeral") &&
			 !pv_get(volume, "metadata"))
			pv_fault_value(
				s->f, pv_below(s->f, at, "name"), name,
				"can only use volume source type of PersistentVolumeClaim or Ephemeral for "
				"block mode");
		if (*pv_text(name, "") && pv_map_puts(names, name->s, s))
			pv_fault_value(s->f, pv_below(s->f, at, "name"), name, "must be unique");
		if (*pv_text(where, "") && pv_map_puts(paths, where->s, s))
			pv_fault_value(s->f, pv_below(s->f, at, "devicePath"), where, "must be unique");
		check_overlap(s, v, "devicePath", &mounted, "volumeMounts", at);
	}
}

void
podspec_mounts(podspec *s, const pv_val *container, const char *path)
{
	const pv_val *list = pv_get(container, "volumeMounts"), *devices = pv_get(container, "volumeDevices");
	const char *at = pv_below(s->f, path, "volumeMounts");
	bool privileged = pv_truth_at(container, "securityContext.privileged", false);
	pv_map *paths = pv_map_new(s->f->cx->arena);
	places used = places_of(s, devices, "devicePath");
	pv_val none = pv_string_ref("");

	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *v = pv_item(list, i), *name = pv_get(v, "name"),
			     *where = pv_get(v, "mountPath");
		const char *one = pv_nth(s->f, at, i);

		if (!pv_map_finds(s->volumes, pv_text(name, "")))
			pv_not_found(s->f, pv_below(s->f, one, "name"), name ? name : &none);
		if (*pv_text(where, "") && pv_map_puts(paths, where->s, s))
			pv_fault_value(s->f, pv_below(s->f, one, "mountPath"), where, "must be unique");
		check_overlap(s, v, "mountPath", &used, "volumeDevices", one);
		check_sub_path(s, v, pv_map_finds(s->volumes, pv_text(name, "")), one);
		check_mount_options(s, v, at, privileged);
	}
	check_devices(s, devices, list, pv_below(s->f, path, "volumeDevices"));
}
