# METADATA
# schemas:
# - input: schema.input
package app

# METADATA
# schemas:
# - data.acl: schema.acl.roles
allow if "admin" in data.acl.alise

allow if input.usr == "root"

# METADATA
# schemas:
# - input.extra: {type: object, properties: {reason: {type: string}}}
deny if input.extra.reason == 1

# METADATA
# schemas:
# - input: schema.request
deny if input.method == "DELETE"
