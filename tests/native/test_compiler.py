"""IR to code that runs: through the loader, through LLVM, from the cache, in several threads and processes."""

from __future__ import annotations

import ctypes
import gc
import math
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from graphrt.native import cache, compiler, externals, loader, target
from graphrt.native.builder import F32, F64, I32, I64, PTR, Builder, constant, constants, vector
from graphrt.native.compiler import Code, compiled

HERE = Path(__file__).parents[2]
linux = pytest.mark.skipif(not loader.supported(), reason="the loader is for Linux on x86-64")


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRAPHRT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("GRAPHRT_NATIVE_CACHE", raising=False)
    monkeypatch.setattr(compiler, "_objects", type(compiler._objects)())
    return tmp_path / "cache"


def adder(number: int) -> str:
    """x + number, of an i64."""
    b = Builder("add", [I64], returns="i64")
    b.ret(b.add(b.arguments[0], constant(I64, number)))
    return b.text()


def call(code: Code, name: str, result: object, *arguments: object) -> object:
    types = [{int: ctypes.c_int64, float: ctypes.c_double}.get(type(a), ctypes.c_void_p) for a in arguments]
    return ctypes.CFUNCTYPE(result, *types)(code.address(name))(*arguments)


def count_compilations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    made: list[str] = []
    emitted = compiler._emitted
    monkeypatch.setattr(compiler, "_emitted", lambda text: made.append(text) or emitted(text))
    return made


def kept_files(folder: Path) -> list[Path]:
    """The objects in the folder (and not what it says of the CPU)."""
    return [path for path in sorted((folder / "native").glob("*.cache")) if b"ELF" in path.read_bytes()[:200]]


# -- compiling ---------------------------------------------------------------------------------------------------------


def test_a_function_runs() -> None:
    assert call(compiled(adder(5), ["add"]), "add", ctypes.c_int64, 37) == 42


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(KeyError, match="nonsense"):
        compiled(adder(6), ["add", "nonsense"])


def test_text_that_is_not_valid() -> None:
    with pytest.raises(RuntimeError, match="expected"):
        compiled("define void @f() { nonsense }", ["f"])
    with pytest.raises(RuntimeError):
        compiled("define i64 @f(i64 %x) {\n %y = add i64 %z, 1\n %z = add i64 %x, 1\n ret i64 %y\n}", ["f"])


def test_a_call_of_what_is_not_in_the_process() -> None:
    b = Builder("f", [])
    b.call("no_such_function_anywhere")
    b.ret()
    with pytest.raises(RuntimeError, match="no_such_function_anywhere"):
        compiled("\n".join([*b.declared.values(), b.text()]), ["f"])


def test_assembly_can_be_read() -> None:
    assert "add:" in compiler.assembly(adder(7))


def test_equal_texts_are_one_code_while_somebody_holds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made = count_compilations(monkeypatch)
    first = compiled(adder(8), ["add"])
    assert compiled(adder(8), ["add"]) is first
    assert compiled(adder(9), ["add"]) is not first
    assert len(made) == 2


def test_code_is_released_when_nobody_holds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    system = loader._system() if loader.supported() else None
    released: list[int] = []
    gc.collect()  # what earlier tests have left
    if system is not None:
        unmap = system._unmap
        monkeypatch.setattr(system, "_unmap", lambda base, size: released.append(base) or unmap(base, size))
    code = compiled(adder(10), ["add"])
    page = code.address("add") & -4096
    del code
    gc.collect()
    assert not [key for key, code in compiler._alive.items() if code is None]
    if system is not None:
        assert released == [page]


def test_many_codes_and_their_memory() -> None:
    """Compiling, dropping and loading again neither mixes codes up nor uses memory up."""
    held = [compiled(adder(n), ["add"]) for n in range(20)]
    for turn in range(200):
        held[turn % 20] = compiled(adder(turn % 20), ["add"])
    assert [call(code, "add", ctypes.c_int64, 1000) for code in held] == [1000 + n for n in range(20)]


def test_objects_kept_in_memory_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHRT_NATIVE_CACHE", "0")
    monkeypatch.setattr(compiler, "_OBJECTS_LIMIT", 3000)
    made = count_compilations(monkeypatch)
    compiled(adder(0), ["add"])
    compiled(adder(0), ["add"])
    assert len(made) == 1  # from memory, without any folder
    for number in range(1, 30):
        compiled(adder(number), ["add"])
    assert sum(map(len, compiler._objects.values())) <= 3000
    compiled(adder(0), ["add"])
    assert len(made) == 31


# -- the loader and LLVM's linker --------------------------------------------------------------------------------------


def everything() -> str:
    """A module with all that our code has: constants, tables, data, functions here and elsewhere, a large frame."""
    b = Builder("many", [PTR, PTR, I64], lanes=target.host().lanes)
    x, y, n = b.arguments
    wide = vector(F32, b.lanes)
    with b.loop(0, n, b.lanes) as loop:
        value = b.load(wide, b.element(x, F32, loop.index))
        mixed = b.fma(value, constants(wide, [0.5 + lane for lane in range(b.lanes)]), constant(wide, 0.3))
        b.store(b.shuffle(mixed, None, list(range(b.lanes))[::-1]), b.element(y, F32, loop.index))
    b.ret()
    return "\n".join([*b.declared.values(), b.text()]) + TABLES


TABLES = """
@table = internal constant [4 x i64] [i64 11, i64 22, i64 33, i64 44]
@pointers = internal constant [2 x ptr] [ptr @twice, ptr @thrice]
@counter = internal global i64 0
@zeros = internal global [1000 x i64] zeroinitializer
@visible = global i64 77
declare double @pow(double, double)
declare double @cbrt(double)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
define internal i64 @twice(i64 %x) noinline {
  %y = mul i64 %x, 2
  ret i64 %y
}
define internal i64 @thrice(i64 %x) noinline {
  %y = mul i64 %x, 3
  ret i64 %y
}
define i64 @looked_up(i64 %i) {
  %p = getelementptr i64, ptr @table, i64 %i
  %v = load i64, ptr %p
  ret i64 %v
}
define i64 @chosen(i64 %which, i64 %x) {
  %p = getelementptr ptr, ptr @pointers, i64 %which
  %f = load ptr, ptr %p
  %r = call i64 %f(i64 %x)
  ret i64 %r
}
define i64 @counted() {
  %o = load i64, ptr @counter
  %n = add i64 %o, 1
  store i64 %n, ptr @counter
  %z = load i64, ptr getelementptr (i64, ptr @zeros, i64 999)
  %s = add i64 %n, %z
  ret i64 %s
}
define i64 @switched(i64 %x) {
  switch i64 %x, label %other [ i64 0, label %a  i64 1, label %b  i64 2, label %c  i64 3, label %d  i64 4, label %e ]
a:
  ret i64 100
b:
  %r = call i64 @twice(i64 %x)
  ret i64 %r
c:
  ret i64 -7
d:
  %q = call i64 @thrice(i64 %x)
  ret i64 %q
e:
  ret i64 12345
other:
  ret i64 0
}
define double @elsewhere(double %x) {
  %a = call double @pow(double %x, double 3.0)
  %b = call double @cbrt(double %a)
  ret double %b
}
define ptr @address_of_pow() {
  ret ptr @pow
}
define void @copied(ptr %to, ptr %from, i64 %n) {
  %space = alloca [100000 x i8]
  call void @llvm.memcpy.p0.p0.i64(ptr %space, ptr %from, i64 %n, i1 false)
  call void @llvm.memcpy.p0.p0.i64(ptr %to, ptr %space, i64 %n, i1 false)
  ret void
}
"""
NAMES = ["many", "looked_up", "chosen", "counted", "switched", "elsewhere", "address_of_pow", "copied"]


def check_everything(code: Code) -> None:
    i64, f64 = ctypes.c_int64, ctypes.c_double
    lanes = target.host().lanes
    x = np.linspace(-1, 1, 4 * lanes).astype(np.float32)
    y = np.zeros_like(x)
    call(code, "many", None, ctypes.c_void_p(x.ctypes.data), ctypes.c_void_p(y.ctypes.data), x.size)
    expected = (x.astype(float).reshape(4, lanes) * (0.5 + np.arange(lanes)) + np.float32(0.3))[:, ::-1]
    np.testing.assert_allclose(y, expected.ravel(), rtol=1e-6)
    assert [call(code, "looked_up", i64, i) for i in range(4)] == [11, 22, 33, 44]
    assert call(code, "chosen", i64, 0, 21) == 42
    assert call(code, "chosen", i64, 1, 21) == 63
    assert [call(code, "counted", i64) for _ in range(3)] == [1, 2, 3]
    assert [call(code, "switched", i64, n) for n in range(6)] == [100, 2, -7, 9, 12345, 0]
    assert call(code, "elsewhere", f64, 1.7) == pytest.approx(1.7)
    pow_here = ctypes.CFUNCTYPE(f64, f64, f64)(call(code, "address_of_pow", i64))
    assert pow_here(2.0, 10.0) == 1024.0
    source, copy = np.arange(99_999, dtype=np.uint8), np.zeros(99_999, np.uint8)
    call(code, "copied", None, ctypes.c_void_p(copy.ctypes.data), ctypes.c_void_p(source.ctypes.data), source.size)
    assert (source == copy).all()


@linux
def test_the_loader_places_everything() -> None:
    check_everything(compiler._placed(compiler._emitted(everything()), everything(), NAMES))


def test_llvm_places_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """What other systems do, with their settings."""
    monkeypatch.setattr(loader, "supported", lambda: False)
    compiler._machine.cache_clear()
    try:
        made = compiler._emitted(everything())
        check_everything(compiler._placed(made, everything(), NAMES))
    finally:
        compiler._machine.cache_clear()


def test_llvm_releases_what_it_placed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader, "supported", lambda: False)
    for number in range(100, 110):
        assert call(compiled(adder(number), ["add"]), "add", ctypes.c_int64, 1) == number + 1
        gc.collect()
    with pytest.raises(RuntimeError, match="no_such_function"):
        compiled(
            "declare void @no_such_function()\ndefine void @f() {\n call void @no_such_function()\n ret void\n}", ["f"]
        )


@linux
def test_pages_are_never_writable_and_executable() -> None:
    code = compiled(everything(), NAMES)
    base = code.address("many") & -4096
    rows = {}
    for line in Path("/proc/self/maps").read_text().splitlines():
        span, protection = line.split()[:2]
        begin, end = (int(part, 16) for part in span.split("-"))
        if begin < base + 5 * 4096 and end > base:
            rows[begin] = protection[:3]
    assert rows[base] == "r-x"
    assert "rwx" not in rows.values()
    assert {"r--", "rw-"} <= set(rows.values())


@linux
def test_the_loader_refuses_damaged_objects() -> None:
    made = compiler._emitted(everything())
    for size in (0, 10, 63, 64, 500, len(made) - 100):
        with pytest.raises(loader.LoadError):
            loader.load(made[:size], externals.address)
    with pytest.raises(loader.LoadError, match="not a relocatable"):
        loader.load(b"MZ" + made[2:], externals.address)
    random = np.random.default_rng(0)
    for _ in range(300):  # in the tables behind the code; what loads is not run
        damaged = bytearray(made)
        for at in random.integers(len(made) // 2, len(made), 5):
            damaged[at] = random.integers(256)
        try:
            loader.load(bytes(damaged), externals.address)
        except loader.LoadError:
            continue


@linux
def test_position_independent_code_far_from_the_libraries() -> None:
    """Calls reach functions more than 2 GB away."""
    image = loader.load(compiler._emitted(everything()), externals.address)
    far = abs(image.addresses["elsewhere"] - (externals.address("pow") or 0))
    check_everything(Code(image.addresses, image))
    assert far > 0
    fake = {"pow": 0x1122334455667788, "cbrt": 0x10, "memcpy": 0x20}
    image = loader.load(compiler._emitted(everything()), fake.get)
    assert call(Code(image.addresses, image), "address_of_pow", ctypes.c_int64) == 0x1122334455667788


@pytest.mark.parametrize("level", ["x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4"])
def test_code_for_older_processors(monkeypatch: pytest.MonkeyPatch, level: str) -> None:
    here = target.host()
    if not here.triple.startswith("x86_64") or here.lanes < target._LEVELS[level]:
        pytest.skip(f"not for {here.cpu}")
    monkeypatch.setenv("GRAPHRT_NATIVE_CPU", level)
    assert target.host().lanes == target._LEVELS[level]
    text = everything()
    check_everything(compiled(text, NAMES))
    if level == "x86-64":
        assert "zmm" not in compiler.assembly(text)


def test_an_unknown_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHRT_NATIVE_CPU", "pentium")
    with pytest.raises(ValueError, match="GRAPHRT_NATIVE_CPU is 'pentium'"):
        target.host()


# -- other libraries ---------------------------------------------------------------------------------------------------


def test_the_c_library() -> None:
    for name in ("sinf", "cos", "tan", "powf", "memcpy", "memset", "memmove"):
        assert externals.has(name), name
    assert not externals.has("no_such_function_anywhere")


def test_blas_from_ir() -> None:
    if not externals.has("cblas_sgemm"):
        pytest.skip("NumPy has another BLAS")
    m, n, k = 5, 7, 3
    b = Builder("product", [PTR, PTR, PTR])
    x, w, y = b.arguments
    order, plain = constant(I32, 101), constant(I32, 111)
    one, zero = constant(F32, 1), constant(F32, 0)
    sizes = [constant(I64, size) for size in (m, n, k)]
    lead = [constant(I64, size) for size in (k, n, n)]
    b.call("cblas_sgemm", order, plain, plain, *sizes, one, x, lead[0], w, lead[1], zero, y, lead[2])
    b.ret()
    code = compiled("\n".join([*b.declared.values(), b.text()]), ["product"])
    xs, ws = (np.random.default_rng(1).normal(size=shape).astype(np.float32) for shape in ((m, k), (k, n)))
    ys = np.zeros((m, n), np.float32)
    call(code, "product", None, *(ctypes.c_void_p(a.ctypes.data) for a in (xs, ws, ys)))
    np.testing.assert_allclose(ys, xs.astype(float) @ ws, rtol=1e-5)


def test_blas_threads_from_ir() -> None:
    if not externals.has("openblas_set_num_threads"):
        pytest.skip("NumPy has another BLAS")
    b = Builder("threads", [I64], returns="i32")
    before = b.call("openblas_get_num_threads", returns=I32)
    b.call("openblas_set_num_threads", b.emit(I32, f"trunc {b.arguments[0]} to i32"))
    b.ret(before)
    code = compiled("\n".join([*b.declared.values(), b.text()]), ["threads"])
    before = call(code, "threads", ctypes.c_int32, 1)
    assert call(code, "threads", ctypes.c_int32, before) == 1


def test_without_that_blas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(externals, "openblas", lambda: None)
    externals.address.cache_clear()
    try:
        assert not externals.has("cblas_sgemm")
        assert not externals.has("openblas_set_num_threads")
        assert externals.has("sinf")
    finally:
        externals.address.cache_clear()


# -- the cache folder --------------------------------------------------------------------------------------------------


def fresh(text: str) -> Code:
    """As a new process would do it."""
    compiler._objects.clear()
    gc.collect()
    return compiled(text, ["add"])


def test_an_object_is_kept_and_found(monkeypatch: pytest.MonkeyPatch, own_folder: Path) -> None:
    made = count_compilations(monkeypatch)
    for _ in range(3):
        assert call(fresh(adder(11)), "add", ctypes.c_int64, 1) == 12
    assert len(made) == 1


def test_a_damaged_object_is_compiled_again(monkeypatch: pytest.MonkeyPatch, own_folder: Path) -> None:
    made = count_compilations(monkeypatch)
    fresh(adder(12))
    (path,) = kept_files(own_folder)
    path.write_bytes(path.read_bytes()[:-50])
    assert call(fresh(adder(12)), "add", ctypes.c_int64, 1) == 13
    assert len(made) == 2
    fresh(adder(12))
    assert len(made) == 2


def test_a_well_kept_object_that_is_none_is_compiled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    made = count_compilations(monkeypatch)
    key = compiler._key(adder(13), target.host())
    cache.current().write(key, b"not an object")
    assert call(fresh(adder(13)), "add", ctypes.c_int64, 1) == 14
    assert len(made) == 1
    assert call(fresh(adder(13)), "add", ctypes.c_int64, 1) == 14
    assert len(made) == 1


def test_another_processor_has_other_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    here = target.host()
    parts = ("triple", "cpu", "features", "compiler")
    others = [here._replace(**{part: "other"}) for part in parts]
    keys = {compiler._key(adder(1), one) for one in [here, *others]}
    assert len(keys) == 5
    monkeypatch.setattr(compiler, "VERSION", 999)
    assert compiler._key(adder(1), here) not in keys


def test_a_folder_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GRAPHRT_CACHE_DIR", str(tmp_path / "file" / "below"))
    assert call(fresh(adder(14)), "add", ctypes.c_int64, 1) == 15


def test_turned_off(monkeypatch: pytest.MonkeyPatch, own_folder: Path) -> None:
    monkeypatch.setenv("GRAPHRT_NATIVE_CACHE", "0")
    assert call(fresh(adder(15)), "add", ctypes.c_int64, 1) == 16
    assert not own_folder.exists()


# -- what is known of the processor ------------------------------------------------------------------------------------


@linux
def test_the_processor_is_known_without_llvmlite(monkeypatch: pytest.MonkeyPatch) -> None:
    target._host.cache_clear()
    first = target.host()
    assert first == target._asked()
    monkeypatch.setattr(target, "_asked", lambda: pytest.fail("asked again"))
    target._host.cache_clear()
    assert target.host() == first


@linux
def test_another_processor_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same home folder on another machine, or another llvmlite."""
    target._host.cache_clear()
    target.host()
    key = target._fingerprint()
    words = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    digest, seen = cache.digest, []
    monkeypatch.setattr(cache, "digest", lambda *parts: seen.append(parts) or digest(*parts))
    assert target._fingerprint() == key
    flags = next(line for line in words.splitlines() if line.startswith("flags"))
    assert flags in seen[0]
    assert digest(*(part.replace("avx", "xva") for part in seen[0])) != key


def test_without_llvmlite(monkeypatch: pytest.MonkeyPatch) -> None:
    target._host.cache_clear()
    monkeypatch.setitem(sys.modules, "llvmlite", None)
    try:
        with pytest.raises(ImportError):
            compiled(adder(1), ["add"])
    finally:
        target._host.cache_clear()


# -- threads and processes ---------------------------------------------------------------------------------------------


def test_threads_compile_a_text_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = count_compilations(monkeypatch)
    found: list[Code] = []
    start = threading.Barrier(6)

    def work(number: int) -> None:
        start.wait()
        found.append(compiled(adder(16), ["add"]))
        other = compiled(adder(200 + number), ["add"])
        assert call(other, "add", ctypes.c_int64, 1) == 201 + number
        found.append(found[-1])

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 12
    assert made.count(adder(16)) == 1
    assert not compiler._turns


@pytest.mark.skipif(sys.platform != "linux", reason="priorities of threads are Linux's")
def test_a_thread_that_gives_way() -> None:
    seen: list[int] = []

    def work() -> None:
        compiler.give_way()
        seen.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    before = os.getpriority(os.PRIO_PROCESS, 0)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [min(19, before + 5)]
    assert os.getpriority(os.PRIO_PROCESS, 0) == before


SCRIPT = """
import ctypes, sys
from graphrt.native.compiler import compiled
text = sys.stdin.read()
code = compiled(text, ["add"])
add = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(code.address("add"))
print(add(1), "llvmlite" in sys.modules)
"""


def started(text: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HERE
    )
    assert process.stdin is not None
    process.stdin.write(text)
    process.stdin.close()
    return process


def output(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    words = process.stdout.read().split()
    process.stdout.close()
    assert process.wait(60) == 0
    return words


def test_a_second_process_needs_no_llvmlite() -> None:
    assert output(started(adder(17))) == ["18", "True"]
    assert output(started(adder(17))) == ["18", str(not loader.supported())]
    assert output(started(adder(18))) == ["19", "True"]


def test_two_processes_at_once() -> None:
    both = [started(adder(19)), started(adder(19))]
    assert [output(process)[0] for process in both] == ["20", "20"]
    assert output(started(adder(19)))[0] == "20"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_child_compiles_while_the_parent_was_compiling() -> None:
    stop = threading.Event()

    def busy() -> None:
        number = 1000
        while not stop.is_set():
            compiled(adder(number), ["add"])
            number += 1

    thread = threading.Thread(target=busy)
    thread.start()
    try:
        for turn in range(5):
            time.sleep(0.02)
            child = os.fork()
            if child == 0:
                works = call(compiled(adder(3000 + turn), ["add"]), "add", ctypes.c_int64, 1) == 3001 + turn
                os._exit(0 if works else 1)
            assert waited(child) == 0
    finally:
        stop.set()
        thread.join()


def waited(child: int) -> int:
    """The exit status, within a minute."""
    for _ in range(6000):
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return -9


def test_math_of_the_c_library_is_right() -> None:
    b = Builder("f", [F64], returns="double")
    b.ret(b.call("tan", b.arguments[0], returns=F64))
    code = compiled("\n".join([*b.declared.values(), b.text()]), ["f"])
    assert call(code, "f", ctypes.c_double, 0.7) == pytest.approx(math.tan(0.7))
