"""Mutants of a module: each is its syntax tree with one thing in one function said differently.

Left alone: imports, annotations, docstrings, and what is set once for the module. A statement is left out only where
the names it sets have a value without it, for a mutant that ends in a NameError says nothing about the tests.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from copy import deepcopy
from enum import EnumType
from typing import NamedTuple, TypeGuard

_COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitOr,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
# What is easily taken for each other, each for the next of its group.
_GROUPS = (
    "CHILD PARENT", "NEXT_UP NEXT_DOWN PREVIOUS_DOWN", "UP DOWN", "HI LO BORN ORDER",
    "VIA THREAD_END LOST_PARENT BREAK_LINK",
    "STATE FROZEN", "OWN STATUS", "MEASURED MEASURES NEXT_MEASURED", "LIVE ENDED IDLE", "BREAK LOOP", "VERSION BECAUSE",
    "HOP UNEXPLAINED_HOP", "PUT LINKS_CHANGED CHANGED", "MOVED WALKED UNSAVED UNSETTLED", "NODES LINKS",
    "MEASURE LINK_STATE",
    "PENDING_NODES PENDING_LINKS", "ACCEPTED PROPOSED COUNTERED DECLINED WITHDRAWN", "PURPOSE WHY NOBODY",
    "ALIGNED UNEXPLAINED ORPHANED NOT_JUDGED NO_STATE", "BEFORE AFTER", "NODE OLD_KEY", "NEVER NONE",
    "LINK_PENDING LINK_WITHDRAWN LINK_DECLINED PURPOSE_MISSING NOT_LINKED LOOPING WHY_RETIRED PARENT_ENDED",
    "CODE VERDICT_KEY VERDICT_VIA VERDICT_END VERDICT_LOST_PARENT VERDICT_LINK", "min max",
    "N_BORN N_KIND N_OWN N_VERSION N_FROZEN",
    "N_ID N_MEASURED", "L_ID L_CHILD L_PARENT", "L_BORN L_STATE L_MEASURE L_BECAUSE L_ORDER", "older_link older_node",
    "counts_up counts_down", "hi lo", "child parent", "append push",
)  # fmt: skip
_CALLED = {"may_change": "may_decide", "may_decide": "may_change"}
_CALLED |= {"require_change": "require_decide", "require_decide": "require_change"}
"""Functions of a domain that take the same, each for the other."""
_ROOMS = ("new_list", "new_heap", "new_before_images")
_OTHER = {name: others[(at + 1) % len(others)] for others in map(str.split, _GROUPS) for at, name in enumerate(others)}


class Mutant(NamedTuple):
    """One change of one function, and the function so changed."""

    function: str
    place: str
    """Line and column."""
    what: str
    tree: ast.FunctionDef

    def __str__(self) -> str:
        return f"{self.function}:{self.place}: {self.what}"


def mutants(source: str, constants: set[str], enums: Mapping[str, EnumType] | None = None) -> Iterator[Mutant]:
    """Every mutant of a module, in the order of its text; it may use these constants, whether it does or not.

    A member of one of `enums` is taken for the next.
    """
    enums = enums or {}
    tree = ast.parse(source)
    shared = constants | {"min", "max"} | {each.asname or each.name for each in ast.walk(tree) if _named(each)}
    for path, function in _functions(tree.body, ""):
        known = shared | {each.id for each in ast.walk(function) if isinstance(each, ast.Name) and _stored(each)}
        known |= {each.arg for each in ast.walk(function.args) if isinstance(each, ast.arg)}
        for node in (each for statement in function.body for each in _parts(statement)):
            for change in _changes(node, known, enums):
                if ast.unparse(change) != ast.unparse(node):
                    yield _mutant(path, function, node, change)


def _parts(node: ast.AST) -> Iterator[ast.AST]:
    """Everything below a node, but no types, nor how much room a list or a heap begins with: that decides nothing."""
    yield node
    match node:
        case ast.AnnAssign(value=ast.expr() as value):
            yield from _parts(value)
        case ast.Call(func=ast.Name(id=name)) if name in _ROOMS:
            pass
        case ast.arg():
            pass
        case _:
            for each in ast.iter_child_nodes(node):
                yield from _parts(each)


def _named(node: ast.AST) -> TypeGuard[ast.alias]:
    return isinstance(node, ast.alias)


def _functions(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    for each in body:
        if isinstance(each, ast.ClassDef):
            yield from _functions(each.body, f"{prefix}{each.name}.")
        elif isinstance(each, ast.FunctionDef):
            yield f"{prefix}{each.name}", each


def _mutant(path: str, function: ast.FunctionDef, node: ast.AST, change: ast.AST) -> Mutant:
    before, after = (ast.unparse(each).splitlines()[0] for each in (node, change))
    memo = {id(node): ast.fix_missing_locations(ast.copy_location(deepcopy(change), node))}
    place = f"{getattr(node, 'lineno', 0)}:{getattr(node, 'col_offset', 0)}"
    return Mutant(path, place, f"`{before}` -> `{after}`", deepcopy(function, memo))


def _changes(node: ast.AST, known: set[str], enums: Mapping[str, EnumType]) -> Iterator[ast.AST]:
    """What can be said in the place of one node of the tree."""
    match node:
        case ast.Compare(left, [op], right):
            for other in _COMPARED[type(op)]:
                yield ast.Compare(left, [other()], right)
        case ast.Compare(left, ops, rest) if len(ops) > 1:
            for at, op in enumerate(ops):
                for other in _COMPARED[type(op)]:
                    yield ast.Compare(left, [*ops[:at], other(), *ops[at + 1 :]], rest)
        case ast.BinOp(left, op, right) if type(op) in _COMPUTED:
            yield ast.BinOp(left, _COMPUTED[type(op)](), right)
        case ast.BoolOp(op, values):
            for at in range(len(values)):
                rest = values[:at] + values[at + 1 :]
                yield rest[0] if len(rest) == 1 else ast.BoolOp(op, rest)
        case ast.UnaryOp(ast.Not() | ast.Invert(), operand):
            yield operand
        case ast.Constant(bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(int() as value):
            yield ast.Constant(value + 1)
            if value:
                yield ast.Constant(value - 1)
        case ast.Name(name, ast.Load()) if name in _OTHER and _OTHER[name] in known:
            yield ast.Name(_OTHER[name], ast.Load())
        case ast.Attribute(ast.Name(enum) as value, name, ast.Load()) if enum in enums:
            if name in enums[enum].__members__:
                names = list(enums[enum].__members__)
                yield ast.Attribute(value, names[(names.index(name) + 1) % len(names)], ast.Load())
        case ast.Attribute(value, name, ast.Load()) if name in _CALLED:
            yield ast.Attribute(value, _CALLED[name], ast.Load())
        case ast.Attribute(value, name, ast.Load()) if name in _OTHER and name.isupper():
            yield ast.Attribute(value, _OTHER[name], ast.Load())
        case ast.IfExp(_, body, orelse):
            yield body
            yield orelse
        case ast.stmt():
            yield from _otherwise(node)


def _otherwise(node: ast.stmt) -> Iterator[ast.stmt]:
    """What can be done in the place of a statement."""
    match node:
        case ast.If(_, body, orelse):
            for value in (True, False):
                yield ast.If(ast.Constant(value), body, orelse)
        case ast.While(ast.Compare() | ast.BoolOp() | ast.Subscript(), body, orelse):
            yield ast.While(ast.Constant(False), body, orelse)
        case ast.Continue() | ast.AugAssign() | ast.Expr(ast.Call()):
            yield ast.Pass()
        case ast.Break():
            yield ast.Continue()
        case ast.Assign([target], value):
            set_here = {each.id for each in ast.walk(target) if isinstance(each, ast.Name) and _stored(each)}
            if set_here <= {each.id for each in ast.walk(value) if isinstance(each, ast.Name)}:
                yield ast.Pass()
        case ast.Assign(targets=_):
            yield ast.Pass()


def _stored(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)
