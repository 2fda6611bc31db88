#include "governance/opa/aws.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/hashing.h"
#include "base/sigv4.h"
#include "base/str.h"
#include "base/time.h"

#define FILE_LIMIT ((size_t)1 << 20)

typedef struct who {
	const char *key, *secret, *token, *region;
} who;

typedef const char *header[2]; /* name in lower case, value */

static const char *
where(pv_ctx *cx, const char *service, const char *member)
{
	return pv_printf(cx->arena, "services[%s].credentials.s3_signing%s%s", service, *member ? "." : "",
			 member);
}

static int
unsupported(pv_ctx *cx, const char *service, const char *member, const char *otherwise)
{
	return pv_fail(cx, PV_EUNSUPPORTED, "%.*s: not supported; expected %s",
		       PV_CLIP(where(cx, service, member)), otherwise);
}

int
opa_aws_read(pv_ctx *cx, const char *service, const pv_val *conf, bool confined, opa_aws *ret)
{
	static const char *const known[] = {"service", "signature_version", "environment_credentials",
					    "profile_credentials"};
	const pv_val *profile = pv_get(conf, "profile_credentials");
	if (confined)
		return pv_fail(
			cx, PV_EUNSUPPORTED,
			"%s: not supported by the platform, which reads neither its environment nor files "
			"for its configuration",
			where(cx, service, ""));
	for (size_t i = 0; i < pv_member_count(conf); i++) {
		const char *name = pv_text(&conf->members[i].key, "");
		bool found = false;
		for (size_t k = 0; k < PV_LEN(known) && !found; k++)
			found = pv_streq(known[k], name);
		if (!found)
			return unsupported(cx, service, name,
					   "environment_credentials or profile_credentials");
	}
	*ret = (opa_aws){.of = service,
			 .service = pv_text_at(conf, "service", "s3"),
			 .environment = pv_get(conf, "environment_credentials") != NULL,
			 .profile = profile != NULL,
			 .path = pv_text_at(profile, "path", NULL),
			 .name = pv_text_at(profile, "profile", NULL),
			 .region = pv_text_at(profile, "aws_region", NULL)};
	if (!pv_streq(pv_text_at(conf, "signature_version", "4"), "4"))
		return unsupported(cx, service, "signature_version", "4");
	if (pv_streq(ret->service, "ecr"))
		return unsupported(cx, service, "service: ecr", "another, such as s3");
	return ret->environment || ret->profile
		       ? 0
		       : pv_fail(cx, PV_EINVALID,
				 "%s: a AWS credential service must be specified when S3 signing is enabled: "
				 "expected environment_credentials or profile_credentials",
				 where(cx, service, ""));
}

/* ---- who we are ---- */

static int
by_environment(pv_ctx *cx, const opa_aws *a, who *ret)
{
	*ret = (who){getenv("AWS_ACCESS_KEY_ID"), getenv("AWS_SECRET_ACCESS_KEY"),
		     getenv("AWS_SESSION_TOKEN"), getenv("AWS_REGION")};
	const char *missing = !ret->key      ? "AWS_ACCESS_KEY_ID"
			      : !ret->secret ? "AWS_SECRET_ACCESS_KEY"
			      : !ret->region ? "AWS_REGION"
					     : NULL;
	if (missing)
		return pv_fail(cx, PV_EINVALID, "service %s: no %s set in environment", a->of, missing);
	if (!ret->token)
		ret->token = getenv("AWS_SECURITY_TOKEN");
	return 0;
}

/* "NAME = VALUE" of a section's line. */
static void
take(pv_ctx *cx, pv_str line, who *ret)
{
	static const char *const names[] = {"aws_access_key_id", "aws_secret_access_key",
					    "aws_session_token"};
	const char **to[] = {&ret->key, &ret->secret, &ret->token};
	pv_str name, value = line;
	if (!pv_str_next(&value, '=', &name))
		return;
	name = pv_str_trim(name);
	value = pv_str_trim(value);
	for (size_t i = 0; i < PV_LEN(names); i++)
		if (pv_str_is(name, names[i]))
			*to[i] = pv_strndup(cx->arena, value.s, value.len);
}

static int
by_profile(pv_ctx *cx, const opa_aws *a, who *ret)
{
	const char *path = a->path ? a->path : getenv("AWS_SHARED_CREDENTIALS_FILE"), *home = getenv("HOME");
	const char *name = a->name ? a->name : getenv("AWS_PROFILE");
	const char *section = pv_printf(cx->arena, "[%s]", name ? name : "default");
	pv_str text, line;
	bool within = false;
	*ret = (who){.region = a->region ? a->region : getenv("AWS_REGION")};
	path = path ? path : pv_printf(cx->arena, "%s/.aws/credentials", home ? home : "");
	int r = pv_file_load(cx, path, FILE_LIMIT, &text); /* anew each time: it may be renewed */
	if (r < 0)
		return pv_wrap(cx, r, "service %s: profile_credentials", a->of);
	while (pv_str_next(&text, '\n', &line)) {
		line = pv_str_trim(line);
		if (line.len && *line.s == '[')
			within = pv_str_is(line, section);
		else if (within)
			take(cx, line, ret);
	}
	if (!ret->key || !ret->secret || !ret->region)
		return pv_fail(
			cx, PV_EINVALID,
			"service %s: profile_credentials: expected aws_access_key_id and aws_secret_access_key "
			"below %s of %s, and aws_region or AWS_REGION",
			a->of, section, path);
	return 0;
}

/* ---- signing ---- */

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b); /* the name is the first */
}

/* Host, path and query as the request will have them. */
static void
take_url(pv_ctx *cx, const char *url, const char **ret_host, pv_sigv4 *s)
{
	const char *host = strstr(url, "://") + 3, *path = host + strcspn(host, "/?#");
	size_t n = strcspn(path, "?#");
	*ret_host = pv_strndup(cx->arena, host, (size_t)(path - host));
	s->path = n ? (pv_str){path, n} : PV_STR("/");
	s->query = path[n] == '?' ? (pv_str){path + n + 1, strcspn(path + n + 1, "#")} : PV_STR("");
}

static void
add(pv_ctx *cx, pv_vec *signed_headers, pv_vec *headers, const char *name, const char *value)
{
	const char *line = pv_printf(cx->arena, "%s: %s", name, value);
	header *h = pv_vec_add(signed_headers);
	(*h)[0] = name;
	(*h)[1] = value;
	if (headers)
		pv_vec_push(headers, &line);
}

static const char *
stamp(pv_ctx *cx)
{
	char *text = pv_time_format(cx->arena, pv_now()), *to = text;
	for (const char *c = text; *c; c++)
		if (*c != '-' && *c != ':')
			*to++ = *c;
	*to = '\0';
	return text;
}

int
opa_aws_sign(pv_ctx *cx, const opa_aws *a, const char *method, const char *url, pv_str body, pv_vec *headers)
{
	pv_sigv4 s = {.method = method ? method : "GET", .service = a->service, .stamp = stamp(cx)};
	size_t n = headers->len;
	const char *host;
	pv_vec all; /* header */
	who id;
	int r = a->environment ? by_environment(cx, a, &id) : by_profile(cx, a, &id);
	if (r < 0 && a->environment && a->profile) { /* one after the other, as OPA asks them */
		pv_recover(cx);
		r = by_profile(cx, a, &id);
	}
	if (r < 0)
		return r;
	take_url(cx, url, &host, &s);
	pv_vec_init(&all, cx->arena, sizeof(header));
	for (size_t i = 0; i < n; i++) {
		pv_str value = pv_str_of(*PV_AT(const char *, headers, i)), name;
		if (!pv_str_next(&value, ':', &name))
			continue;
		value = pv_str_trim(value);
		add(cx, &all, NULL, pv_str_lower(cx->arena, pv_strndup(cx->arena, name.s, name.len)),
		    pv_strndup(cx->arena, value.s, value.len));
	}
	s.payload = pv_hash_hex(cx->arena, "sha256", body);
	add(cx, &all, NULL, "host", host);
	add(cx, &all, headers, "x-amz-date", s.stamp);
	if (pv_streq(a->service, "s3"))
		add(cx, &all, headers, "x-amz-content-sha256", s.payload);
	if (id.token)
		add(cx, &all, headers, "x-amz-security-token", id.token);
	pv_vec_sort(&all, by_name);
	s.headers = all.data;
	s.n = all.len;
	s.region = id.region;
	s.access_key = id.key;
	s.secret_key = id.secret;
	const char *line = pv_printf(cx->arena, "Authorization: %s", pv_sigv4_authorization(cx->arena, &s));
	pv_vec_push(headers, &line);
	return 0;
}
