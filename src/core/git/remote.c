/* remote: who we are to a remote, and whether it is who it should be. */
#include "core/git/remote.h"

#include <string.h>

#include "base/str.h"
#include "core/git/access.h"
#include "lang/value/value.h"

#define KNOWN_HOSTS "ConfigMap argocd-ssh-known-hosts-cm"

/* ---- the key ---- */

struct key_form {           /* of a key of OpenSSH's form (openssh, PROTOCOL.key); "" of one that is not */
	const char *cipher; /* "none": in the clear */
	const char *type;   /* "ssh-rsa", "ssh-ed25519", ... */
};

/* The next string of a key: its length in four bytes, then itself. */
static bool
take_string(pv_str *rest, pv_str *ret)
{
	const uint8_t *at = (const uint8_t *)rest->s;
	size_t n;
	if (rest->len < 4)
		return false;
	n = (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];
	if (n > rest->len - 4)
		return false;
	*ret = (pv_str){rest->s + 4, n};
	*rest = (pv_str){rest->s + 4 + n, rest->len - 4 - n};
	return true;
}

static struct key_form
form_of(pv_arena *arena, const char *pem)
{
	static const char begin[] = "-----BEGIN OPENSSH PRIVATE KEY-----", magic[] = "openssh-key-v1";
	const char *at = strstr(pem, begin), *end = at ? strstr(at, "-----END") : NULL;
	struct key_form none = {"", ""};
	pv_str rest, cipher, skipped, blob, type;
	const uint8_t *bytes;
	char *text, *to;
	size_t len;
	if (!end)
		return none;
	text = to = pv_strndup(arena, at + sizeof(begin) - 1, (size_t)(end - at) - sizeof(begin) + 1);
	for (const char *c = text; *c; c++)
		if (!strchr(" \t\r\n", *c))
			*to++ = *c;
	bytes = pv_unbase64(arena, (pv_str){text, (size_t)(to - text)}, false, &len);
	if (!bytes || len < sizeof(magic) || memcmp(bytes, magic, sizeof(magic)) != 0)
		return none;
	rest = (pv_str){(const char *)bytes + sizeof(magic), len - sizeof(magic)};
	if (!take_string(&rest, &cipher) || !take_string(&rest, &skipped) || !take_string(&rest, &skipped) ||
	    rest.len < 4)
		return none;
	rest = (pv_str){rest.s + 4, rest.len - 4}; /* how many keys: one */
	if (!take_string(&rest, &blob) || !take_string(&blob, &type))
		return none;
	return (struct key_form){pv_strndup(arena, cipher.s, cipher.len),
				 pv_strndup(arena, type.s, type.len)};
}

static int
check_key(pv_ctx *cx, const char *pem, const char *passphrase)
{
	const char *cipher = form_of(cx->arena, pem).cipher;
	bool locked = strstr(pem, "ENCRYPTED") || (*cipher && !pv_streq(cipher, "none"));
	if (!strstr(pem, "PRIVATE KEY-----"))
		return pv_fail(
			cx, PV_EINVALID,
			"sshPrivateKey: expected a private key in PEM (-----BEGIN OPENSSH PRIVATE KEY-----), "
			"found something else");
	return locked && !passphrase ? pv_fail(cx, PV_EUNSUPPORTED,
					       "sshPrivateKey: the key is encrypted with a passphrase; give "
					       "one that is not "
					       "(ssh-keygen -p -N '' -f FILE)")
				     : 0;
}

/* PKCS#1, PKCS#8 (by the OID of rsaEncryption, which stands where it is whole in base64), OpenSSH. */
static bool
is_rsa(pv_arena *arena, const char *pem)
{
	return strstr(pem, "BEGIN RSA") ||
	       (strstr(pem, "BEGIN PRIVATE KEY") && strstr(pem, "BgkqhkiG9w0BAQEF")) ||
	       pv_streq(form_of(arena, pem).type, "ssh-rsa");
}

static int
keep(struct remote *m, int code)
{
	m->code = code;
	return code;
}

/* The server says no: to what, and where that came from. */
static int
refused(struct remote *m, const char *user, unsigned allowed)
{
	bool key = m->ssh_key && (allowed & GIT_CREDENTIAL_SSH_MEMORY);
	const char *what;
	if (!m->secret)
		return pv_fail(
			m->cx, PV_EUNAUTHORIZED,
			"%s asks for credentials, and there are none: expected a Secret with this url, "
			"labelled argocd.argoproj.io/secret-type=repository (or repo-creds) in namespace argocd",
			m->host);
	if (!key && !m->password && !m->token)
		return pv_fail(m->cx, PV_EUNAUTHORIZED,
			       "%s asks for credentials, and Secret %s has none that it takes: expected %s",
			       m->host, m->secret,
			       allowed & GIT_CREDENTIAL_SSH_MEMORY ? "sshPrivateKey"
								   : "username and password, or bearerToken");
	what = !key && !m->password ? "bearerToken"
				    : pv_printf(m->cx->arena, "%s of user \"%s\"",
						key ? "sshPrivateKey" : "password", user);
	return pv_fail(
		m->cx, PV_EUNAUTHORIZED, "%s refused the %s in Secret %s%s", m->host, what, m->secret,
		key && is_rsa(m->cx->arena, m->ssh_key)
			? "; it is an RSA key, and Pave's SSH library signs with those by SHA-1 only, which servers "
			  "refuse since 2021: use an ed25519 or ECDSA key"
			: "");
}

static int
credentials(git_credential **out, const char *url PV_UNUSED, const char *user_in_url, unsigned allowed,
	    void *payload)
{
	struct remote *m = payload;
	const char *user = m->username ? m->username : user_in_url ? user_in_url : "git";
	if ((allowed & GIT_CREDENTIAL_USERNAME) && !(allowed & ~(unsigned)GIT_CREDENTIAL_USERNAME))
		return git_credential_username_new(out, user);
	if (m->tries++ == 0 && (allowed & GIT_CREDENTIAL_SSH_MEMORY) && m->ssh_key) {
		if (keep(m, check_key(m->cx, m->ssh_key, m->password)) < 0)
			return GIT_EAUTH;
		return git_credential_ssh_key_memory_new(out, user, NULL, m->ssh_key, m->password);
	}
	if (m->tries == 1 && (allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT) && m->password)
		return git_credential_userpass_plaintext_new(out, user, m->password);
	keep(m, refused(m, user, allowed));
	return GIT_EAUTH;
}

/* ---- the other side ---- */

static const char *
type_name(const git_cert_hostkey *k)
{
	static const char *const names[] = {
		"key",
		"ssh-rsa",
		"ssh-dss",
		"ecdsa-sha2-nistp256",
		"ecdsa-sha2-nistp384",
		"ecdsa-sha2-nistp521",
		"ssh-ed25519",
	};
	return (size_t)k->raw_type < PV_LEN(names) ? names[k->raw_type] : names[0];
}

static int
check_host_key(struct remote *m, const git_cert_hostkey *k)
{
	pv_ctx *cx = m->cx;
	const char *key, *print, *type = type_name(k);
	enum git_host found;
	if (!(k->type & GIT_CERT_SSH_RAW) || !(k->type & GIT_CERT_SSH_SHA256))
		return pv_fail(cx, PV_EFORBIDDEN, "the SSH library does not say what the host key is");
	key = pv_base64(cx->arena, k->hostkey, k->hostkey_len, false);
	print = pv_base64(cx->arena, k->hash_sha256, sizeof(k->hash_sha256), false);
	print = pv_strndup(cx->arena, print, strcspn(print, "="));
	found = git_host_find(cx->arena, m->known_hosts ? m->known_hosts : "", m->host, m->port, key);
	switch (found) {
	case GIT_HOST_KNOWN: return 0;
	case GIT_HOST_REVOKED:
		return pv_fail(cx, PV_EFORBIDDEN,
			       "the %s host key SHA256:%s is marked @revoked in " KNOWN_HOSTS, type, print);
	case GIT_HOST_OTHER_KEY:
		return pv_fail(cx, PV_EFORBIDDEN,
			       "host key mismatch: it shows the %s key SHA256:%s, and " KNOWN_HOSTS
			       " has another one for this host; either somebody is in between or the host "
			       "was given a "
			       "new key: ask its owner before you change it there",
			       type, print);
	default:
		return pv_fail(cx, PV_EFORBIDDEN,
			       "host key unknown: it shows the %s key SHA256:%s; if that is right, add the "
			       "output of "
			       "ssh-keyscan%s%s %s to ssh_known_hosts of " KNOWN_HOSTS " in namespace argocd",
			       type, print, *m->port ? " -p " : "", m->port, m->host);
	}
}

/* A TLS certificate has been judged when the tunnel was opened. */
static int
certificate(git_cert *cert, int valid, const char *host PV_UNUSED, void *payload)
{
	struct remote *m = payload;
	if (m->insecure)
		return 0;
	if (cert->cert_type == GIT_CERT_HOSTKEY_LIBSSH2)
		return keep(m, check_host_key(m, (const git_cert_hostkey *)(const void *)cert)) < 0
			       ? GIT_ECERTIFICATE
			       : 0;
	return valid ? 0 : GIT_ECERTIFICATE;
}

static int
pushed(const char *ref PV_UNUSED, const char *status, void *payload)
{
	struct remote *m = payload;
	if (status)
		m->refused = pv_strdup(m->cx->arena, status);
	return 0;
}

void
remote_callbacks(struct remote *m, git_remote_callbacks *ret)
{
	ret->credentials = credentials;
	ret->certificate_check = certificate;
	ret->push_update_reference = pushed;
	ret->payload = m;
	m->tries = 0;
}

bool
remote_headers(struct remote *m, git_strarray *ret)
{
	if (m->token) {
		ret->strings = pv_new(m->cx->arena, char *);
		ret->strings[0] = pv_printf(m->cx->arena, "Authorization: Bearer %s", m->token);
		ret->count = 1;
	}
	return m->token != NULL;
}

void
remote_proxy(const struct remote *m, const char *url, git_proxy_options *ret)
{
	if (m->proxy && pv_starts_with(url, "http://")) {
		ret->type = GIT_PROXY_SPECIFIED;
		ret->url = m->proxy;
	}
}

int
remote_fault(struct remote *m, const char *plain, int code)
{
	return m->code < 0 ? pv_wrap(m->cx, m->code, "repository %s", plain) : git_fail(m->cx, plain, code);
}

int
remote_out_of_reach(struct remote *m, const char *host)
{
	return pv_fail(
		m->cx, PV_EFORBIDDEN,
		"%s is at %s, which repositories may not be at: name another host, or have the administrator "
		"start the server with --git-allow %s",
		host, m->reach.refused, m->reach.refused);
}

/* ---- the request ---- */

/* Go's and curl's NO_PROXY: names, their subdomains, or "*". */
static bool
excluded(const char *list, const char *host)
{
	pv_str rest = pv_str_of(list), name;
	size_t len = strlen(host);
	while (pv_str_next(&rest, ',', &name)) {
		name = pv_str_trim(name);
		if (name.len && *name.s == '.')
			name = (pv_str){name.s + 1, name.len - 1};
		if (pv_str_is(name, "*") || pv_str_is(name, host) ||
		    (name.len && name.len < len && host[len - name.len - 1] == '.' &&
		     strncasecmp(host + len - name.len, name.s, name.len) == 0))
			return true;
	}
	return false;
}

/* user@host:path and SCHEME://user@host:port/path */
static void
split(pv_arena *arena, const char *url, struct remote *m)
{
	const char *scheme = strstr(url, "://"), *at, *host = scheme ? scheme + 3 : url;
	size_t len = strcspn(host, scheme ? "/" : ":");
	at = memrchr(host, '@', len);
	len -= at ? (size_t)(at + 1 - host) : 0;
	host = at ? at + 1 : host;
	m->port = "";
	m->host = pv_strndup(arena, host, len);
	if (*host == '[' && strchr(m->host, ']')) {
		const char *end = strchr(m->host, ']');
		m->port = end[1] == ':' ? end + 2 : "";
		m->host = pv_strndup(arena, m->host + 1, (size_t)(end - m->host) - 1);
	} else if (strchr(m->host, ':')) {
		m->port = pv_strdup(arena, strchr(m->host, ':') + 1);
		m->host = pv_strndup(arena, m->host, strcspn(m->host, ":"));
	}
}

int
remote_init(pv_ctx *cx, const pv_val *request, struct remote *m)
{
	const char *url = pv_text_at(request, "url", ""), *no_proxy = pv_text_at(request, "noProxy", "");
	int r;
	*m = (struct remote){
		.cx = cx,
		.secret = pv_text_at(request, "secret", NULL),
		.known_hosts = pv_text_at(request, "knownHosts", NULL),
		.username = pv_text_at(request, "username", NULL),
		.password = pv_text_at(request, "password", NULL),
		.token = pv_text_at(request, "bearerToken", NULL),
		.ssh_key = pv_text_at(request, "sshPrivateKey", NULL),
		.ca = pv_text_at(request, "authorities", NULL),
		.cert = pv_text_at(request, "tlsClientCertData", NULL),
		.key = pv_text_at(request, "tlsClientCertKey", NULL),
		.proxy = pv_text_at(request, "proxy", NULL),
		.insecure = pv_truth_at(request, "insecure", false),
	};
	split(cx->arena, url, m);
	if (!m->cert != !m->key)
		return pv_fail(cx, PV_EINVALID,
			       "tlsClientCertData and tlsClientCertKey come together, found one");
	if (m->proxy && excluded(no_proxy, m->host))
		m->proxy = NULL;
	r = reach_init(cx, request, &m->reach);
	if (r == 0 && m->proxy && !reach_permits_literal(&m->reach, m->host))
		r = remote_out_of_reach(m, m->host);
	return r;
}
