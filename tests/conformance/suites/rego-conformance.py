"""OPA's own cases, Rego v1."""
from rego import cases, judge  # noqa: F401
