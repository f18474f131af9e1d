"""Puts the machine code of an ELF object (Linux, x86-64) into memory: what LLVM's linker would do, without LLVM.

Importing llvmlite takes 30 to 180 ms; placing a kernel that another process has compiled takes a fraction of one. The
objects are our own compiler's: position-independent, small code model, no thread-local storage, no start-up code.

    code, and jumps to functions elsewhere      read + execute
    constants, and addresses of things elsewhere     read
    data                                      read + write

are placed behind one another, each from a page of its own; memory is written before it becomes executable, never after.
(Tables are named tuples: with dataclasses importing this module took 3 ms instead of 1.)
"""

from __future__ import annotations

import ctypes
import functools
import mmap
import platform
import struct
import sys
import weakref
from collections.abc import Callable
from typing import NamedTuple

Resolve = Callable[[str], int | None]

_SECTION = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")
_RELOCATION = struct.Struct("<QIIq")  # offset, type, symbol, addend
_ALLOCATED, _WRITABLE, _EXECUTABLE = 2, 1, 4  # flags of a section
_SYMBOLS, _RELOCATIONS, _NO_BITS = 2, 4, 8  # types of a section
_ABSOLUTE = 0xFFF1  # "section" of symbols that are numbers
_GLOBAL_DATA = (9, 41, 42)  # relocations that ask for a word with the address: GOTPCREL, GOTPCRELX, REX_GOTPCRELX
_JUMP_BYTES = 8


class LoadError(RuntimeError):
    """The object is damaged, needs something that this loader has not, or calls what this process has not."""


def supported() -> bool:
    """True if this machine runs what this loader loads."""
    return sys.platform == "linux" and platform.machine() == "x86_64" and sys.maxsize > 2**32


class Image:
    """Machine code in memory, for as long as this object lives.

    Attributes:
      addresses: of the functions and data that other modules may see.
    """

    def __init__(self, addresses: dict[str, int], base: int, size: int) -> None:
        self.addresses = addresses
        # At the end of the process memory goes by itself; until then a thread may be in it.
        weakref.finalize(self, _system().munmap, base, size).atexit = False


def load(content: bytes, resolve: Resolve) -> Image:
    """Places an object; ``resolve`` gives the address of a function that it calls.

    Raises:
      LoadError: if that cannot be done.
    """
    try:
        elf = _read(content)
        layout = _Layout(elf)
        base = _system().map(layout.size)
    except (struct.error, IndexError, ValueError, OSError) as problem:
        raise LoadError(f"not an object that can be loaded: {problem}") from problem
    try:
        addresses = {s.name: s.address(layout.places, base) for s in elf.symbols if s.is_global and s.section}
        _Linker(elf, layout, base, resolve).link()
    except BaseException as problem:
        _system().munmap(base, layout.size)
        if isinstance(problem, (struct.error, IndexError, ValueError, OSError, KeyError)):
            raise LoadError(f"not an object that can be loaded: {problem!r}") from problem
        raise
    return Image(addresses, base, layout.size)


# -- reading -----------------------------------------------------------------------------------------------------------


class _Section(NamedTuple):
    type: int
    flags: int
    offset: int
    size: int
    link: int
    info: int
    align: int


class _Symbol(NamedTuple):
    name: str
    is_global: bool
    section: int  # 0: it is elsewhere
    value: int

    def address(self, places: dict[int, int], base: int) -> int:
        return self.value if self.section == _ABSOLUTE else base + places[self.section] + self.value


class _Elf(NamedTuple):
    content: bytes
    sections: list[_Section]
    symbols: list[_Symbol]

    def relocations(self) -> list[tuple[int, int, int, int, int]]:
        """(section, offset in it, type, symbol, addend) of all that must be filled in."""
        found = []
        for section in self.sections:
            if section.type == _RELOCATIONS and self.sections[section.info].flags & _ALLOCATED:
                entries = self.content[section.offset : section.offset + section.size]
                found += [(section.info, *entry) for entry in _RELOCATION.iter_unpack(entries)]
        return found


def _read(content: bytes) -> _Elf:
    if content[:6] != b"\x7fELF\x02\x01" or struct.unpack_from("<HH", content, 16) != (1, 62):
        raise ValueError("not a relocatable ELF object for x86-64")
    (start,) = struct.unpack_from("<Q", content, 40)
    entry, count = struct.unpack_from("<HH", content, 58)
    if entry != _SECTION.size:
        raise ValueError(f"sections of {entry} bytes")
    sections = []
    for index in range(count):
        _, type, flags, _, offset, size, link, info, align, _ = _SECTION.unpack_from(content, start + index * entry)
        if type != _NO_BITS and offset + size > len(content):
            raise ValueError(f"section {index} ends behind the end")
        sections.append(_Section(type, flags, offset, size, link, info, max(1, align)))
    symbols = [
        symbol for section in sections if section.type == _SYMBOLS for symbol in _symbols(content, sections, section)
    ]
    return _Elf(content, sections, symbols)


def _symbols(content: bytes, sections: list[_Section], table: _Section) -> list[_Symbol]:
    names = sections[table.link]
    found = []
    for name, info, _, section, value, _ in _SYMBOL.iter_unpack(content[table.offset : table.offset + table.size]):
        start = names.offset + name
        text = content[start : content.index(b"\0", start)].decode()
        found.append(_Symbol(text, info >> 4 != 0, section, value))
    return found


# -- placing -----------------------------------------------------------------------------------------------------------


class _Layout:
    """Where sections go, counted from the first byte; and what protection the pages get in the end."""

    def __init__(self, elf: _Elf) -> None:
        self.elf = elf
        self.places: dict[int, int] = {}
        self.jumps: dict[int, int] = {}  # symbol that is elsewhere -> place of a jump to it
        self.words: dict[int, int] = {}  # symbol -> place of a word with its address
        self.protections: list[tuple[int, int, int]] = []  # place, size, mmap.PROT_...
        self.size = 0
        self._demand()
        read, write, execute = mmap.PROT_READ, mmap.PROT_WRITE, mmap.PROT_EXEC
        self._segment(_EXECUTABLE, read | execute, self.jumps, _JUMP_BYTES)
        self._segment(0, read, self.words, 8)
        self._segment(_WRITABLE, read | write, {}, 0)
        self.size = max(self.size, mmap.PAGESIZE)

    def _demand(self) -> None:
        """Which symbols need a jump, or a word with their address (a jump reads one, too)."""
        for _, _, type, symbol, _ in self.elf.relocations():
            if type == 4 and self.elf.symbols[symbol].section == 0:
                self.jumps[symbol] = self.words[symbol] = 0
            elif type in _GLOBAL_DATA:
                self.words[symbol] = 0

    def _segment(self, kind: int, protection: int, extra: dict[int, int], extra_bytes: int) -> None:
        begin = self.size
        for index, section in enumerate(self.elf.sections):
            if section.flags & _ALLOCATED and section.flags & (_WRITABLE | _EXECUTABLE) == kind:
                if section.align > mmap.PAGESIZE:
                    raise ValueError(f"alignment {section.align}")
                self.places[index] = _up(self.size, section.align)
                self.size = self.places[index] + section.size
        for symbol in extra:
            extra[symbol] = _up(self.size, 8)
            self.size = extra[symbol] + extra_bytes
        self.size = _up(self.size, mmap.PAGESIZE)
        if self.size > begin:
            self.protections.append((begin, self.size - begin, protection))


def _up(number: int, to: int) -> int:
    return -(-number // to) * to


# -- linking -----------------------------------------------------------------------------------------------------------


class _Linker:
    """Writes sections, jumps and words, with the addresses filled in, to memory at ``base``."""

    def __init__(self, elf: _Elf, layout: _Layout, base: int, resolve: Resolve) -> None:
        self.elf, self.layout, self.base, self.resolve = elf, layout, base, resolve
        self.memory = bytearray(layout.size)
        self.known: dict[int, int] = {}

    def link(self) -> None:
        for index, place in self.layout.places.items():
            section = self.elf.sections[index]
            if section.type != _NO_BITS:
                self.memory[place : place + section.size] = self.elf.content[section.offset :][: section.size]
        for symbol, place in self.layout.words.items():
            struct.pack_into("<Q", self.memory, place, self.address(symbol))
        for symbol, place in self.layout.jumps.items():
            distance = self.layout.words[symbol] - (place + 6)
            struct.pack_into("<BBi", self.memory, place, 0xFF, 0x25, distance)  # jmp *distance(%rip)
        for relocation in self.elf.relocations():
            self.fill(*relocation)
        system = _system()
        ctypes.memmove(self.base, bytes(self.memory), len(self.memory))
        for begin, size, protection in self.layout.protections:
            system.protect(self.base + begin, size, protection)

    def address(self, index: int) -> int:
        """Of a symbol, here or elsewhere."""
        if index not in self.known:
            symbol = self.elf.symbols[index]
            found = symbol.address(self.layout.places, self.base) if symbol.section else self.resolve(symbol.name)
            if found is None:
                raise LoadError(f"{symbol.name} is not in this process")
            self.known[index] = found
        return self.known[index]

    def fill(self, section: int, offset: int, type: int, symbol: int, addend: int) -> None:
        """One relocation, by its type in the x86-64 psABI."""
        place = self.layout.places[section] + offset
        if type == 1:  # R_X86_64_64
            struct.pack_into("<Q", self.memory, place, (self.address(symbol) + addend) % 2**64)
            return
        if type in _GLOBAL_DATA:
            target = self.base + self.layout.words[symbol]
        elif type == 4 and symbol in self.layout.jumps:  # PLT32 to a function elsewhere
            target = self.base + self.layout.jumps[symbol]
        elif type in (2, 4, 24):  # PC32, PLT32, PC64
            target = self.address(symbol)
        else:
            raise LoadError(f"relocation type {type}")
        struct.pack_into("<q" if type == 24 else "<i", self.memory, place, target + addend - (self.base + place))


# -- memory ------------------------------------------------------------------------------------------------------------


class _System:
    """mmap, mprotect and munmap of the C library (Python's own mmap cannot change the protection)."""

    def __init__(self) -> None:
        library = ctypes.CDLL(None, use_errno=True)
        pointer, size, number = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
        self._map = library.mmap
        self._map.argtypes = (pointer, size, number, number, number, ctypes.c_long)
        self._map.restype = pointer
        self._protect = library.mprotect
        self._protect.argtypes = (pointer, size, number)
        self._unmap = library.munmap
        self._unmap.argtypes = (pointer, size)

    def map(self, size: int) -> int:
        """Zeros that can be read and written."""
        protection, flags = mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
        address = self._map(None, size, protection, flags, -1, 0)
        if address is None or address == ctypes.c_void_p(-1).value:
            raise OSError(ctypes.get_errno(), f"no {size} bytes of memory")
        return int(address)

    def protect(self, address: int, size: int, protection: int) -> None:
        if self._protect(address, size, protection):
            raise OSError(ctypes.get_errno(), "memory cannot be made executable")

    def munmap(self, address: int, size: int) -> None:
        self._unmap(address, size)


@functools.cache
def _system() -> _System:
    return _System()
