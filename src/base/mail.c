/* Messages through libcurl's SMTP. */
#include "base/mail.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <string.h>

#include "base/buf.h"
#include "base/httpc_priv.h"
#include "base/str.h"
#include "base/time.h"
#include "base/vec.h"

#define TIMEOUT (30 * PV_SEC)
#define LINE 76 /* signs of a line of base64 */

/* ---- the text ---- */

static bool
is_plain(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || (unsigned char)*s > 0x7e)
			return false;
	return true;
}

/* RFC 2047: what is not ASCII as encoded words of whole characters; line ends are blanks. */
static void
put_words(pv_buf *b, const char *s)
{
	size_t len = strlen(s);
	if (is_plain(s)) {
		pv_buf_adds(b, s);
		return;
	}
	for (size_t at = 0; at < len;) {
		size_t n = 0;
		char *piece;
		while (at + n < len && n < 42) {
			uint32_t rune;
			int step = pv_utf8_step(s + at + n, len - at - n, &rune);
			n += step > 0 ? (size_t)step : 1;
		}
		piece = pv_strndup(b->arena, s + at, n);
		for (char *c = piece; *c; c++)
			if (*c == '\r' || *c == '\n')
				*c = ' ';
		pv_buf_printf(b, "%s=?UTF-8?B?%s?=", at ? "\r\n " : "", pv_base64(b->arena, piece, n, false));
		at += n;
	}
}

static void
put_date(pv_buf *b, int64_t now)
{
	static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	int64_t seconds = now / PV_SEC, day = seconds / 86400, left = seconds % 86400;
	int year, month, of_month;
	pv_date_of(day, &year, &month, &of_month);
	pv_buf_printf(b, "Date: %s, %02d %s %04d %02d:%02d:%02d +0000\r\n", days[(day + 4) % 7], of_month,
		      months[month - 1], year, (int)(left / 3600), (int)(left / 60 % 60), (int)(left % 60));
}

char *
pv_mail_text(pv_arena *arena, const pv_mail *mail, int64_t now)
{
	const char *encoded = pv_base64(arena, mail->body, strlen(mail->body), false),
		   *at = strrchr(mail->from, '@');
	size_t host = at ? strcspn(at + 1, "> \t\r\n") : 0;
	pv_buf b;
	pv_buf_init(&b, arena);
	pv_buf_adds(&b, "From: ");
	pv_buf_adds(&b, mail->from);
	pv_buf_adds(&b, "\r\nTo: ");
	pv_buf_adds(&b, mail->to);
	pv_buf_adds(&b, "\r\nSubject: ");
	put_words(&b, mail->subject);
	pv_buf_adds(&b, "\r\n");
	put_date(&b, now);
	pv_buf_printf(&b, "Message-ID: <%s@%.*s>\r\n", mail->id, host ? (int)host : 4,
		      host ? at + 1 : "pave");
	pv_buf_adds(&b, "MIME-Version: 1.0\r\n");
	pv_buf_printf(&b, "Content-Type: text/%s; charset=UTF-8\r\n", mail->html ? "html" : "plain");
	pv_buf_adds(&b, "Content-Transfer-Encoding: base64\r\n\r\n");
	for (size_t i = 0, n = strlen(encoded); i < n; i += LINE)
		pv_buf_printf(&b, "%.*s\r\n", LINE, encoded + i);
	return b.s;
}

/* ---- sending ---- */

/* "Name <a@b>", "a@b": the address alone, or NULL. */
static const char *
address(pv_arena *arena, pv_str text)
{
	const char *open = memchr(text.s, '<', text.len), *close;
	if (open) {
		close = memchr(open, '>', text.len - (size_t)(open - text.s));
		if (!close)
			return NULL;
		text = (pv_str){open + 1, (size_t)(close - open) - 1};
	}
	text = pv_str_trim(text);
	if (!text.len || !memchr(text.s, '@', text.len) || memchr(text.s, ' ', text.len))
		return NULL;
	return pv_strndup(arena, text.s, text.len);
}

static int
recipients(pv_ctx *cx, const pv_mail *mail, struct curl_slist **ret)
{
	pv_str rest = pv_str_of(mail->to), one;
	while (pv_str_next(&rest, ',', &one)) {
		const char *to = address(cx->arena, one);
		if (!to)
			return pv_fail(cx, PV_EINVALID,
				       "expected an address as a@example.org, found \"%.*s\"",
				       PV_CLIP(pv_strndup(cx->arena, one.s, one.len)));
		*ret = curl_slist_append(*ret, to);
	}
	return 0;
}

static size_t
read_text(char *to, size_t size, size_t n, void *arg)
{
	pv_str *left = arg;
	size_t take = left->len < size * n ? left->len : size * n;
	if (take)
		memcpy(to, left->s, take);
	left->s += take;
	left->len -= take;
	return take;
}

static bool
is_here(const char *host)
{
	struct in_addr four;
	if (inet_pton(AF_INET, host, &four) == 1)
		return ntohl(four.s_addr) >> 24 == 127;
	return pv_streq(host, "localhost") || pv_streq(host, "::1");
}

static void
prepare(pv_ctx *cx, CURL *curl, const pv_mail_conf *conf, const pv_httpc_conf *trust)
{
	bool secret = conf->user && *conf->user && !is_here(conf->host);
	int64_t ns = conf->timeout_ns ? conf->timeout_ns : TIMEOUT;
	bool six = strchr(conf->host, ':') != NULL;
	curl_easy_setopt(curl, CURLOPT_URL,
			 pv_printf(cx->arena, "%s://%s%s%s:%d", conf->port == 465 ? "smtps" : "smtp",
				   six ? "[" : "", conf->host, six ? "]" : "", conf->port));
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)(secret ? CURLUSESSL_ALL : CURLUSESSL_TRY));
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)(ns / PV_MS));
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	if (conf->user && *conf->user) {
		curl_easy_setopt(curl, CURLOPT_USERNAME, conf->user);
		curl_easy_setopt(curl, CURLOPT_PASSWORD, conf->password ? conf->password : "");
	}
	httpc_set_trust(curl, trust);
	httpc_set_reach(curl, trust);
}

static int
failed(pv_ctx *cx, const pv_mail_conf *conf, CURLcode e, const char *why)
{
	int code = e == CURLE_LOGIN_DENIED || e == CURLE_USE_SSL_FAILED ? PV_EUNAUTHORIZED : httpc_code(e);
	return pv_fail(cx, code, "mail through %s:%d: %s%s", conf->host, conf->port,
		       *why ? why : curl_easy_strerror(e),
		       e == CURLE_USE_SSL_FAILED ? " (a password is said only over TLS)" : "");
}

int
pv_mail_send(pv_ctx *cx, const pv_mail_conf *conf, const pv_mail *mail)
{
	const char *from = address(cx->arena, pv_str_of(mail->from));
	const pv_httpc_conf trust = {.ca_pem = conf->ca_pem,
				     .insecure = conf->insecure,
				     .permits = conf->permits,
				     .permits_arg = conf->permits_arg};
	struct curl_slist *to = NULL;
	char why[CURL_ERROR_SIZE] = "";
	pv_str text;
	CURLcode e;
	CURL *curl;
	int r;
	if (!from || strpbrk(mail->from, "\r\n") || strpbrk(mail->to, "\r\n") || strpbrk(mail->id, "\r\n<>@"))
		return pv_fail(cx, PV_EINVALID, "expected a sender as a@example.org, found \"%.*s\"",
			       PV_CLIP(mail->from));
	if (!*conf->host || strpbrk(conf->host, "/?#@[]%\\ \t\r\n"))
		return pv_fail(cx, PV_EINVALID, "expected a host as mail.example.org, found \"%.*s\"",
			       PV_CLIP(conf->host));
	r = recipients(cx, mail, &to);
	if (r < 0) {
		curl_slist_free_all(to);
		return r;
	}
	httpc_start();
	curl = curl_easy_init();
	PV_ASSERT(curl);
	text = pv_str_of(pv_mail_text(cx->arena, mail, pv_now()));
	prepare(cx, curl, conf, &trust);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
	curl_easy_setopt(curl, CURLOPT_MAIL_FROM, from);
	curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to);
	curl_easy_setopt(curl, CURLOPT_READFUNCTION, read_text);
	curl_easy_setopt(curl, CURLOPT_READDATA, &text);
	curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
	e = curl_easy_perform(curl);
	curl_slist_free_all(to);
	curl_easy_cleanup(curl);
	return e == CURLE_OK ? 0 : failed(cx, conf, e, why);
}
