"""`graphrt view`: the picture of the graph that a script builds, without training it."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from graphrt.cli import aliases, figures
from graphrt.cli.deadline import Deadline, StopScriptError
from graphrt.cli.script import ScriptError, open_script
from graphrt.cli.uncaught import ended_by
from graphrt.graph.graph import Graph
from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.program import needed
from graphrt.graph.stacks import get_default_graph
from graphrt.runtime.session import BaseSession
from graphrt.source import user_line
from graphrt.view.export import SUFFIXES, write
from graphrt.view.tools import MissingToolError, require_tools


def view(options: Namespace) -> int:
    """Run the script and write its graphs; returns the exit status (1 where the script failed: drawn all the same)."""
    path, output = Path(options.script), Path(options.output)
    if output.suffix.lower() not in SUFFIXES:
        print(f"graphrt: {output.name}: the suffix must be one of {', '.join(SUFFIXES)}", file=sys.stderr)
        return 2
    # What cannot be written is said before the script has run for minutes.
    if not output.parent.is_dir():
        print(f"graphrt: {output}: there is no folder {output.parent}", file=sys.stderr)
        return 2
    try:
        require_tools(output.suffix.lower(), options.layout)
    except MissingToolError as error:
        print(f"graphrt: {error}", file=sys.stderr)
        return 2
    try:
        script = open_script(options.script)
    except ScriptError as error:
        print(f"graphrt: {error}", file=sys.stderr)
        return error.status
    aliases.install()
    figures.choose_backend("")
    watcher = Watcher(train=options.full)

    def finish(stopped: str = "") -> int:
        if stopped:
            print(f"graphrt: stopped the script: {stopped}", file=sys.stderr)
        return _write(watcher, output, path, {"expand": options.expand, "layout": options.layout})

    deadline = Deadline(float("inf") if options.full else options.limit, finish)
    try:
        with watcher.watching(), deadline:
            script.run(options.args)
    except StopScriptError as stop:
        return deadline.finished(finish(str(stop) or deadline.reason))
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException as error:
        status = ended_by(error, full=options.full_traceback)
    else:
        status = 0
    return deadline.finished(finish() or status)


def _write(watcher: Watcher, output: Path, script: Path, drawing: dict[str, str]) -> int:
    graphs = [graph for graph in watcher.graphs() if graph.get_operations()]
    if watcher.skipped:
        print(f"graphrt: {watcher.skipped} training runs were skipped (--full runs them)", file=sys.stderr)
    if not graphs:
        print(f"graphrt: {script.name} made no graph", file=sys.stderr)
        return 1
    for number, graph in enumerate(graphs, 1):
        target = output if number == 1 else output.with_stem(f"{output.stem}-{number}")
        try:
            write(graph, target, title=script.name, **drawing)
        except (MissingToolError, OSError, ValueError) as error:
            print(f"graphrt: {error}", file=sys.stderr)
            return 1
        print(f"graphrt: wrote {target} ({len(graph.get_operations())} ops)", file=sys.stderr)
    return 0


class Watcher:
    """Knows the graphs of all sessions made while watching, and keeps those sessions from training.

    A run trains if it writes to variables other than by their initializers. Of such a run the operations are left
    out (their value is None anyway); where a fetched tensor needs the writes, the script ends.
    """

    def __init__(self, *, train: bool) -> None:
        self.train = train
        self.skipped = 0
        self._graphs: dict[int, Graph] = {}
        self._initializers: dict[int, tuple[int, set[Operation]]] = {}
        self._skipping = _Identities()

    def graphs(self) -> list[Graph]:
        """The default graph and those of the sessions, in the order of their first use."""
        current = get_default_graph()
        return list((self._graphs | {id(current): current}).values())

    @contextmanager
    def watching(self) -> Iterator[None]:
        """A block in which all sessions are watched (in the two methods that every complete run goes through)."""
        make, execute = BaseSession._runner, BaseSession._execute

        def watched_runner(session: BaseSession, handler: Any, feeds: tuple[Tensor, ...]) -> Any:
            self._graphs.setdefault(id(session.graph), session.graph)
            if self.train:
                return make(session, handler, feeds)
            return self._without_training(make, session, handler, feeds)

        def watched_execute(session: BaseSession, runner: Any, *rest: Any) -> Any:
            self.skipped += runner.plan in self._skipping
            return execute(session, runner, *rest)

        BaseSession._runner, BaseSession._execute = watched_runner, watched_execute  # type: ignore[assignment]
        try:
            yield
        finally:
            BaseSession._runner, BaseSession._execute = make, execute  # type: ignore[method-assign]

    def _without_training(
        self, make: Callable[..., Any], session: BaseSession, handler: Any, feeds: tuple[Tensor, ...]
    ) -> Any:
        """The runner of a session for what is fetched, less the operations that train."""
        graph = session.graph
        training = [element for element in handler.elements if self._trains(graph, element, feeds)]
        values = [element for element in training if isinstance(element, Tensor)]
        if values:
            raise StopScriptError(
                f"the value of {values[0].name!r}, fetched at {user_line()}, needs training (--full trains)"
            )
        if not training:
            return make(session, handler, feeds)
        runner = make(session, _Partial(handler, set(training)), feeds)
        self._skipping.add(runner.plan)
        return runner

    def _trains(self, graph: Graph, element: Tensor | Operation, feeds: tuple[Tensor, ...]) -> bool:
        initializers = self._initializers_of(graph)
        return any(op.opdef.writes and op not in initializers for op in needed([element], set(feeds)))

    def _initializers_of(self, graph: Graph) -> set[Operation]:
        version = graph.version
        known = self._initializers.get(id(graph))
        if known is None or known[0] != version:
            variables = [v for name in graph.get_all_collection_keys() for v in graph.get_collection_ref(name)]
            found = (getattr(variable, "initializer", None) for variable in variables)
            known = self._initializers[id(graph)] = version, {op for op in found if isinstance(op, Operation)}
        return known[1]


class _Partial:
    """Fetches without some of their operations, whose values stay None."""

    def __init__(self, handler: Any, without: set[Operation]) -> None:
        self.elements = {
            element: index for index, element in enumerate(e for e in handler.elements if e not in without)
        }
        self._places = [index for index, element in enumerate(handler.elements) if element not in without]
        self._size = len(handler.elements)
        self._handler = handler

    def rebuild(self, values: Sequence[Any]) -> Any:
        """The user's structure."""
        spread: list[Any] = [None] * self._size
        for place, value in zip(self._places, values, strict=True):
            spread[place] = value
        return self._handler.rebuild(spread)


class _Identities:
    """A set of objects by identity (plans are compared field by field, which says nothing here)."""

    def __init__(self) -> None:
        self._kept: dict[int, Any] = {}

    def add(self, item: Any) -> None:
        self._kept[id(item)] = item

    def __contains__(self, item: Any) -> bool:
        return id(item) in self._kept
