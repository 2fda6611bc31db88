#include "core/api/openapi_param.h"
#include "base/str.h"
#include "core/api/openapi_parts.h"

static const struct row {
	const char *name, *shared, *type,
		*about; /* shared: its name in v2; NULL: it is written where it is used */
	bool in_path;
} rows[P_COUNT] = {
	[P_BOOKMARKS] = {"allowWatchBookmarks", "allowWatchBookmarks-HC2hJt-J", "boolean",
			 "A watch is told now and then how far it has come, by an event of type BOOKMARK.",
			 false},
	[P_COMMAND] = {"command", "command-Py3eQybp", "string",
		       "The program to run, and its arguments: one parameter each.", false},
	[P_CONTAINER_LOG] = {"container", "container-1GeXxFDC", "string",
			     "Whose log it is; may be left out if the Pod has one container.", false},
	[P_CONTAINER_ATTACH] = {"container", "container-_Q-EJ3nR", "string",
				"Whose process to attach to; the Pod's first if it is left out.", false},
	[P_CONTAINER_EXEC] = {"container", "container-i5dOmRiM", "string",
			      "Where to run it; may be left out if the Pod has one container.", false},
	[P_CONTINUE] = {"continue", "continue-QfD61s0i", "string",
			"The next page of a list: metadata.continue of the page before.", false},
	[P_DRY_RUN] = {"dryRun", NULL, "string", "All: everything is done but to store it.", false},
	[P_MANAGER_PATCH] = {"fieldManager", "fieldManager-7c6nTn1T", "string",
			     "Who owns the fields that are written; an apply patch must say it.", false},
	[P_MANAGER] = {"fieldManager", "fieldManager-Qy4HdaTW", "string",
		       "Who owns the fields that are written; at most 128 printable characters.", false},
	[P_FIELDS] = {"fieldSelector", "fieldSelector-xIcQKXFG", "string",
		      "Only objects with these fields: metadata.name=x,spec.nodeName!=y.", false},
	[P_VALIDATION] =
		{"fieldValidation", NULL, "string",
		 "What becomes of unknown and repeated fields: Strict refuses them, Warn (the default) drops "
		 "them and says so, Ignore drops them.",
		 false},
	[P_FOLLOW] = {"follow", "follow-9OIXh_2R", "boolean", "The log as it is written, until it ends.",
		      false},
	[P_FORCE] = {"force", "force-tOGGb0Yi", "boolean",
		     "An apply patch takes fields that others own; of other patches it must not be said.",
		     false},
	[P_GRACE] = {"gracePeriodSeconds", "gracePeriodSeconds--K5HaBOS", "integer",
		     "How long it may take to stop; 0: at once.", false},
	[P_UNREADABLE] = {"ignoreStoreReadErrorWithClusterBreakingPotential",
			  "ignoreStoreReadErrorWithClusterBreakingPotential-QbNkfIqj", "boolean",
			  "Meant for stores that cannot read the object any more.", false},
	[P_INSECURE] = {"insecureSkipTLSVerifyBackend", "insecureSkipTLSVerifyBackend-gM00jVbe", "boolean",
			"The certificate of the node that has the log is not checked.", false},
	[P_LABELS] = {"labelSelector", "labelSelector-5Zw57w4C", "string",
		      "Only objects with these labels: app=web,tier in (a,b),!old.", false},
	[P_LIMIT] = {"limit", "limit-1NfNmdNH", "integer", "At most so many objects in a page.", false},
	[P_LIMIT_BYTES] = {"limitBytes", "limitBytes-zwd1RXuc", "integer",
			   "At most so many bytes of the log.", false},
	[P_NAME] = {"name", NULL, "string", "The object's name.", true},
	[P_NAMESPACE] = {"namespace", "namespace-vgWSWtn3", "string", "The namespace that it is in.", true},
	[P_ORPHANS] = {"orphanDependents", "orphanDependents-uRB25kX5", "boolean",
		       "Deprecated: say propagationPolicy.", false},
	[P_PATH] = {"path", "path-z6Ciiujn", "string", "What is asked of who is behind.", true},
	[P_PATH_SERVICE] = {"path", "path-QCf0eosM", "string", "What is asked of the Service.", false},
	[P_PATH_POD] = {"path", "path-oPbzgLUj", "string", "What is asked of the Pod.", false},
	[P_PATH_NODE] = {"path", "path-rFDtV0x9", "string", "What is asked of the node.", false},
	[P_PORTS] = {"ports", "ports-91KROJmm", "integer", "The ports to forward, for WebSockets.", false},
	[P_PRETTY] = {"pretty", "pretty-tJGM1-ng", "string", "true: JSON with line breaks.", false},
	[P_PREVIOUS] = {"previous", "previous-1jxDPu3y", "boolean",
			"The log of the container that ran before.", false},
	[P_PROPAGATION] = {"propagationPolicy", "propagationPolicy-6jk3prlO", "string",
			   "What becomes of what it owns: Orphan, Background or Foreground.", false},
	[P_REVISION] = {"resourceVersion", "resourceVersion-5WAnf1kx", "string",
			"Which state is asked for; resourceVersionMatch says how strictly.", false},
	[P_REVISION_MATCH] = {"resourceVersionMatch", "resourceVersionMatch-t8XhRHeC", "string",
			      "Exact: that state; NotOlderThan: that or a later one.", false},
	[P_INITIAL] = {"sendInitialEvents", "sendInitialEvents-rLXlEK_k", "boolean",
		       "A watch begins with what there is, and a bookmark says when that is all.", false},
	[P_SINCE] = {"sinceSeconds", "sinceSeconds-vE2NLdnP", "integer",
		     "Not what was written before so many seconds.", false},
	[P_STDERR_ATTACH] = {"stderr", "stderr-26jJhFUR", "boolean",
			     "What its process says of errors is sent.", false},
	[P_STDERR_EXEC] = {"stderr", "stderr-W_1TNlWc", "boolean", "What the program says of errors is sent.",
			   false},
	[P_STDIN_EXEC] = {"stdin", "stdin-PSzNhyUC", "boolean", "The program reads what is sent.", false},
	[P_STDIN_ATTACH] = {"stdin", "stdin-sEFnN3IS", "boolean", "Its process reads what is sent.", false},
	[P_STDOUT_EXEC] = {"stdout", "stdout--EZLRwV1", "boolean", "What the program writes is sent.", false},
	[P_STDOUT_ATTACH] = {"stdout", "stdout-005YMKE6", "boolean", "What its process writes is sent.",
			     false},
	[P_STREAM] = {"stream", "stream-l-48cgXv", "string", "All, Stdout or Stderr.", false},
	[P_TAIL] = {"tailLines", "tailLines-9xQLWHMV", "integer", "The last so many lines of the log.",
		    false},
	[P_TIMEOUT] = {"timeoutSeconds", "timeoutSeconds-yvYezaOC", "integer",
		       "A watch ends after so many seconds.", false},
	[P_TIMESTAMPS] = {"timestamps", "timestamps-c17fW1w_", "boolean",
			  "Each line of the log with its time.", false},
	[P_TTY_ATTACH] = {"tty", "tty-g7MlET_l", "boolean", "Its process has a terminal.", false},
	[P_TTY_EXEC] = {"tty", "tty-s0flW37O", "boolean", "The program is given a terminal.", false},
	[P_WATCH] = {"watch", "watch-XNNPZGbK", "boolean",
		     "The changes, one after another, instead of a list.", false},
};

static const struct shared_body {
	const char *shared, *component;
	bool required;
} bodies[] = {
	{"body-2Y1dVQaQ", OPENAPI_META "DeleteOptions", false},
	{"body-78PwaGsr", OPENAPI_META "Patch", true},
};

static void
put_place(pv_objb *b, const struct row *row)
{
	pv_objb_puts(b, "description", row->about);
	pv_objb_puts(b, "name", row->name);
	pv_objb_puts(b, "in", row->in_path ? "path" : "query");
	if (row->in_path)
		pv_objb_put(b, "required", pv_bool(true));
}

static void
put_type(pv_objb *b, const struct row *row)
{
	pv_objb_puts(b, "type", row->type);
	pv_objb_put(b, "uniqueItems", pv_bool(true));
}

pv_val
openapi_param3(pv_arena *arena, enum openapi_param param)
{
	pv_objb b, schema;

	pv_objb_init(&schema, arena);
	put_type(&schema, &rows[param]);
	pv_objb_init(&b, arena);
	put_place(&b, &rows[param]);
	pv_objb_put(&b, "schema", pv_objb_end(&schema));
	return pv_objb_end(&b);
}

static pv_val
whole2(pv_arena *arena, const struct row *row)
{
	pv_objb b;

	pv_objb_init(&b, arena);
	put_place(&b, row);
	put_type(&b, row);
	return pv_objb_end(&b);
}

static pv_val
shared_ref(pv_arena *arena, const char *name)
{
	pv_objb b;

	pv_objb_init(&b, arena);
	pv_objb_put(&b, "$ref", pv_stringf(arena, "#/parameters/%s", name));
	return pv_objb_end(&b);
}

pv_val
openapi_param2(pv_arena *arena, enum openapi_param param)
{
	const struct row *row = &rows[param];

	return row->shared ? shared_ref(arena, row->shared) : whole2(arena, row);
}

pv_val
openapi_param_body(pv_arena *arena, const char *component)
{
	for (size_t i = 0; i < PV_LEN(bodies); i++)
		if (pv_streq(bodies[i].component, component))
			return shared_ref(arena, bodies[i].shared);
	return pv_null();
}

pv_val
openapi_params_shared(pv_arena *arena)
{
	pv_objb all;

	pv_objb_init(&all, arena);
	for (size_t i = 0; i < PV_LEN(rows); i++)
		if (rows[i].shared)
			pv_objb_put(&all, rows[i].shared, whole2(arena, &rows[i]));
	for (size_t i = 0; i < PV_LEN(bodies); i++)
		pv_objb_put(&all, bodies[i].shared,
			    openapi_body2(arena, bodies[i].component, bodies[i].required));
	return pv_objb_end(&all);
}
