"""LLVM's textual IR to machine code."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from graphrt.native.externals import addresses
from graphrt.native.target import host

_lock = threading.Lock()


class Code:
    """Machine code; it stays where it is as long as this object lives."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    def address(self, name: str) -> int:
        """Where a function begins."""
        found: int = self._engine.get_function_address(name)
        if not found:
            raise KeyError(name)
        return found


def compiled(text: str, names: Sequence[str]) -> Code:
    """The machine code of a module; ``names`` are the functions that will be called from outside.

    Raises:
      ImportError: if llvmlite is not installed.
      RuntimeError: if the text is not valid IR.
    """
    import llvmlite.binding as llvm

    with _lock:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        for name, address in addresses().items():
            llvm.add_symbol(name, address)
        target = host()
        machine = llvm.Target.from_default_triple().create_target_machine(
            cpu=target.cpu, features=target.features, opt=2, jit=True
        )
        module = llvm.parse_assembly(text)
        module.verify()
        engine = llvm.create_mcjit_compiler(module, machine)
        engine.finalize_object()
        return Code(engine)
