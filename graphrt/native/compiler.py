"""LLVM's textual IR to machine code.

    text --- already in this process? --- in the cache folder? --- LLVM
                                                 |                  |
                                               object <-------------+ (kept in the cache folder)
                                                 |
                                       loader, or LLVM's linker ---> Code

Equal texts are one Code as long as somebody holds it. A process that finds all objects in the folder never imports
llvmlite on Linux x86-64. Everything here may be called from any thread.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import sys
import threading
import weakref
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from graphrt.native import cache, externals, loader
from graphrt.native.target import Target, host

VERSION = 1
"""Part of what objects are found by in the cache: a change in how they are made needs another number."""

_OBJECTS_LIMIT = 16 << 20  # bytes of objects kept in memory, for who has no folder to keep them in
_DECLARED = re.compile(r"^declare [^@\n]*@([\w$]+)\(", re.MULTILINE)  # intrinsics have a point in their names


class Code:
    """Machine code; it stays where it is as long as this object lives. ``cached`` says that it was in the cache."""

    def __init__(self, addresses: Mapping[str, int], owner: object) -> None:
        self._addresses = addresses
        self._owner = owner
        self.cached = False

    def address(self, name: str) -> int:
        """Where a function begins.

        Raises:
          KeyError: if the module has no such function.
        """
        return self._addresses[name]


def compiled(text: str, names: Sequence[str]) -> Code:
    """The machine code of a module; ``names`` are the functions that will be called from outside.

    Raises:
      ImportError: if llvmlite is not installed.
      RuntimeError: if the text is not valid IR, or calls what this process has not.
      KeyError: if a name is not one of the module's.
    """
    key = _key(text, host())
    with _alone:
        turn = _turns.setdefault(key, threading.RLock())
    try:
        with turn:
            code = _alive.get(key)
            if code is None:
                code = _linked(key, text, names)
                _alive[key] = code
    finally:
        with _alone:
            _turns.pop(key, None)
    for name in names:
        code.address(name)
    return code


def assembly(text: str) -> str:
    """The module as the target's assembly language, to be read.

    Raises:
      ImportError: if llvmlite is not installed.
      RuntimeError: if the text is not valid IR.
    """
    with _llvm:
        module, machine = _parsed(text), _machine(host())
        result: str = machine.emit_assembly(module)
        return result


def give_way() -> None:
    """Lowers the priority of the calling thread, for good: of one that compiles in the background.

    Beside the user's own work it then gets a quarter of a core that both want (where the system can do that: Linux).
    Measured: a loop that compiling slowed down to 0.40 ms from 0.20 ms took 0.28 ms.
    """
    if sys.platform == "linux":
        thread = threading.get_native_id()
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, thread, min(19, os.getpriority(os.PRIO_PROCESS, thread) + 5))


# -- what is there already ---------------------------------------------------------------------------------------------

_alone = threading.RLock()  # for _turns
_turns: dict[str, threading.RLock] = {}  # who compiles a text, others wait for
_alive: weakref.WeakValueDictionary[str, Code] = weakref.WeakValueDictionary()
_objects: OrderedDict[str, bytes] = OrderedDict()  # the latest last
_llvm = threading.RLock()  # LLVM's context is one for all threads


def _key(text: str, target: Target) -> str:
    return cache.digest(f"object {VERSION}", target.triple, target.cpu, target.features, target.compiler, text)


def _linked(key: str, text: str, names: Sequence[str]) -> Code:
    """From the object in the cache if there is one that fits, else from a new one, which the cache keeps."""
    folder = cache.current()
    kept = _objects.get(key) or folder.read(key)
    if kept is not None:
        try:
            code = _placed(kept, text, names)
            code.cached = True
            return code
        except loader.LoadError:  # another version's, or damaged in a way that its checksum does not tell
            kept = None
    made = _emitted(text)
    code = _placed(made, text, names)
    folder.write(key, made)
    _remember(key, made)
    return code


def _remember(key: str, content: bytes) -> None:
    with _alone:
        _objects[key] = content
        total = sum(map(len, _objects.values()))
        while total > _OBJECTS_LIMIT:
            total -= len(_objects.popitem(last=False)[1])


# -- LLVM --------------------------------------------------------------------------------------------------------------


def _emitted(text: str) -> bytes:
    """The object file of a module."""
    with _llvm:
        result: bytes = _machine(host()).emit_object(_parsed(text))
        return result


def _parsed(text: str) -> Any:
    import llvmlite.binding as llvm

    module = llvm.parse_assembly(text)
    module.verify()
    return module


@functools.lru_cache(maxsize=4)
def _machine(target: Target) -> Any:
    """LLVM's code generator, which may be used again and again."""
    return _new_machine(target)


def _new_machine(target: Target) -> Any:
    """A code generator.

    Level 2 costs as little time as level 1 does: with explicit vectors and no passes, all of it goes to selecting
    instructions and registers.
    """
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    found = llvm.Target.from_triple(target.triple)
    if loader.supported():
        return found.create_target_machine(target.cpu, target.features, opt=2, reloc="pic", codemodel="small")
    return found.create_target_machine(target.cpu, target.features, opt=2, jit=True)


def _placed(content: bytes, text: str, names: Sequence[str]) -> Code:
    """An object in memory, ready to run."""
    if loader.supported():
        image = loader.load(content, externals.address)
        return Code(image.addresses, image)
    return _placed_by_llvm(content, text, names)


def _placed_by_llvm(content: bytes, text: str, names: Sequence[str]) -> Code:
    """The same, where ``loader`` does not know the format of objects."""
    import llvmlite.binding as llvm

    needed = {name: externals.address(name) for name in _DECLARED.findall(text)}
    missing = sorted(name for name, address in needed.items() if address is None)
    if missing:
        raise loader.LoadError(f"{', '.join(missing)}: not in this process")
    with _llvm:
        for name, address in needed.items():
            llvm.add_symbol(name, address)
        # An engine of its own for each object: code goes when its engine does. The engine owns the machine.
        engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _new_machine(host()))
        try:
            engine.add_object_file(llvm.ObjectFileRef.from_data(content))
        except RuntimeError as problem:
            raise loader.LoadError(str(problem)) from problem
        engine.finalize_object()
        addresses = {name: int(engine.get_function_address(name)) for name in names}
    return Code({name: address for name, address in addresses.items() if address}, engine)


# -- fork --------------------------------------------------------------------------------------------------------------


def _after_fork() -> None:
    global _alone
    _alone = threading.RLock()
    _turns.clear()
    _llvm.release()


if hasattr(os, "register_at_fork"):
    # A child must not find LLVM at work in a thread that it does not have: a fork waits until LLVM is done. What only
    # Python holds is begun anew in the child instead.
    os.register_at_fork(before=_llvm.acquire, after_in_parent=_llvm.release, after_in_child=_after_fork)
