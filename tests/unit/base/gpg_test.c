/* What gpg says of signatures, as pv_gpg_verify tells it, and of keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/gpg.h"
#include "base/str.h"
#include "unit/folder.h"

/* Keys of four people, the data signed by each of them, and what two of them became afterwards. */
static const char script[] =
	"set -e; cd '%s'; export GNUPGHOME=$PWD/home; mkdir -m 700 home; exec >/dev/null 2>&1; "
	"make() { gpg --batch --passphrase '' \"$@\"; }; "
	"sign() { name=$1; shift; gpg --batch --local-user $name@t.invalid --armor \"$@\" --detach-sign --output $name.sig data; }; "
	"echo hello >data; "
	"for name in good stranger revoked; do make --quick-gen-key \"$name <$name@t.invalid>\" ed25519 sign never; sign $name; done; "
	"then=20200101T000000; "
	"make --faked-system-time $then! --quick-gen-key 'expired <expired@t.invalid>' ed25519 sign 2020-02-01; "
	"sign expired --faked-system-time $then!; "
	"make --quick-gen-key 'part: a <part@t.invalid>' ed25519 cert never; "
	"make --quick-add-key $(gpg --list-keys --with-colons part@t.invalid | sed -n 's/^fpr:*\\([0-9A-F]*\\):/\\1/p') ed25519 sign never; "
	"sign part; "
	"sed 's/^:---/---/' home/openpgp-revocs.d/$(gpg --list-keys --with-colons revoked@t.invalid | sed -n "
	"'s/^fpr:*\\([0-9A-F]*\\):/\\1/p').rev | gpg --batch --import; "
	"gpg --batch --armor --local-user good@t.invalid --local-user stranger@t.invalid --output two.sig --detach-sign data; "
	"for name in good stranger revoked expired part; do gpg --armor --export $name@t.invalid >$name.asc; done; "
	"gpgconf --kill all";

struct place {
	char dir[FOLDER_SIZE];
	pv_ctx cx;
	pv_gpg_ring ring;
};

static pv_str
load(struct place *p, const char *name)
{
	pv_str text;
	if (pv_file_load(&p->cx, pv_printf(p->cx.arena, "%s/%s", p->dir, name), 65536, &text) < 0)
		fail_msg("%s", pv_error_text(&p->cx));
	return text;
}

static int
open_place(void **state)
{
	static const char *const known[] = {"good.asc", "revoked.asc", "data", "expired.asc", "part.asc"};
	struct place *p = calloc(1, sizeof(*p));
	pv_vec keys;
	*state = p;
	folder_make(p->dir);
	pv_ctx_init(&p->cx, "test");
	if (system(pv_printf(p->cx.arena, script, p->dir)) != 0)
		return -1;
	pv_vec_init(&keys, p->cx.arena, sizeof(pv_str));
	for (size_t i = 0; i < PV_LEN(known); i++) { /* one is no key, and takes no other with it */
		pv_str text = load(p, known[i]);
		pv_vec_push(&keys, &text);
	}
	return pv_gpg_open(&p->cx, p->dir, &keys, &p->ring);
}

static int
close_place(void **state)
{
	struct place *p = *state;
	pv_gpg_close(&p->ring);
	folder_remove(p->dir);
	pv_ctx_done(&p->cx);
	free(p);
	return 0;
}

static pv_gpg_verdict
judged(struct place *p, pv_str signature, const char *data)
{
	pv_gpg_verdict v = {0};
	if (pv_gpg_verify(&p->cx, &p->ring, signature, pv_str_of(data), &v) < 0)
		fail_msg("%s", pv_error_text(&p->cx));
	return v;
}

static pv_gpg_key
key_of(struct place *p, const char *file)
{
	pv_vec keys;
	if (pv_gpg_list(&p->cx, p->dir, load(p, file), &keys) < 0)
		fail_msg("%s: %s", file, pv_error_text(&p->cx));
	assert_int_equal(keys.len, 1);
	return *PV_AT(pv_gpg_key, &keys, 0);
}

static void
each_signature_has_its_verdict(void **state)
{
	static const char *const rows[][3] = {
		{"good", "hello\n", PV_GPG_GOOD},
		{"good", "hullo\n", PV_GPG_BAD},
		{"stranger", "hello\n", PV_GPG_KEY_MISSING},
		{"revoked", "hello\n", PV_GPG_KEY_REVOKED},
		{"expired", "hello\n", PV_GPG_KEY_EXPIRED},
	};
	struct place *p = *state;
	for (size_t i = 0; i < PV_LEN(rows); i++) {
		pv_str signature = load(p, pv_printf(p->cx.arena, "%s.sig", rows[i][0]));
		pv_gpg_verdict v = judged(p, signature, rows[i][1]);
		assert_string_equal(v.result, rows[i][2]);
		assert_string_equal(v.key, key_of(p, pv_printf(p->cx.arena, "%s.asc", rows[i][0])).id);
	}
}

static void
two_signatures_or_none_are_not_good(void **state)
{
	struct place *p = *state;
	assert_string_equal(judged(p, load(p, "two.sig"), "hello\n").result, PV_GPG_UNREADABLE);
	assert_string_equal(judged(p, pv_str_of("no signature"), "hello\n").result, PV_GPG_UNREADABLE);
	assert_string_equal(judged(p, pv_str_of(""), "hello\n").result, PV_GPG_UNREADABLE);
	assert_string_equal(judged(p, load(p, "good.asc"), "hello\n").result, PV_GPG_UNREADABLE);
}

static void
a_part_of_a_key_says_whose_it_is(void **state)
{
	struct place *p = *state;
	pv_gpg_verdict v = judged(p, load(p, "part.sig"), "hello\n");
	assert_string_equal(v.result, PV_GPG_GOOD);
	assert_string_equal(v.primary, key_of(p, "part.asc").id);
	assert_string_not_equal(v.key, v.primary);
}

static void
keys_are_told(void **state)
{
	struct place *p = *state;
	pv_gpg_key key = key_of(p, "part.asc");
	pv_vec keys;
	assert_string_equal(key.owner, "part: a <part@t.invalid>");
	assert_string_equal(key.kind, "ed25519");
	assert_int_equal(strlen(key.fingerprint), 40);
	assert_string_equal(key.fingerprint + 24, key.id);
	assert_int_equal(pv_gpg_list(&p->cx, p->dir, pv_str_of("hello"), &keys), -PV_EINVALID);
	assert_non_null(strstr(pv_error_text(&p->cx), "expected public keys in ASCII armor"));
	pv_recover(&p->cx);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_signature_has_its_verdict),
		cmocka_unit_test(two_signatures_or_none_are_not_good),
		cmocka_unit_test(a_part_of_a_key_says_whose_it_is),
		cmocka_unit_test(keys_are_told),
	};
	return cmocka_run_group_tests(tests, open_place, close_place);
}
