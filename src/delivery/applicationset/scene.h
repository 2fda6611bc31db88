/* scene: the world of `pave appset generate`: the objects of files, and behind them, if somebody asks, a server's; facts
 * are found out at once.  One thread.  Private to this folder. */
#pragma once
#include "core/client/client.h"
#include "core/reconcile/turn.h"

typedef struct scene {
	const pv_vec *objects; /* const pv_val * */
	pv_client_conf conf;
	pv_client *client; /* opened when something is asked that no file says */
	const char *why;   /* a server would be needed, and this is why there is none; NULL: all is well */
	pv_facts *facts;   /* of Git, in a folder of their own; opened likewise */
	const char *folder;
} scene;

struct world scene_world(scene *s);
void scene_close(scene *s);
