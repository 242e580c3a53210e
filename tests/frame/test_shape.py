"""Functions stay short, files readable, public names explained.

Gated are the 95th percentile and the longest: medians hardly differ between good code and bad.
"""

import ast
from collections.abc import Iterator

from tests.frame.tree import (
    EVERYTHING,
    PRODUCT,
    Documented,
    Function,
    functions,
    length,
    parse_text,
    python_sources,
)

MAX_FUNCTION_LINES = 60
P95_FUNCTION_LINES = 35
MAX_FILE_LINES = 450


def test_no_function_is_too_long() -> None:
    too_long = [
        f"{source.name}:{function.lineno} {function.name} has {length(function)} lines"
        for source in python_sources(*EVERYTHING)
        for function in functions(source)
        if length(function) > MAX_FUNCTION_LINES
    ]
    assert not too_long, f"split these (at most {MAX_FUNCTION_LINES} lines):\n" + "\n".join(too_long)


def test_long_functions_are_rare() -> None:
    lengths = sorted(
        (
            (length(function), source.name, function.name)
            for source in python_sources(*PRODUCT)
            for function in functions(source)
        ),
        reverse=True,
    )
    allowed = len(lengths) // 20
    over = [entry for entry in lengths if entry[0] > P95_FUNCTION_LINES]
    assert len(over) <= allowed, (
        f"{len(over)} of {len(lengths)} functions exceed {P95_FUNCTION_LINES} lines, {allowed} may: {over}"
    )


def test_no_file_is_too_long() -> None:
    too_long = [
        f"{source.name} has {lines} lines"
        for source in python_sources(*EVERYTHING)
        if (lines := len(source.text.splitlines())) > MAX_FILE_LINES
    ]
    assert not too_long, f"which rooms do these hide? (at most {MAX_FILE_LINES} lines): {too_long}"


def test_every_module_says_what_lives_in_it() -> None:
    silent = [
        source.name for source in python_sources(*EVERYTHING) if source.tree.body and not ast.get_docstring(source.tree)
    ]
    assert not silent, f"modules without a docstring: {silent}"


def test_public_names_of_schemas_and_domain_are_documented() -> None:
    undocumented = [
        f"{source.name}:{node.lineno} {name}"
        for source in python_sources("schemas", "services/domain")
        for name, node in public_definitions(source.tree)
        if not ast.get_docstring(node)
    ]
    assert not undocumented, "promise one thing in one line:\n" + "\n".join(undocumented)


def public_definitions(owner: Documented, prefix: str = "") -> Iterator[tuple[str, ast.ClassDef | Function]]:
    """(dotted name, node) of each public class, function and method; what is inside a function is private."""
    for node in owner.body:
        if not isinstance(node, ast.ClassDef | Function) or node.name.startswith("_"):
            continue
        yield prefix + node.name, node
        if isinstance(node, ast.ClassDef):
            yield from public_definitions(node, f"{prefix}{node.name}.")


def test_the_gate_sees_methods_and_spares_what_is_private() -> None:
    text = "class A:\n    def b(self): ...\n    def _c(self): ...\ndef d():\n    def e(): ...\n"
    assert [name for name, _ in public_definitions(ast.parse(text))] == ["A", "A.b", "d"]


def test_length_leaves_the_docstring_out() -> None:
    source = parse_text('def f():\n    """One.\n\n    Two.\n    """\n    return 1\n')
    assert [length(function) for function in functions(source)] == [2]
