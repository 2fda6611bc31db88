"""OPA's own cases, Rego v0: the modules' files say which language they are in."""
from rego import cases, judge  # noqa: F401
