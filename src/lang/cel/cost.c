#include "lang/cel/ast.h"
uint64_t
pv_cel_estimate(const pv_cel *program)
{
	return program->estimate;
}
