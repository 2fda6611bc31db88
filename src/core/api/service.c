/* Addresses of Services, from 10.96.0.0/16: a free one at random, or the one that is
 * asked for.  Which are taken is read from the stored Services each time: a Service
 * is made rarely, and there is nothing to repair after a crash. */
#include <arpa/inet.h>
#include <stdlib.h>

#include "core/api/builtin.h"

#define RANGE PV_SERVICE_RANGE
#define FIRST 2u    /* .0 is the network, 10.96.0.1 the API itself */
#define LAST 65534u /* .255.255 is the broadcast address */

static bool
offset_of(const char *address, uint32_t *ret)
{
	pv_str rest = pv_str_of(address), piece;
	int64_t part[4];
	int n = 0;

	while (n < 4 && pv_str_next(&rest, '.', &piece)) {
		if (!pv_parse_int(piece, &part[n]) || part[n] < 0 || part[n] > 255)
			return false;
		n++;
	}
	if (n != 4 || rest.len || part[0] != 10 || part[1] != 96)
		return false;
	*ret = (uint32_t)(part[2] * 256 + part[3]);
	return true;
}

static int
taken(pv_ctx *cx, const write_op *w, uint8_t *bits, const char *self_uid)
{
	pv_list_query query = {.type = "/Service"};
	pv_listing all;
	uint32_t at;
	int r = pv_store_list(cx, w->api->store, &query, &all);

	for (size_t i = 0; r == 0 && i < all.len; i++) {
		const pv_val *service = pv_rec_val(all.recs[i]);

		if (pv_streq(meta_text(service, "uid"), self_uid))
			continue;
		if (offset_of(pv_text_at(service, "spec.clusterIP", ""), &at))
			bits[at / 8] = (uint8_t)(bits[at / 8] | 1u << at % 8);
	}
	return r;
}

static int
refuse(pv_ctx *cx, const write_op *w, const char *address, const char *why)
{
	pv_vec causes;

	pv_vec_init(&causes, cx->arena, sizeof(pv_cause));
	api_cause(cx, &causes, "FieldValueInvalid", "spec.clusterIPs", "Invalid value: [\"%s\"]: %s", address,
		  why);
	return api_invalid(cx, w->res, w->name, &causes);
}

static const pv_val *
with_address(pv_ctx *cx, const pv_val *object, const char *address)
{
	pv_val text = pv_string(cx->arena, address);
	pv_val v = pv_with_at(cx->arena, object, "spec.clusterIP", text);

	return pv_box(cx->arena,
		      pv_with_at(cx->arena, &v, "spec.clusterIPs", pv_list_of(cx->arena, &text, 1)));
}

static int
allot(pv_ctx *cx, const write_op *w, const char *wanted, const pv_val **object)
{
	uint8_t *bits = pv_alloc0(cx->arena, 65536 / 8);
	unsigned char room[16];
	uint32_t at = 0, dice;
	int r = taken(cx, w, bits, meta_text(*object, "uid"));

	if (r < 0)
		return r;
	if (wanted[0]) {
		if (inet_pton(AF_INET, wanted, room) != 1 && inet_pton(AF_INET6, wanted, room) != 1)
			return 0; /* validation says so */
		if (!offset_of(wanted, &at))
			return refuse(
				cx, w, wanted,
				"failed to allocate IP: the provided IP is not in the valid range " RANGE);
		if (bits[at / 8] & 1u << at % 8)
			return refuse(cx, w, wanted,
				      "failed to allocate IP: provided IP is already allocated");
		*object = with_address(cx, *object, wanted);
		return 0;
	}
	pv_random(&dice, sizeof dice);
	for (uint32_t i = 0; i <= LAST - FIRST; i++) {
		at = FIRST + (dice + i) % (LAST - FIRST + 1);
		if (bits[at / 8] & 1u << at % 8)
			continue;
		*object = with_address(cx, *object, pv_printf(cx->arena, "10.96.%u.%u", at / 256, at % 256));
		return 0;
	}
	return pv_fail(cx, PV_EINTERNAL, "no Service address is free: all of " RANGE " are taken");
}

/* The older field of two is the first address.  A write that changes one of them means both; what says nothing
 * of either leaves them as they were. */
static const pv_val *
agreed(pv_ctx *cx, const pv_val *old, const pv_val *object)
{
	static const char first[] = "spec.clusterIP", all[] = "spec.clusterIPs";
	const char *now = pv_text_at(object, first, ""), *was = pv_text_at(old, first, "");
	const pv_val *list = pv_at(object, all);

	if (!*now)
		object = pv_box(cx->arena, pv_with_at(cx->arena, object, first, pv_string(cx->arena, was)));
	if (!pv_count(list) && (!*now || pv_streq(now, was)))
		return with_address(cx, object, was);
	if (*now && !pv_streq(now, was) && (!pv_count(list) || pv_eq(list, pv_at(old, all))))
		return with_address(cx, object, now);
	return object;
}

int
service_address(pv_ctx *cx, const write_op *w, const pv_val **object)
{
	const char *type = pv_text_at(*object, "spec.type", "ClusterIP");
	const pv_val *list = pv_at(*object, "spec.clusterIPs");
	const char *wanted = pv_text_at(*object, "spec.clusterIP", ""),
		   *had = pv_text_at(w->old, "spec.clusterIP", "");

	if (pv_streq(type, "ExternalName"))
		return 0;
	if (had[0]) { /* it stays: that it should not is a fault for validation to tell */
		*object = agreed(cx, w->old, *object);
		return 0;
	}
	if (pv_count(list) > 1 ||
	    (pv_count(list) && (!*wanted || !pv_streq(pv_text(pv_item(list, 0), ""), wanted))))
		return 0; /* the two speak of different ones: validation says so */
	if (pv_streq(wanted, "None")) {
		*object = with_address(cx, *object, "None");
		return 0;
	}
	return allot(cx, w, wanted, object);
}

void
service_lock(const write_op *w, bool lock)
{
	if (!pv_streq(w->res->type, "/Service") || w->sub[0])
		return;
	if (lock)
		pthread_mutex_lock(&w->api->addresses);
	else
		pthread_mutex_unlock(&w->api->addresses);
}

int
service_keep(pv_ctx *cx, const write_op *w, bool chosen, const pv_val **object)
{
	pv_val bare;
	int r;

	if (!pv_streq(w->res->type, "/Service") || w->sub[0])
		return 0;
	r = service_address(cx, w, object);
	if (r < 0 && chosen) {
		(void)pv_recover(cx);
		bare = pv_without_at(cx->arena, *object, "spec.clusterIP");
		bare = pv_without_at(cx->arena, &bare, "spec.clusterIPs");
		*object = pv_box(cx->arena, bare);
		r = service_address(cx, w, object);
	}
	return r < 0 ? r : service_ports(cx, w, true, object);
}
