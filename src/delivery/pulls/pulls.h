/* pulls: what the files of this module share.  Const rows; any thread.  Private: no other module asks. */
#pragma once
#include "core/module.h"

#define PULLS_COMMENT_MOST ((size_t)60000) /* bytes: forges take 65,536 characters */

extern const pv_verb pulls_verbs[];
extern const pv_controller pulls_controller;
