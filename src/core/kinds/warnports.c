/* What is told of ports and variables of which one hides another. */
#include "base/map.h"
#include "core/kinds/warn.h"
#include <string.h>

/* ---- variables ---- */

static bool
uses_more_than(pv_warns *w, const char *value, const char *name)
{
	const char *use = pv_printf(w->cx->arena, "$(%s)", name);

	return !pv_streq(value, use) && strstr(value, use);
}

/* The later one stands, unless it is made with the earlier one. */
void
warn_of_env(pv_warns *w, const pv_val *container, const pv_path *path)
{
	const pv_val *list = pv_get(container, "env");
	pv_map *known = pv_map_new(w->cx->arena);

	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *one = pv_item(list, i);
		const char *name = pv_text(pv_get(one, "name"), ""),
			   *value = pv_text(pv_get(one, "value"), "");

		if (pv_map_puts(known, name, known) &&
		    (pv_get(one, "valueFrom") || !uses_more_than(w, value, name)))
			warn(w, warn_nth(w, warn_below(w, path, "env"), i),
			     "hides previous definition of %s, which may be dropped when using apply",
			     warn_quote(w, name));
	}
}

/* ---- ports ---- */

typedef struct place {
	const pv_path *path;
	const char *host;
	int64_t host_port;
} place;

typedef struct ports {
	pv_map *numbers; /* "80/TCP": pv_vec of place */
	pv_map *names;   /* pv_path of the first */
} ports;

static void
warn_of_pair(pv_warns *w, const place *now, const place *was)
{
	bool same_host = pv_streq(now->host, was->host), same_port = now->host_port == was->host_port;
	const char *how = same_host && same_port                    ? "duplicate"
			  : !now->host_port || !was->host_port      ? "overlapping"
			  : same_port && !*now->host != !*was->host ? "dangerously ambiguous"
								    : NULL;

	if (how)
		warn(w, now->path, "%s port definition with %s", how, pv_path_text(w->cx->arena, was->path));
}

static void
look_at_numbers(pv_warns *w, const pv_val *container, const pv_path *path, void *arg)
{
	const pv_val *list = pv_get(container, "ports");
	ports *all = arg;

	for (size_t i = 0; i < pv_count(list); i++) {
		const pv_val *port = pv_item(list, i);
		int64_t number = pv_i64(pv_get(port, "containerPort"), 0);
		const char *protocol = pv_text(pv_get(port, "protocol"), ""), *key;
		place here = {.path = warn_nth(w, warn_below(w, path, "ports"), i),
			      .host = pv_text(pv_get(port, "hostIP"), ""),
			      .host_port = pv_i64(pv_get(port, "hostPort"), 0)};
		pv_vec *others;

		if (*here.host && !here.host_port)
			warn(w, here.path,
			     "hostIP set without hostPort: {Name:%s HostPort:0 ContainerPort:%lld "
			     "Protocol:%s HostIP:%s}",
			     pv_text(pv_get(port, "name"), ""), (long long)number, protocol, here.host);
		key = pv_printf(w->cx->arena, "%lld/%s", (long long)number, protocol);
		others = pv_map_finds(all->numbers, key);
		if (!others) {
			others = pv_new(w->cx->arena, pv_vec);
			pv_vec_init(others, w->cx->arena, sizeof(place));
			pv_map_puts(all->numbers, key, others);
		}
		for (size_t k = 0; k < others->len && warn_goes_on(w); k++)
			warn_of_pair(w, &here, PV_AT(place, others, k));
		pv_vec_push(others, &here);
	}
}

static void
look_at_names(pv_warns *w, const pv_val *container, const pv_path *path, void *arg)
{
	const pv_val *list = pv_get(container, "ports");
	ports *all = arg;

	for (size_t i = 0; i < pv_count(list); i++) {
		const char *name = pv_text(pv_get(pv_item(list, i), "name"), "");
		const pv_path *here = warn_nth(w, warn_below(w, path, "ports"), i), *was;
		const char *first;

		if (!*name)
			continue;
		was = pv_map_finds(all->names, name);
		if (!was) {
			pv_map_puts(all->names, name, (void *)(uintptr_t)here);
			continue;
		}
		first = pv_path_text(w->cx->arena, was);
		warn(w, here,
		     "duplicate port name %s with %s, services and probes that select ports by name will use "
		     "%s",
		     warn_quote(w, name), first, first);
	}
}

void
warn_of_ports(pv_warns *w, const pv_val *spec, const pv_path *path)
{
	ports all = {.numbers = pv_map_new(w->cx->arena), .names = pv_map_new(w->cx->arena)};

	warn_each_container(w, spec, path, look_at_numbers, &all);
	warn_each_container(w, spec, path, look_at_names, &all);
}
