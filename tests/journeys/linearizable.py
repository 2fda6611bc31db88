"""linearizable.py: is there an order of what clients saw that one register could have answered in?
Wing and Gong's question, key by key, decided event by event (Lowe, "Testing for linearizability"): a
configuration is the state and which of the pending operations have had their effect already.

An operation is Op(begin, end, act): it took effect once between the two instants, or, if it is `maybe`
(nobody heard the answer), perhaps not at all; `end` is then when it can have none any more.  A state is
the value that is there, None if none is; every value is written once only."""


class Op:
    def __init__(self, kind, begin, end, want=None, value=None, found=None, done=True, maybe=False):
        self.kind = kind      # "create", "update", "delete", "get"
        self.begin, self.end = begin, end
        self.want = want      # update: the value that it must find
        self.value = value    # create, update: what it writes
        self.found = found    # get: what it saw
        self.done = done      # or it was refused: exists already, conflict, not found
        self.maybe = maybe

    def __repr__(self):
        return "%s%s%s [%.4f %.4f]" % (self.kind, {k: v for k, v in vars(self).items() if k in ("want", "value", "found") and v},
                                       " maybe" if self.maybe else "" if self.done else " refused", self.begin, self.end)

    def after(self, state):
        """The state behind it, or False if it cannot have been answered so in this one."""
        if self.kind == "get":
            return state if self.found == state else False
        holds = {"create": state is None, "update": state is not None and state == self.want, "delete": state is not None}[self.kind]
        if self.maybe and not holds:
            return state
        if holds != self.done:
            return False
        return state if not self.done else None if self.kind == "delete" else self.value


def closure(configs, pending):
    """All that can be reached by letting pending operations have their effects, in any order."""
    seen, todo = set(configs), list(configs)
    while todo:
        state, had = todo.pop()
        for n, op in pending.items():
            if n in had:
                continue
            after = op.after(state)
            config = (after, had | {n})
            if after is not False and config not in seen:
                seen.add(config)
                todo.append(config)
    return seen


def first_contradiction(ops, state=None):
    """None if the history is linearizable; else the operation whose answer no order explains."""
    events = sorted([(op.begin, 0, n) for n, op in enumerate(ops)] + [(op.end, 1, n) for n, op in enumerate(ops)])
    configs, pending = {(state, frozenset())}, {}
    for _, ends, n in events:
        if not ends:
            pending[n] = ops[n]
            continue
        reached = closure(configs, pending)
        configs = {(s, had - {n}) for s, had in reached if n in had or ops[n].maybe}
        del pending[n]
        if not configs:
            return ops[n]
    return None
