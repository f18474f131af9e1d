"""Session: runs parts of a graph, and keeps the variables' values between runs."""

from __future__ import annotations

import importlib
import os
import threading
from collections.abc import Callable, Hashable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import Any

from graphrt import forking
from graphrt.backends.base import Backend
from graphrt.backends.blas import BLAS_THREADS
from graphrt.backends.select import backend_for
from graphrt.errors import CancelledError, InvalidArgumentError, UnimplementedError
from graphrt.export import export
from graphrt.graph.graph import Graph
from graphrt.graph.operation import Operation, Tensor
from graphrt.graph.program import needed
from graphrt.graph.stacks import default_sessions, get_default_graph
from graphrt.locking import locked
from graphrt.native.mode import enabled, forced
from graphrt.native.tiers import tier_for
from graphrt.passes.key import PlanKey, PlanOptions
from graphrt.plan.gate import Gate
from graphrt.plan.plan import Plan, make_plan
from graphrt.provided import provided
from graphrt.runtime import composites as composites
from graphrt.runtime.by_shapes import ByShapes, parsed
from graphrt.runtime.devices import DeviceAttributes, check_devices, devices_of, log_placement
from graphrt.runtime.feeds import converter, expand
from graphrt.runtime.fetches import Fetches, told_of_other_graphs
from graphrt.runtime.growth import Growth
from graphrt.runtime.options import check_run_options, check_session_options
from graphrt.runtime.partial_run import PartialRun
from graphrt.runtime.plan_cache import HeldPlan, PlanCache, Runner, bytes_of
from graphrt.runtime.profile import profiled
from graphrt.runtime.reports import run_error
from graphrt.runtime.stacked import NODES, Stacked, part_of, stage_key
from graphrt.runtime.variables import Slot
from graphrt.source import user_line, warn

_LEAST_LINES = 3  # plans of fewer lines than that have nothing to fuse
_GROWN = 4  # runs of new nodes from one line, after which the next ones are expected


class BaseSession:
    """What ``Session`` and ``InteractiveSession`` share."""

    def __init__(
        self,
        target: str = "",
        graph: Graph | None = None,
        config: Any = None,
        *,
        memory_limit: int | str | None = None,
        deterministic: bool | None = None,
    ) -> None:
        if target not in ("", b""):
            raise ValueError(
                f"Session(target={target!r}): graphrt runs in this process only; leave target empty (tf.train.Server "
                "is not supported)"
            )
        if graph is not None and not isinstance(graph, Graph):
            raise TypeError(f"graph must be a tf.Graph, but got {type(graph)}")
        self._graph = graph if graph is not None else get_default_graph()
        self._config = config
        self._settings = check_session_options(config)
        self._backend: Backend = backend_for(self._settings)
        self._options: PlanOptions = replace(self._settings.plan, memory_limit=parsed(memory_limit))
        # Native code would take over after some runs, sooner or later as the machine is busy, and round differently.
        self._deterministic = os.environ.get("GRAPHRT_DETERMINISTIC") == "1" if deterministic is None else deterministic
        if self._deterministic:
            self._options = replace(self._options, native="off")
        self._states: dict[Operation, Any] = {}
        self._cache = PlanCache()
        self._runners = self._cache.runners  # by what the user wrote
        self._growth = Growth()
        self._lock = threading.RLock()
        self._closed = False
        self._gate = Gate()
        forking.reset_after_fork(self)

    # -- what it is ----------------------------------------------------------------------------------------------------

    @property
    def graph(self) -> Graph:
        return self._graph

    @property
    def graph_def(self) -> Any:
        return self._graph.as_graph_def()

    @property
    def sess_str(self) -> str:
        return ""

    def list_devices(self) -> list[DeviceAttributes]:
        """The devices that nodes may be placed on, each with its `name` and `device_type`."""
        return devices_of(self._settings, self._backend)

    def as_default(self) -> AbstractContextManager[Any]:
        """A block in which ``tensor.eval()`` and ``operation.run()`` use this session; it stays open at the end."""
        return default_sessions.pushed(self)

    @locked
    def close(self) -> None:
        """Gives up the variables' values; running raises from now on. A run that is under way in another thread ends
        as if the session were open, or with CancelledError if it still needs a plan or a variable."""
        self._closed = True
        self._cache.clear()
        self._states.clear()

    def _reset_after_fork(self) -> None:
        self._lock = threading.RLock()

    # -- running -------------------------------------------------------------------------------------------------------

    def run(self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None) -> Any:
        """Computes ``fetches`` and returns their values.

        Args:
          fetches: a Tensor, Operation, Variable or name, or a (nested) list, tuple, named tuple or dictionary of them.
          feed_dict: values for tensors: placeholders, or any other tensor, whose computation they then replace.
          options: a RunOptions message. run_metadata: a RunMetadata message to fill.

        Returns:
          The same structure with NumPy values; None for an Operation.

        Raises:
          RuntimeError: if the session is closed or the graph empty.
          TypeError, ValueError: if a fetch or feed is not possible.
          tf.errors.OpError: if running failed; the message names the node and the line that declared it.
        """
        try:
            runner = self._runners[(_cache_key(fetches), tuple(feed_dict)) if feed_dict else _cache_key(fetches)]
        except (KeyError, TypeError):
            runner = None
        if runner is None or options is not None or run_metadata is not None:
            return self._run_slowly(fetches, feed_dict, options, run_metadata)
        runner.held.used = self._cache.budget.now
        if feed_dict:
            fed = [convert(value) for convert, value in zip(runner.converters, feed_dict.values(), strict=True)]
            return self._execute(runner, fed)
        return self._execute(runner, ())

    def _execute(self, runner: Runner, fed: Sequence[Any], function: Callable[..., Any] | None = None) -> Any:
        call = function or runner.plan.call
        if self._deterministic:
            call = BLAS_THREADS.on_one(call)
        try:
            values = call(*fed)
        except Exception as error:
            raised = run_error(runner.plan, error, self._slots(), fed)
            if raised is error:
                raise
            raise raised from error
        finally:
            if BLAS_THREADS.limited:
                BLAS_THREADS.restore()
        return runner.rebuild(values)

    def _run_slowly(self, fetches: Any, feed_dict: Any, options: Any, run_metadata: Any) -> Any:
        """The first run of its kind: everything is checked, and the plan is made."""
        self._check_open(fetches)
        settings = check_run_options(options, run_metadata)
        handler = Fetches(self._graph, fetches)
        feeds = expand(self._graph, feed_dict) if feed_dict else {}
        fed = [self._converter(tensor)(value) for tensor, value in feeds.items()]
        runner = self._runner(handler, tuple(feeds))
        if all(_is_plain(key) for key in feed_dict or ()) and len(feeds) == len(feed_dict or ()):
            self._remember(fetches, feed_dict, runner)
        if (options is not None or run_metadata is not None) and isinstance(runner.plan.call, Stacked):
            runner.plan.call.settle()
        plan = _for_shapes(runner.plan, fed)
        function = profiled(plan, self._backend, settings, run_metadata)
        return self._execute(runner, fed, None if function == plan.call else function)

    def _check_open(self, fetches: Any = None) -> None:
        if self._closed:
            raise RuntimeError("Attempted to use a closed Session.")
        if not self._graph._operations:
            raise RuntimeError(
                "The Session graph is empty.  Add operations to the graph before calling run()."
                + told_of_other_graphs(self._graph, fetches)
            )

    def _remember(self, fetches: Any, feed_dict: Any, runner: Runner) -> None:
        try:
            key = _cache_key(fetches)
            self._keep((key, tuple(feed_dict)) if feed_dict else key, runner)
        except TypeError:
            return  # a structure that cannot be a dictionary key is planned by its elements only

    @locked
    def _keep(self, key: Hashable, runner: Runner) -> None:
        self._check_still_open()
        self._cache.remember(key, runner)

    def _runner(self, handler: Fetches, feeds: tuple[Tensor, ...]) -> Runner:
        elements = tuple(handler.elements)
        held = self._held(elements, feeds)
        rebuild = handler.rebuild
        if any(isinstance(element, Operation) for element in elements):
            # Operations have no value: the function returns those of the tensors only.
            of_tensors = [i for i, element in enumerate(elements) if isinstance(element, Tensor)]
            position = {i: n for n, i in enumerate(of_tensors)}
            size = len(elements)
            inner = rebuild

            def rebuild(values: Sequence[Any]) -> Any:
                spread: list[Any] = [None] * size
                for i, n in position.items():
                    spread[i] = values[n]
                return inner(spread)

        return Runner(held, [self._converter(tensor) for tensor in feeds], rebuild)

    def _converter(self, tensor: Tensor) -> Callable[[Any], Any]:
        return converter(tensor, on_device=not self._backend.on_host)

    def _plan(self, elements: tuple[Tensor | Operation, ...], feeds: tuple[Tensor, ...]) -> Plan:
        """An ordinary plan, to be looked at or kept."""
        plan = self._held(elements, feeds).plan
        return plan.call.settle() if isinstance(plan.call, Stacked) else plan

    def _held(self, elements: tuple[Tensor | Operation, ...], feeds: tuple[Tensor, ...]) -> HeldPlan:
        """The plan that computes these, made now if there is none."""
        key = PlanKey(elements, feeds, self._backend.name, self._options)
        held = self._cache.plans.get(key)
        if held is not None:
            held.touch()
            return held
        if self._graph._places_nodes:
            check_devices(needed(elements, set(feeds)), self.list_devices(), self._settings.soft_placement)
        held = self._planned(key)
        if self._settings.log_placement:
            log_placement(held.plan, self._backend)
        return held

    @locked
    def _planned(self, key: PlanKey) -> HeldPlan:
        self._check_still_open()
        held = self._cache.plans.get(key)
        if held is not None:  # another thread has made it in the meantime
            return held
        grown = self._growth.planning(self._graph, key.fetches)
        held = HeldPlan(self._cache, key)
        plan = self._stacked(key, held) if grown >= _GROWN and self._may_stack() else None
        held.plan = self._made(key, held) if plan is None else plan
        self._cache.add(held)
        return held

    def _may_stack(self) -> bool:
        options = self._options
        plain = options.optimize and options.memory_limit is None and options.verify != "compare"
        return plain and options.native == "auto" and not forced() and self._backend.on_host

    def _stacked(self, key: PlanKey, held: HeldPlan) -> Plan | None:
        """The plan of what is new, on top of one that was made before; None if an ordinary plan is as good."""
        if len(key.fetches) != 1:
            return None
        stacks = self._cache.stacks
        part = part_of(key.fetches, set(key.feeds), lambda tensor: (tensor, key.feeds) in stacks)
        if part is None or not part.nodes or (part.below is None and part.nodes < NODES):
            return None
        below = stacks[part.below, key.feeds].stages if part.below is not None else ()
        inner = stage_key(key, part)
        plan = make_plan(inner.fetches, inner.feeds, self._backend, inner, self._state_of, self._gate)
        plan.program.finish()
        held.charge(bytes_of(plan))
        whole = partial(self._made, key, held)
        plan.call = Stacked(plan, part, below, held.charge, whole, self._gate, self._state_of, self._cache.memo)
        return plan

    def _check_still_open(self) -> None:
        if self._closed:
            raise CancelledError(None, None, "Session has been closed.")

    @property
    def verify(self) -> bool | str:
        """How rewrites are checked: False, True (programs are well formed after each pass), or "compare" (every run is
        done with and without the passes, and all tensors are compared; see runtime/compare.py). It can be set."""
        return self._options.verify

    @verify.setter
    def verify(self, value: bool | str) -> None:
        if value not in (False, True, "compare"):
            raise ValueError(f"verify must be False, True or 'compare', but got {value!r}")
        self._verify(value)

    @locked
    def _verify(self, value: bool | str) -> None:
        self._options = replace(self._options, verify=value)
        self._cache.clear()

    def _compare(self, plan: Plan) -> None:
        if not self._backend.on_host:
            raise UnimplementedError(None, None, 'verify="compare" is for the NumPy backend; hide the GPUs')
        if plan.key.options.optimize:
            plan.call = importlib.import_module("graphrt.runtime.compare").Compared(plan, self._state_of, self._gate)

    def _made(self, key: PlanKey, held: HeldPlan) -> Plan:
        plan = make_plan(key.fetches, key.feeds, self._backend, key, self._state_of, self._gate)
        plan.program.finish()
        held.charge(bytes_of(plan))
        if key.options.verify == "compare":
            self._compare(plan)
        elif key.options.memory_limit is not None and key.shapes is None:
            plan.call = ByShapes(plan, partial(self._made, held=held), plan.run)
        else:
            self._add_tiers(plan, held)
        return plan

    def _add_tiers(self, plan: Plan, held: HeldPlan) -> None:
        """Lets native code take over what it can do faster; plans on variables must know of each other then."""
        mode, target = self._options.native, self._backend.target
        if target is None or not self._options.optimize or mode == "off" or not enabled():
            return
        limited = plan.key.shapes is not None  # (what the parts of a plan need together is not counted)
        small = len(plan.lines) < _LEAST_LINES and mode == "auto" and not forced()
        if plan.variables or not small:
            part = None if limited else partial(self._part, held)
            plan.call = tier_for(target)(plan, self._gate, self._state_of, mode, held.charge, part)

    def _part(self, held: HeldPlan, key: PlanKey) -> Plan:
        """The plan of a part of another one."""
        plan = make_plan(key.fetches, key.feeds, self._backend, key, self._state_of, self._gate)
        plan.program.finish()
        held.charge(bytes_of(plan))
        return plan

    # -- state ---------------------------------------------------------------------------------------------------------

    def _state_of(self, op: Operation) -> Any:
        """What this session keeps for a stateful node: a variable's Slot, a random generator..."""
        state = self._states.get(op)
        return self._new_state(op) if state is None else state

    @locked
    def _new_state(self, op: Operation) -> Any:
        self._check_still_open()
        if op.graph is not self._graph:
            return self._cache.state_of(op)
        state = self._states.get(op)
        if state is None:
            state = self._states[op] = op.opdef.state_factory(op)
        return state

    def _slots(self) -> list[Slot]:
        return [state for state in list(self._states.values()) if isinstance(state, Slot)]

    # -- other ways to run ---------------------------------------------------------------------------------------------

    def make_callable(self, fetches: Any, feed_list: Any = None, accept_options: bool = False) -> Callable[..., Any]:
        """A function that takes the values of ``feed_list`` by position and returns those of ``fetches``."""
        self._check_open()
        feeds = []
        for feed in feed_list or ():
            feeds.append(self._graph.as_graph_element(feed, allow_operation=False))
        runner = self._runner(Fetches(self._graph, fetches), tuple(feeds))
        if isinstance(runner.plan.call, Stacked):
            runner.plan.call.settle()

        def call(*values: Any, **keywords: Any) -> Any:
            if keywords and not (accept_options and set(keywords) <= {"options", "run_metadata"}):
                raise TypeError(
                    f"unexpected keyword arguments {sorted(keywords)}; make_callable(accept_options=True) allows "
                    "options and run_metadata"
                )
            self._check_open()
            if len(values) != len(feeds):
                raise InvalidArgumentError(
                    None,
                    None,
                    f"this callable takes {len(feeds)} values, for {[t.name for t in feeds]}; got {len(values)}",
                )
            fed = [convert(v) for convert, v in zip(runner.converters, values, strict=True)]
            if not keywords:
                return self._execute(runner, fed)
            metadata = keywords.get("run_metadata")
            settings = check_run_options(keywords.get("options"), metadata)
            plan = _for_shapes(runner.plan, fed)
            function = profiled(plan, self._backend, settings, metadata)
            return self._execute(runner, fed, function)

        return call

    def partial_run_setup(self, fetches: Any, feeds: Any = None) -> Any:
        """Prepares a run in several steps: returns the handle for ``partial_run``."""
        self._check_open()
        tensors = [self._graph.as_graph_element(feed, allow_operation=False) for feed in feeds or ()]
        wanted = Fetches(self._graph, fetches)
        if not wanted.elements:
            raise InvalidArgumentError(None, None, "Must specify at least one target to fetch or execute.")
        key = PlanKey(tuple(wanted.elements), tuple(tensors), self._backend.name, self._options)
        return PartialRun(self._graph, key, self._backend, self._state_of, self._gate)

    def partial_run(self, handle: Any, fetches: Any, feed_dict: Any = None) -> Any:
        """Goes on with a run: computes ``fetches`` from what has been fed so far; nothing is computed twice."""
        self._check_open()
        if not isinstance(handle, PartialRun):
            raise ValueError("Must call partial_run_setup first; its result is the handle")
        try:
            step = BLAS_THREADS.on_one(handle.run) if self._deterministic else handle.run
            return step(fetches, feed_dict or {})
        except Exception as error:
            raised = run_error(handle, error, self._slots(), handle.fed_values())
            if raised is error:
                raise
            raise raised from error

    # -- looking at it -------------------------------------------------------------------------------------------------

    def explain(
        self,
        fetches: Any,
        feed_dict: Any = None,
        *,
        memory: bool = False,
        roofline: bool = False,
        profile: bool = False,
    ) -> Any:
        """How ``run(fetches, feed_dict)`` is done: the passes, what they did, the plan's source, and its native code.

        Args:
          fetches: as for ``run``.
          feed_dict: as for ``run``, or only a list of the tensors that are fed. Where all values are given, the native
            code for their shapes is explained (and made, if it does not exist yet).
          memory: predict the memory of each step, for each fetch. Calls each kind of kernel once, on zeros.
          roofline: measure how fast this machine multiplies and moves memory, in half a second; estimates are by
            that.
          profile: measure each kernel: runs 20 times with the values of feed_dict. Variables keep their values; random
            generators, and whatever else nodes change, go on.

        Returns:
          An ``Explanation``: to be printed, and with more to ask for (``passes``, ``source``, ``native_source``,
          ``llvm_ir``, ``assembly``, ``write``).

        Raises:
          ValueError: if ``profile`` is asked for, and not all values are given.
        """
        self._check_open()
        values = feed_dict if hasattr(feed_dict, "items") else dict.fromkeys(feed_dict or ())
        feeds = expand(self._graph, values)
        elements = tuple(Fetches(self._graph, fetches).elements)
        plan = self._plan(elements, tuple(feeds))
        fed = [None if value is None else converter(tensor)(value) for tensor, value in feeds.items()]
        parts = [self._plan((element,), tuple(feeds)) for element in elements] if memory and len(elements) > 1 else []
        if all(value is not None for value in fed):
            plan, *parts = [_for_shapes(p, fed) for p in (plan, *parts)]
        explanation = provided("explanation")(plan, fed)
        if memory:
            explanation.add_memory(parts)
        if roofline:
            explanation.add_roofline()
        if profile:
            explanation.add_profile()
        return explanation


def _for_shapes(plan: Plan, fed: Sequence[Any]) -> Plan:
    """The plan that runs such values: another one, where plans depend on their shapes."""
    return plan.call.plan_for(*fed) if isinstance(plan.call, ByShapes) else plan


def _is_plain(key: Any) -> bool:
    """True for a key of a feed_dict that stands for one tensor, whose value is fed as it is."""
    return isinstance(key, (Tensor, str, bytes)) or hasattr(key, "_as_graph_element")


def _cache_key(fetches: Any) -> Hashable:
    """A key that is equal for equal structures of the same elements; TypeError for what cannot be one."""
    kind = type(fetches)
    if kind is Tensor or kind is Operation or kind is str:
        return fetches  # type: ignore[no-any-return]
    if kind is list or kind is tuple:
        return (kind, *[_cache_key(item) for item in fetches])
    if kind is dict:
        return (kind, *[(key, _cache_key(item)) for key, item in fetches.items()])
    if isinstance(fetches, (list, tuple, dict, set)) or fetches is None:
        raise TypeError("not a key")
    if hasattr(fetches, "_as_graph_element"):
        return fetches  # type: ignore[no-any-return]
    raise TypeError("not a key")


@export("Session")
class Session(BaseSession):
    """Runs the operations of a graph and holds the values of its variables.

    >>> import graphrt as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.constant(2) * 3))
    6

    ``memory_limit`` (bytes, or a text such as "2GB"; graphrt's own) is what the values of one run should fit into,
    beside variables, constants and fed values. Where they do not, large ones are dropped and computed again when they
    are needed: the results are the same, and take longer.

    ``deterministic=True`` (graphrt's own; GRAPHRT_DETERMINISTIC=1 is the default for all sessions) makes equal runs
    equal to the last bit: in every process, on any number of threads, however busy the machine is. Otherwise native
    code, which rounds differently, takes over when it is ready. It costs what native code and BLAS's threads gain.

    >>> with tf.Graph().as_default(), tf.Session(deterministic=True) as sess:
    ...     print(sess.run(tf.reduce_sum(tf.fill([10], 0.1))))
    1.0
    """

    def __init__(
        self,
        target: str = "",
        graph: Graph | None = None,
        config: Any = None,
        *,
        memory_limit: int | str | None = None,
        deterministic: bool | None = None,
    ) -> None:
        super().__init__(target, graph, config, memory_limit=memory_limit, deterministic=deterministic)
        self._blocks: list[ExitStack] = []

    def __enter__(self) -> Session:
        block = ExitStack()
        block.enter_context(self._graph.as_default())
        block.enter_context(self.as_default())
        self._blocks.append(block)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._blocks.pop().__exit__(kind, error, traceback)
        self.close()

    @staticmethod
    def reset(target: str, containers: Any = None, config: Any = None) -> None:
        """Not supported: there are no containers that outlive a session."""
        raise NotImplementedError("Session.reset: graphrt keeps no state outside sessions; close the session instead")


@export("InteractiveSession")
class InteractiveSession(BaseSession):
    """A session that is the default session, and whose graph is the default graph, from its making to its closing."""

    def __init__(
        self,
        target: str = "",
        graph: Graph | None = None,
        config: Any = None,
        *,
        memory_limit: int | str | None = None,
        deterministic: bool | None = None,
    ) -> None:
        super().__init__(target, graph, config, memory_limit=memory_limit, deterministic=deterministic)
        self._made_at = user_line()
        self._warn_of_another()
        self._block = ExitStack()
        if graph is not None:
            self._block.enter_context(graph.as_default())
        default_sessions.items.append(self)

    def _warn_of_another(self) -> None:
        """TensorFlow 1 warns, too; what it means is that values of variables are in the other session."""
        others = [session for session in default_sessions.items if isinstance(session, InteractiveSession)]
        if others:
            made = f" (made at {others[-1]._made_at})" if others[-1]._made_at is not None else ""
            warn(
                f"An interactive session is already active{made}. eval() and run() use the new one from here on, in "
                "which no variable has a value yet; the other keeps its values, and their memory, until its close() "
                "is called"
            )

    def close(self) -> None:
        """Ends the session and takes it off the default stack."""
        super().close()
        if self in default_sessions.items:
            default_sessions.items.remove(self)
        self._block.close()
