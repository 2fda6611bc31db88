/* seal: which values lie encrypted in the engine and in backups, and with which keys: what a
 * Kubernetes EncryptionConfiguration says.  Internal to the store.  Immutable; any thread.
 *
 * A sealed value is text, "k8s:enc:PROVIDER:v1:KEY:" and base64, so that no other value looks
 * like one; type, namespace and name are authenticated with it, so that it opens nowhere else. */
#pragma once
#include "core/store/store.h"

typedef struct sealer sealer;

/* Owner: caller, sealer_free().  Errors name the file and the field. */
PV_MUST_USE int sealer_load(pv_ctx *cx, const pv_store_conf *conf, sealer **ret);
sealer *sealer_free(sealer *s); /* accepts NULL, returns NULL */
/* Other text for another set of keys to write with: what lies there is to be written anew. */
const char *sealer_mark(const sealer *s); /* s NULL: "" */

/* Small facts have no type; they go as Secrets do.  The results lie in cx's arena, or are what
 * was given.  s may be NULL: nothing is sealed, and what is cannot be read. */
PV_MUST_USE int seal_close(pv_ctx *cx, const sealer *s, const pv_key *key, pv_str plain, pv_str *ret);
PV_MUST_USE int seal_open(pv_ctx *cx, const sealer *s, const pv_key *key, pv_str kept, pv_str *ret);
bool seal_is(pv_str kept);
#define META_KEY(named) ((pv_key){"", "", (named)})
