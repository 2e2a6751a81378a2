"""The house rules that a machine can hold: who imports whom, what is banned, why, how long things grow."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = ("firmware", "hal", "cext", "tools", "tests", "board")
PACKAGES = ("firmware", "hal", "cext", "tools")

# single modules that know nothing but words, time and numbers; anybody in firmware may use them
SMALL = (
    *("firmware.__version__", "firmware.text", "firmware.ids", "firmware.clock"),
    *("firmware.catalogue", "firmware.role"),
)

# folder or package -> the only packages of ours it may import; the longest matching name counts
ARROWS: dict[str, tuple[str, ...]] = {
    "hal": ("hal",),
    "cext": ("cext",),
    "firmware": ("firmware", "hal"),
    "firmware.media": (*("firmware.media", "firmware.countries", "firmware.config", *SMALL, "cext"),),
    "firmware.call": (
        *("firmware.call", "firmware.acd", "firmware.ivr", "firmware.hours", "firmware.lines"),
        *("firmware.media.types", "firmware.media.actions", "firmware.prompts", "firmware.countries"),
        *("firmware.config", *SMALL),
        "hal.types",
    ),
    "firmware.lines": ("firmware.lines", "firmware.media.types", "firmware.config", *SMALL, "hal.types"),
    "firmware.spans": (
        *("firmware.spans", "firmware.lines", "firmware.media.types", "firmware.config", *SMALL),
        *("hal.types", "cext.isdn.types"),
    ),
    "firmware.doctor": (
        *("firmware.doctor", "firmware.lines", "firmware.media.types", *SMALL, "hal.types", "hal.country"),
    ),
    "firmware.isdn": ("firmware.spans", "cext.isdn"),
    "firmware.acd": ("firmware.acd", "firmware.config", *SMALL),
    "firmware.ivr": ("firmware.ivr", "firmware.config", *SMALL),
    "firmware.hours": ("firmware.hours", "firmware.countries", "firmware.config", *SMALL),
    "firmware.countries": ("firmware.countries", *SMALL),
    "firmware.prompts": ("firmware.prompts", *SMALL),
    "firmware.config": (
        *("firmware.config", "firmware.countries", "firmware.prompts", "firmware.durable", *SMALL),
    ),
    "firmware.web": ("firmware.web", "firmware.api.client", "firmware.password", *SMALL),
    "firmware.console": ("firmware.console", "firmware.api.client", "firmware.password", *SMALL),
    "tools": ("tools", "firmware", "hal", "cext"),
}
PURE = (
    *("firmware.call", "firmware.doctor", "firmware.lines", "firmware.spans", "firmware.acd"),
    *("firmware.ivr", "firmware.hours"),
)
NOT_PURE = ("asyncio", "os", "pathlib", "shutil", "socket", "sqlite3", "subprocess", "threading", "time")

# the programs and shells that meet the clock on the wall; everything else gets `now`
CLOCKS = {
    "firmware/clock.py": "the one clock of the product",
    "firmware/daemon.py": "the shell that drives the box in real time",
}
SUPERVISORS = {
    "firmware/daemon.py": "keeps calls alive when one task fails",
    "firmware/__main__.py": "last words of a process go to the log",
}
PRINTERS = {"firmware/__main__.py": "a command line"}
LONG_FUNCTIONS = {
    "firmware/records/migrations/versions/0001_first.py:upgrade": "a list of tables; it never changes again",
}
LONG_MODULES: dict[str, str] = {}

MAX_FUNCTION, MAX_MODULE = 40, 600
TOP_LEVEL = {
    *("README.md", "LICENSE", "Makefile", "docs", "setup.cfg", "pyproject.toml", "setup.py", "ruff.toml"),
    *("firmware", "hal", "cext", "board", "tools", "tests"),
}
BUILT = re.compile(r"^(build|dist|bench\.json|node_modules|__pycache__|.*\.egg-info)$|^\.")
VAGUE = ("utils", "helpers", "common", "manager")
APACHE_ONLY = ("phonenumbers",)


def sources(*folders: str) -> list[Path]:
    """Give the Python files below these folders."""
    found = (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))
    return [path for path in found if not BUILT.match(path.name) and "node_modules" not in path.parts]


def name_of(path: Path) -> str:
    """Give a file's place as people say it."""
    return path.relative_to(ROOT).as_posix()


def module_of(path: Path) -> str:
    """Give a file's import name."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def tree_of(path: Path) -> ast.Module:
    """Parse a file."""
    return ast.parse(path.read_text("utf-8"), name_of(path))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Give what a file imports: line and full name (`from a import b` counts as `a.b`)."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*above, *filter(None, [node.module])])
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def is_in(name: str, packages: tuple[str, ...]) -> bool:
    """Tell whether a module is one of these packages or inside one."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def allowed_for(module: str) -> tuple[str, ...]:
    """Give the arrows of the innermost package that has a rule."""
    rules = [name for name in ARROWS if is_in(module, (name,))]
    return ARROWS[max(rules, key=len)]


def dotted(node: ast.expr) -> str:
    """Give `a.b.c` of an expression, or an empty text."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}".lstrip(".")
    return node.id if isinstance(node, ast.Name) else ""


def calls(path: Path) -> Iterator[tuple[int, str, ast.Call]]:
    """Give the calls in a file: line, dotted name, node."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call):
            yield node.lineno, dotted(node.func), node


def complain(breaches: list[str], why: str) -> None:
    """Fail with every breach and the reason."""
    assert not breaches, "\n".join([why, *breaches])


def test_imports_follow_the_arrows() -> None:
    breaches = []
    for path in sources(*PACKAGES):
        allowed = allowed_for(module_of(path))
        for line, name in imports(path):
            if name.split(".")[0] in OURS and not is_in(name, allowed):
                breaches.append(f"  {name_of(path)}:{line} imports {name}, allowed: {', '.join(allowed)}")
    complain(breaches, "imports go against the arrows of docs/architecture.md:")


@pytest.mark.parametrize("package", PURE)
def test_the_machines_are_pure(package: str) -> None:
    breaches = [
        f"  {name_of(path)}:{line} imports {name}"
        for path in sources(package.replace(".", "/"))
        for line, name in imports(path)
        if is_in(name, NOT_PURE)
    ]
    complain(
        breaches,
        f"{package} takes events and `now` and gives actions; it knows no loop, file, socket or clock:",
    )


def test_nobody_asks_the_clock_below_the_shell() -> None:
    banned = {
        *(
            "time.time",
            "time.monotonic",
            "time.time_ns",
            "time.monotonic_ns",
            "time.perf_counter",
            "time.sleep",
        ),
        *("datetime.now", "datetime.utcnow", "datetime.datetime.now", "date.today", "datetime.date.today"),
    }
    breaches = [
        f"  {name_of(path)}:{line} {name}()"
        for path in sources("firmware", "hal", "cext")
        if name_of(path) not in CLOCKS
        for line, name, _ in calls(path)
        if name in banned
    ]
    complain(
        breaches, "`now` is a parameter below the shell, so that tests and the virtual box own the time:"
    )


def test_no_test_sleeps() -> None:
    breaches = [
        f"  {name_of(path)}:{line} {name}()"
        for path in sources("tests")
        for line, name, node in calls(path)
        if name.split(".")[-1] == "sleep" and not _is_zero(node)
    ]
    complain(
        breaches, "a sleeping test is slow and fails on a busy machine: wait for the event, or own the clock:"
    )


def test_no_broad_except() -> None:
    breaches = []
    for path in sources(*PACKAGES, "tests"):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ExceptHandler) and _is_broad(node) and name_of(path) not in SUPERVISORS:
                breaches.append(f"  {name_of(path)}:{node.lineno}")
    complain(
        breaches, "a broad except hides faults; name the errors (only the two supervisors may catch all):"
    )


def test_the_product_does_not_print() -> None:
    breaches = [
        f"  {name_of(path)}:{line}"
        for path in sources("firmware", "hal", "cext")
        if name_of(path) not in PRINTERS and path.name != "__main__.py"
        for line, name, _ in calls(path)
        if name == "print"
    ]
    complain(breaches, "the product has no terminal: log it, or write it to the event log:")


def test_the_product_does_not_know_the_emulator() -> None:
    breaches = [
        f"  {name_of(path)}:{number}: {line.strip()}"
        for path in sources("firmware", "hal")
        if (ROOT / "hal/sim") not in path.parents
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(r"\bsimulated\b|\bis_sim\b", line)
    ]
    complain(breaches, "the delivered firmware is what is tested; it never asks whether the board is real:")


def test_the_product_never_loads_spandsp_or_apache_only_code() -> None:
    breaches = [
        f"  {name_of(path)}:{line} imports {name}"
        for path in sources("firmware", "hal", "cext")
        for line, name in imports(path)
        if is_in(name, APACHE_ONLY) and not is_in(module_of(path), ("firmware.web",))
    ]
    native = [
        p
        for p in (ROOT / "cext").rglob("*.[ch]")
        if re.search(r'#include\s*[<"]spandsp', p.read_text("utf-8"))
    ]
    named = [p for p in sources("firmware", "hal", "cext") if re.search(r"\blibspandsp\b", _code_of(p))]
    complain(
        [*breaches, *(f"  {name_of(path)} loads libspandsp" for path in [*native, *named])],
        "callboxd may load GPL-2.0-only code, so nothing Apache-2.0-only beside it; libspandsp only checks:",
    )


def test_names_say_what_is_inside() -> None:
    breaches = [f"  {name_of(path)}" for path in sources(*PACKAGES, "tests") if path.stem in VAGUE]
    complain(breaches, f"a module is one noun; {', '.join(VAGUE)} are none:")


def test_tests_are_no_package() -> None:
    breaches = [f"  {name_of(path)}" for path in sources("tests") if path.name == "__init__.py"]
    complain(breaches, "with an __init__.py, tests/hal would become `hal` and hide the real one:")


def test_modules_stay_short() -> None:
    breaches = []
    for path in sources(*PACKAGES, "tests"):
        count = len(path.read_text("utf-8").splitlines())
        if count > MAX_MODULE and name_of(path) not in LONG_MODULES:
            breaches.append(f"  {name_of(path)}: {count} lines")
    complain(breaches, f"a module of more than {MAX_MODULE} lines is two modules:")


def test_functions_stay_short() -> None:
    breaches = []
    for path in sources(*PACKAGES):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                count, name = _length(node), f"{name_of(path)}:{node.name}"
                if count > MAX_FUNCTION and name not in LONG_FUNCTIONS:
                    breaches.append(f"  {name}: {count} lines")
    complain(
        breaches,
        f"more than {MAX_FUNCTION} lines are several functions (else: LONG_FUNCTIONS, with a reason):",
    )


def test_exceptions_to_the_rules_are_still_needed() -> None:
    named = {
        *CLOCKS,
        *SUPERVISORS,
        *PRINTERS,
        *LONG_MODULES,
        *(name.split(":")[0] for name in LONG_FUNCTIONS),
    }
    complain(
        [f"  {name}" for name in sorted(named) if not (ROOT / name).exists()],
        "exceptions for files that are gone:",
    )


def test_the_top_level_is_the_map() -> None:
    there = {path.name for path in ROOT.iterdir() if not BUILT.match(path.name)}
    assert there == TOP_LEVEL, (
        f"not on the map: {sorted(there - TOP_LEVEL)}, missing: {sorted(TOP_LEVEL - there)}"
    )


def test_board_is_no_package() -> None:
    assert not (ROOT / "board/__init__.py").exists(), "board/ is data and MicroPython; nobody imports it"


def _is_zero(node: ast.Call) -> bool:
    return len(node.args) == 1 and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0


def _is_broad(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(dotted(kind) in ("Exception", "BaseException") for kind in kinds)


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (node.end_lineno or node.lineno) - body[0].lineno + 1 if body else 0


def _code_of(path: Path) -> str:
    """Give the source without docstrings and comments: only code can load a library."""
    return "\n".join(
        node.value
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value
    )
