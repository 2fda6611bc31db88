/* log_conf: what the configuration says of decision logs. */
#include "base/str.h"
#include "base/time.h"
#include "governance/opa/log.h"

#define BUFFER ((size_t)64 << 20)
#define EVENTS 10000
#define EVENTS_MOST 100000000
#define LIMIT_MOST ((size_t)1 << 40)

static int64_t
seconds(const pv_val *conf, const char *path, int64_t otherwise)
{
	return pv_seconds(pv_i64_at(conf, path, otherwise));
}

static const char *
decision_at(pv_arena *arena, const pv_val *conf, const char *member, const char *otherwise)
{
	const char *path = pv_text_at(conf, member, otherwise);
	while (*path == '/')
		path++;
	return pv_strdup(arena, path);
}

static const char *
resource_of(pv_arena *arena, const pv_val *conf)
{
	const char *partition = pv_text_at(conf, "partition_name", "");
	return *partition ? pv_printf(arena, "logs/%s", partition) : pv_text_at(conf, "resource", "logs");
}

/* How many events may wait, and until when. */
static int
read_buffer(pv_ctx *cx, const pv_val *conf, opa_log_conf *ret)
{
	static const char where[] = "decision_logs.reporting";
	const pv_val *reporting = pv_get(conf, "reporting");
	const char *type = pv_text_at(reporting, "buffer_type", "size");
	const char *trigger = pv_text_at(reporting, "trigger", "periodic");
	bool events = pv_streq(type, "event");
	const char *other = events ? "buffer_size_limit_bytes" : "buffer_size_limit_events";
	ret->buffer_limit = (size_t)pv_i64_at(reporting, "buffer_size_limit_bytes", (int64_t)BUFFER);
	int64_t most = pv_i64_at(reporting, "buffer_size_limit_events", events ? EVENTS : 0);
	ret->event_limit = (size_t)most;
	ret->immediate = pv_streq(trigger, "immediate");
	if (!events && !pv_streq(type, "size"))
		return pv_fail(cx, PV_EINVALID, "%s.buffer_type: expected size or event, found \"%.*s\"",
			       where, PV_CLIP(type));
	if (pv_get(reporting, other))
		return pv_fail(cx, PV_EINVALID, "%s.%s: expected nothing beside buffer_type %s", where, other,
			       type);
	if (events && (most <= 0 || most > EVENTS_MOST))
		return pv_fail(cx, PV_EINVALID, "%s.buffer_size_limit_events: expected a number from 1 to %d",
			       where, EVENTS_MOST);
	if (!ret->immediate && !pv_streq(trigger, "periodic"))
		return pv_fail(
			cx, PV_EUNSUPPORTED,
			"%s.trigger: expected periodic or immediate, found \"%.*s\", which is not supported",
			where, PV_CLIP(trigger));
	return 0;
}

int
opa_log_read(pv_ctx *cx, const pv_val *conf, const pv_vec *services, opa_log_conf *ret)
{
	const char *name = pv_text_at(conf, "service", NULL);
	*ret = (opa_log_conf){.resource = resource_of(cx->arena, conf),
			      .file = pv_text_at(conf, "file_path", NULL),
			      .console = pv_truth_at(conf, "console", false),
			      .mask = decision_at(cx->arena, conf, "mask_decision", "system/log/mask"),
			      .drop = decision_at(cx->arena, conf, "drop_decision", "system/log/drop"),
			      .headers = pv_at(conf, "request_context.http.headers")};
	if (pv_get(conf, "plugin"))
		return pv_fail(cx, PV_EUNSUPPORTED,
			       "decision_logs.plugin: not supported; expected service, console or file_path");
	while (*ret->resource == '/')
		ret->resource++;
	ret->upload_limit = (size_t)pv_i64_at(conf, "reporting.upload_size_limit_bytes", 32768);
	int r = read_buffer(cx, conf, ret);
	if (r < 0)
		return r;
	ret->min_ns = seconds(conf, "reporting.min_delay_seconds", 300);
	ret->max_ns = seconds(conf, "reporting.max_delay_seconds", 600);
	ret->per_second = pv_i64_at(conf, "reporting.max_decisions_per_second", 0);
	if (ret->upload_limit == 0 || ret->upload_limit > LIMIT_MOST || ret->buffer_limit == 0 ||
	    ret->buffer_limit > LIMIT_MOST)
		return pv_fail(cx, PV_EINVALID,
			       "decision_logs.reporting: expected buffer_size_limit_bytes and "
			       "upload_size_limit_bytes above 0 and below 2^40");
	if (ret->max_ns < ret->min_ns || ret->min_ns < 0)
		return pv_fail(
			cx, PV_EINVALID,
			"decision_logs.reporting: expected min_delay_seconds at most max_delay_seconds");
	if (name || (services->len == 1 && !ret->console && !ret->file)) {
		ret->service = opa_service_find(cx, services, name ? name : "", "decision_logs");
		return ret->service ? 0 : -PV_EINVALID;
	}
	if (!ret->console && !ret->file)
		return pv_fail(cx, PV_EINVALID,
			       "decision_logs: expected one of service, console and file_path");
	return 0;
}
