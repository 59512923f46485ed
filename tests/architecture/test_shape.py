"""Files, functions and docstrings keep the shape that makes the house readable."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import PurePath

Modules = Mapping[str, ast.Module]
Function = ast.FunctionDef | ast.AsyncFunctionDef

FILE_LINES = 400
FUNCTION_LINES = 40
TEST_FUNCTION_LINES = 60  # a table of made-up contents is read, not followed
PARAMETERS = 6
DOCSTRING_LINES = 5
BANNED_NAMES = frozenset({"utils", "helpers", "common", "misc", "manager"})


def functions(modules: Modules) -> Iterator[tuple[str, Function]]:
    for name, tree in modules.items():
        for node in ast.walk(tree):
            if isinstance(node, Function):
                yield f"{name}:{node.lineno} {node.name}", node


def test_files_have_at_most_400_lines(repository_texts: Mapping[str, str]) -> None:
    sources = {n: t for n, t in repository_texts.items() if n.endswith(".py")}
    long = {
        name: text.count("\n")
        for name, text in sources.items()
        if text.count("\n") > FILE_LINES and "/migrations/" not in name
    }
    assert long == {}


def test_functions_have_at_most_40_lines(modules: Modules) -> None:
    long = {
        place: length
        for place, node in functions(modules)
        if (length := (node.end_lineno or 0) - node.lineno + 1)
        > (TEST_FUNCTION_LINES if place.startswith("tests/") else FUNCTION_LINES)
    }
    assert long == {}


def test_functions_of_rooms_take_at_most_six_parameters(room_modules: Modules) -> None:
    greedy = {
        place: count
        for place, node in functions(room_modules)
        if (count := len(_own_parameters(node.args.args)) + len(node.args.kwonlyargs)) > PARAMETERS
    }
    assert greedy == {}


def test_modules_and_packages_open_with_one_to_five_lines(room_modules: Modules) -> None:
    wordless = {}
    for name, tree in room_modules.items():
        text = ast.get_docstring(tree) or ""
        lines = [line for line in text.splitlines() if line.strip()]
        if not 1 <= len(lines) <= DOCSTRING_LINES:
            wordless[name] = len(lines)
    assert wordless == {}


def test_no_file_or_package_bears_an_empty_name(modules: Modules) -> None:
    empty = [
        name
        for name in modules
        if BANNED_NAMES & {part.lower() for part in PurePath(name).with_suffix("").parts}
        and name != "manage.py"
    ]
    assert empty == []


def test_imports_are_absolute(modules: Modules) -> None:
    relative = [
        f"{name}:{node.lineno}"
        for name, tree in modules.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []


def _own_parameters(arguments: list[ast.arg]) -> list[ast.arg]:
    return arguments[1:] if arguments and arguments[0].arg in {"self", "cls"} else arguments
