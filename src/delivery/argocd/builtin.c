/* builtin: one row for each thing a role may do, by resource. */
#include "delivery/argocd/builtin.h"

#include <stddef.h>

#define READ(resource, object) \
	{ \
		"role:readonly", resource, "get", object \
	}
#define WRITE(resource, action, object) \
	{ \
		"role:admin", resource, action, object \
	}

const struct builtin_line builtin_lines[] = {
	READ("applications", "*/*"),
	READ("applicationsets", "*/*"),
	READ("logs", "*/*"),
	READ("certificates", "*"),
	READ("clusters", "*"),
	READ("repositories", "*"),
	READ("write-repositories", "*"),
	READ("projects", "*"),
	READ("accounts", "*"),
	READ("gpgkeys", "*"),
	WRITE("applications", "create", "*/*"),
	WRITE("applications", "update", "*/*"),
	WRITE("applications", "update/*", "*/*"),
	WRITE("applications", "delete", "*/*"),
	WRITE("applications", "delete/*", "*/*"),
	WRITE("applications", "sync", "*/*"),
	WRITE("applications", "rollback", "*/*"),
	WRITE("applications", "override", "*/*"),
	WRITE("applications", "action/*", "*/*"),
	WRITE("applicationsets", "create", "*/*"),
	WRITE("applicationsets", "update", "*/*"),
	WRITE("applicationsets", "delete", "*/*"),
	WRITE("certificates", "create", "*"),
	WRITE("certificates", "update", "*"),
	WRITE("certificates", "delete", "*"),
	WRITE("clusters", "create", "*"),
	WRITE("clusters", "update", "*"),
	WRITE("clusters", "delete", "*"),
	WRITE("repositories", "create", "*"),
	WRITE("repositories", "update", "*"),
	WRITE("repositories", "delete", "*"),
	WRITE("write-repositories", "create", "*"),
	WRITE("write-repositories", "update", "*"),
	WRITE("write-repositories", "delete", "*"),
	WRITE("projects", "create", "*"),
	WRITE("projects", "update", "*"),
	WRITE("projects", "delete", "*"),
	WRITE("accounts", "update", "*"),
	WRITE("gpgkeys", "create", "*"),
	WRITE("gpgkeys", "delete", "*"),
	WRITE("exec", "create", "*/*"),
	{0},
};
