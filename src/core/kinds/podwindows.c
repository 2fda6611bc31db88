/* As whom a Pod and its containers run on Windows (kubernetes pkg/apis/core/validation). */
#include "base/utf8.h"
#include "core/kinds/podspec.h"
#include <string.h>

#define DOMAIN_MOST 255
#define NETBIOS_MOST 15
#define DNS_LABEL_MOST 63
#define USER_MOST 104
#define CREDENTIALS_MOST 65536

static bool
has_any(pv_str s, const char *of)
{
	for (size_t i = 0; i < s.len; i++)
		if (strchr(of, s.s[i]))
			return true;
	return false;
}

static bool
has_control(pv_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.s[i] < ' ' || s.s[i] == 0x7f)
			return true;
	return false;
}

static bool
is_netbios(pv_str s)
{
	return s.len && s.s[0] != '.' && pv_utf8_count(s) <= NETBIOS_MOST && !has_any(s, "\\/:*?\"<>|");
}

static bool
is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool
is_dns(pv_str s)
{
	pv_str label;

	if (!s.len || s.s[s.len - 1] == '.')
		return false;
	while (pv_str_next(&s, '.', &label)) {
		bool good = label.len && label.len <= DNS_LABEL_MOST && is_alphanumeric(label.s[0]) &&
			    is_alphanumeric(label.s[label.len - 1]);

		for (size_t i = 0; good && i < label.len; i++)
			good = is_alphanumeric(label.s[i]) || label.s[i] == '-';
		if (!good)
			return false;
	}
	return true;
}

static bool
is_blank(pv_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.s[i] != '.' && s.s[i] != ' ')
			return false;
	return true;
}

static void
check_user(pv_faults *f, const pv_val *v, const char *path)
{
	pv_str user = pv_strv(v), domain = {NULL, 0};
	const char *slash = user.len ? memchr(user.s, '\\', user.len) : NULL;

	if (slash) {
		domain = (pv_str){user.s, (size_t)(slash - user.s)};
		user = (pv_str){slash + 1, user.len - domain.len - 1};
	}
	if (!pv_strv(v).len) {
		pv_fault_value(f, path, v, "runAsUserName cannot be an empty string");
		return;
	}
	if (has_control(pv_strv(v))) {
		pv_fault_value(f, path, v, "runAsUserName cannot contain control characters");
		return;
	}
	if (has_any(user, "\\")) {
		pv_fault_value(f, path, v, "runAsUserName cannot contain more than one backslash");
		return;
	}
	if (domain.len > DOMAIN_MOST)
		pv_fault_value(f, path, v, "runAsUserName's Domain length must be under 256 characters");
	if (slash && !is_netbios(domain) && !is_dns(domain))
		pv_fault_value(f, path, v,
			       "runAsUserName's Domain doesn't match the NetBios nor the DNS format");
	if (!user.len)
		pv_fault_value(f, path, v, "runAsUserName's User cannot be empty");
	else if (user.len > USER_MOST)
		pv_fault_value(f, path, v,
			       "runAsUserName's User length must not be longer than 104 characters");
	if (user.len && is_blank(user))
		pv_fault_value(f, path, v, "runAsUserName's User cannot contain only periods or spaces");
	if (has_any(user, "\"/:;|=,+*?<>@[]"))
		pv_fault_value(f, path, v,
			       "runAsUserName's User cannot contain the following characters: "
			       "\"/\\:;|=,+*?<>@[]");
}

void
podspec_windows(podspec *s, const pv_val *context, const char *path)
{
	const pv_val *options = pv_get(context, "windowsOptions"),
		     *credentials = pv_get(options, "gmsaCredentialSpec"),
		     *user = pv_get(options, "runAsUserName");
	const char *at = pv_below(s->f, path, "windowsOptions"),
		   *spec_at = pv_below(s->f, at, "gmsaCredentialSpec");

	if (credentials && !credentials->len)
		pv_fault_value(s->f, spec_at, credentials, "gmsaCredentialSpec cannot be an empty string");
	else if (credentials && credentials->len > CREDENTIALS_MOST)
		pv_fault_value(s->f, spec_at, credentials, "gmsaCredentialSpec size must be under 64 KiB");
	if (user)
		check_user(s->f, user, pv_below(s->f, at, "runAsUserName"));
}
