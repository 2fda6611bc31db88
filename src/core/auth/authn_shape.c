/* The shape of an AuthenticationConfiguration, and what its expressions see (apiserver
 * pkg/apis/apiserver/v1 and pkg/authentication/cel). */
#include "core/auth/authn.h"
#include "core/schema/node.h"

#define FIELDS(list) \
	{ \
		.type = PV_T_OBJECT, .n_props = PV_LEN(list), .props = (list) \
	}
#define LIST(of) \
	{ \
		.type = PV_T_LIST, .items = &(of) \
	}

static const pv_schema text = {.type = PV_T_STRING}, truth = {.type = PV_T_BOOLEAN};
static const pv_schema texts = LIST(text), texts_map = {.type = PV_T_OBJECT, .rest = &texts};

/* All tables are sorted by name, as pv_schema_prop() wants them. */
static const pv_prop condition_props[] = {{.name = "path", .schema = &text}};
static const pv_schema condition = FIELDS(condition_props), conditions = LIST(condition);
static const pv_prop anonymous_props[] = {{.name = "conditions", .schema = &conditions},
					  {.name = "enabled", .schema = &truth}};
static const pv_schema anonymous = FIELDS(anonymous_props);

static const pv_prop issuer_props[] = {
	{.name = "audienceMatchPolicy", .schema = &text},  {.name = "audiences", .schema = &texts},
	{.name = "certificateAuthority", .schema = &text}, {.name = "discoveryURL", .schema = &text},
	{.name = "egressSelectorType", .schema = &text},   {.name = "url", .schema = &text}};
static const pv_prop prefixed_props[] = {{.name = "claim", .schema = &text},
					 {.name = "expression", .schema = &text},
					 {.name = "prefix", .schema = &text}};
static const pv_prop uid_props[] = {{.name = "claim", .schema = &text},
				    {.name = "expression", .schema = &text}};
static const pv_prop extra_props[] = {{.name = "key", .schema = &text},
				      {.name = "valueExpression", .schema = &text}};
static const pv_schema issuer = FIELDS(issuer_props), prefixed = FIELDS(prefixed_props),
		       uid = FIELDS(uid_props), extra = FIELDS(extra_props), extras = LIST(extra);
static const pv_prop mappings_props[] = {{.name = "extra", .schema = &extras},
					 {.name = "groups", .schema = &prefixed},
					 {.name = "uid", .schema = &uid},
					 {.name = "username", .schema = &prefixed}};
static const pv_prop claim_rule_props[] = {{.name = "claim", .schema = &text},
					   {.name = "expression", .schema = &text},
					   {.name = "message", .schema = &text},
					   {.name = "requiredValue", .schema = &text}};
static const pv_prop user_rule_props[] = {{.name = "expression", .schema = &text},
					  {.name = "message", .schema = &text}};
static const pv_schema mappings = FIELDS(mappings_props), claim_rule = FIELDS(claim_rule_props),
		       user_rule = FIELDS(user_rule_props), claim_rules = LIST(claim_rule),
		       user_rules = LIST(user_rule);
static const pv_prop jwt_props[] = {{.name = "claimMappings", .schema = &mappings},
				    {.name = "claimValidationRules", .schema = &claim_rules},
				    {.name = "issuer", .schema = &issuer},
				    {.name = "userValidationRules", .schema = &user_rules}};
static const pv_schema jwt = FIELDS(jwt_props), jwts = LIST(jwt);
static const pv_prop conf_props[] = {{.name = "anonymous", .schema = &anonymous},
				     {.name = "apiVersion", .schema = &text},
				     {.name = "jwt", .schema = &jwts},
				     {.name = "kind", .schema = &text}};
const pv_schema authn_shape = FIELDS(conf_props);

/* ---- variables of expressions ---- */

static const pv_prop user_props[] = {{.name = "extra", .schema = &texts_map},
				     {.name = "groups", .schema = &texts},
				     {.name = "uid", .schema = &text},
				     {.name = "username", .schema = &text}};
static const pv_schema user = FIELDS(user_props);

const pv_cel_var authn_claims = {.name = "claims", .type = "map(string, dyn)"};
const pv_cel_var authn_user = {.name = "user", .node = &user};
