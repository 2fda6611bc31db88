/* Events: news of an object, one of each kind, counted. */
#include "base/digest.h"
#include "base/time.h"
#include "core/api/impl.h"
#include "core/kinds/names.h"

#define DIGITS 16 /* of a hash, in names: as many as those of client-go's names have */

static pv_val
event_object(pv_ctx *cx, const pv_news *news, const char *ns, const char *name)
{
	static const char *const named[] = {"apiVersion", "kind"};
	static const char *const placed[] = {"namespace", "name", "uid"};
	const char *at = pv_time_format(cx->arena, news->at);
	pv_objb meta, ref, source, b;

	pv_objb_init(&meta, cx->arena);
	pv_objb_puts(&meta, "namespace", ns);
	pv_objb_puts(&meta, "name", name);
	pv_objb_init(&ref, cx->arena);
	for (size_t i = 0; i < PV_LEN(named); i++)
		pv_objb_puts(&ref, named[i], pv_text_at(news->about, named[i], ""));
	for (size_t i = 0; i < PV_LEN(placed); i++)
		if (meta_text(news->about, placed[i])[0])
			pv_objb_puts(&ref, placed[i], meta_text(news->about, placed[i]));
	pv_objb_puts(&ref, "fieldPath", news->field);
	pv_objb_init(&source, cx->arena);
	pv_objb_puts(&source, "component", news->component);
	pv_objb_puts(&source, "host", news->node);
	pv_objb_init(&b, cx->arena);
	pv_objb_puts(&b, "apiVersion", "v1");
	pv_objb_puts(&b, "kind", "Event");
	pv_objb_put(&b, "metadata", pv_objb_end(&meta));
	pv_objb_put(&b, "involvedObject", pv_objb_end(&ref));
	pv_objb_puts(&b, "type", news->type);
	pv_objb_puts(&b, "reason", news->reason);
	pv_objb_puts(&b, "message", news->message);
	pv_objb_put(&b, "source", pv_objb_end(&source));
	pv_objb_puts(&b, "reportingComponent", news->component);
	pv_objb_puts(&b, "reportingInstance", news->node ? news->node : "pave");
	pv_objb_puts(&b, "firstTimestamp", at);
	pv_objb_puts(&b, "lastTimestamp", at);
	pv_objb_put(&b, "count", pv_int(1));
	return pv_objb_end(&b);
}

/* What makes two news the same one (client-go, tools/record/events_cache.go, getEventKey), as a name
 * that is the same in every life of the server.  An object's name that leaves no room, or is none of
 * an Event, is left out. */
static const char *
event_name(pv_ctx *cx, const pv_news *news)
{
	const char *about = meta_text(news->about, "name"), *hash, *name;
	const char *parts[] = {news->component,
			       pv_text_at(news->about, "apiVersion", ""),
			       pv_text_at(news->about, "kind", ""),
			       about,
			       meta_text(news->about, "uid"),
			       news->type,
			       news->reason,
			       news->message};
	pv_buf key;

	pv_buf_init(&key, cx->arena);
	for (size_t i = 0; i < PV_LEN(parts); i++) {
		pv_buf_adds(&key, parts[i]);
		pv_buf_addc(&key, '\0');
	}
	if (news->field)
		pv_buf_adds(&key, news->field);
	hash = pv_sha256_hex(cx->arena, key.s, key.len);
	name = pv_printf(cx->arena, "%s.%.*s", about, DIGITS, hash);
	return pv_name_subdomain(pv_str_of(name)) ? pv_strndup(cx->arena, hash, (size_t)2 * DIGITS) : name;
}

int
pv_api_report(pv_ctx *cx, pv_api *api, const pv_news *news)
{
	const char *ns = pv_text_at(news->about, "metadata.namespace", "default");
	const char *name = event_name(cx, news);
	pv_call call = {.resource = pv_resource_of_kind(cx, api->registry, "v1", "Event"),
			.ns = ns,
			.name = name,
			.subresource = "",
			.manager = news->component};
	const pv_val *old = NULL, *made;
	pv_val v;
	pv_objb b;
	bool created;
	int r = pv_api_get(cx, api, &call, &old);

	if (r == -PV_ENOTFOUND) {
		pv_recover(cx);
		v = event_object(cx, news, ns, name);
		return pv_api_create(cx, api, &call, &v, &made);
	}
	if (r < 0)
		return r;
	pv_objb_init(&b, cx->arena);
	pv_objb_put(&b, "count", pv_int(pv_i64_at(old, "count", 0) + 1));
	pv_objb_puts(&b, "lastTimestamp", pv_time_format(cx->arena, news->at));
	v = pv_objb_end(&b);
	return pv_api_patch(cx, api, &call, PV_PATCH_MERGE, &v, &made, &created);
}
