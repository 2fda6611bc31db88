/* gpg: OpenPGP keys and signatures, judged by the program gpg (GnuPG 2), which runs in a sandbox
 * without a network and sees the folder of its ring only.  Blocks; any thread.  A ring belongs to its
 * caller and is closed by it; texts live in the arena of the ctx. */
#pragma once
#include "base/ctx.h"
#include "base/vec.h"

typedef struct pv_gpg_ring {
	const char *home; /* its folder */
	size_t keys;      /* files of keys that were put in */
} pv_gpg_ring;

/* What gpg says of a signature, in Argo CD's words. */
#define PV_GPG_GOOD "good"
#define PV_GPG_BAD "bad signature"
#define PV_GPG_EXPIRED "expired signature"
#define PV_GPG_KEY_EXPIRED "signed with expired key"
#define PV_GPG_KEY_REVOKED "signed with revoked key"
#define PV_GPG_KEY_MISSING "signed with key not in keyring"
#define PV_GPG_UNREADABLE "signature that cannot be read"

typedef struct pv_gpg_verdict {
	const char *result;  /* one of the above */
	const char *key;     /* whose key made it: its id, 16 digits; "" if nobody knows */
	const char *primary; /* the key that it is a part of, the same if it is none; "" if nobody knows */
} pv_gpg_verdict;

typedef struct pv_gpg_key {
	const char *id, *fingerprint; /* 16 and 40 digits */
	const char *owner;            /* "Name <mail>" */
	const char *kind;             /* "rsa2048", "ed25519" */
} pv_gpg_key;

/* A ring of these public keys (armored; of pv_str), in a folder of its own below `folder`.  What is no key is
 * left out.  -PV_EUNSUPPORTED: there is no gpg. */
PV_MUST_USE int pv_gpg_open(pv_ctx *cx, const char *folder, const pv_vec *keys, pv_gpg_ring *ret);
void pv_gpg_close(pv_gpg_ring *ring);
/* Of a detached signature (armored) of the data: a verdict, whatever it is; an error if gpg could not be asked. */
PV_MUST_USE int pv_gpg_verify(pv_ctx *cx, const pv_gpg_ring *ring, pv_str signature, pv_str data,
			      pv_gpg_verdict *ret);
/* The public keys in a text, of pv_gpg_key; none is -PV_EINVALID. */
PV_MUST_USE int pv_gpg_list(pv_ctx *cx, const char *folder, pv_str text, pv_vec *ret);
