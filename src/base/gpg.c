/* gpg: a ring is a folder that gpg filled by an import; what gpg found is read from its status lines
 * (doc/DETAILS of GnuPG), not from what it says to people. */
#include "base/gpg.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/time.h"

#define ID 16 /* digits of a key's id: the end of its fingerprint */
#define KEYS_MOST 1000
#define WORDS_MOST 16

/* Nothing is asked for and no agent is started.  How far a key is trusted is not looked at: it is in the ring.
 * (With the model "always" gpg 2.2 fails on keys that were revoked.) */
static const char *const usual[] = {"gpg",          "--batch",
				    "--no-tty",     "--no-autostart",
				    "--lock-never", "--no-random-seed-file",
				    "--no-options", "--trust-model",
				    "direct",       "--no-auto-check-trustdb"};

/* ---- running it ---- */

/* What the program itself is made of, as far as it is there. */
static void
add_program(pv_vec *reads)
{
	static const char *const places[] = {"/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache"};
	for (size_t i = 0; i < PV_LEN(places); i++)
		if (access(places[i], F_OK) == 0)
			pv_vec_push(reads, &places[i]);
}

static int
no_program(pv_ctx *cx)
{
	pv_recover(cx);
	return pv_fail(cx, PV_EUNSUPPORTED,
		       "signatures cannot be checked here: there is no program gpg; install GnuPG (Debian: "
		       "apt-get install gpg)");
}

/* args (of const char *) behind the usual ones; its folder is all that it may change. */
static int
run(pv_ctx *cx, const char *home, const pv_vec *args, pv_str input, pv_proc_result *ret)
{
	static const char *const env[] = {"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C", NULL};
	const char *option = "--homedir", *end = NULL, *writes[] = {home, NULL};
	pv_sandbox_conf sandbox = {.write = writes,
				   .cpu_seconds = 20,
				   .memory_bytes = 512 << 20,
				   .file_bytes = 16 << 20,
				   .files = 64};
	pv_proc_conf conf = {.env = env, .dir = home, .input = input, .timeout_ns = 30 * PV_SEC};
	pv_vec argv, reads;
	int r;
	pv_vec_init(&argv, cx->arena, sizeof(const char *));
	for (size_t i = 0; i < PV_LEN(usual); i++)
		pv_vec_push(&argv, &usual[i]);
	pv_vec_push(&argv, &option);
	pv_vec_push(&argv, &home);
	for (size_t i = 0; i < args->len; i++)
		pv_vec_push(&argv, PV_AT(const char *, args, i));
	pv_vec_push(&argv, &end);
	pv_vec_init(&reads, cx->arena, sizeof(const char *));
	add_program(&reads);
	pv_vec_push(&reads, &end);
	sandbox.read = reads.data;
	conf.argv = argv.data;
	conf.sandbox = &sandbox;
	r = pv_proc_run(cx, &conf, ret);
	if (r == -PV_ENOTFOUND)
		return no_program(cx);
	if (r == 0 && (ret->timed_out || ret->stopped || ret->signal || ret->out_cut || ret->err_cut))
		r = pv_proc_check(cx, &conf,
				  ret); /* that it found a fault is an answer, that it broke is none */
	return r;
}

/* Of arguments that are texts, ended by NULL. */
static int
run_with(pv_ctx *cx, const char *home, const char *const *words, pv_str input, pv_proc_result *ret)
{
	pv_vec args;
	pv_vec_init(&args, cx->arena, sizeof(const char *));
	for (; *words; words++)
		pv_vec_push(&args, words);
	return run(cx, home, &args, input, ret);
}

/* ---- a ring ---- */

void
pv_gpg_close(pv_gpg_ring *ring)
{
	if (ring->home)
		pv_dir_drop(ring->home);
	ring->home = NULL;
}

static int
make_home(pv_ctx *cx, const char *folder, pv_gpg_ring *ret)
{
	char *home = pv_printf(cx->arena, "%s/gpg-XXXXXX", folder);
	*ret = (pv_gpg_ring){0};
	pv_dir_sweep(cx->arena, folder, "gpg-"); /* a ring that is used is written to all the time */
	if (!mkdtemp(home))
		return pv_fail(cx, PV_EUNAVAILABLE, "no folder for keys can be made in %s", folder);
	ret->home = home;
	return 0;
}

/* Each in a file of its own: one that is broken must not take others with it. */
static int
import(pv_ctx *cx, pv_gpg_ring *ring, const pv_vec *keys)
{
	const char *word = "--import";
	pv_proc_result result;
	pv_vec args;
	int r = keys->len <= KEYS_MOST ? 0
				       : pv_fail(cx, PV_ETOOLARGE, "expected at most %d keys, found %zu",
						 KEYS_MOST, keys->len);
	pv_vec_init(&args, cx->arena, sizeof(const char *));
	pv_vec_push(&args, &word);
	for (size_t i = 0; r == 0 && i < keys->len; i++) {
		const char *file = pv_printf(cx->arena, "%s/%zu.asc", ring->home, i);
		r = pv_file_save(cx, file, *PV_AT(pv_str, keys, i), 0600);
		pv_vec_push(&args, &file);
		ring->keys++;
	}
	if (r == 0 && ring->keys)
		r = run(cx, ring->home, &args, (pv_str){"", 0}, &result);
	return r;
}

int
pv_gpg_open(pv_ctx *cx, const char *folder, const pv_vec *keys, pv_gpg_ring *ret)
{
	int r = make_home(cx, folder, ret);
	if (r == 0)
		r = import(cx, ret, keys);
	if (r < 0)
		pv_gpg_close(ret);
	return r;
}

/* ---- what it says ---- */

/* The words of a line "[GNUPG:] WORD ..."; 0: it is another. */
static size_t
words_of(pv_arena *arena, pv_str line, const char **words)
{
	static const char mark[] = "[GNUPG:] ";
	pv_str piece;
	size_t n = 0;
	if (line.len < sizeof(mark) || memcmp(line.s, mark, sizeof(mark) - 1) != 0)
		return 0;
	line = (pv_str){line.s + sizeof(mark) - 1, line.len - (sizeof(mark) - 1)};
	while (n < WORDS_MOST && pv_str_next(&line, ' ', &piece))
		words[n++] = pv_strndup(arena, piece.s, piece.len);
	return n;
}

static const char *
id_of(const char *fingerprint)
{
	size_t n = strlen(fingerprint);
	return n > ID ? fingerprint + n - ID : fingerprint;
}

static const struct {
	const char *word, *result;
} results[] = {
	{"GOODSIG", PV_GPG_GOOD},          {"BADSIG", PV_GPG_BAD},
	{"EXPSIG", PV_GPG_EXPIRED},        {"EXPKEYSIG", PV_GPG_KEY_EXPIRED},
	{"REVKEYSIG", PV_GPG_KEY_REVOKED}, {"ERRSIG", PV_GPG_UNREADABLE},
};

/* ERRSIG's sixth word: 9 says that the key is missing. */
static void
take_line(pv_gpg_verdict *v, size_t *found, const char *const *words, size_t n)
{
	for (size_t i = 0; n > 1 && i < PV_LEN(results); i++) {
		if (!pv_streq(words[0], results[i].word))
			continue;
		++*found;
		v->result = results[i].result;
		v->key = v->primary = id_of(words[1]);
		if (n > 6 && pv_streq(words[0], "ERRSIG") && pv_streq(words[6], "9"))
			v->result = PV_GPG_KEY_MISSING;
	}
	if (n > 10 && pv_streq(words[0], "VALIDSIG"))
		v->primary = id_of(words[10]);
}

/* Two signatures in one are none: nobody could say whose it is. */
static pv_gpg_verdict
verdict(pv_arena *arena, pv_str status, int exit)
{
	pv_gpg_verdict v = {PV_GPG_UNREADABLE, "", ""};
	const char *words[WORDS_MOST];
	size_t found = 0, n;
	pv_str line;
	while (pv_str_next(&status, '\n', &line)) {
		n = words_of(arena, line, words);
		take_line(&v, &found, words, n);
	}
	if (found != 1 || (exit != 0 && pv_streq(v.result, PV_GPG_GOOD)))
		v.result = PV_GPG_UNREADABLE;
	return v;
}

int
pv_gpg_verify(pv_ctx *cx, const pv_gpg_ring *ring, pv_str signature, pv_str data, pv_gpg_verdict *ret)
{
	const char *file = pv_printf(cx->arena, "%s/signature", ring->home), *const words[] = {
										     "--status-fd", "1",
										     "--verify",    file,
										     "-",           NULL};
	pv_proc_result result;
	int r = pv_file_save(cx, file, signature, 0600);
	if (r == 0)
		r = run_with(cx, ring->home, words, data, &result);
	if (r == 0)
		*ret = verdict(cx->arena, result.out, result.status);
	return r;
}

/* ---- keys ---- */

/* The n-th field of "a:b:c", from 0. */
static const char *
field(pv_arena *arena, pv_str line, size_t n)
{
	pv_str piece = {"", 0};
	for (size_t i = 0; i <= n; i++)
		if (!pv_str_next(&line, ':', &piece))
			return "";
	return pv_strndup(arena, piece.s, piece.len);
}

/* The numbers are those of RFC 4880 section 9.1; curves say their names. */
static const char *
kind_of(pv_arena *arena, pv_str line)
{
	static const struct {
		const char *number, *name;
	} kinds[] = {{"1", "rsa"}, {"2", "rsa"}, {"3", "rsa"}, {"16", "elg"}, {"17", "dsa"}};
	const char *number = field(arena, line, 3), *curve = field(arena, line, 16);
	for (size_t i = 0; i < PV_LEN(kinds); i++)
		if (pv_streq(number, kinds[i].number))
			return pv_printf(arena, "%s%s", kinds[i].name, field(arena, line, 2));
	return *curve ? curve : number;
}

/* A user's id has its colons and bytes beyond ASCII as \xHH. */
static const char *
unescaped(pv_arena *arena, const char *text)
{
	char *out = pv_strdup(arena, text), *end = out;
	for (const char *c = text; *c; c++) {
		bool escaped =
			c[0] == '\\' && c[1] == 'x' && pv_hex_digit(c[2]) >= 0 && pv_hex_digit(c[3]) >= 0;
		*end++ = escaped ? (char)(pv_hex_digit(c[2]) << 4 | pv_hex_digit(c[3])) : *c;
		c += escaped ? 3 : 0;
	}
	*end = '\0';
	return out;
}

static void
take_key(pv_arena *arena, pv_str line, pv_vec *keys, bool *whole)
{
	const char *type = field(arena, line, 0);
	pv_gpg_key *last = keys->len ? PV_AT(pv_gpg_key, keys, keys->len - 1) : NULL;
	if (pv_streq(type, "pub")) {
		last = pv_vec_add(keys);
		*last = (pv_gpg_key){field(arena, line, 4), "", "", kind_of(arena, line)};
		*whole = false;
	} else if (last && pv_streq(type, "sub")) {
		*whole = true; /* what follows is of the part */
	} else if (last && !*whole && pv_streq(type, "fpr")) {
		last->fingerprint = field(arena, line, 9);
	} else if (last && pv_streq(type, "uid") && !*last->owner) {
		last->owner = unescaped(arena, field(arena, line, 9));
	}
}

int
pv_gpg_list(pv_ctx *cx, const char *folder, pv_str text, pv_vec *ret)
{
	static const char *const words[] = {"--with-colons", "--show-keys", NULL};
	pv_proc_result result;
	pv_gpg_ring ring;
	bool whole = false;
	pv_str line;
	int r = make_home(cx, folder, &ring);
	pv_vec_init(ret, cx->arena, sizeof(pv_gpg_key));
	if (r == 0)
		r = run_with(cx, ring.home, words, text, &result);
	pv_gpg_close(&ring);
	if (r < 0)
		return r;
	while (pv_str_next(&result.out, '\n', &line))
		take_key(cx->arena, line, ret, &whole);
	if (!ret->len)
		return pv_fail(
			cx, PV_EINVALID,
			"expected public keys in ASCII armor (-----BEGIN PGP PUBLIC KEY BLOCK-----), found none");
	return 0;
}
